"""Sliced Wasserstein distance: against persim, a slow reference, and what must hold."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import wasserstein_distance

from featuretopo.errors import FeaturetopoError
from featuretopo.topology import Diagram, sliced_wasserstein, wasserstein_of_bars

theorem = settings(max_examples=100, deadline=None, derandomize=True)
some_bars = st.lists(
    st.tuples(st.floats(0, 1), st.floats(0.01, 1)).map(lambda t: (t[0], t[0] + t[1])), max_size=6
).map(lambda rows: np.array(rows, dtype=float).reshape(-1, 2))


def diagram(bars: np.ndarray, cut: float = 2.0) -> Diagram:
    """What is seen of the bars up to the cut, as H1."""
    seen = bars[bars[:, 0] <= cut]
    alive = seen[:, 1] > cut
    seen = np.column_stack([seen[:, 0], np.where(alive, np.inf, seen[:, 1])])
    nothing = np.empty((0, 2)), np.zeros(0, bool)
    return Diagram((nothing[0], seen), (nothing[1], alive), cut, "chord", 2, 9, "none")


def slow(a: np.ndarray, b: np.ndarray, directions: int = 50) -> float:
    """Order-1 transport between the shadows on each line, by scipy."""
    if not len(a) + len(b):
        return 0.0
    onto = np.full((2, 2), 0.5)
    total = 0.0
    for k in range(directions):
        angle = math.pi * ((k + 0.5) / directions - 0.5)
        ray = np.array([math.cos(angle), math.sin(angle)])
        one, other = np.vstack([a, b @ onto]) @ ray, np.vstack([b, a @ onto]) @ ray
        total += wasserstein_distance(one, other) * len(one)
    return total / directions


@theorem
@given(a=some_bars, b=some_bars)
def test_it_is_the_mean_transport_between_shadows(a, b):
    found = sliced_wasserstein(diagram(a), diagram(b), 1)
    assert found.exact
    assert found.low == pytest.approx(slow(a, b), abs=1e-9)


def test_it_is_persims(rng):
    persim = pytest.importorskip("persim")
    a, b = (np.sort(rng.random((n, 2)), axis=1) for n in (30, 40))
    # its lines begin at another angle; with many of them both come to the same
    ours = sliced_wasserstein(diagram(a), diagram(b), 1, directions=400).low
    assert ours == pytest.approx(persim.sliced_wasserstein(a, b, M=400), rel=1e-4)


@theorem
@given(a=some_bars, b=some_bars, c=some_bars)
def test_it_is_a_metric_within_a_factor_of_transport(a, b, c):
    def d(x, y):
        return sliced_wasserstein(diagram(x), diagram(y), 1).low

    assert d(a, a) == 0 and d(a, b) == d(b, a)
    assert d(a, c) <= d(a, b) + d(b, c) + 1e-9
    assert d(a, b) <= 2 * math.sqrt(2) * wasserstein_of_bars(a, b, 1) + 1e-9


@theorem
@given(a=some_bars, b=some_bars, cut=st.floats(0.3, 1.5))
def test_the_interval_holds_whatever_the_unknown_deaths(a, b, cut):
    found = sliced_wasserstein(diagram(a, cut), diagram(b, cut), 1)
    seen_a, seen_b = (x[x[:, 0] <= cut] for x in (a, b))
    assert found.low - 1e-9 <= slow(seen_a, seen_b) <= found.seen + 1e-9
    cut_off = (seen_a[:, 1] > cut).any() or (seen_b[:, 1] > cut).any()
    assert (found.low == found.seen) == (not cut_off)
    assert found.high == math.inf  # any number of bars may be born above the cut


def test_bars_born_above_the_smaller_cut_may_have_had_a_partner():
    a, b = np.array([[0.2, 0.5]]), np.array([[0.2, 0.5], [1.2, 1.4]])
    found = sliced_wasserstein(diagram(a, 1.0), diagram(b, 2.0), 1)
    assert found.low == 0 and not found.exact
    assert found.seen == sliced_wasserstein(diagram(a, 2.0), diagram(b, 2.0), 1).low
    assert sliced_wasserstein(diagram(a, 2.0), diagram(b, 2.0), 1).low > 0


def test_bars_that_never_die_match_only_each_other():
    def components(*births):
        bars = np.column_stack([births, np.full(len(births), np.inf)])
        return Diagram((bars,), (np.zeros(len(births), bool),), 2.0, "chord", 2, 9, "none")

    assert sliced_wasserstein(components(0.0), components(0.0, 0.0), 0).low == math.inf
    apart = sliced_wasserstein(components(0.0), components(1.0), 0)
    assert apart.exact and apart.low == pytest.approx(2 / math.pi, rel=1e-3)  # mean of |cos|


def test_where_nothing_bounds_a_death_nothing_bounds_the_distance():
    open_ended = replace(diagram(np.array([[0.2, 1.5]]), 1.0), metric="precomputed")
    found = sliced_wasserstein(open_ended, open_ended, 1)
    assert (found.low, found.high) == (0, math.inf)


def test_landmarks_may_have_missed_any_number_of_bars():
    a = diagram(np.array([[0.2, 0.5]]))
    found = sliced_wasserstein(replace(a, landmarks=np.arange(5), cover_radius=0.1), a, 1)
    assert (found.low, found.high) == (0, math.inf)


def test_bad_input_is_refused():
    a = diagram(np.array([[0.2, 0.5]]))
    with pytest.raises(FeaturetopoError, match="directions=0 must be a whole number, at least 1"):
        sliced_wasserstein(a, a, 1, directions=0)
    with pytest.raises(FeaturetopoError, match="no dimension 4"):
        sliced_wasserstein(a, a, 4)
    with pytest.raises(FeaturetopoError, match="metric"):
        sliced_wasserstein(a, replace(a, metric="precomputed"), 1)
