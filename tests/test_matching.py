"""The matching behind a distance: it costs what the distance says, and no bar is in it twice."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import gaussian, polygon

from featuretopo.errors import FeaturetopoError
from featuretopo.topology import bottleneck, diagram_matching, persistence, wasserstein
from featuretopo.topology.diagram import Diagram

TO_DIAGONAL = {"linf": 0.5, "l2": math.sqrt(0.5), "l1": 1.0}
NORM = {"linf": np.inf, "l2": 2, "l1": 1}


def loops(rows, cut=2.0):
    bars = np.array(rows, float).reshape(-1, 2)
    none = np.zeros((0, 2)), np.zeros(0, bool)
    return Diagram((none[0], bars), (none[1], np.isinf(bars[:, 1])), cut, "chord", 2, 9, "none")


bars = st.lists(
    st.tuples(st.integers(0, 8), st.integers(1, 6)).map(lambda p: (p[0] / 8, (p[0] + p[1]) / 8)),
    max_size=6,
)


@settings(max_examples=150, deadline=None)
@given(bars, bars, st.sampled_from([1, 2, 3.5, math.inf]), st.sampled_from(["linf", "l2", "l1"]))
def test_a_matching_costs_what_the_distance_says(a, b, order, ground):
    one, other = loops(a), loops(b)
    found = diagram_matching(one, other, 1, order, ground)
    if order == math.inf:
        ground = "linf"
        known = bottleneck(one, other, 1).seen
    else:
        known = wasserstein(one, other, 1, order, ground).seen
    assert found.distance == pytest.approx(known)
    # each bar once: matched, or alone
    i, j = found.pairs.reshape(-1, 2).T
    assert sorted([*i, *found.alone_a]) == list(range(len(a)))
    assert sorted([*j, *found.alone_b]) == list(range(len(b)))
    # the cost again, bar by bar
    a, b = one.bars[1], other.bars[1]
    moves = np.linalg.norm(a[i] - b[j], ord=NORM[ground], axis=1)
    np.testing.assert_allclose(found.moves, moves)
    left = [a[found.alone_a], b[found.alone_b]]
    shrinks = [TO_DIAGONAL[ground] * (rows[:, 1] - rows[:, 0]) for rows in left]
    costs = np.concatenate([moves, *shrinks, [0.0]])
    assert np.linalg.norm(costs, ord=order) == pytest.approx(found.distance)


@pytest.mark.parametrize("order", [1, math.inf])
def test_the_bars_of_real_diagrams_are_told_by_their_rows(order):
    a, b = (persistence(gaussian(40, 3, seed), max_scale=2) for seed in (0, 1))
    for dim in (0, 1):
        found = diagram_matching(a, b, dim, order)
        known = bottleneck(a, b, dim) if order == math.inf else wasserstein(a, b, dim)
        assert found.distance == pytest.approx(known.seen)
        rows = {*found.pairs[:, 0].tolist(), *found.alone_a.tolist()}
        finite = np.flatnonzero(np.isfinite(a.bars[dim][:, 1]))
        assert rows == set(finite.tolist())


def test_a_bar_alive_at_the_cut_moves_as_far_as_it_may():
    found = diagram_matching(loops([(0.5, np.inf)], cut=1.2), loops([(0.5, 1.0)], cut=1.2), 1)
    assert found.distance == 0.75  # alone: (2 - 0.5) / 2; matched it could be 1
    assert found.pairs.shape == (0, 2) and found.alone_a.tolist() == [0]


def test_what_has_no_matching_is_refused():
    endless = persistence(
        np.linalg.norm(polygon(6)[:, None] - polygon(6), axis=2),
        metric="precomputed",
        max_scale=1.1,
    )
    with pytest.raises(FeaturetopoError, match="alive at the cut and nothing bounds its death"):
        diagram_matching(endless, endless, 1)
    with pytest.raises(FeaturetopoError, match="metric 'precomputed' and 'chord' differ"):
        diagram_matching(endless, loops([]), 1)
    with pytest.raises(FeaturetopoError, match=r"order=0.5 must lie in \[1, inf\)"):
        diagram_matching(loops([]), loops([]), 1, 0.5)
    with pytest.raises(FeaturetopoError, match=r"order=nan must lie in \[1, inf\)"):
        diagram_matching(loops([]), loops([]), 1, math.nan)
    with pytest.raises(FeaturetopoError, match="unknown ground 'l3'"):
        diagram_matching(loops([]), loops([]), 1, math.inf, "l3")
