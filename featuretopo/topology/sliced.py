"""Sliced Wasserstein distance: diagrams compared along many directions of their plane."""

from __future__ import annotations

import math

import numpy as np

from featuretopo.checks import check_count
from featuretopo.topology.bar_matching import Array
from featuretopo.topology.diagram import Diagram
from featuretopo.topology.distances import DiagramDistance, comparable_bars, unseen


def sliced_wasserstein(a: Diagram, b: Diagram, dim: int, directions: int = 50) -> DiagramDistance:
    """Sliced Wasserstein distance of two diagrams in one dimension, or bounds on it.

    The mean, over directions of the (birth, death) plane, of what it takes to move the shadows of
    one diagram's bars onto those of the other, where each side also gets the other's bars moved to
    the diagonal. It needs sorting alone and is a metric whose kernel exp(-distance) is positive
    definite, so it suits many diagrams and classifiers; which bar became which, it does not say.
    It is at most 2 sqrt(2) times the Wasserstein distance of order 1 on L-inf.

    Bars that never die match only each other, by birth. Where deaths are unknown the interval
    holds all that they could be. A bar born above the smaller of the two cuts counts in its upper
    ends alone: nobody could have seen its partner. `seen` and `high` are as in
    :func:`wasserstein`. Of diagrams of landmarks nothing is known (0 to inf): they may have missed
    any number of bars.

    Source: Carriere, Cuturi and Oudot, ICML 2017.

    Parameters
    ----------
    a, b : Diagram
        Of one metric and one coefficient field.
    dim : int
        Homology dimension, present in both.
    directions : int
        At least 1, spread evenly over the half circle.

    Returns
    -------
    DiagramDistance
        Of order 1; the ground metric is that of the shadows.

    Raises
    ------
    FeaturetopoError
        With no direction, or as in :func:`bottleneck`.

    Examples
    --------
    >>> def loop(death):
    ...     bars = np.zeros((0, 2)), np.array([[0.5, death]])
    ...     return Diagram(bars, (np.zeros(0, bool), np.zeros(1, bool)), 2.0, "chord", 2, 9, "none")
    >>> found = sliced_wasserstein(loop(0.9), loop(1.0), dim=1)
    >>> round(found.low, 4), found.exact
    (0.0986, True)
    """
    check_count("directions", directions, 1, usual=50)
    bars_a, bars_b = comparable_bars(a, b, dim)
    if dim > 0 and (a.landmarks is not None or b.landmarks is not None):
        return _distance(0.0, math.inf, math.inf, dim)
    if len(bars_a.never_die) != len(bars_b.never_die):
        return _distance(math.inf, math.inf, math.inf, dim)
    angle = np.pi * ((np.arange(directions) + 0.5) / directions - 0.5)
    rays = np.column_stack([np.cos(angle), np.sin(angle)])  # (directions, 2)
    cut = min(a.max_scale, b.max_scale) if dim > 0 else math.inf
    all_spans = bars_a.spans, bars_b.spans
    seen_a, seen_b = (spans[spans[:, 0] <= cut] for spans in all_spans)
    births = np.abs(np.sort(bars_a.never_die) - np.sort(bars_b.never_die)).sum()
    endless = float(births * np.abs(rays[:, 0]).mean())
    near, slack = _middle(seen_a, seen_b, rays)
    far, more = _middle(*all_spans, rays)
    if not math.isfinite(more):
        return _distance(endless, math.inf, math.inf, dim)
    # no farther apart than their middles, if anything moved them together
    seen = endless + far + more
    high = max(seen, unseen(a, b, dim, 1.0))
    return _distance(endless + max(0.0, near - slack), high, seen, dim)


def _middle(spans_a: Array, spans_b: Array, rays: Array) -> tuple[float, float]:
    """Distance with every unknown death in the middle of what it can be, and how far it is off."""
    off = _unknown(spans_a, rays) + _unknown(spans_b, rays)
    if not math.isfinite(off):
        return math.inf, off
    return _sliced(_middles(spans_a), _middles(spans_b), rays), off


def _distance(low: float, high: float, seen: float, dim: int) -> DiagramDistance:
    return DiagramDistance(low, high, seen, "sliced_wasserstein", dim, 1.0, "shadow")


def _middles(spans: Array) -> Array:
    return np.column_stack([spans[:, 0], (spans[:, 1] + spans[:, 2]) / 2])


def _unknown(spans: Array, rays: Array) -> float:
    """How far the unknown deaths can move a diagram from the one with the deaths in the middle.

    A death off by t moves its bar's shadow by t |sin|, and on the other side, where the bar is
    moved to the diagonal, by t |cos + sin| / 2.
    """
    off = float((spans[:, 2] - spans[:, 1]).sum()) / 2
    return off * float((np.abs(rays[:, 1]) + np.abs(rays.sum(axis=1)) / 2).mean()) if off else 0.0


def _sliced(a: Array, b: Array, rays: Array) -> float:
    diagonal_a, diagonal_b = (np.repeat(x.mean(axis=1, keepdims=True), 2, axis=1) for x in (a, b))
    one, other = np.concatenate([a, diagonal_b]), np.concatenate([b, diagonal_a])
    total = 0.0
    for ray in rays:
        total += float(np.abs(np.sort(one @ ray) - np.sort(other @ ray)).sum())
    return total / len(rays)
