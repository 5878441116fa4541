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
from scipy.spatial import cKDTree

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
Ground = Literal["linf", "l2", "l1"]

#: Distance of a bar to the diagonal, as a share of its length.
TO_DIAGONAL = {"linf": 0.5, "l2": math.sqrt(0.5), "l1": 1.0}

_FEW = 2 * 10**6  # costs: up to so many, looking at them all is faster than hera
_ALL = 2**14  # pairs: up to so many, all are likely
_NEAR = 12  # nearest on the other side: likely partners
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
    if order < math.inf:
        return assignment(a, b, order, ground).distance
    if _on_a_line(a, b):
        return _line_bottleneck(*(np.sort(_lengths(spans))[::-1] for spans in (a, b)))
    many = len(a) * len(b) > _FEW
    return _hera_bottleneck(a, b) if many and _known(a, b) else threshold_bottleneck(a, b)


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
    cost = _costs(a[:, None], b, "linf")  # (n_a, n_b)
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
    cost = _costs(a[:, None], b, "linf")
    # what is further than `most` from the diagonal must find a partner, at whatever gain
    far = 4 * (len(a) + len(b)) * max(alone_a.max(initial=0.0), alone_b.max(initial=0.0))
    must_a, must_b = (np.where(x > most * (1 + 1e-12), far, x) for x in (alone_a, alone_b))
    gain = np.where(cost <= most * (1 + 1e-12), cost - must_a[:, None] - must_b, 0.0)
    i, j = partial_assignment(gain, _near_pairs(a, b, "linf"))
    return Best(most, i, j, cost[i, j])


def assignment(a: Array, b: Array, order: float, ground: Ground) -> Best:
    """Wasserstein distance by assignment, and the places of those that are matched.

    Powers are taken in units of a distance that some matching reaches, all bars left alone to
    begin with. Where the best matching is far under it, its powers drown in rounding (at order
    2, distances under 1e-8 of the unit): then its own distance is the next unit.
    """
    alone_a, alone_b = _to_diagonal(a, ground), _to_diagonal(b, ground)
    best_pairs = _aligned_pairs if _on_a_line(a, b) else _assigned_pairs
    distance = root_sum(np.concatenate([alone_a, alone_b]), order)
    while True:
        unit = distance
        i, j = best_pairs(a, b, order, ground, unit)
        # summed over the moves, not from what they save: equal diagrams must come out at 0
        moves = _costs(a[i], b[j], ground)
        left = np.delete(alone_a, i), np.delete(alone_b, j)
        distance = root_sum(np.concatenate([moves, *left]), order)
        if distance == 0 or (distance / unit) ** order >= _TRUSTED:
            return Best(distance, i, j, moves)


def _aligned_pairs(
    a: Array, b: Array, order: float, ground: Ground, unit: float
) -> tuple[IntArray, IntArray]:
    from featuretopo.topology.line_alignment import line_alignment

    return line_alignment(_lengths(a) / unit, _lengths(b) / unit, order, TO_DIAGONAL[ground])


def _assigned_pairs(
    a: Array, b: Array, order: float, ground: Ground, unit: float
) -> tuple[IntArray, IntArray]:
    from featuretopo.topology.partial_assignment import partial_assignment

    # No move beyond 1 unit is in the best matching, whose total is at most 1: one that costs 2 is
    # as good as forbidden, and no power overflows.
    most = 2 ** (1 / order)
    moves = _costs(a[:, None], b, ground), _to_diagonal(a, ground), _to_diagonal(b, ground)
    gain, power_a, power_b = (np.minimum(each / unit, most) for each in moves)
    if order != 1:  # a power of 1 takes as long as any
        gain, power_a, power_b = gain**order, power_a**order, power_b**order
    gain -= power_a[:, None]  # (n_a, n_b)
    gain -= power_b
    return partial_assignment(gain, _near_pairs(a, b, ground))


def _near_pairs(a: Array, b: Array, ground: Ground) -> IntArray:
    """Places, in the flattened costs, of the pairs of near spans: likely partners."""
    if not len(a) or not len(b):
        return np.empty(0, np.intp)
    if len(a) * len(b) <= _ALL:
        return np.arange(len(a) * len(b))
    points_a, points_b = (
        np.column_stack([spans[:, 0], spans[:, 1:].mean(axis=1)]) for spans in (a, b)
    )
    # spans that are the same would all have the same few for their nearest
    rng = np.random.default_rng(0)
    for points in (points_a, points_b):
        points += rng.uniform(0, 1e-9 * np.abs(points).max(initial=0.0), points.shape)
    power = {"linf": np.inf, "l2": 2, "l1": 1}[ground]
    _, of_a = cKDTree(points_b).query(points_a, min(_NEAR, len(b)), p=power)
    _, of_b = cKDTree(points_a).query(points_b, min(_NEAR, len(a)), p=power)
    of_a, of_b = of_a.reshape(len(a), -1), of_b.reshape(len(b), -1)
    places_a = np.arange(len(a))[:, None] * len(b) + of_a
    places_b = of_b * len(b) + np.arange(len(b))[:, None]
    places: IntArray = np.concatenate([places_a.ravel(), places_b.ravel()])
    return places


def _to_diagonal(spans: Array, ground: Ground) -> Array:
    return TO_DIAGONAL[ground] * _lengths(spans)


def _costs(a: Array, b: Array, ground: Ground) -> Array:
    births = np.abs(a[..., 0] - b[..., 0])
    deaths = np.maximum(a[..., 2] - b[..., 1], b[..., 2] - a[..., 1])
    combine: dict[Ground, np.ufunc] = {"linf": np.maximum, "l2": np.hypot, "l1": np.add}
    cost: Array = combine[ground](births, deaths)
    return cost


def _lengths(spans: Array) -> Array:
    lengths: Array = spans[:, 2] - spans[:, 0]
    return lengths


def _known(a: Array, b: Array) -> bool:
    return bool((a[:, 1] == a[:, 2]).all() and (b[:, 1] == b[:, 2]).all())


def _on_a_line(a: Array, b: Array) -> bool:
    births = np.concatenate([a[:, 0], b[:, 0]])
    return _known(a, b) and bool((births == births[0]).all())
