"""Distances between all pairs of many diagrams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

import numpy as np
from joblib import Parallel, delayed

from featuretopo.checks import is_whole
from featuretopo.errors import FeaturetopoError, did_you_mean
from featuretopo.topology.bar_matching import Array, Ground
from featuretopo.topology.diagram import Diagram
from featuretopo.topology.distances import DiagramDistance, bottleneck, check_options, wasserstein
from featuretopo.topology.sliced import sliced_wasserstein

_NAMES = ("bottleneck", "wasserstein", "sliced_wasserstein")


@dataclass(frozen=True, slots=True, eq=False)
class DistanceMatrix:
    """Bounds on the distance of every pair.

    Attributes
    ----------
    low, high, seen : ndarray, shape (n, n)
        As of a :class:`DiagramDistance`; symmetric, 0 on the diagonal.
    name : {"bottleneck", "wasserstein", "sliced_wasserstein"}
    dim : int
        Homology dimension.
    """

    low: Array
    high: Array
    seen: Array
    name: Literal["bottleneck", "wasserstein", "sliced_wasserstein"]
    dim: int


def pairwise_distances(
    diagrams: Sequence[Diagram],
    dim: int,
    name: Literal["bottleneck", "wasserstein", "sliced_wasserstein"] = "bottleneck",
    *,
    order: float = 1,
    ground: Ground = "linf",
    n_jobs: int = -1,
) -> DistanceMatrix:
    """Distance of every pair of diagrams in one dimension, or bounds on it.

    Parameters
    ----------
    diagrams : sequence of Diagram
        At least two, of one metric and one coefficient field.
    dim : int
        Homology dimension, present in all.
    name : {"bottleneck", "wasserstein", "sliced_wasserstein"}
    order, ground
        Of the Wasserstein distance; see :func:`wasserstein`.
    n_jobs : int
        Processes, as in joblib; -1 for one a core.

    Returns
    -------
    DistanceMatrix

    Raises
    ------
    FeaturetopoError
        With fewer than two diagrams, another name, or as in :func:`bottleneck` and
        :func:`wasserstein`.

    Examples
    --------
    >>> from featuretopo.topology import persistence
    >>> def polygon(n):
    ...     angle = 2 * np.pi * np.arange(n) / n
    ...     return persistence(np.column_stack([np.cos(angle), np.sin(angle)]), max_scale=2)
    >>> found = pairwise_distances([polygon(6), polygon(12), polygon(12)], dim=1, n_jobs=1)
    >>> found.low.round(3).tolist()
    [[0.0, 0.482, 0.482], [0.482, 0.0, 0.0], [0.482, 0.0, 0.0]]
    """
    if name not in _NAMES:
        raise FeaturetopoError(f"unknown distance {name!r}{did_you_mean(name, _NAMES)}")
    check_options(order, ground)
    if not isinstance(diagrams, Sequence):
        raise FeaturetopoError(
            f"diagrams are a {type(diagrams).__name__}; give a list of what persistence(x) returns"
        )
    if len(diagrams) < 2:
        raise FeaturetopoError(f"{len(diagrams)} diagrams make no pair; give at least two")
    if not is_whole(n_jobs) or n_jobs == 0:
        raise FeaturetopoError(f"n_jobs={n_jobs!r} must be a whole number; -1 for one a core")

    def one(a: Diagram, b: Diagram) -> DiagramDistance:
        if name == "bottleneck":
            return bottleneck(a, b, dim)
        if name == "sliced_wasserstein":
            return sliced_wasserstein(a, b, dim)
        return wasserstein(a, b, dim, order, ground)

    pairs = list(combinations(range(len(diagrams)), 2))
    found = Parallel(n_jobs=n_jobs)(delayed(one)(diagrams[i], diagrams[j]) for i, j in pairs)
    low, high, seen = np.zeros((3, len(diagrams), len(diagrams)))
    for (i, j), distance in zip(pairs, found, strict=True):
        low[i, j] = low[j, i] = distance.low
        high[i, j] = high[j, i] = distance.high
        seen[i, j] = seen[j, i] = distance.seen
    return DistanceMatrix(low, high, seen, name, dim)
