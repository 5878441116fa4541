"""Diagram distances: known values, brute force, other libraries, metric laws, intervals."""

import math
from itertools import combinations, pairwise, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featuretopo.errors import FeaturetopoError
from featuretopo.topology.bar_matching import span_distance, threshold_bottleneck
from featuretopo.topology.diagram import Diagram
from featuretopo.topology.distances import (
    bottleneck,
    bottleneck_of_bars,
    wasserstein,
    wasserstein_of_bars,
)

INF = math.inf
GROUNDS = {"linf": np.inf, "l2": 2, "l1": 1}
ORDERS = [1, 1.5, 2, 3]

# Few values, so that ties, equal bars and shared births are common.
numbers = st.integers(0, 8).map(lambda i: i / 4)
bar = st.tuples(numbers, st.integers(1, 8)).map(lambda t: (t[0], t[0] + t[1] / 4))
bar_from_zero = st.integers(1, 12).map(lambda i: (0.0, i / 4))


def several(bars, most):
    rows = st.lists(bars, max_size=most)
    return rows.map(lambda r: np.array(r, dtype=float).reshape(-1, 2))


few_bars = st.one_of(several(bar, 4), several(bar_from_zero, 4))
many_bars = st.one_of(several(bar, 12), several(bar_from_zero, 12))


def every_matching(n_a, n_b):
    for k in range(min(n_a, n_b) + 1):
        for rows in combinations(range(n_a), k):
            for columns in permutations(range(n_b), k):
                yield list(zip(rows, columns, strict=True))


def to_diagonal(birth, death, ground):
    """Distance to the nearest of many points of the diagonal, no formula used."""
    x = np.linspace(birth, death, 2001)  # holds the midpoint
    return np.linalg.norm([x - birth, x - death], ord=GROUNDS[ground], axis=0).min()


def brute_force(spans_a, spans_b, order, ground):
    """Least over all matchings of the cost, worst over every end that an unknown death can have."""

    def pair(a, b):
        return max(
            np.linalg.norm([a[0] - b[0], d - e], ord=GROUNDS[ground])
            for d, e in product(a[1:], b[1:])
        )

    def alone(a):
        return max(to_diagonal(a[0], death, ground) for death in a[1:])

    def cost(matching):
        rows, columns = {i for i, _ in matching}, {j for _, j in matching}
        moves = [pair(spans_a[i], spans_b[j]) for i, j in matching]
        moves += [alone(a) for i, a in enumerate(spans_a) if i not in rows]
        moves += [alone(b) for j, b in enumerate(spans_b) if j not in columns]
        return np.linalg.norm(moves, ord=order) if moves else 0.0

    return min(map(cost, every_matching(len(spans_a), len(spans_b))))


def spans(bars):
    return np.asarray(bars, dtype=float).reshape(-1, 2)[:, [0, 1, 1]]


def diagram(bars, censored=(), cut=2.0, metric="chord", coeff=2, dim=1):
    """A diagram with `bars` in dimension `dim`, those at `censored` alive at the cut."""
    rows = np.array(bars, dtype=float).reshape(-1, 2)
    alive = np.zeros(len(rows), bool)
    alive[list(censored)] = True
    rows[alive, 1] = np.inf
    nothing = [(np.zeros((0, 2)), np.zeros(0, bool))] * dim
    all_bars, all_censored = zip(*nothing, (rows, alive), strict=True)
    return Diagram(all_bars, all_censored, cut, metric, coeff, 9, "none")


def cut_at(bars, cut, **options):
    """What is seen of the full `bars` up to `cut`."""
    seen = bars[bars[:, 0] < cut]
    return diagram(seen, np.flatnonzero(seen[:, 1] > cut), cut, **options)


# Known values (independently computed; see the project's design notes) ------------------------


@pytest.mark.parametrize(
    ("a", "b", "value"),
    [
        ([(0.8, 1.3), (0, 0.2), (1, 1.6), (0.6, 1.8)], [(0.9, 1.8), (0.4, 0.9)], 0.3),
        ([(6, 9), (6, 8)], [(4, 10), (9, 10)], 2.0),
    ],
)
def test_known_bottleneck(a, b, value):
    assert bottleneck_of_bars(a, b) == pytest.approx(value, abs=1e-12)
    assert threshold_bottleneck(spans(a), spans(b)) == pytest.approx(value, abs=1e-12)


def test_known_wasserstein():
    a, b = [(2.7, 3.7), (9.6, 14), (34.2, 34.974)], [(2.8, 4.45), (9.5, 14.1)]
    assert wasserstein_of_bars(a, b, 1, "l2") == pytest.approx(1.4453593023967701, abs=1e-12)


