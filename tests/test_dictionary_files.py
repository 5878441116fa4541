"""Dictionaries in files: every bit comes back, and no bad file does more than say what it is."""

import json
import pickle
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from dictionary_cases import assert_same, dictionaries
from hypothesis import given
from hypothesis import strategies as st

from featuretopo import Dictionary, load
from featuretopo.errors import FeaturetopoError

MATRIX = np.arange(12, dtype=np.float32).reshape(4, 3) + 1
SUFFIXES = (".safetensors", ".npz", ".npy")


def write(path, **tensors):
    """Write bare tensors in the format that the name of `path` asks for."""
    if path.suffix == ".safetensors":
        safetensors.numpy.save_file({k: v.copy() for k, v in tensors.items()}, path)
    elif path.suffix == ".npz":
        np.savez(path, **tensors)
    else:
        np.save(path, *tensors.values())
    return path


def write_own(path, *, text=None, without=(), about=(), **tensors):
    """Write a file in the format of Dictionary.save, with parts replaced or left out."""
    held = {
        "vectors": MATRIX,
        "labels": np.zeros(4, np.int64),
        "coordinates": np.zeros((4, 0), np.float32),
    }
    held = {k: v for k, v in (held | tensors).items() if k not in without}
    known = {"format": "dictionary/1", "names": list("abcd"), "label_names": ["all"]}
    known = {k: v for k, v in (known | dict(about)).items() if k not in without}
    text = json.dumps(known) if text is None else text
    safetensors.numpy.save_file(held, path, {"featuretopo": text})
    return path


# ---- round trips


@given(dictionaries())
def test_what_is_saved_comes_back_and_gives_the_same_bytes(x):
    with tempfile.TemporaryDirectory() as folder:
        first, second, third = (Path(folder) / f"{i}.safetensors" for i in range(3))
        x.save(first)
        x.save(second)
        back = load(first)
        back.save(third)
        assert_same(back, x)
        assert first.read_bytes() == second.read_bytes() == third.read_bytes()


def test_an_own_file_needs_no_axis(tmp_path):
    assert load(write_own(tmp_path / "x.safetensors")).names == tuple("abcd")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.int16])
def test_a_bare_matrix_is_read_along_the_axis_that_is_named(suffix, dtype, tmp_path):
    path = write(tmp_path / f"x{suffix}", W=MATRIX.astype(dtype))
    assert_same(load(path, features="rows"), Dictionary(MATRIX))
    columns = load(path, features="columns")
    assert_same(columns, Dictionary(MATRIX.T))
    assert columns.unit.tobytes() == Dictionary(MATRIX.T).unit.tobytes()


@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
def test_vectors_beside_the_one_matrix_are_passed_over(suffix, tmp_path):
    path = write(tmp_path / f"x{suffix}", b_dec=np.ones(3), W_dec=MATRIX, scale=np.ones((1, 1, 1)))
    assert_same(load(path, features="rows"), Dictionary(MATRIX))


def test_npy_and_npz_are_told_apart_by_content(tmp_path):
    write(tmp_path / "a.npz", W=MATRIX).rename(tmp_path / "a.npy")
    write(tmp_path / "b.npy", W=MATRIX).rename(tmp_path / "b.npz")
    for name in ("a.npy", "b.npz"):
        assert_same(load(tmp_path / name, features="rows"), Dictionary(MATRIX))


# ---- what is no dictionary file


def test_a_file_that_is_missing_a_folder_or_of_another_kind_is_refused(tmp_path):
    with pytest.raises(FeaturetopoError, match=r"gone\.npy: no such file; give the path of a dict"):
        load(tmp_path / "gone.npy")
    (tmp_path / "folder.npy").mkdir()
    with pytest.raises(
        FeaturetopoError,
        match=r"folder\.npy: is a folder with 0 weight files \(none\), must be",
    ):
        load(tmp_path / "folder.npy")
    (tmp_path / "x.csv").write_text("1,2\n3,4\n")
    with pytest.raises(FeaturetopoError, match=r"x\.csv: not a dictionary file; .*\.safetensors"):
        load(tmp_path / "x.csv")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("share", [0, 0.01, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99, "all but one byte"])
