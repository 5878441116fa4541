"""Files are written whole or not at all."""

import os
import stat

import pytest

from featuretopo import files
from featuretopo.errors import FeaturetopoError
from featuretopo.files import atomic, claim_folder


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
    (tmp_path / "x.txt").mkdir()
    with pytest.raises(OSError), atomic(tmp_path / "x.txt") as temporary:
        temporary.write_text("new")
    assert list(tmp_path.iterdir()) == [tmp_path / "x.txt"]


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


def test_a_claimed_folder_is_there_and_empty(tmp_path):
    for _ in range(2):  # made, then found
        assert claim_folder(str(tmp_path / "a" / "b")) == tmp_path / "a" / "b"
        assert list((tmp_path / "a" / "b").iterdir()) == []


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_file_cannot_be_claimed_as_a_folder(name, tmp_path):
    (tmp_path / "file").write_text("kept")
    with pytest.raises(FeaturetopoError, match=rf"{name}: cannot be written to .*; choose another"):
        claim_folder(tmp_path / name)
    assert (tmp_path / "file").read_text() == "kept"


def test_a_folder_that_takes_no_files_cannot_be_claimed(tmp_path, monkeypatch):
    def refuse(dir):
        raise PermissionError(13, "Permission denied", str(dir))

    monkeypatch.setattr(files.tempfile, "TemporaryFile", refuse)
    with pytest.raises(
        FeaturetopoError, match=r"cannot be written to \(Permission denied\); choose"
    ):
        claim_folder(tmp_path)
