"""``--json``: one object on stdout and nothing else, its keys as documented."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from typer.testing import CliRunner

from featuretopo.cli import app
from featuretopo.dictionary import Dictionary
from featuretopo.report.records import as_text
from featuretopo.truth import Blobs, Circle, GroundTruth, Sphere

WORDS = Path(__file__).parents[1] / "data" / "minilm_words.safetensors"
DOCS = Path(__file__).parents[1] / "docs" / "pages.md"
DICTIONARY = {"name", "n_features", "dimensions", "cut", "clusters", "loops", "mapper", "umap"}
MEASURE = {
    "low", "high", "direction", "interval", "effect", "p_value", "q_value", "tested", "null",
}  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    x = GroundTruth([Blobs(2, 8, spread=0.3), Circle(9), Sphere(10)], d=24, rng=0).dictionary
    x.save(folder / "a.safetensors")
    for name, noise in (("b", 0.02), ("c", 0.05)):
        moved = x.vectors + noise * np.random.default_rng(0).standard_normal(x.vectors.shape)
        Dictionary(moved, names=x.names).save(folder / f"{name}.safetensors")
    return folder


@pytest.fixture
def here(files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return files


def told(*arguments: object) -> Any:
    ran = CliRunner().invoke(app, [*map(str, arguments), "--json"])
    assert ran.exit_code == 0, ran.output
    assert ran.stderr == ""
    return json.loads(ran.stdout, parse_constant=pytest.fail)


def in_page(page: str, name: str) -> Any:
    html = Path(page).read_text("utf-8")
    found = re.search(rf'download="{name}" href="data:[^"]*base64,([^"]*)"', html)
    assert found
    return json.loads(base64.b64decode(found[1]))


def keys(content: Any) -> Iterator[str]:
    """All keys of an object, but those of measures, which are names."""
    if isinstance(content, dict):
        for key, value in content.items():
            yield key
            named = key in ("measures", "against_others", "parameters")
            yield from keys(list(value.values()) if named else value)
    elif isinstance(content, list):
        for each in content:
            yield from keys(each)


def test_inspect(here: Path) -> None:
    found = told("inspect", here / "a.safetensors")
    assert found["schema"] == "featuretopo.inspect/1"
    assert found.keys() == {
        "schema", *DICTIONARY, "orders", "second_opinion", "mapper_test", "report",
    }  # fmt: skip
    assert (found["name"], found["n_features"], found["dimensions"]) == ("a", 35, 24)
    assert found["report"] is None and found["orders"] == []
    assert found["second_opinion"] is None and found["mapper_test"] is None
    x = GroundTruth([Blobs(2, 8, spread=0.3), Circle(9), Sphere(10)], d=24, rng=0).dictionary
    blob = found["clusters"][0]
    assert blob["names"] == [x.names[row] for row in blob["members"]]
    (loop,) = [each for each in found["loops"] if each["p_value"] <= 0.05]
    assert set(loop["cycle"]) <= set(loop["members"])
    assert (loop["death"] is None) == loop["censored"]


def test_a_mapper_test_is_told_too(here: Path) -> None:
    tested = told("inspect", here / "a.safetensors", "--mapper-test")["mapper_test"]
    for figure in (tested["components"], tested["loop_reach"]):
        assert 0 < figure["p_value"] <= 1 and figure["n_draws"] >= 19


def test_what_was_learned_of_a_truth_is_told_too(here: Path) -> None:
    found = told("compare", here / "a.safetensors", here / "b.safetensors", "--draws", 19,
                 "--truth", here / "a.safetensors")  # fmt: skip
    assert [each["name"] for each in found["learned"]] == ["a", "b"]
    itself = found["learned"][0]
    assert itself["mmcs"] == pytest.approx(1) and itself["spurious"] == []


def test_what_inspect_was_asked_besides_is_told_too(here: Path) -> None:
    found = told("inspect", WORDS, "--group", "weekdays", "--cyclic", "--second-opinion")
    (order,) = found["orders"]
    assert order["group"] == "weekdays" and order["n_orders"] == 360
    assert {each["engine"] for each in found["second_opinion"]["engines"]} >= {"ripser", "gudhi"}


def test_the_page_holds_what_was_printed(here: Path) -> None:
    found = told("inspect", here / "a.safetensors", "--out", "page.html")
    assert found.pop("report") == "page.html"
    assert in_page("page.html", "inspect.json") == found


def test_graphs_of_large_dictionaries_are_not_made_again(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told("inspect", here / "a.safetensors", "--out", "page.html")
    assert "Sensitivity to parameters" in Path("page.html").read_text("utf-8")
    monkeypatch.setattr("featuretopo.cli.page.MOST_FEATURES", 34)
    told("inspect", here / "a.safetensors", "--out", "page.html")
    assert "Sensitivity to parameters" not in Path("page.html").read_text("utf-8")


def test_compare(here: Path) -> None:
    found = told("compare", here / "a.safetensors", here / "b.safetensors", "--patches",
                 "--draws", 19, "--out", "pair.html")  # fmt: skip
    assert found["schema"] == "featuretopo.compare/1"
    assert found.keys() == {
        "schema", "dictionaries", "comparisons", "series", "learned", "report",
    }  # fmt: skip
    assert [each["name"] for each in found["dictionaries"]] == ["a", "b"]
    assert all(each.keys() == DICTIONARY for each in found["dictionaries"])
    (pair,) = found["comparisons"]
    assert (pair["a"], pair["b"], pair["verdict"]) == ("a", "b", "shared")
    assert pair["patches"][0]["name"] == "everything"
    assert found["series"] == [] and found["learned"] == []
    for measure in pair["measures"].values():
        assert measure.keys() == MEASURE
        null = measure["null"]
        assert null is None or (
            null["n_draws"] <= 19 and null["quantiles"] == sorted(null["quantiles"])
        )
    assert in_page("pair.html", "compare.json") == {k: v for k, v in found.items() if k != "report"}


def test_a_series(here: Path) -> None:
    found = told("compare", *(here / f"{name}.safetensors" for name in "abc"), "--draws", 19)
    assert [step["name"] for step in found["series"]] == ["a", "b", "c"]
    assert found["series"][0]["found_again"] is None and found["series"][1]["found_again"] == 1
    assert [(each["a"], each["b"]) for each in found["comparisons"]] == [("a", "b"), ("a", "c")]


def test_explore(here: Path) -> None:
    found = told("explore", here / "a.safetensors", here / "b.safetensors", "--out", "p.html")
    assert found.keys() == {"schema", "page", "dictionaries"}
    assert found["schema"] == "featuretopo.explore/1" and found["page"] == "p.html"
    assert [each["name"] for each in found["dictionaries"]] == ["a", "b"]
    assert Path("p.html").exists()


def test_families(here: Path) -> None:
    fires = np.random.default_rng(0).random((4_000, 1)) < 0.3
    codes = np.hstack([fires, fires & (np.random.default_rng(1).random((4_000, 3)) < 0.5)])
    sparse.save_npz("codes.npz", sparse.csr_array(codes.astype(float)))
    found = told("families", "codes.npz", "--out", "out.json")
    assert found["format"] == "featuretopo families/1"
    assert [family["size"] for family in found["families"]] == [4]
    assert json.loads(Path("out.json").read_text()) == found


def test_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("featuretopo.demo.run_demo", lambda out, *_, **__: out / "report.html")
    assert told("demo", "--out", "o") == {
        "schema": "featuretopo.demo-files/1",
        "report": "o/report.html",
        "results": "o/results.json",
    }


def test_what_json_cannot_say_is_null_and_names_stay_whole() -> None:
    text = as_text("s", {"a": [float("inf"), np.float64(0.5), (np.int64(2),)], "n": {"\ud800": 1}})
    assert json.loads(text) == {"schema": "s", "a": [None, 0.5, [2]], "n": {"\ud800": 1}}
    assert text.isascii()


def test_every_key_is_documented(here: Path) -> None:
    known = set(re.findall(r"`(\w+)`", DOCS.read_text("utf-8")))
    pair = told("compare", here / "a.safetensors", here / "b.safetensors", "--draws", 19)
    words = told("inspect", WORDS, "--group", "weekdays", "--cyclic", "--second-opinion")
    assert {*keys(pair), *keys(words)} <= known