@pytest.mark.parametrize(("ground", "value"), [("l1", 5.0), ("linf", 2.5)])
def test_known_distance_to_nothing(ground, value):
    nothing = np.zeros((0, 2))
    assert wasserstein_of_bars([(0, 3), (4, 8)], nothing, 2, ground) == pytest.approx(value)
    assert wasserstein_of_bars(nothing, [(0, 3), (4, 8)], 2, ground) == pytest.approx(value)
    assert wasserstein_of_bars(nothing, nothing) == bottleneck_of_bars(nothing, nothing) == 0


def test_an_infinite_bar_on_one_side_is_infinitely_far():
    a, b = [(0, INF), (0, 1)], [(0, 1), (0, 5)]
    assert bottleneck_of_bars(a, b) == wasserstein_of_bars(a, b) == INF
    assert wasserstein_of_bars(b, a, 2) == INF
    found = bottleneck(diagram(a, cut=0.5), diagram(b, cut=0.7), 1)
    assert (found.low, found.high, found.exact) == (INF, INF, True)


def test_infinite_bars_match_each_other_by_birth():
    a, b = [(3, INF), (0, INF), (0, 2)], [(1, INF), (7, INF)]
    assert bottleneck_of_bars(a, b) == 4
    assert wasserstein_of_bars(a, b, 1) == 1 + 4 + 1
    assert wasserstein_of_bars(a, b, 3) == pytest.approx((1 + 4**3 + 1) ** (1 / 3))


# Against brute force and other libraries --------------------------------------------------------


@settings(deadline=None, max_examples=80)
@given(few_bars, few_bars, st.sampled_from(ORDERS), st.sampled_from(list(GROUNDS)))
def test_exact_distances_are_the_best_of_all_matchings(a, b, order, ground):
    expected = brute_force(spans(a), spans(b), order, ground)
    assert wasserstein_of_bars(a, b, order, ground) == pytest.approx(expected, abs=1e-9)
    expected = brute_force(spans(a), spans(b), INF, "linf")
    assert bottleneck_of_bars(a, b) == pytest.approx(expected, abs=1e-9)
    assert threshold_bottleneck(spans(a), spans(b)) == pytest.approx(expected, abs=1e-9)


@settings(deadline=None, max_examples=80)
@given(st.data(), few_bars, few_bars, st.sampled_from(ORDERS), st.sampled_from(list(GROUNDS)))
def test_worst_cases_are_the_best_of_all_matchings(data, a, b, order, ground):
    a, b = spans(a), spans(b)
    for side in (a, b):
        later = data.draw(st.lists(numbers, min_size=len(side), max_size=len(side)))
        side[:, 2] += later
    for norm, plane in ((order, ground), (INF, "linf")):
        expected = brute_force(a, b, norm, plane)
        assert span_distance(a, b, norm, plane) == pytest.approx(expected, abs=1e-9)


@settings(deadline=None, max_examples=80)
@given(many_bars, many_bars)
def test_the_two_bottleneck_algorithms_agree(a, b):
    expected = threshold_bottleneck(spans(a), spans(b)) if len(a) + len(b) else 0
    assert bottleneck_of_bars(a, b) == pytest.approx(expected, abs=1e-12)
    if len(a) and len(b):
        hera = pytest.importorskip("gudhi.hera")
        assert hera.bottleneck_distance(a, b, delta=0) == pytest.approx(expected, abs=1e-12)


@settings(deadline=None, max_examples=60)
@given(many_bars, many_bars, st.sampled_from(ORDERS), st.sampled_from(list(GROUNDS)))
def test_wasserstein_is_the_optimal_transport_of_pot(a, b, order, ground):
    ot = pytest.importorskip("ot")
    n, m = len(a), len(b)
    if not n + m:
        return
    # every bar also has its own place on the diagonal, where staying is free
    cost = np.zeros((n + m, n + m))
    cost[:n, :m] = np.linalg.norm(a[:, None] - b[None], ord=GROUNDS[ground], axis=2) ** order
    share = {"linf": 0.5, "l2": 0.5**0.5, "l1": 1.0}[ground]
    cost[:n, m:] = (share * (a[:, 1] - a[:, 0])[:, None]) ** order
    cost[n:, :m] = (share * (b[:, 1] - b[:, 0])) ** order
    one = np.ones(n + m)
    expected = ot.emd2(one, one, cost) ** (1 / order)
    assert wasserstein_of_bars(a, b, order, ground) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_larger_diagrams_agree_with_persim_and_hera(seed):
    persim, hera = pytest.importorskip("persim"), pytest.importorskip("gudhi.hera")
    rng = np.random.default_rng(seed)
    a, b = (np.stack([x, x + rng.exponential(0.3, len(x))], axis=1) for x in rng.random((2, 40)))
    line_a, line_b = (np.stack([0 * x, x], axis=1) for x in rng.random((2, 300)))
    for one, other in ((a, b), (line_a, line_b), (line_a, line_b[:200])):
        expected = hera.wasserstein_distance(one, other, order=1, internal_p=2, delta=1e-9)
        assert wasserstein_of_bars(one, other, 1, "l2") == pytest.approx(expected, rel=1e-8)
    assert bottleneck_of_bars(a, b) == pytest.approx(persim.bottleneck(a, b))
    assert wasserstein_of_bars(a, b, 1, "l2") == pytest.approx(persim.wasserstein(a, b))


