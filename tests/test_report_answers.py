"""Chapters that answer one question each: series, what was learned, the Mapper test."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from report_page import Page

import featuretopo as ft
from featuretopo.compare import Comparison, Learned, learned
from featuretopo.compare.learned import spurious_partners
from featuretopo.report.build import report
from featuretopo.truth import Blobs, Circle, Sphere

TRUTH = ft.GroundTruth([Blobs(2, 8, spread=0.4), Sphere(16)], d=24, rng=0).dictionary
ODD = "<odd>&"


@pytest.fixture(scope="module")
def pair() -> Comparison:
    own = np.random.default_rng(0).standard_normal((2, 24))
    own -= own @ np.linalg.pinv(TRUTH.vectors[:20]) @ TRUTH.vectors[:20]
    vectors = np.concatenate([TRUTH.vectors[:20], own])
    names = [*TRUTH.names[:20], f"{ODD} 0", f"{ODD} 1"]
    sides = [ft.arrangement(ft.Dictionary(vectors, names=names), name=name, rng=0) for name in "ab"]
    return ft.compare(*sides, draws=19, rng=0)


@pytest.fixture(scope="module")
def of_truth(pair: Comparison) -> list[Learned]:
    true = TRUTH.take(range(20))
    return [learned(true, side.dictionary, name=side.name) for side in (pair.a, pair.b)]


def chapter(page: Page, name: str) -> str:
    start = page.html.index(f'<section aria-labelledby="{name}">')
    return page.html[start : page.html.index("</section>", start)]


def test_what_was_learned_is_told_by_name(
    pair: Comparison, of_truth: list[Learned], tmp_path: Path
) -> None:
    assert of_truth[0].spurious == (20, 21)
    page = Page(report([pair], tmp_path / "p.html", learned=of_truth))
    words = chapter(page, "learned")
    shared = "Spurious in both a and b, and partners: <strong>2 of 2</strong>: "
    assert f"{shared}&lt;odd&gt;&amp; 0 / &lt;odd&gt;&amp; 0, " in words
    assert words.count("<strong>Spurious</strong>: &lt;odd&gt;&amp; 0, &lt;odd&gt;&amp; 1.") == 2
    assert '<a href="#learned">What was learned of the truth</a>' in page.html
    told = json.loads(page.file("report.json"))["learned"]
    assert [each["spurious"] for each in told] == [[20, 21]] * 2


def test_without_spurious_latents_on_a_side_none_can_be_shared(
    pair: Comparison, of_truth: list[Learned], tmp_path: Path
) -> None:
    clean = replace(of_truth[1], spurious=())
    page = Page(report([pair], tmp_path / "p.html", learned=[of_truth[0], clean]))
    assert "No partners can be spurious in both a and b" in chapter(page, "learned")
    assert spurious_partners([(20, 20), (1, 21)], of_truth[0], of_truth[1]) == ((20, 20),)
    alone = report([], tmp_path / "q.html", learned=of_truth[:1], arrangements=[pair.a])
    assert "Spurious in both" not in chapter(Page(alone), "learned")


def test_a_series_has_a_line_for_each_dictionary(tmp_path: Path) -> None:
    wide = ft.Dictionary(np.repeat(TRUTH.vectors, 2, axis=0))
    steps = ft.series({"first": TRUTH, "wide": wide}, draws=19, rng=0)
    found = [step.comparison for step in steps if step.comparison]
    page = Page(report(found, tmp_path / "p.html", series=steps))
    words = chapter(page, "series")
    first, second = re.findall(r"<tr><th scope=\"row\">.*?</tr>", words, re.DOTALL)
    assert "the first" in first and first.count('<td class="n">-</td>') == 3
    assert '<td class="n">100%</td><td class="n">32</td><td class="n">0</td>' in second
    assert found[0].verdict.judgement in second
    told = json.loads(page.file("report.json"))["series"]
    assert [each["split"] for each in told] == [None, 32]


def test_a_mapper_test_stands_beside_its_graph(tmp_path: Path) -> None:
    grouped = ft.GroundTruth([Blobs(6, 12, spread=0.4), Circle(12)], d=32, rng=0).dictionary
    side = ft.arrangement(grouped, name="one", rng=0)
    found = ft.mapper_test(grouped, draws=19, rng=0)
    tested = replace(found, components=replace(found.components, p_value=0.05))
    tests = {"one": tested}
    page = Page(report([], tmp_path / "p.html", arrangements=[side], mapper_tests=tests))
    components, reach = re.findall(
        r"<tr><th scope=\"row\">one</th><td>.*?</tr>", chapter(page, "mapper"), re.DOTALL
    )
    assert f'<td class="n">{tested.components.value:g}</td>' in components
    assert "✓</span> yes" in components
    assert "not told from chance" in reach and tested.loop_reach.p_value > 0.05
    assert f'<td class="n">{np.quantile(tested.components.null, 0.95):.3g}</td>' in components
    told = json.loads(page.file("report.json"))["mapper_tests"]["one"]
    assert told["components"]["p_value"] == 0.05


def test_chapters_that_nobody_asked_for_are_left_out(pair: Comparison, tmp_path: Path) -> None:
    page = Page(report([pair], tmp_path / "p.html"))
    assert "#learned" not in page.html and "#series" not in page.html
    assert "Mapper graphs against chance" not in page.html
