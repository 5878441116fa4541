"""Landmarks: a part of the points that stands for all where homology of all would be too much.

Points on their own at the cut are left out first: they bear no loop. Of the others the landmarks
are taken, each the one furthest from those before it. If no point is further than the cover radius
from a landmark, no bar of dimension 1 or above is further than twice that from where it belongs.

Source: Chazal, de Silva and Oudot, Geometriae Dedicata 173 (2014) 193 (stability of Rips
persistence); Gonzalez, Theoretical Computer Science 38 (1985) 293 (furthest points).
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.checks import is_whole
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.pairs import Edges

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]

_log = logging.getLogger(__name__)

_FIRST = 64  # landmarks to begin with
_LARGEST_BUDGET = 2**62  # simplices are counted in 64 bits
_ROUNDED = 1e-6  # of the largest distance: by so much rounding breaks the triangle inequality


@dataclass(frozen=True, slots=True, eq=False)
class Cloud:
    """Points that landmarks can be taken from.

    Attributes
    ----------
    n : int
    distances_from : callable
        From one point, by its number, to all: (n,).
    edges_of : callable
        Edges up to the cut among the given points, numbered among these.
    is_metric : bool
        Whether the triangle inequality holds by nature.
    """

    n: int
    distances_from: Callable[[int], FloatArray]
    edges_of: Callable[[IntArray], Edges]
    is_metric: bool


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """What homology is computed on.

    Attributes
    ----------
    edges : Edges
        Of the landmarks alone where there are any.
    landmarks : ndarray of int or None
        Their rows; None where every point is in.
    simplices : int
        Edges, triangles, ... of these.
    cover_radius : float
        Largest distance of a point with a neighbour to the nearest landmark.
    """

    edges: Edges
    simplices: int
    landmarks: IntArray | None = None
    cover_radius: float = 0.0


def within_budget(edges: Edges, cloud: Cloud | None, max_dim: int, budget: int) -> Chosen:
    """Take all points if their simplices are at most `budget`, else as many landmarks as may be.

    Parameters
    ----------
    edges : Edges
        Of all points up to the cut; more than `budget` of them need not be complete.
    cloud : Cloud or None
        None where only the edges are known: then landmarks cannot be had.
    max_dim : int
        Simplices count up to one dimension more.
    budget : int

    Raises
    ------
    FeaturetopoError
        If the budget is broken and there is no cloud, not even a few landmarks keep it, or
        distances are none, so that landmarks bound nothing.
    """
    simplices = count(edges, max_dim, budget)
    if simplices <= budget:
        _log.info("all %d points: %d simplices", edges.n, simplices)
        return Chosen(edges, simplices)
    if cloud is None:
        raise FeaturetopoError(
            f"more than budget={budget:,} simplices lie within the cut, and a graph has no "
            "distances to take landmarks by; lower max_scale or raise budget"
        )
    active = np.ones(cloud.n, bool)
    if len(edges.pairs) <= budget:  # else the list is not whole
        active[:] = False
        active[edges.pairs.ravel()] = True
    walk = _Furthest(cloud, active)
    fits, breaks = 0, min(_FIRST, walk.most)
    while count(cloud.edges_of(walk.first(breaks)), max_dim, budget) <= budget:
        fits, breaks = breaks, min(2 * breaks, walk.most)
    while breaks - fits > max(1, fits // 50):
        middle = (fits + breaks) // 2
        held = count(cloud.edges_of(walk.first(middle)), max_dim, budget) <= budget
        fits, breaks = (middle, breaks) if held else (fits, middle)
    if fits < 3:
        raise FeaturetopoError(f"budget={budget:,} simplices: not even 3 points keep it; raise it")
    landmarks = np.sort(walk.first(fits))
    left, radius = cloud.edges_of(landmarks), walk.radius(fits)
    simplices = count(left, max_dim, budget)
    if not cloud.is_metric:
        _check_bound(cloud, np.flatnonzero(active), landmarks)
    _log.info(
        "more than budget=%d simplices: %d landmarks of %d points, cover radius %.4g, so that "
        "bars of dimension 1 and above are off by at most %.4g; %d simplices",
        budget, fits, cloud.n, radius, 2 * radius, simplices,
    )  # fmt: skip
    return Chosen(left, simplices, landmarks, radius)


def count(edges: Edges, max_dim: int, most: int) -> int:
    """Count edges, triangles, ... up to `max_dim` + 1; whatever is above `most` counts as more."""
    if len(edges.pairs) > most:
        return most + 1
    from featuretopo.topology.compiled import count_cliques

    order = np.lexsort((edges.pairs[:, 1], edges.pairs[:, 0]))
    first, second = edges.pairs[order].T
    starts = np.searchsorted(first, np.arange(edges.n + 1))
    found: int = count_cliques(starts, np.ascontiguousarray(second), max_dim + 2, most)
    return found


def check_budget(budget: int) -> None:
    """Refuse a number of simplices that is none."""
    if not is_whole(budget) or not 1 <= budget <= _LARGEST_BUDGET:
        raise FeaturetopoError(
            f"budget={budget!r} must be a whole number, from 1 to 2**62; 20 million is usual"
        )


def _check_bound(cloud: Cloud, active: IntArray, landmarks: IntArray) -> None:
    """Refuse distances for which landmarks bound nothing.

    Moving two points to their landmarks may change their distance by what both are moved. That is
    all that the error bound needs, and what the triangle inequality gives.
    """
    among = np.array([cloud.distances_from(int(each)) for each in landmarks])  # (k, n)
    nearest = np.argmin(among, axis=0)
    moved = np.min(among, axis=0)[active]
    kept = among[:, landmarks][:, nearest[active]]  # of a landmark, to those of all points
    for row in active:
        change = np.abs(cloud.distances_from(int(row))[active] - kept[nearest[row]])
        excess = change - moved - among[nearest[row], row]
        worst = int(np.argmax(excess))
        if excess[worst] > _ROUNDED * among.max():
            raise FeaturetopoError(
                f"the distance of points {row} and {active[worst]} changes by "
                f"{float(change[worst]):.4g} where both move to their landmarks, farther than the "
                "triangle inequality allows: landmarks bound nothing here; raise budget, lower "
                "max_scale, or give distances that are a metric"
            )


class _Furthest:
    """Points in the order of furthest-point sampling, as far as anyone has asked."""

    def __init__(self, cloud: Cloud, active: npt.NDArray[np.bool_]) -> None:
        self._cloud = cloud
        self._order = [int(np.argmax(active))]
        self._radii: list[float] = []
        self._nearest = np.where(active, cloud.distances_from(self._order[0]), 0.0)
        self.most = int(active.sum())

    def first(self, k: int) -> IntArray:
        """Return the first `k` points."""
        while len(self._order) < k:
            furthest = int(np.argmax(self._nearest))
            self._radii.append(float(self._nearest[furthest]))
            self._order.append(furthest)
            np.minimum(self._nearest, self._cloud.distances_from(furthest), out=self._nearest)
        return np.array(self._order[:k])

    def radius(self, k: int) -> float:
        """Return the largest distance of a point to the first `k`."""
        self.first(k)
        return self._radii[k - 1] if k <= len(self._radii) else float(self._nearest.max())
