"""The command line: good runs print and write; bad input is one line, code 2, and no trace."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reference import portrait
from report_example import example
from safetensors.numpy import save_file
from scipy import sparse

from featuretopo import cli, terminal
from featuretopo.dictionary import Dictionary
from featuretopo.topology.order import circular_order
from featuretopo.truth import Blobs, Circle, GroundTruth, Sphere

WORDS = Path(__file__).parents[1] / "data" / "minilm_words.safetensors"
RANDOM = np.random.default_rng(0).standard_normal((12, 6)).astype(np.float32)


@dataclass(frozen=True)
class Ran:
    """What one call of the command line did; its output with the line breaks taken out."""

    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["featuretopo", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            cli.main()
        captured = capsys.readouterr()
        return Ran(int(end.value.code or 0), " ".join(captured.out.split()), captured.err)

    return call


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, so that what is left behind is seen."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def small(seed: int = 0) -> Dictionary:
    shapes = [Blobs(2, 8, spread=0.3), Circle(9), Sphere(10)]
    x = GroundTruth(shapes, d=24, rng=seed).dictionary
    names = [name.replace(" ", "-") for name in x.names]
    return Dictionary(x.vectors, x.labels, names, x.coordinates, x.label_names)


def everything(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b""
        for path in folder.rglob("*")
    }


def assert_refused(ran: Ran, *words: str) -> None:
    assert ran.code == 2
    assert ran.out == ""
    assert ran.err.count("\n") == 1 and ran.err.startswith("featuretopo: ")
    assert "Traceback" not in ran.err
    for word in words:
        assert word in ran.err


# Good runs


def test_inspect_prints_clusters_loops_and_the_mapper_graph(run: Run, here: Path) -> None:
    small().save("small.safetensors")
    ran = run("inspect", "small.safetensors")
    assert (ran.code, ran.err) == (0, "")
    assert "small: 35 features, 24 dimensions; noise floor at chord" in ran.out
    assert "2 clusters, 1 loop" in ran.out or "3 clusters, 1 loops" in ran.out
    assert "circle-of-9-#" in ran.out and "MapperGraph(" in ran.out
    assert everything(here).keys() == {"small.safetensors"}


def test_inspect_asks_other_libraries_and_shows_them_on_the_page(run: Run, here: Path) -> None:
    small().save("small.safetensors")
    ran = run("inspect", "small.safetensors", "--second-opinion", "--out", "page.html")
    assert (ran.code, ran.err) == (0, "")
    assert "second opinion: ripser, gudhi" in ran.out
    assert "kmapper" in ran.out and "giotto" in ran.out
    page = (here / "page.html").read_text(encoding="utf-8")
    assert "Second opinion: other libraries" in page and "kmapper" in page


def test_inspect_tests_the_order_of_a_group_and_writes_a_page(run: Run, here: Path) -> None:
    ran = run("inspect", WORDS, "--group", "months", "--cyclic", "--centre", "--out", "page.html")
    assert (ran.code, ran.err) == (0, "")
    assert "minilm_words: months: 12 features, 384 dimensions" in ran.out
    assert "circular order of months: in exactly the given cyclic order" in ran.out
    assert "p = 5.01e-08 over all 19,958,400 orders" in ran.out
    assert ran.out.endswith("report page.html")
    page = (here / "page.html").read_text(encoding="utf-8")
    assert "http://" not in page and "https://" not in page and "december" in page
    assert "featuretopo inspect" in page and "--group months --cyclic" in page
    assert everything(here).keys() == {"page.html"}


def test_compare_prints_the_verdict_and_writes_a_page(run: Run, here: Path) -> None:
    x = small()
    x.save("one.safetensors")
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((24, 24)))[0]
    Dictionary(x.vectors @ turn, names=x.names).save("two.safetensors")
    ran = run("compare", "one.safetensors", "two.safetensors", "--out", "deep/page.html")
    assert (ran.code, ran.err) == (0, "")
    assert "one and two: shared" in ran.out
    assert "Overlap of clusters 1.000" in ran.out
    assert "pairs: 35, 35 names in common" in ran.out
    assert "MMCS as they stand: 0." in ran.out and "from the first to the second" in ran.out
    assert "best matches of 35 features: 100% have one for themselves" in ran.out
    page = (here / "deep" / "page.html").read_text(encoding="utf-8")
    assert "est matches of 35 features: 100% have one for themselves" in page
    assert "from the first to the second" in page
    assert "http://" not in page and "https://" not in page
    assert sorted(everything(here)) == [
        "deep", "deep/page.html", "one.safetensors", "two.safetensors"
    ]  # fmt: skip


def test_a_patch_may_be_shared_where_the_whole_is_not(run: Run, here: Path) -> None:
    home, abroad = (
        GroundTruth([Blobs(3, 10, spread=0.3), Sphere(20)], 24, rng=seed).dictionary
        for seed in (0, 1)
    )
    names = [f"feature {i}" for i in range(len(home))]
    labels = np.where(home.labels < 3, 0, 1)
    groups = ["blobs", "rest"]
    for name, vectors in (
        ("one", home.vectors),
        ("two", np.where(labels[:, None] == 0, home.vectors, abroad.vectors)),
    ):
        Dictionary(vectors, labels=labels, names=names, label_names=groups).save(
            f"{name}.safetensors"
        )
    ran = run("compare", "one.safetensors", "two.safetensors", "--group", "blobs")
    assert (ran.code, ran.err) == (0, "")
    assert "one: blobs and two: blobs: shared" in ran.out
    assert "MMCS as they stand 1.000" in ran.out and "pairs: 30, 30 names in common" in ran.out
    assert "Needed to align them: nothing." in ran.out
    ran = run("compare", "one.safetensors", "two.safetensors", "--group", "rest")
    assert "one: rest and two: rest: cannot tell" in ran.out
    assert "None of it is more than chance gives." in ran.out
    ran = run("compare", "one.safetensors", "two.safetensors", "--group", "blob")
    assert ran.code == 2 and "unknown group 'blob'; did you mean 'blobs'?" in ran.err


def test_codes_of_shared_samples_pair_dictionaries_of_any_dimension(run: Run, here: Path) -> None:
    home = GroundTruth([Blobs(3, 10, spread=0.3), Sphere(10)], d=16, rng=0).dictionary
    labels, groups = np.where(home.labels < 3, 0, 1), ["blobs", "rest"]
    rng = np.random.default_rng(0)
    order = rng.permutation(len(home))
    turn = np.linalg.qr(rng.standard_normal((20, 20)))[0][:16]
    Dictionary(home.vectors, labels, label_names=groups).save("a.safetensors")
    elsewhere = Dictionary((home.vectors @ turn)[order], labels[order], label_names=groups)
    elsewhere.save("b.safetensors")
    fired = rng.random((400, len(home))) * (rng.random((400, len(home))) < 0.1)
    sparse.save_npz("a.npz", sparse.csr_matrix(fired))
    sparse.save_npz("b.npz", sparse.csr_matrix(fired[:, order]))
    files = ("compare", "a.safetensors", "b.safetensors")
    for group, n in (((), 40), (("--group", "blobs"), 30)):
        ran = run(*files, "--codes", "a.npz", "b.npz", "--draws", "39", *group)
        assert (ran.code, ran.err) == (0, "")
        assert ": shared" in ran.out and "p = 0.025" in ran.out
        assert f"pairs: {n}, one to one by correlation of codes over 400 samples" in ran.out
    np.save("a.npy", fired @ home.vectors)
    np.save("b.npy", fired @ home.vectors @ turn)
    pair = ("--codes", "a.npz", "b.npz")
    ran = run(*files, *pair, "--draws", "19", "--activations", "a.npy", "b.npy")
    assert (ran.code, ran.err) == (0, "")
    assert "CKA of raw activations 1.000" in ran.out
    np.save("few.npy", (fired @ home.vectors)[:9])
    ran = run(*files, *pair, "--draws", "19", "--activations", "few.npy", "few.npy")
    assert_refused(ran, "activations of b have 16 dimensions")
    np.save("few_b.npy", (fired @ home.vectors @ turn)[:9])
    ran = run(*files, *pair, "--draws", "19", "--activations", "few.npy", "few_b.npy")
    assert (ran.code, ran.err) == (0, "")
    assert "SVCCA of raw activations undefined - - -" in ran.out
    assert "SVCCA of raw activations: not defined: 9 rows in 20 dimensions" in ran.out
    ran = run(*files, *pair, "--activations", "a.npy", "a.npz")
    assert_refused(ran, "a.npz: no array that numpy wrote", "numpy.save")
    assert_refused(run(*files), "a.safetensors has 16 dimensions", "give --codes")
    ran = run(*files, "--codes", "a.npz", "b.npy")
    assert_refused(ran, "b.npy: no sparse matrix that scipy wrote", "save_npz")
    ran = run(*files, "--codes", "b.npz", "a.safetensors")
    assert_refused(ran, "a.safetensors: no sparse matrix that scipy wrote", "save_npz")
    sparse.save_npz("few.npz", sparse.csr_matrix(fired[:, :5]))
    ran = run(*files, "--codes", "few.npz", "b.npz")
    assert_refused(ran, "codes of 5 latents", "one column per feature")
    ran = run(*files, "--codes", "gone.npz", "b.npz")
    assert ran.code == 2 and "gone.npz" in ran.err
    ran = run(*files, "--draws", "5")
    assert_refused(ran, "draws=5", "199 is usual")


def test_names_pair_dictionaries_of_different_dimension(run: Run, here: Path) -> None:
    names = [f"feature {i}" for i in range(12)]
    Dictionary(RANDOM, names=names).save("a.safetensors")
    Dictionary(np.pad(RANDOM, ((0, 0), (0, 2))), names=names).save("b.safetensors")
    ran = run("compare", "a.safetensors", "b.safetensors", "--draws", "19")
    assert ran.code == 0 and "12 names in common" in ran.out


def test_the_package_runs_as_a_module() -> None:
    command = [sys.executable, "-m", "featuretopo", "--help"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0 and "compare" in ran.stdout


def test_patches_are_held_against_chance_and_against_each_other(
    run: Run, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    x = GroundTruth([Circle(16), Sphere(20)], d=8, rng=0).dictionary
    names = [f"f{row}" for row in range(len(x))]
    rng = np.random.default_rng(1)
    kept = np.concatenate([x.vectors[:16], rng.standard_normal((20, 8))])
    Dictionary(x.vectors, x.labels, names=names, label_names=x.label_names).save("a.safetensors")
    Dictionary(kept, names=names).save("b.safetensors")
    ran = run("compare", "a.safetensors", "b.safetensors", "--patches", "--draws", 99)
    assert (ran.code, ran.err) == (0, "")
    for words in (
        "everything 36 of 36",
        "circle of 16 16 of 16",
        "1.00*+",
        "directions",
        "bH0",
        "clusters loops",
    ):
        assert words in ran.out, ran.out
    page = (here / "runs/compare/report.html").read_text()
    assert "Patches: the same measures on each group" in page
    looked = []
    monkeypatch.setattr(
        sys.modules["featuretopo.topology.arrangement"], "arrangement", looked.append
    )
    assert_refused(run("compare", "b.safetensors", "a.safetensors", "--patches"), "has no labels")
    assert not looked


def test_encoder_rows_pair_features(run: Run, here: Path) -> None:
    x = GroundTruth([Blobs(2, 8, spread=0.3), Sphere(8)], d=12, rng=0).dictionary
    encoders = np.random.default_rng(0).standard_normal((len(x), 12))
    np.save("a.npy", x.vectors)
    np.save("b.npy", np.roll(x.vectors[::-1], 1, axis=1))
    np.save("read_a.npy", encoders)
    np.save("read_b.npy", encoders[::-1])
    files = ("a.npy", "b.npy", "--features", "rows", "--draws", 19)
    ran = run("compare", *files, "--encoders", "read_a.npy", "read_b.npy")
    assert (ran.code, ran.err) == (0, "")
    assert "pairs: 24, each other's best match by cosine of encoder rows" in ran.out
    np.save("read_b.npy", encoders[:5])
    refused = run("compare", *files, "--encoders", "read_a.npy", "read_b.npy")
    assert_refused(refused, "read_b.npy: 5 encoder rows for")


def test_a_series_is_held_against_its_first(run: Run, here: Path) -> None:
    x = GroundTruth([Blobs(3, 8, spread=0.3), Sphere(8)], d=16, rng=0).dictionary
    np.save("w32.npy", x.vectors)
    np.save("w64.npy", np.concatenate([x.vectors, x.vectors]))
    np.save("other.npy", np.random.default_rng(0).standard_normal((32, 16)))
    files = ("w32.npy", "w64.npy", "other.npy", "--features", "rows", "--draws", 19)
    ran = run("compare", *files)
    assert (ran.code, ran.err) == (0, "")
    assert "w32 32 3 0 - - - - reference" in ran.out
    assert "w64 64 3 0 100% 32 0 1.00" in ran.out
    assert "other 32" in ran.out
    assert_refused(run("compare", *files, "--patches"), "--patches with 3 files: of two only")
    assert_refused(run("compare", "w32.npy"), "1 file: give two dictionaries to compare, or more")


def test_the_weights_of_saes_are_dictionaries(run: Run, here: Path) -> None:
    x = GroundTruth([Blobs(2, 8, spread=0.3), Sphere(8)], d=12, rng=0).dictionary.vectors
    encoders = np.random.default_rng(0).standard_normal(x.shape).astype(np.float32)
    Path("lens").mkdir()
    held = {"W_dec": x, "W_enc": np.ascontiguousarray(encoders.T), "b_dec": np.zeros(12)}
    save_file(held, "lens/sae_weights.safetensors")
    np.savez("other.npz", **{"decoder.weight": x[::-1].T, "encoder.weight": encoders[::-1]})
    Path("names.json").write_text(json.dumps({"3": "the fourth"}))
    ran = run("inspect", "lens", "--names", "names.json")
    assert (ran.code, ran.err) == (0, "")
    assert "lens: 24 features, 12 dimensions" in ran.out and "the fourth" in ran.out
    Path("big.csv").write_text(f"index,label\n1,{'a' * 131_073}\n")
    assert_refused(run("inspect", "lens", "--names", "big.csv"), "big.csv: is no csv in UTF-8 that")
    ran = run("compare", "lens", "other.npz", "--draws", 19, "--encoders", "lens", "other.npz")
    assert (ran.code, ran.err) == (0, "")
    assert "pairs: 24, each other's best match by cosine of encoder rows" in ran.out


def test_two_bare_matrices_cannot_be_told(run: Run, here: Path) -> None:
    for folder in ("a", "b"):
        (here / folder).mkdir()
    np.save("a/x.npy", RANDOM)
    np.save("b/x.npy", RANDOM)
    ran = run("compare", "a/x.npy", "b/x.npy", "--features", "rows")
    assert ran.code == 0
    assert "a/x.npy and b/x.npy: cannot tell" in ran.out  # files of one name, told apart
    assert "Neither shows a cluster or a loop" in ran.out
    assert "each other's best match by cosine" in ran.out
    assert ran.out.endswith("match by cosine report runs/compare/report.html")
    assert Path("runs/compare/report.html").is_file()


def test_the_axis_of_the_features_is_taken_at_its_word(run: Run, here: Path) -> None:
    np.save("x.npy", RANDOM)
    assert "12 features, 6 dimensions" in run("inspect", "x.npy", "--features", "rows").out
    assert "6 features, 12 dimensions" in run("inspect", "x.npy", "--features", "columns").out


def test_same_seed_same_words(run: Run, here: Path) -> None:
    small().save("small.safetensors")
    one, two = (run("inspect", "small.safetensors", "--seed", 7) for _ in range(2))
    assert one == two


def test_a_process_of_its_own_does_the_same(here: Path) -> None:
    command = [sys.executable, "-m", "featuretopo", "inspect"]
    bad = subprocess.run([*command, "y.npy"], cwd=here, capture_output=True, text=True)
    assert (bad.returncode, bad.stdout) == (2, "")
    assert bad.stderr == ("featuretopo: y.npy: no such file; give the path of a dictionary file\n")


# Bad files


def nothing(path: Path) -> None:
    """Leave it missing."""


def truncated(path: Path) -> None:
    small().save(path)
    path.write_bytes(path.read_bytes()[:-100])


def text(path: Path) -> None:
    path.write_text("a dictionary, honest\n" * 20)


def array(*rows: object) -> Callable[[Path], None]:
    return lambda path: np.save(path, np.array(rows, dtype=np.float32))


def changed(value: float) -> Callable[[Path], None]:
    rows = RANDOM.copy()
    rows[[3, 5]] = value
    return array(*rows)


def two_matrices(path: Path) -> None:
    save_file({"a": RANDOM, "b": RANDOM}, path)


def two_arrays(path: Path) -> None:
    np.savez(path, a=RANDOM, b=RANDOM)


def without_names(path: Path) -> None:
    about = {"format": "dictionary/1"}
    labels = np.zeros(12, np.int64)
    coordinates = np.zeros((12, 0), np.float32)
    tensors = {"vectors": RANDOM, "labels": labels, "coordinates": coordinates}
    save_file(tensors, path, {"featuretopo": json.dumps(about)})


def pickled(path: Path) -> None:
    np.save(path, np.array([{"a": 1}], dtype=object), allow_pickle=True)


BAD = [
    ("x.safetensors", nothing, ["no such file", "give the path"]),
    ("x.safetensors", truncated, ["cannot be read as .safetensors", "truncated?"]),
    ("x.safetensors", text, ["cannot be read as .safetensors", "truncated?"]),
    ("x.npz", text, ["cannot be read as .npz"]),
    ("x.npy", text, ["cannot be read as .npy"]),
    ("x.npy", pickled, ["cannot be read as .npy"]),
    ("x.txt", text, ["not a dictionary file", "its name must end in .safetensors, .npz, .npy"]),
    ("x", Path.mkdir, ["is a folder", "give the path"]),
    ("x.safetensors", two_matrices, ["holds 2 matrices", "none called W_dec or decoder.weight"]),
    ("x.npz", two_arrays, ["holds 2 matrices", "none called W_dec or decoder.weight"]),
    ("x.safetensors", without_names, ["names are damaged", "save the dictionary again"]),
    ("x.npy", changed(np.nan), ["2 rows (3, 5) hold NaN or infinite values", "drop or mend"]),
    ("x.npy", changed(np.inf), ["2 rows (3, 5) hold NaN or infinite values", "drop or mend"]),
    ("x.npy", changed(0), ["2 rows (3, 5) hold only zeros", "drop them"]),
    ("x.npy", array([1, 2, 3]), ["1 features in 3 dimensions", "at least 2"]),
    ("x.npy", array([1], [2], [3]), ["3 features in 1 dimensions", "at least 2"]),
    ("x.npy", array([1, 0], [0, 1]), ["2", "needs at least 4"]),
    ("x.npy", array([1, 0], [0, 1], [1, 1]), ["3 features", "needs at least 4"]),
]


@pytest.mark.parametrize(("name", "make", "words"), BAD)
@pytest.mark.parametrize("place", ["inspect", "compare first", "compare second"])
def test_a_bad_file_is_one_line(
    run: Run, here: Path, place: str, name: str, make: Callable[[Path], None], words: list[str]
) -> None:
    path = here / name
    make(path)
    good = here / "good.npy"
    rows = np.random.default_rng(1).standard_normal((12, dimensions(path)))
    np.save(good, rows)
    before = everything(here)
    files = {"inspect": [path], "compare first": [path, good], "compare second": [good, path]}
    page = here / "page.html"
    ran = run(place.split()[0], *files[place], "--features", "rows", "--out", page)
    assert_refused(ran, f"featuretopo: {path}: ", *words)
    assert everything(here) == before


def dimensions(path: Path) -> int:
    """As many as the file has, so that it is refused for itself."""
    try:
        return max(2, np.load(path).shape[1])
    except (OSError, ValueError, AttributeError, TypeError):
        return 6


def test_a_bare_matrix_without_its_axis_is_refused(run: Run, here: Path) -> None:
    np.save("x.npy", RANDOM)
    assert_refused(
        run("inspect", "x.npy"),
        "x.npy: a bare matrix of shape (12, 6) does not tell which axis holds the features",
        "--features on the command line",
    )


def test_two_dimensions_are_refused_naming_both(run: Run, here: Path) -> None:
    np.save("x.npy", RANDOM)
    np.save("y.npy", RANDOM[:, :5])
    before = everything(here)
    ran = run("compare", "x.npy", "y.npy", "--features", "rows", "--out", "page.html")
    assert_refused(ran, "x.npy has 6 dimensions, y.npy has 5", "check --features")
    assert everything(here) == before


def grouped(path: Path) -> None:
    Dictionary(RANDOM, labels=[0] * 6 + [1] + [2] * 5, label_names=["months", "one", "days"]).save(
        path
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--group", "month"], ["unknown group 'month'; did you mean 'months'?"]),
        (["--group", "xyz"], ["unknown group 'xyz'; choose from months, one, days"]),
        (["--group", "one"], ["group 'one' has 1 features; needs at least 2"]),
    ],
)
def test_a_group_that_is_none_is_refused(
    run: Run, here: Path, options: list[str], words: list[str]
) -> None:
    grouped(here / "x.safetensors")
    before = everything(here)
    assert_refused(run("inspect", "x.safetensors", *options, "--out", "p.html"),
                   "x.safetensors: ", *words)  # fmt: skip
    assert everything(here) == before


def test_a_group_of_a_file_without_labels_is_told_so(run: Run, here: Path) -> None:
    np.save("x.npy", RANDOM)
    ran = run("inspect", "x.npy", "--features", "rows", "--group", "foo")
    assert_refused(ran, "x.npy: unknown group 'foo': the dictionary has no labels; make it with")


def test_settings_of_a_graph_are_changed_in_the_explorer(run: Run, here: Path) -> None:
    np.save("x.npy", np.eye(12))
    ran = run("inspect", "x.npy", "--features", "rows")
    assert ran.code == 0 and "the graph is empty: every feature was noise" in ran.out
    assert "other settings of the graph: ft.explore(x) in a notebook, or ft.mapper" in ran.out


def test_four_features_have_no_order_to_test(run: Run, here: Path) -> None:
    np.save("x.npy", RANDOM[:4])
    ran = run("inspect", "x.npy", "--features", "rows", "--cyclic")
    assert_refused(ran, "x.npy: 4 features have 3 circular orders; needs at least 5")


def test_features_that_all_are_their_mean_are_refused(run: Run, here: Path) -> None:
    np.save("x.npy", np.ones((5, 3)))
    ran = run("inspect", "x.npy", "--features", "rows", "--centre")
    assert_refused(ran, "x.npy: 5 rows (0, 1, 2, 3, 4) hold only zeros", "drop them")


# Output that cannot be written


@pytest.mark.parametrize("command", ["inspect", "compare"])
@pytest.mark.parametrize("place", ["a folder", "under a file"])
def test_a_page_that_cannot_be_written_is_refused_before_the_work(
    run: Run, here: Path, monkeypatch: pytest.MonkeyPatch, command: str, place: str
) -> None:
    def too_late(*_: object, **__: object) -> None:
        raise AssertionError("computed before the output was looked at")

    module = import_module("featuretopo.topology.arrangement")
    monkeypatch.setattr(module, "arrangement", too_late)
    np.save("x.npy", RANDOM)
    (here / "folder").mkdir()
    out = Path("folder") if place == "a folder" else Path("x.npy", "page.html")
    before = everything(here)
    files = ["x.npy"] if command == "inspect" else ["x.npy", "x.npy"]
    ran = run(command, *files, "--features", "rows", "--out", out)
    named, remedy = {
        "a folder": ("folder: is a folder", "give a file such as folder/report.html"),
        "under a file": ("x.npy: cannot be written to", "choose another folder"),
    }[place]
    assert_refused(ran, f"featuretopo: {named}", remedy)
    assert everything(here) == before


def test_a_disk_that_fills_up_is_one_line(
    run: Run, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "page.html")

    monkeypatch.setattr(sys.modules["featuretopo.cli.inspect"], "write_page", full)
    np.save("x.npy", RANDOM)
    ran = run("inspect", "x.npy", "--features", "rows", "--out", "page.html")
    assert (ran.code, ran.err) == (2, "featuretopo: page.html: No space left on device\n")


def test_an_interrupt_is_130_and_silent(
    run: Run, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys.modules["featuretopo.cli.inspect"], "load_dictionary", interrupted)
    ran = run("inspect", "x.npy")
    assert (ran.code, ran.out, ran.err) == (130, "", "")


# The demo's command


def test_the_demo_takes_its_options(run: Run, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def run_demo(out: Path, words: Path, **options: Any) -> Path:
        asked.update(out=out, words=words, **options)
        return out / "report.html"

    monkeypatch.setattr("featuretopo.demo.run_demo", run_demo)
    ran = run("demo", "--out", "o", "--words", "w.safetensors", "--seed", 5, "--steps", 12)
    assert ran.code == 0
    assert ran.out == "report o/report.html results o/results.json"
    assert asked == {
        "out": Path("o"),
        "words": Path("w.safetensors"),
        "seed": 5,
        "steps": 12,
        "command": "featuretopo demo --out o --words w.safetensors --seed 5 --steps 12",
    }


@pytest.mark.parametrize("kind", ["no words", "a file in the way"])
def test_a_demo_that_cannot_run_is_one_line(run: Run, here: Path, kind: str) -> None:
    words = WORDS if kind == "a file in the way" else Path("words.safetensors")
    if kind == "a file in the way":
        (here / "out").write_text("mine")
    before = everything(here)
    ran = run("demo", "--words", words, "--out", "out")
    known = {
        "no words": ["words.safetensors: no such file", "give the path of a dictionary file"],
        "a file in the way": ["out: cannot be written to", "choose another folder"],
    }[kind]
    assert_refused(ran, *known)
    assert everything(here) == before


# What is printed


def test_names_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    x = small()
    odd = Dictionary(x.vectors, names=[f"[red]{i}[/red]" for i in range(len(x))])
    terminal.show_arrangement(portrait(odd, "[bold]odd[/bold]"))
    printed = " ".join(capsys.readouterr().out.split())
    assert "[bold]odd[/bold]: 35 features" in printed
    assert "[red]0[/red]" in printed and "and 2 more" in printed


def test_long_lists_are_cut_and_the_rest_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    many = GroundTruth([Blobs(23, 5, spread=0.2)], d=128, rng=0).dictionary
    terminal.show_arrangement(portrait(many))
    printed = " ".join(capsys.readouterr().out.split())
    assert "23 clusters, 0 loops (3 not listed)" in printed


def test_a_comparison_is_printed_with_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    for comparison in example(60).comparisons[:5]:
        terminal.show_comparison(comparison)
        printed = " ".join(capsys.readouterr().out.split())
        a, b = comparison.a.name, comparison.b.name
        assert f"{a} and {b}: {comparison.verdict.judgement}" in printed
        for measure in comparison.measures:
            value = f"{measure.low:.3f}"
            if measure.high != measure.low:
                value += f" to {measure.high:.3f}"
            null = "-"
            if measure.null:
                null = " to ".join(f"{q:.3f}" for q in spread(measure.null))
            most = "<= " if measure.high != measure.low else ""
            p = "-" if measure.p_value is None else f"{most}{measure.p_value:.3g}"
            q = "-" if measure.q_value is None else f"{most}{measure.q_value:.3g}"
            assert f"{measure.title} {value} {null} {p} {q}" in printed
        known = "pairs: none" if not comparison.pairing else f"pairs: {comparison.n_pairs}, "
        assert known in printed


def spread(null: tuple[float, ...]) -> list[float]:
    """The 5% and 95% quantiles, as order statistics."""
    ordered = np.sort(null)
    cut = len(null) // 20
    return [float(ordered[cut]), float(ordered[::-1][cut])]


def test_an_order_that_is_not_perfect_is_said_so(capsys: pytest.CaptureFixture[str]) -> None:
    order = circular_order(Dictionary(RANDOM[:7]))
    terminal.show_order(order)
    printed = " ".join(capsys.readouterr().out.split())
    assert "not in perfect order" in printed and f"p = {order.p_value:.3g}" in printed


@pytest.mark.parametrize("option", ["--codes", "--encoders", "--activations"])
def test_an_option_of_two_files_does_not_swallow_the_next(run: Run, option: str) -> None:
    ran = run("compare", "a.npy", "b.npy", option, "one.npy", "--out", "page.html")
    assert_refused(ran, f"{option} takes two files", "--out came where a file should be")


def test_spurious_latents_are_named_where_the_truth_is_given(run: Run, here: Path) -> None:
    x = small()
    own = np.random.default_rng(0).standard_normal((3, 24)).astype(np.float32)
    own -= own @ np.linalg.pinv(x.vectors[:8]) @ x.vectors[:8]
    x.save("truth.safetensors")
    for name in "ab":  # the first of a blob is lost, three directions of no feature are learned
        vectors = np.concatenate([x.vectors[1:], own])
        names = [*x.names[1:], *(f"odd {i}" for i in range(3))]
        Dictionary(vectors, names=names).save(f"{name}.safetensors")
    files = ("compare", "a.safetensors", "b.safetensors", "--draws", 19, "--truth")
    ran = run(*files, "truth.safetensors")
    assert (ran.code, ran.err) == (0, "")
    assert "against the truth MMCS back pass merged split mixed spurious" in ran.out
    assert "spurious in both, and partners: " in ran.out and "odd 0" in ran.out
    page = (here / "runs/compare/report.html").read_text(encoding="utf-8")
    assert "What was learned of the truth" in page and "<strong>Spurious</strong>: odd 0, " in page
    np.save("wide.npy", np.eye(30))
    assert_refused(run(*files, "wide.npy", "--features", "rows"), "a.safetensors: dimensions 30")
    refused = run(*files, "truth.safetensors", "--group", "x")
    assert_refused(refused, "--truth with --group: the truth is that of all features")
    more = run(*files, "truth.safetensors", "a.safetensors")
    assert_refused(more, "--truth with 3 files: of two only")


def test_a_series_goes_by_codes_in_a_folder(run: Run, here: Path) -> None:
    x = GroundTruth([Blobs(2, 8, spread=0.3), Sphere(8)], d=16, rng=0).dictionary
    rng = np.random.default_rng(0)
    fired = rng.random((300, 24)) * (rng.random((300, 24)) < 0.1)
    (here / "codes").mkdir()
    for place, name in enumerate("abc"):
        turn = np.linalg.qr(rng.standard_normal((16 + place, 16 + place)))[0][:16]
        np.save(f"{name}.npy", x.vectors @ turn)
        sparse.save_npz(f"codes/{name}.npz", sparse.csr_matrix(fired))
    files = ("compare", "a.npy", "b.npy", "c.npy", "--features", "rows", "--draws", 19)
    ran = run(*files, "--codes-in", "codes")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.count(" shared") == 2
    page = (here / "runs/compare/report.html").read_text(encoding="utf-8")
    assert "The series, dictionary by dictionary" in page
    assert_refused(run(*files), "a.npy has 16 dimensions, b.npy has 17")
    ran = run(*files[:3], *files[4:], "--codes-in", "codes")
    assert "24, one to one by correlation of codes over 300 samples" in ran.out
    ran = run(*files, "--codes-in", "codes", "--codes", "codes/a.npz", "codes/b.npz")
    assert_refused(ran, "--codes with 3 files")
    ran = run(*files[:3], *files[4:], "--codes-in", "codes", "--codes", "a.npz", "b.npz")
    assert_refused(ran, "--codes and --codes-in: give one")
    (here / "codes" / "c.npz").unlink()
    ran = run(*files, "--codes-in", "codes")
    assert ran.code == 2 and "c.npz" in ran.err


def test_inspect_tests_the_mapper_graph(run: Run, here: Path) -> None:
    small().save("small.safetensors")
    ran = run("inspect", "small.safetensors", "--mapper-test")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.count("Mapper test: ") >= 2 and "by chance" in ran.out
    assert "MapperStability(" in ran.out and "of 20 covers" in ran.out
    run("inspect", "small.safetensors", "--mapper-test", "--out", "page.html")
    page = (here / "page.html").read_text(encoding="utf-8")
    assert "Mapper graphs against chance" in page and "Sensitivity to parameters" in page
