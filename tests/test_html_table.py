"""What a notebook shows of results: short, and names stay names."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

import featuretopo as ft
from featuretopo.html_table import html_table
from featuretopo.topology.mapper import Cubes
from featuretopo.truth import Blobs

HOSTILE = "<img src=x onerror=alert(1)>&\"'\ud800"


class Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.tags, self.words = set(), []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        assert not attrs
        self.tags.add(tag)

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def hostile():
    blobs = ft.GroundTruth([Blobs(3, 8, spread=0.4)], d=16, rng=0).dictionary
    return ft.Dictionary(
        blobs.vectors, blobs.labels, [HOSTILE] * 24, label_names=[f"{HOSTILE}{i}" for i in range(3)]
    )


@pytest.fixture(scope="module")
def shown(hostile):
    found = ft.arrangement(hostile, name=HOSTILE, rng=0)
    graph = replace(found.mapper, parameters={"lens": HOSTILE}, warnings=(HOSTILE,))
    other = ft.arrangement(hostile, name="b", rng=0)
    comparison = ft.compare(found, other, draws=19, rng=0)
    diagram = replace(found.diagram, metric=HOSTILE)
    return {"Dictionary": hostile, "Diagram": diagram, "MapperGraph": graph,
            "Comparison": comparison}  # fmt: skip


@pytest.mark.parametrize("noun", ["Dictionary", "Diagram", "MapperGraph", "Comparison"])
def test_names_are_escaped_and_can_be_stored(shown, noun):
    html = shown[noun]._repr_html_()
    page = Tags(html)
    assert page.tags == {"p", "strong", "table", "tr", "th", "td"}
    assert "onerror" in "".join(page.words)  # it is there, as words
    json.dumps(html).encode()
    html.encode("utf-8")


def test_a_dictionary_of_many_groups_is_short():
    n = 6_000
    x = ft.Dictionary(
        np.random.default_rng(0).standard_normal((n, 4)),
        np.arange(n) // 2,
        ["long name " * 100] * n,
        label_names=[f"group {i} {'x' * 500}" for i in range(n // 2)],
    )
    html = x._repr_html_()
    assert len(html) < 12_000 and "and 2,980 more" in html


def test_a_dictionary_counts_what_has_no_group():
    page = Tags(ft.Dictionary(np.eye(3), labels=[0, -1, -1], label_names=["day"])._repr_html_())
    cells = [w for w in page.words]
    assert cells[cells.index("no group") + 1] == "2" and cells[cells.index("day") + 1] == "1"


def test_a_diagram_says_what_its_repr_says(hostile):
    diagram = ft.persistence(hostile)
    page = "".join(Tags(diagram._repr_html_()).words)
    assert f"chord up to {diagram.max_scale:.4g}" in page
    landmarked = replace(diagram, landmarks=np.arange(4), cover_radius=0.25)
    words = "".join(Tags(landmarked._repr_html_()).words)
    assert "4 landmarks, off by at most 0.5" in words
    assert ("no bar is certain" in words) == landmarked.vacuous


def test_a_graph_says_why_it_is_hard_to_trust():
    x = ft.Dictionary(np.eye(12))
    graph = ft.mapper(x, cover=Cubes(10, overlap=0.3))
    assert graph.warnings
    words = "".join(Tags(graph._repr_html_()).words)
    assert all(warning in words for warning in graph.warnings)


def test_a_comparison_shows_the_verdict_and_every_figure(shown):
    comparison = shown["Comparison"]
    words = Tags(comparison._repr_html_()).words
    assert any(comparison.verdict.judgement in each for each in words)
    titles = {m.title for m in comparison.measures}
    assert titles <= set(words)


def test_a_p_value_of_which_only_a_bound_is_known_is_told_so(shown):
    comparison = shown["Comparison"]
    known, null = comparison.measures[0], tuple(np.linspace(1, 2, 99).tolist())
    bounded = replace(known, low=0.5, high=3.0, direction="lower", null=null, p_value=1.0)
    for measure, said in ((bounded, "≤ 1"), (replace(bounded, low=3.0), "1")):
        page = Tags(replace(comparison, measures=(measure,))._repr_html_())
        assert page.words[page.words.index(measure.title) + 3] == said


def test_long_words_are_cut_and_short_ones_kept():
    html = html_table("t", [["head"], ["x" * 1000]], ["y" * 1000])
    assert "x" * 150 in html and "x" * 200 not in html
    assert "y" * 500 in html and "y" * 700 not in html
