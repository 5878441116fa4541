"""Bar matching: the cheapest way to turn one set of bars into another.

Bars come as spans (n, 3): birth, earliest and latest death. Where the two deaths differ, a
cost is the worst case over what lies between them; where none differ, the distance is exact.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
Ground = Literal["linf", "l2", "l1"]

#: Distance of a bar to the diagonal, as a share of its length.
TO_DIAGONAL = {"linf": 0.5, "l2": math.sqrt(0.5), "l1": 1.0}

_BLOCK = 256  # rows of costs at hand at once
_FEW = 2 * 10**6  # costs: up to so many, looking at them all is faster than hera
_TRUSTED = 1e-3  # share of the unit, in powers, that a total keeps enough digits from


def span_distance(a: Array, b: Array, order: float, ground: Ground) -> float:
    """Return the distance of two sets of spans.

    Parameters
    ----------
    a, b : ndarray, shapes (n_a, 3) and (n_b, 3)
        Births before their deaths; a latest death may be inf.
    order : float
        At least 1; inf for the bottleneck distance, whose ground is always L-inf.
    ground : {"linf", "l2", "l1"}

    Examples
    --------
    >>> a, b = np.array([[0.0, 4.0, 4.0]]), np.array([[0.0, 3.0, 9.0]])
    >>> span_distance(a, a, 1, "linf"), span_distance(a, b, 1, "linf")
    (0.0, 5.0)
    """
    if not len(a) + len(b):
        return 0.0
    if np.isinf(a[:, 2]).any() or np.isinf(b[:, 2]).any():
        return math.inf
    births = np.concatenate([a[:, 0], b[:, 0]])
    known = bool((a[:, 1] == a[:, 2]).all() and (b[:, 1] == b[:, 2]).all())
    on_a_line = known and bool((births == births[0]).all())
    if on_a_line and order in (1, math.inf):
        long_a, long_b = (np.sort(spans[:, 2] - spans[:, 0])[::-1] for spans in (a, b))
        if order == 1:
            return _line_wasserstein(long_a, long_b, TO_DIAGONAL[ground])
        return _line_bottleneck(long_a, long_b)
    if order < math.inf:
        return assignment(a, b, order, ground).distance
    many = len(a) * len(b) > _FEW
    return _hera_bottleneck(a, b) if known and many else threshold_bottleneck(a, b)


def threshold_bottleneck(a: Array, b: Array) -> float:
    """Bottleneck distance of two sets of spans: the least cost that some matching stays under.

    A binary search over the costs that occur. At a threshold t, the spans further than t from
    the diagonal must find partners within t. By the theorem of Mendelsohn and Dulmage, a
    matching that serves all such spans of `a` and one that serves all of `b` make one that
    serves both, so the two sides are asked in turn.

    Examples
    --------
    >>> a = np.array([[6.0, 9.0, 9.0], [6.0, 8.0, 8.0]])
    >>> threshold_bottleneck(a, np.array([[4.0, 10.0, 10.0], [9.0, 10.0, 10.0]]))
    2.0
    """
    alone_a, alone_b = _to_diagonal(a, "linf"), _to_diagonal(b, "linf")
    cost = _pair_costs(a, b, "linf")  # (n_a, n_b)
    # every span pays at least its cheapest way out; leaving all alone is always possible
    least = max(
        np.minimum(alone_a, cost.min(axis=1, initial=np.inf)).max(initial=0.0),
        np.minimum(alone_b, cost.min(axis=0, initial=np.inf)).max(initial=0.0),
    )
    most = max(alone_a.max(initial=0.0), alone_b.max(initial=0.0))
    steps = np.concatenate([cost[(cost >= least) & (cost <= most)], alone_a, alone_b, [least]])
    steps = np.unique(steps[(steps >= least) & (steps <= most)])
    low, high = 0, len(steps) - 1
    while low < high:
        middle = (low + high) // 2
        within = cost <= steps[middle]
        if _all_served(within[alone_a > steps[middle]]) and _all_served(
            within[:, alone_b > steps[middle]].T
        ):
            high = middle
        else:
            low = middle + 1
    return float(steps[low])


def root_sum(moves: Array, order: float) -> float:
    """Return the `order`-th root of the summed `order`-th powers; the largest for order inf.

    Examples
    --------
    >>> root_sum(np.array([3.0, 4.0]), 2), root_sum(np.array([3.0, 4.0]), np.inf)
    (5.0, 4.0)
    """
    largest = float(moves.max(initial=0.0))
    if largest in (0.0, math.inf):
        return largest
    # in units of the largest, a single move comes back unrounded and no power overflows
    return largest * float(np.linalg.norm(moves / largest, ord=order))


def _all_served(allowed: npt.NDArray[np.bool_]) -> bool:
    """Whether every row can be given a column of its own."""
    if not len(allowed):
        return True
    partner = maximum_bipartite_matching(csr_array(allowed), perm_type="column")
    return bool((partner >= 0).all())


def _hera_bottleneck(a: Array, b: Array) -> float:
    # not gudhi.bottleneck_distance: it is wrong on some inputs
    from gudhi.hera import bottleneck_distance

    return float(bottleneck_distance(a[:, :2], b[:, :2], delta=0.0))


def _line_bottleneck(a: Array, b: Array) -> float:
    """Bottleneck distance of bars of one birth, from their lengths, longest first.

    The best matching pairs the k longest of each side in order, for some k, and leaves the rest
    alone. For let t be a matching's cost, and T the longest bar that it leaves alone: T / 2 <= t.
    Bars of at most T may all be left alone, unless their partner is longer than T. All longer
    ones are matched; say a has p and b q <= p of them. In sorted order, the first p pairs cost
    at most t. In pairs q + 1 to p, b's bar is at most T and a's is longer: b's next longest is
    nearer. So k = p will do.
    """
    n = min(len(a), len(b))
    move = np.maximum.accumulate(np.concatenate([[0.0], np.abs(a[:n] - b[:n])]))
    longest_left = np.maximum(np.append(a, 0.0)[: n + 1], np.append(b, 0.0)[: n + 1])
    return float(np.maximum(move, longest_left / 2).min())


def _line_wasserstein(a: Array, b: Array, to_diagonal: float) -> float:
    """Wasserstein distance of order 1 of bars of one birth, from their lengths in order.

    On a line, matched bars may be paired in sorted order, so the best matching is an alignment
    of two sequences. Row by row: the most that the bars so far can save by being matched.
    """
    if np.array_equal(a, b):
        return 0.0
    if len(a) > len(b):
        a, b = b, a
    saved = np.zeros(len(b) + 1)
    for start in range(0, len(a), _BLOCK):
        block = a[start : start + _BLOCK, None]
        for saving in to_diagonal * (block + b) - np.abs(block - b):
            np.maximum(saved[1:], saved[:-1] + saving, out=saved[1:])
            np.maximum.accumulate(saved, out=saved)
    return max(0.0, to_diagonal * float(a.sum() + b.sum()) - float(saved[-1]))


class Best(NamedTuple):
    """A distance, the places of the spans that are matched, and how far each pair moves."""

    distance: float
    i: IntArray
    j: IntArray
    moves: Array


def best_matching(a: Array, b: Array, order: float, ground: Ground) -> Best:
    """Match two sets of spans in the cheapest way.

    For order inf, of the matchings that reach the bottleneck distance the one of least total.

    Examples
    --------
    >>> a, b = np.array([[0.0, 4.0, 4.0], [1.0, 1.2, 1.2]]), np.array([[0.0, 3.0, 3.0]])
    >>> best = best_matching(a, b, np.inf, "linf")
    >>> best.distance, best.i.tolist(), best.j.tolist()
    (1.0, [0], [0])
    """
    if not len(a) + len(b):
        nobody = np.empty(0, np.intp)
        return Best(0.0, nobody, nobody, np.empty(0))
    if order < math.inf:
        return assignment(a, b, order, ground)
    from featuretopo.topology.partial_assignment import partial_assignment

    most = span_distance(a, b, math.inf, "linf")
    alone_a, alone_b = _to_diagonal(a, "linf"), _to_diagonal(b, "linf")
    cost = _pair_costs(a, b, "linf")
    # what is further than `most` from the diagonal must find a partner, at whatever gain
    far = 4 * (len(a) + len(b)) * max(alone_a.max(initial=0.0), alone_b.max(initial=0.0))
    must_a, must_b = (np.where(x > most * (1 + 1e-12), far, x) for x in (alone_a, alone_b))
    gain = np.where(cost <= most * (1 + 1e-12), cost - must_a[:, None] - must_b, 0.0)
    i, j = partial_assignment(gain)
    return Best(most, i, j, cost[i, j])


def assignment(a: Array, b: Array, order: float, ground: Ground) -> Best:
    """Wasserstein distance by assignment, and the places of those that are matched.

    Powers are taken in units of a distance that some matching reaches, all bars left alone to
    begin with. Where the best matching is far under it, its powers drown in rounding (at order
    2, distances under 1e-8 of the unit): then its own distance is the next unit.
    """
    alone_a, alone_b = _to_diagonal(a, ground), _to_diagonal(b, ground)
    cost = _pair_costs(a, b, ground)  # (n_a, n_b)
    distance = root_sum(np.concatenate([alone_a, alone_b]), order)
    while True:
        unit = distance
        with np.errstate(over="ignore"):  # beyond any float is as good as forbidden
            i, j = _best_pairs(cost / unit, alone_a / unit, alone_b / unit, order)
        # summed over the moves, not from what they save: equal diagrams must come out at 0
        moves = cost[i, j], np.delete(alone_a, i), np.delete(alone_b, j)
        distance = root_sum(np.concatenate(moves), order)
        if distance == 0 or (distance / unit) ** order >= _TRUSTED:
            return Best(distance, i, j, cost[i, j])


def _best_pairs(
    cost: Array, alone_a: Array, alone_b: Array, order: float
) -> tuple[IntArray, IntArray]:
    """Pairs that save the most against leaving all alone, costs in units of a reachable total."""
    from featuretopo.topology.partial_assignment import partial_assignment

    # No move beyond 1 is in the best matching, whose total is at most 1: one that costs 2 is
    # as good as forbidden, and no power overflows.
    most = 2 ** (1 / order)
    gain, power_a, power_b = (np.minimum(moves, most) for moves in (cost, alone_a, alone_b))
    if order != 1:  # a power of 1 takes as long as any
        gain, power_a, power_b = gain**order, power_a**order, power_b**order
    gain -= power_a[:, None]  # (n_a, n_b)
    gain -= power_b
    return partial_assignment(gain)


def _to_diagonal(spans: Array, ground: Ground) -> Array:
    distance: Array = TO_DIAGONAL[ground] * (spans[:, 2] - spans[:, 0])
    return distance


def _pair_costs(a: Array, b: Array, ground: Ground) -> Array:
    births = np.abs(a[:, :1] - b[:, 0])  # (n_a, n_b)
    deaths = np.maximum(a[:, 2:] - b[:, 1], b[:, 2] - a[:, 1:2])
    combine: dict[Ground, np.ufunc] = {"linf": np.maximum, "l2": np.hypot, "l1": np.add}
    cost: Array = combine[ground](births, deaths)
    return cost
