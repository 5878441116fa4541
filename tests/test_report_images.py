"""Persistence images on the page: whose they are, one grid, and what the difference holds."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from report_example import CUT, Example, example

from featuretopo.report.build import report
from featuretopo.report.image_figure import image_figure, loop_images
from featuretopo.report.pairs import pairs_of
from featuretopo.topology import persistence_image
from featuretopo.topology.diagram import Diagram


@pytest.fixture(scope="module")
def shown() -> Example:
    return example(120)


def with_loops(arrangement, bars, cut=CUT):
    """The same arrangement with other H1 bars."""
    h0 = arrangement.diagram.bars[0]
    rows = np.array(bars, float).reshape(-1, 2)
    censored = (np.zeros(len(h0), bool), np.isinf(rows[:, 1]))
    diagram = Diagram((h0, rows), censored, cut, "chord", 2, len(h0), "ripser")
    return replace(arrangement, diagram=diagram)


def images_of(shown, bars_a, bars_b, **cut):
    pair = shown.comparisons[0]
    a, b = with_loops(pair.a, bars_a, **cut), with_loops(pair.b, bars_b)
    return loop_images(pairs_of([replace(pair, a=a, b=b)])), a, b


def test_images_are_persims_cut_to_what_is_filled(shown: Example) -> None:
    images, a, b = images_of(shown, [(0.5, 0.9)], [(0.6, np.inf)])
    whole = persistence_image(a.diagram, 1, pixels=128, side=CUT)
    cell = CUT / 128
    first, last = round(images.births[0] / cell), round(images.persistences[1] / cell)
    np.testing.assert_array_equal(images.of[a.name], whole[first:, :last])
    assert images.of[a.name].sum() == pytest.approx(
        whole.sum(), rel=0.01
    )  # hardly a thing is cut away
    assert images.of[b.name].shape == images.of[a.name].shape


def test_the_difference_of_the_same_is_nothing_and_of_strangers_everything(shown: Example) -> None:
    images, a, b = images_of(shown, [(0.5, 0.9)], [(0.5, 0.9)])
    assert images.difference(a.name, b.name) == 0
    assert image_figure(images, a.name, b.name).count('class="fill hue') > 0
    images, a, b = images_of(shown, [(0.3, 0.5)], [(0.8, 1.0)])
    assert images.difference(a.name, b.name) == pytest.approx(1, abs=1e-6)
    images, a, b = images_of(shown, [(0.3, 0.5)], [])
    assert images.difference(a.name, b.name) == 1


def test_nothing_is_drawn_without_loops_or_without_a_cut(shown: Example) -> None:
    assert images_of(shown, [], [])[0] is None
    assert images_of(shown, [(0.3, 0.5)], [(0.3, 0.5)], cut=np.inf)[0] is None
    assert loop_images([]) is None


def test_the_page_has_one_figure_a_pair_and_says_what_it_holds(shown: Example, tmp_path) -> None:
    page = report(shown.comparisons, tmp_path / "r.html").read_text("utf-8")
    titles = re.findall(r"<title>Persistence images of H1: (.*?) and (.*?)</title>", page)
    assert titles == [(c.a.name, c.b.name) for c in shown.comparisons]
    assert page.count("the difference holds") == len(shown.comparisons)
    bare = replace(
        shown.comparisons[0],
        a=with_loops(shown.comparisons[0].a, []),
        b=with_loops(shown.comparisons[0].b, []),
    )
    assert "Persistence images" not in report([bare], tmp_path / "s.html").read_text("utf-8")
