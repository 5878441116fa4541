"""The matching behind a distance: which bar of one diagram became which of the other."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from featuretopo.errors import FeaturetopoError
from featuretopo.topology.bar_matching import Array, Ground, IntArray, best_matching
from featuretopo.topology.diagram import Diagram
from featuretopo.topology.distances import check_options, comparable_bars


@dataclass(frozen=True, slots=True, eq=False)
class DiagramMatching:
    """The cheapest way to turn the bars of one diagram into those of another.

    Bars that never die are not in it; nor are bars of length 0.

    Attributes
    ----------
    pairs : ndarray of int, shape (k, 2)
        Rows of ``a.bars[dim]`` and ``b.bars[dim]`` that are matched.
    alone_a, alone_b : ndarray of int
        Rows that shrink to nothing.
    moves : ndarray, shape (k,)
        How far each pair moves. Where a death is unknown, the most that it can be.
    distance : float
        What the whole matching costs: ``seen`` of the distance, without bars that never die.
        Of diagrams of landmarks, that of the bars in hand.
    """

    pairs: IntArray
    alone_a: IntArray
    alone_b: IntArray
    moves: Array
    distance: float


def diagram_matching(
    a: Diagram, b: Diagram, dim: int, order: float = math.inf, ground: Ground = "linf"
) -> DiagramMatching:
    """Matching that gives the bottleneck (order inf) or Wasserstein distance in one dimension.

    Parameters
    ----------
    a, b : Diagram
        Of one metric and one coefficient field.
    dim : int
        Homology dimension, present in both.
    order : float
        At least 1; inf for the bottleneck distance, whose ground metric is always L-inf. Of the
        matchings that reach it, the one of least total is given.
    ground : {"linf", "l2", "l1"}
        Metric of the (birth, death) plane.

    Raises
    ------
    FeaturetopoError
        As in :func:`wasserstein`, or if a bar alive at the cut could die at any scale, so that all
        matchings cost the same.

    Examples
    --------
    >>> from featuretopo.topology import persistence
    >>> def polygon(n):
    ...     angle = 2 * np.pi * np.arange(n) / n
    ...     return persistence(np.column_stack([np.cos(angle), np.sin(angle)]), max_scale=2)
    >>> found = diagram_matching(polygon(6), polygon(12), dim=1)
    >>> found.pairs.tolist(), round(found.distance, 6)
    ([[0, 0]], 0.482362)
    """
    check_options(1 if order == math.inf else order, ground)
    bars_a, bars_b = comparable_bars(a, b, dim)
    if np.isinf(bars_a.spans).any() or np.isinf(bars_b.spans).any():
        raise FeaturetopoError(
            "a bar is alive at the cut and nothing bounds its death (metric 'precomputed'): every "
            "matching costs infinity; compute the diagrams with max_scale=inf"
        )
    best = best_matching(bars_a.spans, bars_b.spans, order, ground)
    i, j = best.i, best.j
    return DiagramMatching(
        np.column_stack([bars_a.rows[i], bars_b.rows[j]]),
        np.delete(bars_a.rows, i),
        np.delete(bars_b.rows, j),
        best.moves,
        best.distance,
    )