# Laws -------------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=80)
@given(many_bars, many_bars, many_bars, st.sampled_from(ORDERS), st.sampled_from(list(GROUNDS)))
def test_distances_are_metrics(a, b, c, order, ground):
    for distance in (bottleneck_of_bars, lambda x, y: wasserstein_of_bars(x, y, order, ground)):
        assert distance(a, a) == distance(a, a[::-1]) == 0
        assert distance(a, b) == pytest.approx(distance(b, a), abs=1e-12)
        assert distance(a, c) <= distance(a, b) + distance(b, c) + 1e-9


@settings(deadline=None, max_examples=40)
@given(many_bars, many_bars)
def test_higher_orders_are_smaller_and_bottleneck_is_the_smallest(a, b):
    falling = [wasserstein_of_bars(a, b, p) for p in (1, 1.5, 2, 5, 50)]
    falling.append(bottleneck_of_bars(a, b))
    assert all(x >= y - 1e-9 for x, y in pairwise(falling))
    by_ground = [wasserstein_of_bars(a, b, 2, ground) for ground in ("linf", "l2", "l1")]
    assert by_ground == sorted(by_ground) or np.ptp(by_ground) < 1e-9


def test_high_orders_neither_overflow_nor_vanish():
    a, b = [(0, 1e-3), (5, 6)], [(0, 2e-3), (5, 1e3)]
    assert wasserstein_of_bars(a, b, 1000) == pytest.approx(497.5, rel=1e-3)
    assert wasserstein_of_bars([(0, 1e-3)], [(0, 2e-3)], 1000) == pytest.approx(1e-3)


@pytest.mark.parametrize("order", [1, 2, 5, 50])
def test_small_moves_among_long_bars_are_not_lost_in_rounding(order):
    rng = np.random.default_rng(0)
    a = np.stack([np.arange(20), np.arange(20) + rng.uniform(5, 9, 20)], axis=1)
    moves = rng.uniform(1, 2, 20) * 1e-11
    b = a + np.stack([0 * moves, moves], axis=1)
    # relative to what the bars, as stored, differ by
    expected = np.linalg.norm((b - a).max(axis=1) / 1e-11, ord=order) * 1e-11
    assert wasserstein_of_bars(a, b[::-1], order) == pytest.approx(expected, rel=1e-9)


def test_bars_on_the_diagonal_are_nowhere():
    a = [(1, 2), (3, 3)]
    assert bottleneck_of_bars(a, [(1, 2)]) == wasserstein_of_bars(a, [(1, 2)], 2) == 0
    assert bottleneck_of_bars([(3, 3)], [(4, 4)]) == 0


def test_many_bars_of_one_birth_agree_with_the_general_algorithms():
    # shifting one birth by a bar of no weight leaves the shortcut for bars of one birth
    rng = np.random.default_rng(0)
    a, b = (np.stack([0 * x, x], axis=1) for x in 0.3 + rng.random((2, 300)))
    off = np.array([[1e-13, 2e-13]])
    for distance in (
        bottleneck_of_bars,
        wasserstein_of_bars,
        lambda x, y: wasserstein_of_bars(x, y, 1, "l1"),
    ):
        assert distance(a, b) == pytest.approx(distance(np.vstack([a, off]), b), abs=1e-10)


# Diagrams: what is exact, what is an interval -----------------------------------------------------


def test_names_and_options_travel_with_the_figure():
    a, b = diagram([(0.1, 0.4)]), diagram([(0.1, 0.6)])
    found = bottleneck(a, b, 1)
    assert (found.name, found.dim, found.order, found.ground) == ("bottleneck", 1, INF, "linf")
    assert found.exact and found.low == pytest.approx(0.2)
    found = wasserstein(a, b, 1, 2, "l2")
    assert (found.name, found.dim, found.order, found.ground) == ("wasserstein", 1, 2.0, "l2")


