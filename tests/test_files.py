"""Files are written whole or not at all."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from featuretopo import files
from featuretopo.errors import FeaturetopoError
from featuretopo.files import atomic, check_writable, together


def test_a_new_file_appears_only_when_it_is_whole(tmp_path):
    target = tmp_path / "a" / "b" / "x.txt"
    with atomic(target) as temporary:
        temporary.write_text("first half, ")
        assert not target.exists()
        assert temporary.parent == target.parent  # a rename across file systems is a copy
        with temporary.open("a") as file:
            file.write("second half")
    assert target.read_text() == "first half, second half"
    assert list(target.parent.iterdir()) == [target]


def test_the_old_file_stands_until_the_new_one_is_whole(tmp_path):
    target = tmp_path / "x.txt"
    target.write_text("old")
    with atomic(target) as temporary:
        temporary.write_text("new")
        assert target.read_text() == "old"
    assert target.read_text() == "new"


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("existing", [True, False])
def test_a_failure_leaves_what_was_there_and_nothing_else(error, existing, tmp_path):
    target = tmp_path / "x.txt"
    if existing:
        target.write_text("old")
    with pytest.raises(error), atomic(target) as temporary:
        temporary.write_text("half")
        raise error
    assert [(p, p.read_text()) for p in tmp_path.iterdir()] == [(target, "old")] * existing


def test_a_rename_that_fails_leaves_nothing(tmp_path):
    with pytest.raises(OSError), atomic(tmp_path / "x.txt") as temporary:
        temporary.write_text("new")
        (tmp_path / "x.txt").mkdir()
    assert list(tmp_path.iterdir()) == [tmp_path / "x.txt"]


def test_a_folder_is_refused_before_anything_is_written(tmp_path):
    with (
        pytest.raises(FeaturetopoError, match="is a folder; give the name of a file in it"),
        atomic(tmp_path),
    ):
        raise AssertionError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_the_file_has_the_permissions_of_any_other(mask, tmp_path):
    before = os.umask(mask)
    try:
        with atomic(tmp_path / "ours") as temporary:
            temporary.write_text("")
        (tmp_path / "plain").write_text("")
        assert os.umask(mask) == mask  # left as it was
    finally:
        os.umask(before)
    ours, plain = (stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("ours", "plain"))
    assert ours == plain == 0o666 & ~mask


def test_the_temporary_file_keeps_the_suffix_that_writers_look_at(tmp_path):
    with atomic(tmp_path / "x.safetensors") as temporary:
        assert temporary.suffix == ".safetensors"


def test_two_writers_of_one_file_do_not_mix(tmp_path):
    target = tmp_path / "x.txt"
    with atomic(target) as slow:
        slow.write_text("slow, ")
        with atomic(target) as fast:
            fast.write_text("fast")
        with slow.open("a") as file:
            file.write("and whole")
        assert target.read_text() == "fast"
    assert target.read_text() == "slow, and whole"
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_a_failure_takes_new_folders_away_again(error, tmp_path):
    for write in (atomic, together):
        with pytest.raises(error), write(tmp_path / "a" / "b" / "x.txt"):
            raise error
        assert list(tmp_path.iterdir()) == []


def test_a_new_folder_in_which_somebody_wrote_stays(tmp_path):
    with pytest.raises(ValueError), atomic(tmp_path / "a" / "x.txt"):
        (tmp_path / "a" / "theirs").write_text("kept")
        raise ValueError
    assert (tmp_path / "a" / "theirs").read_text() == "kept"


# ---- several files at once


def test_files_appear_together_or_not_at_all(tmp_path):
    target = tmp_path / "out"
    with together(target) as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "a").write_text("a")
        (folder / "b").write_text("b")
        assert not target.exists()
    assert {str(f.relative_to(target)) for f in target.rglob("*")} == {"deep", "deep/a", "b"}
    assert list(tmp_path.iterdir()) == [target]
    (tmp_path / "plain").mkdir()
    assert stat.S_IMODE(target.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


@pytest.mark.parametrize("error", [ValueError, OSError, KeyboardInterrupt, SystemExit])
def test_a_failure_changes_nothing_in_a_folder_that_is_there(error, tmp_path):
    target = tmp_path / "out"
    target.mkdir()
    (target / "b").write_text("old")
    with pytest.raises(error), together(target) as folder:
        (folder / "b").write_text("new")
        raise error
    assert [(f.name, f.read_text()) for f in target.iterdir()] == [("b", "old")]
    assert list(tmp_path.iterdir()) == [target]


def test_a_second_run_replaces_its_files_and_keeps_all_others(tmp_path):
    target = tmp_path / "out"
    for text in ("first", "second"):
        with together(target) as folder:
            (folder / "deep").mkdir()
            (folder / "deep" / "a").write_text(text)
        (target / "theirs").write_text("kept")
        (target / "deep" / "theirs").write_text("kept")
    assert (target / "deep" / "a").read_text() == "second"
    assert (target / "theirs").read_text() == (target / "deep" / "theirs").read_text() == "kept"


# ---- before long work


def test_a_folder_is_tried_and_left_as_it_was(tmp_path):
    check_writable(str(tmp_path / "a" / "b"))
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "a").mkdir()
    check_writable(tmp_path / "a")
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]
    assert list((tmp_path / "a").iterdir()) == []


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_file_is_no_folder(name, tmp_path):
    (tmp_path / "file").write_text("kept")
    with pytest.raises(FeaturetopoError, match=rf"{name}: cannot be written to .*; choose another"):
        check_writable(tmp_path / name)
    assert (tmp_path / "file").read_text() == "kept"


def test_a_folder_that_takes_no_files_is_refused_and_taken_away(tmp_path, monkeypatch):
    def refuse(dir):
        raise PermissionError(13, "Permission denied", str(dir))

    monkeypatch.setattr(files.tempfile, "TemporaryFile", refuse)
    with pytest.raises(
        FeaturetopoError, match=r"cannot be written to \(Permission denied\); choose"
    ):
        check_writable(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_parents_that_cannot_all_be_made_are_taken_away(tmp_path, monkeypatch):
    mkdir = Path.mkdir

    def refuse(self, *args, **given):
        if self.name == "b":
            raise PermissionError(13, "Permission denied", str(self))
        mkdir(self, *args, **given)

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(FeaturetopoError, match="Permission denied"):
        check_writable(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_another_makes_meanwhile_is_used_and_left_to_them(tmp_path, monkeypatch):
    mkdir = Path.mkdir

    def beaten(self, mode=0o777, parents=False, exist_ok=False):
        if not self.exists():
            mkdir(self)  # by the other
        mkdir(self, mode, parents, exist_ok)

    monkeypatch.setattr(Path, "mkdir", beaten)
    with atomic(tmp_path / "a" / "b" / "x.txt") as temporary:
        temporary.write_text("x")
    assert (tmp_path / "a" / "b" / "x.txt").read_text() == "x"
    with pytest.raises(ZeroDivisionError), atomic(tmp_path / "c" / "x.txt"):
        1 / 0  # noqa: B018
    assert (tmp_path / "c").is_dir()


def test_threads_that_write_leave_the_umask_as_it_was(tmp_path):
    before = files._umask()

    def write(i):
        for j in range(50):
            with atomic(tmp_path / f"{i}-{j}") as temporary:
                temporary.write_text("x")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    assert files._umask() == before
    assert {stat.S_IMODE(f.stat().st_mode) for f in tmp_path.iterdir()} == {0o666 & ~before}