def test_a_truncated_file_is_refused_wherever_it_ends(suffix, share, tmp_path):
    path = write(tmp_path / f"x{suffix}", W=MATRIX)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] if isinstance(share, str) else whole[: int(share * len(whole))])
    with pytest.raises(FeaturetopoError, match=rf"x{suffix}: cannot be read as .*; is it truncate"):
        load(path, features="rows")


@given(st.sampled_from(SUFFIXES), st.binary(max_size=200))
def test_arbitrary_bytes_are_refused_in_one_line(suffix, content):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"x{suffix}"
        path.write_bytes(content)
        with pytest.raises(FeaturetopoError, match=r"is it truncated.*plain float32") as caught:
            load(path, features="rows")
        assert "\n" not in str(caught.value)


@given(st.sampled_from(SUFFIXES), st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_a_damaged_byte_is_either_harmless_or_refused(suffix, where, change):
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder) / f"x{suffix}", W=MATRIX)
        content = bytearray(path.read_bytes())
        content[int(where * len(content))] ^= change
        path.write_bytes(content)
        try:
            assert load(path, features="rows").vectors.dtype == np.float32
        except FeaturetopoError as refusal:
            assert path.name in str(refusal)


class Trap:
    """Unpickled, it writes a file."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return Path.write_text, (self.mark, "sprung")


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
@pytest.mark.parametrize("bare", [True, False])
def test_a_pickle_is_refused_and_never_run(suffix, bare, tmp_path):
    mark, path = tmp_path / "mark", tmp_path / f"x{suffix}"
    trap = np.array([[Trap(mark)] * 2] * 2, dtype=object)
    if bare:
        path.write_bytes(pickle.dumps(trap))
    else:
        write(path, W=trap)
    with pytest.raises(FeaturetopoError, match=rf"x{suffix}: cannot be read .*pickle.*plain float"):
        load(path, features="rows")
    assert not mark.exists()
    pickle.loads(pickle.dumps(trap))
    assert mark.exists()  # the trap was set


# ---- readable files that hold no dictionary


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    ("matrix", "message"),
    [
        (np.full((3, 2), np.nan), r"3 rows \(0, 1, 2\) hold NaN or infinite values; drop or mend"),
        (np.array([[1.0, 2], [0, 0]]), "row 1 holds only zeros and so no direction; drop"),
        (np.ones((1, 5)), "1 features in 5 dimensions; needs at least 2 of each"),
    ],
)
def test_values_are_checked_and_the_file_is_named(suffix, matrix, message, tmp_path):
    path = write(tmp_path / f"x{suffix}", W=matrix)
    with pytest.raises(FeaturetopoError, match=rf"x{suffix}: {message}"):
        load(path, features="rows")


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_bare_matrix_is_refused_until_its_axis_is_named(suffix, tmp_path):
    path = write(tmp_path / f"x{suffix}", W=MATRIX)
    with pytest.raises(FeaturetopoError, match=r"shape \(4, 3\) does not tell.*features='rows'"):
        load(path)
    with pytest.raises(FeaturetopoError, match="features='row' must be 'rows' or 'columns'"):
        load(path, features="row")


@pytest.mark.parametrize("suffix", [".safetensors", ".npz"])
def test_a_file_of_no_matrix_or_of_two_is_refused(suffix, tmp_path):
    path = write(tmp_path / f"x{suffix}", one=MATRIX, two=MATRIX)
    with pytest.raises(FeaturetopoError, match=r"2 matrices \(one .*two .*none called W_dec"):
        load(path, features="rows")
    path = write(tmp_path / f"y{suffix}", b_dec=np.ones(4))
    with pytest.raises(FeaturetopoError, match=r"0 matrices \(b_dec \(4,\)\) and none"):
        load(path, features="rows")


def test_members_of_an_archive_that_are_no_arrays_are_passed_over(tmp_path):
    path = write(tmp_path / "x.npz", W=MATRIX)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("README", "about these weights")
    assert_same(load(path, features="rows"), Dictionary(MATRIX))


@pytest.mark.parametrize(
    ("matrix", "kind"),
    [
        (np.array([["a", "b"], ["c", "d"]]), "<U1"),
        (np.eye(2) * 1j, "complex128"),
        (np.zeros((2, 2), [("x", "f4"), ("y", "f4")]), ""),
    ],
)
def test_a_matrix_that_holds_no_numbers_is_refused(matrix, kind, tmp_path):
    path = write(tmp_path / "x.npy", W=matrix)
    with pytest.raises(
        FeaturetopoError, match=rf"x\.npy: vectors must be an array of real.*{kind}"
    ):
        load(path, features="rows")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"without": ["labels"]}, "lacks labels; save the dictionary again"),
        ({"without": ["vectors", "coordinates"]}, "lacks coordinates, vectors; save the dict"),
        ({"text": "{"}, r"names are damaged \(Expecting.*\); save the dictionary again"),
        ({"text": "[]"}, r"names are damaged \(.*\); save the dictionary again"),
        ({"without": ["names"]}, r"names are damaged \('names'\); save the dictionary again"),
        ({"about": {"names": 4}}, r"names are damaged \(not lists\); save the dictionary again"),
        ({"about": {"label_names": "all"}}, r"names are damaged \(not lists\); save the dictio"),
        (
            {"about": {"format": "dictionary/2"}},
            "is of format 'dictionary/2', not 'dictionary/1'; re",
        ),
        ({"about": {"names": ["a"]}}, "1 names for 4 features: give one name per row"),
        ({"about": {"label_names": []}}, "0 label names for labels up to 0: name every label"),
        ({"labels": np.zeros(3, np.int64)}, r"labels of shape \(3,\) for 4 features: give one"),
        ({"labels": np.zeros(4)}, "labels of type float64 must be integers"),
        (
            {"coordinates": np.zeros((3, 1))},
            r"coordinates of shape \(3, 1\) must have shape \(4, k",
        ),
        ({"vectors": np.zeros(4)}, r"vectors of shape \(4,\) must be \(n_features, d\)"),
        (
            {"vectors": np.full((4, 2), np.inf)},
            "4 rows .* hold NaN or infinite values; drop or mend",
        ),
    ],
)
def test_a_damaged_file_of_our_own_says_what_is_wrong(damage, message, tmp_path):
    path = write_own(tmp_path / "x.safetensors", **damage)
    with pytest.raises(FeaturetopoError, match=rf"x\.safetensors: {message}"):
        load(path)


# ---- saving


def test_only_safetensors_is_written(tmp_path):
    with pytest.raises(FeaturetopoError, match=r"x\.npy: a dictionary is saved as \.safetensors; "):
        Dictionary(MATRIX).save(tmp_path / "x.npy")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("existing", [True, False])
def test_a_save_that_fails_leaves_what_was_there(existing, tmp_path, monkeypatch):
    path = tmp_path / "x.safetensors"
    if existing:
        Dictionary(MATRIX).save(path)

    def half(tensors, target, metadata):
        Path(target).write_bytes(b"half")
        raise OSError("no space left on device")

    monkeypatch.setattr(safetensors.numpy, "save_file", half)
    with pytest.raises(OSError, match="no space left"):
        Dictionary(MATRIX * 2).save(path)
    assert list(tmp_path.iterdir()) == ([path] if existing else [])
    if existing:
        assert_same(load(path), Dictionary(MATRIX))


def test_a_save_into_a_folder_that_cannot_be_leaves_nothing(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(OSError):
        Dictionary(MATRIX).save(tmp_path / "file" / "x.safetensors")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
