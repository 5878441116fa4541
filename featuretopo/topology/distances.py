"""Distances between persistence diagrams: exact where the bars are, an interval where they are not.

A bar that is alive at the cut of its diagram has a death that nobody saw. Two such diagrams have
no distance, only bounds on it, and both are given.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from featuretopo.checks import as_numbers, check_number
from featuretopo.errors import FeaturetopoError, did_you_mean
from featuretopo.topology.bar_matching import (
    TO_DIAGONAL,
    Array,
    Ground,
    IntArray,
    root_sum,
    span_distance,
)
from featuretopo.topology.diagram import Diagram, check_dimension

# No Rips scale exceeds the largest distance; without one, an unknown death has no upper limit.
LARGEST_DISTANCE = {"chord": 2.0}
_LARGEST = 1e300  # of a birth or a death: sums and differences of larger ones overflow


@dataclass(frozen=True, slots=True)
class DiagramDistance:
    """A distance between two diagrams in one dimension, or the interval it lies in.

    Attributes
    ----------
    low, high : float
        Bounds on the distance of the full diagrams; equal where it is exact.
    seen : float
        Upper bound for the bars in hand alone: as if nothing were born above the cuts. Equal to
        `low` where all these bars are known.
    name : {"bottleneck", "wasserstein", "sliced_wasserstein"}
    dim : int
        Homology dimension.
    order : float
        inf for bottleneck.
    ground : {"linf", "l2", "l1", "shadow"}
        Metric of the (birth, death) plane; "shadow" where it is looked at along lines.
    """

    low: float
    high: float
    seen: float
    name: Literal["bottleneck", "wasserstein", "sliced_wasserstein"]
    dim: int
    order: float
    ground: Ground | Literal["shadow"]

    @property
    def exact(self) -> bool:
        """Whether the two bounds are one number."""
        return self.low == self.high


def bottleneck(a: Diagram, b: Diagram, dim: int) -> DiagramDistance:
    """Bottleneck distance of two diagrams in one dimension, or bounds on it.

    The largest move (L-inf) in the best matching of bars, where any finite bar may also shrink
    to nothing. Bars that never die match only each other, by birth; unequal numbers of them are
    infinitely far apart.

    Exact in dimension 0 without censored bars, and where nothing is cut off (on chord,
    ``max_scale=2``). Else:

    - `low` is the distance after both are cut at the smaller cut: bars born there or later
      vanish, deaths are clipped to it. Clipping moves no two diagrams apart, so this bounds the
      distance of the full diagrams, whatever was born or died above the cuts.
    - `seen` is the best matching's worst case over the unknown deaths, each between its
      diagram's cut and the largest distance there is (2 for chord, none for ``"precomputed"``,
      where a censored bar makes it inf). It bounds the distance of the bars in hand.
    - `high` also allows for bars that are born above a cut and so in no diagram. Each may
      vanish, and is no longer than from the cut to the largest distance.

    Of diagrams of landmarks (:attr:`Diagram.landmarks`) the interval is that of the diagrams of
    all points, in dimensions >= 1: wider by their error bounds, and above also by what lies
    between cut and largest distance.

    Parameters
    ----------
    a, b : Diagram
        Of one metric and one coefficient field.
    dim : int
        Homology dimension, present in both.

    Raises
    ------
    FeaturetopoError
        If metric or field differ, a diagram lacks the dimension, or a bar is malformed.

    Notes
    -----
    Source: Cohen-Steiner, Edelsbrunner and Harer, Discrete & Computational Geometry 37 (2007)
    103; engine: Hera (Kerber, Morozov and Nigmetov, 2017) through GUDHI, asked for no error.

    Examples
    --------
    >>> def loop(death, alive=False):
    ...     bars = np.zeros((0, 2)), np.array([[0.5, np.inf if alive else death]])
    ...     return Diagram(bars, (np.zeros(0, bool), np.array([alive])), 1.2, "chord", 2, 9, "none")
    >>> bottleneck(loop(0.9), loop(1.0), 1).low.__round__(6)
    0.1
    >>> found = bottleneck(loop(0.9), loop(None, alive=True), 1)
    >>> round(found.low, 6), round(found.seen, 6), found.exact
    (0.3, 0.75, False)
    """
    return _interval(a, b, dim, "bottleneck", math.inf, "linf")


def wasserstein(
    a: Diagram, b: Diagram, dim: int, order: float = 1, ground: Ground = "linf"
) -> DiagramDistance:
    """Wasserstein distance of two diagrams in one dimension, or bounds on it.

    The `order`-th root of the summed `order`-th powers of the moves in the best matching of
    bars, where any finite bar may also shrink to nothing. Name order and ground metric with the
    figure: they change it. Infinite and censored bars, `low` and `seen` as in
    :func:`bottleneck`; `high` is inf in dimensions >= 1 of cut diagrams, since any number of bars
    may be born above a cut. Of diagrams of landmarks, `low` is that of the bottleneck distance and
    `high` is inf: landmarks may have missed any number of bars.

    Parameters
    ----------
    a, b : Diagram
        Of one metric and one coefficient field.
    dim : int
        Homology dimension, present in both.
    order : float
        At least 1 and finite.
    ground : {"linf", "l2", "l1"}
        Metric of the (birth, death) plane.

    Raises
    ------
    FeaturetopoError
        If an option is out of range, metric or field differ, a diagram lacks the dimension, or a
        bar is malformed.

    Examples
    --------
    >>> def loops(*bars):
    ...     rows = np.array(bars, dtype=float).reshape(-1, 2)
    ...     empty, none = np.zeros((0, 2)), np.zeros(0, bool)
    ...     return Diagram(
    ...         (empty, rows), (none, np.zeros(len(rows), bool)), 9.0, "precomputed", 2, 9, "none"
    ...     )
    >>> wasserstein(loops((0, 3), (4, 8)), loops(), 1, order=2).low
    2.5
    >>> wasserstein(loops((0, 3), (4, 8)), loops(), 1, order=2, ground="l1").low
    5.0
    """
    check_options(order, ground)
    return _interval(a, b, dim, "wasserstein", float(order), ground)


def bottleneck_of_bars(bars_a: npt.ArrayLike, bars_b: npt.ArrayLike) -> float:
    """Bottleneck distance of two sets of bars, exact.

    Parameters
    ----------
    bars_a, bars_b : array_like, shapes (n_a, 2) and (n_b, 2)
        (birth, death); death inf for a bar that never dies: those match only each other.

    Raises
    ------
    FeaturetopoError
        If an array is not (n, 2), a birth is not finite, or a death is NaN or before its birth.

    Examples
    --------
    >>> bottleneck_of_bars([(6, 9), (6, 8)], [(4, 10), (9, 10)])
    2.0
    """
    return _of_bars(bars_a, bars_b, math.inf, "linf")


def wasserstein_of_bars(
    bars_a: npt.ArrayLike, bars_b: npt.ArrayLike, order: float = 1, ground: Ground = "linf"
) -> float:
    """Wasserstein distance of two sets of bars, exact.

    Parameters
    ----------
    bars_a, bars_b : array_like, shapes (n_a, 2) and (n_b, 2)
        (birth, death); death inf for a bar that never dies: those match only each other.
    order : float
        At least 1 and finite.
    ground : {"linf", "l2", "l1"}
        Metric of the (birth, death) plane.

    Raises
    ------
    FeaturetopoError
        If an option is out of range or a bar is malformed, as in :func:`bottleneck_of_bars`.

    Examples
    --------
    >>> wasserstein_of_bars([(0, 3), (4, 8)], np.zeros((0, 2)))
    3.5
    """
    check_options(order, ground)
    return _of_bars(bars_a, bars_b, float(order), ground)


@dataclass(frozen=True, slots=True)
class Bars:
    """Bars of one dimension, sorted out by what is known of their deaths.

    Attributes
    ----------
    never_die : ndarray, shape (m,)
        Births.
    spans : ndarray, shape (n, 3)
        Birth, earliest and latest death; the two are one where it is known.
    rows : ndarray of int, shape (n,)
        Places of the spans among the bars.
    """

    never_die: Array
    spans: Array
    rows: IntArray

    def cut(self, scale: float) -> Array:
        """Return the spans that are left, and known, when the diagram is cut at `scale`."""
        spans = np.minimum(self.spans, scale)
        return spans[spans[:, 0] < spans[:, 1]]


def _interval(
    a: Diagram,
    b: Diagram,
    dim: int,
    name: Literal["bottleneck", "wasserstein"],
    order: float,
    ground: Ground,
) -> DiagramDistance:
    bars_a, bars_b = comparable_bars(a, b, dim)
    endless = _endless(bars_a.never_die, bars_b.never_die, order)

    def total(spans_a: Array, spans_b: Array) -> float:
        return root_sum(np.array([endless, span_distance(spans_a, spans_b, order, ground)]), order)

    seen = total(bars_a.spans, bars_b.spans)
    landmarked = [x for x in (a, b) if dim > 0 and x.landmarks is not None]
    known = not (a.censored[dim].any() or b.censored[dim].any() or landmarked)
    high = max(seen, unseen(a, b, dim, order))
    if known and (dim == 0 or a.max_scale == b.max_scale):
        return DiagramDistance(seen, high, seen, name, dim, order, ground)
    scale = min(a.max_scale, b.max_scale)
    low = total(bars_a.cut(scale), bars_b.cut(scale))
    low = min(low, seen)  # two algorithms may round differently
    if landmarked:
        low, seen = _widened(low, seen, bars_a, bars_b, landmarked, scale, order)
        high = max(seen, unseen(a, b, dim, order))
    return DiagramDistance(low, high, seen, name, dim, order, ground)


def unseen(a: Diagram, b: Diagram, dim: int, order: float) -> float:
    """What bars that are born above the cuts can cost at most, if each vanishes."""
    largest = LARGEST_DISTANCE.get(a.metric, math.inf)
    beyond = largest - min(a.max_scale, b.max_scale, largest) if dim > 0 else 0.0
    if math.isnan(beyond) or beyond <= 0:  # nan: neither has a cut
        return 0.0
    return beyond / 2 if order == math.inf else math.inf


def _widened(
    low: float,
    high: float,
    a: Bars,
    b: Bars,
    landmarked: list[Diagram],
    scale: float,
    order: float,
) -> tuple[float, float]:
    """Bounds for the diagrams of all points from those for the diagrams of landmarks.

    Cut at one scale, the two diagrams of one set of points lie within its error bound of each
    other. A bar of the landmarks that dies below the cut may stand for one that lives on, as far
    as the largest distance there is. How many bars the landmarks missed, nobody knows.
    """
    error = sum(x.error_bound for x in landmarked)
    if order < math.inf:
        # no Wasserstein distance is below the bottleneck distance
        low = span_distance(a.cut(scale), b.cut(scale), math.inf, "linf")
        return max(0.0, low - error), math.inf
    largest = LARGEST_DISTANCE.get(landmarked[0].metric, math.inf)
    beyond = sum(largest - x.max_scale if x.max_scale < largest else 0.0 for x in landmarked)
    return max(0.0, low - error), min(high + error + beyond, largest / 2)


def comparable_bars(a: Diagram, b: Diagram, dim: int) -> tuple[Bars, Bars]:
    """Return the bars of two diagrams of one metric and one field, sorted out."""
    for diagram, name in ((a, "a"), (b, "b")):
        check_dimension(diagram, dim, name)
    for what, one, other in (("metric", a.metric, b.metric), ("coeff", a.coeff, b.coeff)):
        if one != other:
            raise FeaturetopoError(
                f"{what} {one!r} and {other!r} differ: their bars are not comparable; compute both "
                f"diagrams with the same {what}"
            )
    return _of_diagram(a, dim, "a"), _of_diagram(b, dim, "b")


def _of_diagram(diagram: Diagram, dim: int, name: str) -> Bars:
    known, censored = _checked(diagram.bars[dim], name), diagram.censored[dim]
    births = known[censored, 0]
    cut = diagram.max_scale
    if len(births) and not births.max() <= cut < math.inf:
        raise FeaturetopoError(
            f"diagram {name} has bars alive at a cut of {cut}, one born at {births.max()}: they "
            "must be born before a finite cut; set max_scale to where the diagram was cut"
        )
    latest = max(cut, LARGEST_DISTANCE.get(diagram.metric, math.inf))
    open_ended = np.stack([births, np.full_like(births, cut), np.full_like(births, latest)], axis=1)
    rest = _sorted_out(known[~censored])
    rows = np.flatnonzero(~censored)[rest.rows]
    return Bars(
        rest.never_die,
        np.concatenate([rest.spans, open_ended]),
        np.concatenate([rows, np.flatnonzero(censored)]),
    )


def _sorted_out(bars: Array) -> Bars:
    endless = np.isinf(bars[:, 1])
    rows = np.flatnonzero(~endless & (bars[:, 0] < bars[:, 1]))  # on the diagonal is nowhere
    return Bars(bars[endless, 0], bars[rows][:, [0, 1, 1]], rows)


def _of_bars(bars_a: npt.ArrayLike, bars_b: npt.ArrayLike, order: float, ground: Ground) -> float:
    a, b = (_sorted_out(_checked(bars, name)) for bars, name in ((bars_a, "a"), (bars_b, "b")))
    endless = _endless(a.never_die, b.never_die, order)
    return root_sum(np.array([endless, span_distance(a.spans, b.spans, order, ground)]), order)


def _checked(bars: npt.ArrayLike, name: str) -> Array:
    rows = as_numbers(f"bars {name}", bars)
    if rows.ndim != 2 or rows.shape[1] != 2:
        raise FeaturetopoError(
            f"bars {name} of shape {rows.shape} must be (n, 2): birth, death; np.zeros((0, 2)) "
            "for no bar"
        )
    wrong = np.flatnonzero(~(np.isfinite(rows[:, 0]) & (rows[:, 1] >= rows[:, 0])))
    if len(wrong):
        birth, death = rows[wrong[0]].tolist()
        raise FeaturetopoError(
            f"bar {wrong[0]} of {name} is ({birth}, {death}): needs a finite birth and a death not "
            "before it, inf for none; mend or drop it"
        )
    largest = np.abs(rows[np.isfinite(rows)]).max(initial=0.0)
    if largest > _LARGEST:
        raise FeaturetopoError(
            f"bars {name} reach {largest:.3g}, beyond {_LARGEST:g}, where lengths can no longer be "
            "added up; divide all by one scale"
        )
    return rows


def check_options(order: float, ground: str) -> None:
    """Refuse an order below 1 or infinite, and a ground metric that is none."""
    check_number("order", order)
    if not 1 <= order < math.inf:
        raise FeaturetopoError(
            f"order={order} must lie in [1, inf); order inf is the bottleneck distance"
        )
    if not isinstance(ground, str) or ground not in TO_DIAGONAL:
        raise FeaturetopoError(f"unknown ground {ground!r}{did_you_mean(ground, TO_DIAGONAL)}")


def _endless(births_a: Array, births_b: Array, order: float) -> float:
    """Distance of bars that never die: on a line, matching in sorted order is best."""
    if len(births_a) != len(births_b):
        return math.inf
    return root_sum(np.abs(np.sort(births_a) - np.sort(births_b)), order)