def test_one_cut_and_no_censored_bar_is_exact():
    a, b = diagram([(0.1, 0.4)], cut=INF), diagram([(0.1, 0.6)], cut=INF)
    assert bottleneck(a, b, 1).exact
    assert not bottleneck(diagram([(0.1, 0.9)], cut=1.0), diagram([], cut=0.5), 1).exact


def test_components_are_exact_whatever_the_cuts():
    a = diagram([(0, INF), (0, 1.3), (0, 0.4)], cut=0.5, dim=0)
    b = diagram([(0, INF), (0, 1.1), (0, 0.6)], cut=0.9, dim=0)
    assert bottleneck(a, b, 0).low == bottleneck(a, b, 0).high == pytest.approx(0.2)
    assert wasserstein(a, b, 0).low == wasserstein(a, b, 0).high == pytest.approx(0.4)


def test_a_censored_bar_gives_an_interval():
    # the death of a's bar lies in [1, 2]
    a, b = diagram([(0.2, INF)], [0], cut=1.0), diagram([(0.2, 0.7)], cut=1.0)
    found = bottleneck(a, b, 1)
    assert found.low == pytest.approx(0.3)  # (.2, 1) against (.2, .7)
    assert found.seen == found.high == pytest.approx(0.9)  # at worst (.2, 2), best left alone


def test_without_a_largest_distance_a_censored_death_is_unbounded():
    a = diagram([(0.2, INF)], [0], cut=1.0, metric="precomputed")
    b = diagram([(0.2, 0.7)], cut=1.0, metric="precomputed")
    found = bottleneck(a, b, 1)
    assert (found.low, found.seen) == (pytest.approx(0.3), INF)
    assert wasserstein(b, a, 1).seen == INF
    same = bottleneck(b, b, 1)
    assert (same.low, same.seen, same.high) == (0, 0, INF)  # a bar of any length may follow


full_bars = st.lists(
    st.tuples(st.floats(0, 1), st.floats(0.01, 1)).map(lambda t: (t[0], min(2.0, sum(t)))),
    max_size=6,
).map(lambda r: np.array(r, dtype=float).reshape(-1, 2))
figures = st.sampled_from(
    [(INF, "linf"), (1, "linf"), (1, "l1"), (2, "l2"), (2, "linf"), (3.5, "l2")]
)


def both(a, b, figure):
    order, ground = figure
    if order == INF:
        return bottleneck(a, b, 1)
    return wasserstein(a, b, 1, order, ground)


def whole(a, b, figure):
    order, ground = figure
    return bottleneck_of_bars(a, b) if order == INF else wasserstein_of_bars(a, b, order, ground)


@settings(deadline=None, max_examples=150)
@given(full_bars, full_bars, st.floats(0, 1), st.floats(0, 1), figures)
def test_the_distance_of_full_diagrams_lies_in_the_interval(a, b, cut_a, cut_b, figure):
    # no bar is born above its own diagram's cut; any may die there
    cut_a = max(cut_a, a[:, 0].max(initial=0) + 0.01)
    cut_b = max(cut_b, b[:, 0].max(initial=0) + 0.01)
    found = both(cut_at(a, cut_a), cut_at(b, cut_b), figure)
    truth = whole(a, b, figure)
    assert found.low <= found.seen <= found.high
    assert found.low <= truth + 1e-9
    assert truth <= found.seen + 1e-9
    back = both(cut_at(b, cut_b), cut_at(a, cut_a), figure)
    assert (back.low, back.high) == pytest.approx((found.low, found.high), abs=1e-9)


@settings(deadline=None, max_examples=100)
@given(full_bars, full_bars, st.floats(0.1, 1), st.floats(0.1, 1), figures)
def test_both_ends_hold_whatever_was_born_above_the_cuts(a, b, cut_a, cut_b, figure):
    found = both(cut_at(a, cut_a), cut_at(b, cut_b), figure)
    assert found.low <= found.seen <= found.high
    assert found.low <= whole(a, b, figure) + 1e-9
    assert whole(a, b, figure) <= found.high + 1e-9
    assert not found.exact  # both cuts lie below 2


def test_a_loop_born_above_one_cut_counts_in_the_upper_end_alone():
    a, b = diagram([(0.2, 0.5)], cut=1.2), diagram([(0.2, 0.5)], cut=1.2)
    found = bottleneck(a, b, 1)
    assert (found.low, found.seen, found.high) == (0, 0, pytest.approx(0.4))
    assert (wasserstein(a, b, 1).seen, wasserstein(a, b, 1).high) == (0, INF)


