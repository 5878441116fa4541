"""The page of a sweep: what came of it first, then every measure, and nothing from outside."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pyarrow as pa
import pytest
from sweep_cases import made_up, small

from featuretopo.bench import ready
from featuretopo.bench.collect import SCHEMA
from featuretopo.bench.page import write_page
from featuretopo.bench.parameters import panels, parameter_of, with_settings
from featuretopo.bench.spec import Spec
from featuretopo.labels import styles_of
from featuretopo.report.pareto_figure import TradeOff, pareto_figure


def page_of(spec: Spec, folder: Path, table: pa.Table | None = None) -> str:
    out = folder / "page.html"
    write_page(made_up(spec) if table is None else table, spec, out, provenance={"seed": 0})
    return out.read_text("utf-8")


def figures(page: str, words: str) -> list[str]:
    """Pictures whose title holds these words."""
    found = re.findall(r"<svg .*?</svg>", page)
    assert all(ElementTree.fromstring(each) is not None for each in found)
    return [each for each in found if words in each.split("</title>")[0]]


def test_the_summary_stands_before_the_figures_of_every_measure(tmp_path: Path) -> None:
    page = page_of(ready("cooccurrence"), tmp_path)
    places = [
        page.index(words)
        for words in (
            "216 cells of 4 LLMs, 18 SAE settings and 3 seeds",
            "Who recovers the most shapes",
            "Shapes recovered, against L0",
            "Leaderboard",
            "Every measure",
        )
    ]
    assert places == sorted(places)
    # one for each of four LLMs; one for each of six architectures, four curves in each
    assert len(figures(page, "shapes recovered against L0")) == 4
    assert len(figures(page, "fraction of variance unexplained against L0")) == 4
    merged = figures(page, "latents that stand for several true features: ")
    assert len(merged) == 6 and all(each.count('"curve ') == 4 for each in merged)


def test_where_no_shape_is_recovered_nobody_wins(tmp_path: Path) -> None:
    spec = ready("cooccurrence")
    rows = made_up(spec).to_pylist()
    for row in rows:
        if row["measure"] == "shapes_recovered":
            row["value"] = 0.0
    page = page_of(spec, tmp_path, pa.Table.from_pylist(rows, schema=SCHEMA))
    assert page.count("nobody recovers any") == 4
    for picture in figures(page, "shapes recovered against L0"):
        assert not re.search(r">-0\.", picture)  # no share below 0 on the axis


def test_pairs_are_drawn_against_what_they_share_each_beside_its_null(tmp_path: Path) -> None:
    page = page_of(ready("universality"), tmp_path)
    assert "Which measures see what two LLMs share" in page
    cka = figures(page, "CKA: ")
    assert len(cka) == 5
    for each in cka:
        assert each.count('"curve ') == 1 and each.count('class="chance"') == 1
        assert ">overlap</text>" in each


def test_sparsity_and_width_are_a_table_of_colour(tmp_path: Path) -> None:
    page = page_of(ready("toy-2022"), tmp_path)
    by_sparsity_and_width = page.index("MMCS of the truth to the SAE, by sparsity and width")
    assert by_sparsity_and_width < page.index("Every measure")
    drawn = next(f for f in figures(page, "MMCS of the truth") if "hsl(" in f)
    assert drawn.count("hsl(") == 18 and drawn.count("% dead</text>") == 18
    assert "alpha down, latents across" in drawn


@pytest.mark.parametrize("name", ["cooccurrence", "toy-2022", "universality"])
def test_a_page_asks_for_nothing(name: str, tmp_path: Path) -> None:
    page = page_of(ready(name), tmp_path)
    assert "default-src 'none'" in page and "<script" not in page
    assert not re.search(r"https?://|url\(|@import|<link rel=\"stylesheet|src=", page)


def test_words_of_strangers_are_words(tmp_path: Path) -> None:
    spec = small(seeds=[0])
    bad = '<img src=x onerror=alert(1)> & "quotes"'
    rows = [row | {"error": bad, "status": "failed"} for row in made_up(spec).to_pylist()]
    page = page_of(spec, tmp_path, pa.Table.from_pylist(rows, schema=made_up(spec).schema))
    assert "<img" not in page and "Failed: &lt;img src=x" in page
    assert "1 cell of 1 LLM, 1 SAE setting and 1 seed; 1 failed." in page


def test_a_sweep_of_one_cell_of_which_nothing_is_done_is_a_page_too(tmp_path: Path) -> None:
    spec = small(seeds=[0], measures=["fvu", "l0", "mmcs", "shapes_recovered"])
    rows = [row | {"value": None, "status": "missing"} for row in made_up(spec).to_pylist()]
    page = page_of(spec, tmp_path, pa.Table.from_pylist(rows, schema=made_up(spec).schema))
    assert "1 cell of 1 LLM, 1 SAE setting and 1 seed; 1 not yet run." in page
    assert figures(page, "") == []


def top_k(*sparsity: float) -> dict[str, object]:
    return {"type": "TopK", "sparsity": list(sparsity)}


@pytest.mark.parametrize(
    ("measure", "changes", "expected"),
    [
        ("mmcs", {}, None),
        ("mmcs", {"width": [16, 24]}, "width"),
        ("mmcs", {"width": [16, 24], "sae": {"a": top_k(2, 3)}}, "sparsity"),
        ("mmcs", {"sae": {"a": top_k(2), "b": top_k(3)}}, None),
        ("mmcs", {"llm": {"one": {"noise": [0.0, 0.1]}}}, "noise"),
        (
            "cka",
            {"width": [16, 24], "llm": {"p": {"differ": "seed", "overlap": [0, 1]}}},
            "overlap",
        ),
    ],
)
def test_what_varies_is_what_a_measure_is_drawn_against(
    measure: str, changes: dict[str, object], expected: str | None
) -> None:
    spec = small(measures=[measure], **changes)
    rows = with_settings(spec, made_up(spec).to_pylist())
    assert parameter_of(measure, rows) == expected


def test_curves_are_means_over_seeds_inside_least_and_largest() -> None:
    spec = small(seeds=[0, 1, 2], width=[16, 24])
    rows = with_settings(spec, made_up(spec).to_pylist())
    x, (panel,) = panels("mmcs", rows)
    (curve,) = panel.curves
    assert (x, panel.title, [spot.x for spot in curve.spots]) == ("width", "", [16, 24])
    for spot in curve.spots:
        values = [r["value"] for r in rows if (r["measure"], r["width"]) == ("mmcs", spot.x)]
        assert (spot.low, spot.high) == (min(values), max(values))
        assert spot.value == pytest.approx(sum(values) / 3)


BOTH = {"one": {}, "pair": {"differ": "seed", "overlap": [0.0, 1.0]}}


def test_one_llm_has_no_overlap() -> None:
    spec = small(llm=BOTH, width=[16, 24], measures=["mmcs", "cka"])
    rows = with_settings(spec, made_up(spec).to_pylist())
    x, found = panels("mmcs", rows)
    words = [f"{panel.title} {curve.name}" for panel in found for curve in panel.curves]
    assert x == "width"
    assert sum("overlap" in each for each in words) == 2
    assert [each for each in words if "overlap" not in each] == ["one one LLM"]


def test_over_what_pairs_share_one_llm_has_no_place() -> None:
    spec = small(llm=BOTH, measures=["mmcs", "cka"])
    rows = with_settings(spec, made_up(spec).to_pylist())
    x, (panel,) = panels("mmcs", rows)
    assert (x, panel.title) == ("overlap", "")
    assert [[spot.x for spot in curve.spots] for curve in panel.curves] == [[0, 1]]


def test_what_a_page_was_made_by_is_told_in_words(tmp_path: Path) -> None:
    about = {"seed": 0, "peak_memory_mb": {"main process": 3}, "versions": {"numpy": "1"}}
    out = tmp_path / "page.html"
    write_page(made_up(small()), small(), out, provenance=about)
    page = out.read_text("utf-8")
    assert ">peak_memory_mb.main process</th><td>3</td>" in page
    assert "{&#39;" not in page


def boxes_of_names(svg: str) -> list[tuple[float, float, float, float]]:
    """Left, right, top and bottom of each name, at 6 pixels a letter."""
    found = re.findall(r'<text x="([\d.]+)" y="([\d.]+)" class="halo">(.*?)</text>', svg)
    return [(float(x), float(x) + 6 * len(w), float(y) - 9, float(y) + 2) for x, y, w in found]


def test_names_stand_on_no_mark_of_the_front_and_on_no_range_line_where_there_is_room() -> None:
    # three on the front, the last at the right edge; their ranges and another's are in the way
    found = [
        TradeOff("a", "topk 2", 2, 0.3, 0.1, 0.5, best=True),
        TradeOff("a", "topk 3", 2.6, 0.34, 0.3, 0.4, best=True),
        TradeOff("a", "topk 9", 3.2, 0.2, 0.1, 0.3, best=False),
        TradeOff("a", "matryoshka 12", 30, 0.8, 0.6, 0.95, best=True),
    ]
    svg = pareto_figure(
        found, title="t", cost="L0", value="v", costs=(2, 30), limits=(0, 1), better="higher",
        styles=styles_of(["a"]),
    )  # fmt: skip
    names = boxes_of_names(svg)
    assert len(names) == 3
    assert max(right for _, right, *_ in names) <= 340
    ranges = re.findall(r'd="M([\d.]+) ([\d.]+)L\1 ([\d.]+)" class="whisker', svg)
    marks = re.findall(r'd="M([\d.]+) ([\d.]+)h.01"[^>]* stroke-width="9"', svg)
    assert (len(ranges), len(marks)) == (4, 3)
    for left, right, top, bottom in names:
        for x, low, high in (map(float, each) for each in ranges):
            assert not (left < x < right and high < bottom and top < low)
        for x, y in (map(float, each) for each in marks):
            assert not (left < x + 4 and x - 4 < right and top < y + 4 and y - 4 < bottom)