@settings(deadline=None, max_examples=40)
@given(full_bars, full_bars, figures)
def test_a_cut_above_everything_changes_nothing(a, b, figure):
    found = both(cut_at(a, 2.0), cut_at(b, INF), figure)
    assert found.exact
    assert found.low == pytest.approx(whole(a, b, figure), abs=1e-12)


# Refusals -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"metric": "precomputed"}, "metric 'chord' and 'precomputed' differ.*the same metric"),
        ({"coeff": 3}, "coeff 2 and 3 differ.*the same coeff"),
        ({"dim": 0}, r"diagram b has no dimension 1, only 0 to 0.*a larger max_dim"),
    ],
)
def test_incomparable_diagrams_are_refused(change, words):
    for function in (bottleneck, wasserstein):
        with pytest.raises(FeaturetopoError, match=words):
            function(diagram([(0, 1)]), diagram([(0, 1)], **change), 1)


def test_a_negative_dimension_is_refused():
    with pytest.raises(FeaturetopoError, match="diagram a has no dimension -1"):
        bottleneck(diagram([(0, 1)]), diagram([(0, 1)]), -1)


@pytest.mark.parametrize("cut", [INF, 0.1])
def test_a_censored_bar_needs_a_finite_cut_after_its_birth(cut):
    a = diagram([(0.2, INF)], [0], cut=cut)
    with pytest.raises(FeaturetopoError, match=r"a has bars alive at a cut of .*born at 0\.2"):
        bottleneck(a, a, 1)


@pytest.mark.parametrize(
    ("bars", "words"),
    [
        ([1.0, 2.0], r"bars a of shape \(2,\) must be \(n, 2\)"),
        ([(-1e308, 1e308)], "bars a reach 1e.308, beyond 1e.300.*divide all by one scale"),
        ([("a", "b")], "bars a must be numbers"),
        ([(0, 1), (0.5, 0.2)], r"bar 1 of a is \(0.5, 0.2\): needs a finite birth and a death not"),
        ([(0, math.nan)], r"bar 0 of a is \(0.0, nan\)"),
        ([(math.nan, 1)], r"bar 0 of a is \(nan, 1.0\)"),
        ([(-INF, 1)], r"bar 0 of a is \(-inf, 1.0\)"),
        ([(INF, INF)], r"bar 0 of a is \(inf, inf\)"),
    ],
)
def test_malformed_bars_are_refused(bars, words):
    for function in (bottleneck_of_bars, wasserstein_of_bars):
        with pytest.raises(FeaturetopoError, match=words):
            function(bars, np.zeros((0, 2)))


@pytest.mark.parametrize("order", [0.5, 0, -1, INF, math.nan])
def test_an_order_out_of_range_is_refused(order):
    with pytest.raises(FeaturetopoError, match=r"order=.* must lie in \[1, inf\)"):
        wasserstein(diagram([]), diagram([]), 1, order)
    with pytest.raises(FeaturetopoError, match=r"order=.* must lie in \[1, inf\)"):
        wasserstein_of_bars([(0, 1)], [(0, 1)], order)


def test_an_unknown_ground_is_refused():
    with pytest.raises(FeaturetopoError, match="unknown ground 'l_2'; did you mean 'l2'"):
        wasserstein(diagram([]), diagram([]), 1, 1, "l_2")
    with pytest.raises(FeaturetopoError, match="unknown ground 'chebyshev'; choose from linf"):
        wasserstein_of_bars([(0, 1)], [(0, 1)], 1, "chebyshev")


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda d: bottleneck(np.eye(3), d, 1), "diagram a is a ndarray; give what persistence"),
        (lambda d: wasserstein(d, None, 1), "diagram b is a NoneType; give what persistence"),
        (lambda d: bottleneck(d, d, 1.0), r"no dimension 1\.0, only 0 to 1"),
        (lambda d: bottleneck(d, d, True), "no dimension True, only 0 to 1"),
        (lambda d: wasserstein(d, d, 1, order="1"), "order='1' must be a number"),
        (lambda d: wasserstein(d, d, 1, ground=None), "unknown ground None; choose from"),
        (lambda d: wasserstein(d, d, 1, ground=["l2"]), r"unknown ground \['l2'\]; choose from"),
        (lambda d: Diagram(d.bars, d.censored[:1], 2.0, "chord", 2, 9, "none"), "censored"),
    ],
)
def test_what_is_no_diagram_or_no_option_is_refused(call, words):
    with pytest.raises(FeaturetopoError, match=words):
        call(diagram([(0.1, 0.4)]))
