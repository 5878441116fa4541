"""One pass over the pairs: every edge under a scale and the nearest neighbours.

Cosines are computed in blocks; the n x n matrix is never held at once.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from featuretopo.topology.metric import cosine

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]

_BLOCK = 1024
ALL = 2**62
NEIGHBOURS = 14  # kept of each feature: what a UMAP picture of 15, itself included, needs
ROUNDING = 1e-5  # a float32 cosine is off by no more, up to thousands of dimensions

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Pairs of points and their distances.

    Attributes
    ----------
    pairs : ndarray of int, shape (m, 2)
        First index smaller.
    lengths : ndarray of float64, shape (m,)
    n : int
        Number of points.
    """

    pairs: IntArray
    lengths: FloatArray
    n: int

    def within(self, scale: float) -> Edges:
        """Return the edges up to a scale."""
        near = self.lengths <= scale
        return Edges(self.pairs[near], self.lengths[near], self.n)

    def graph(self) -> Any:
        """Return the symmetric sparse matrix of lengths, shape (n, n)."""
        i, j = self.pairs.T
        # an edge of length 0 (duplicate features) must not look like a missing one
        lengths = np.maximum(self.lengths, np.finfo(np.float32).tiny)
        half = sparse.coo_array((lengths, (i, j)), shape=(self.n, self.n))
        return (half + half.T).tocsr()


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """What one pass over the pairs finds.

    Attributes
    ----------
    edges : Edges
        All pairs within the scale.
    neighbours : ndarray of int, shape (n, k)
        Nearest features of each, nearest first; 14, or all others if there are fewer.
    squared : ndarray of float64, shape (n, k)
        Their squared chord distances.
    """

    edges: Edges
    neighbours: IntArray
    squared: FloatArray


def walk_pairs(unit: FloatArray, scale: float, most: int = ALL) -> Walk:
    """Find the pairs of unit vectors at chord distance <= `scale`, and the nearest of each.

    Parameters
    ----------
    unit : ndarray, shape (n, d)
        Unit vectors.
    scale : float
        Largest chord distance kept.
    most : int
        The list of edges ends where it has become longer than this.
    """
    everyone: IntArray = np.arange(len(unit))
    neighbours, squared, pairs = scan(unit, everyone, everyone, _least_cosine(scale), most)
    return Walk(_within(unit, pairs, scale), neighbours, squared)


def edges_under(unit: FloatArray, scale: float, most: int = ALL) -> Edges:
    """All pairs of unit vectors at chord distance <= `scale`.

    Parameters
    ----------
    unit : ndarray, shape (n, d)
        Unit vectors.
    scale : float
        Largest chord distance kept.
    most : int
        The list may end where it has become longer than this.
    """
    least = _least_cosine(scale)
    pairs = [np.empty((0, 2), np.int64)]
    # one square in the cache, used again: new memory for whole rows of them is slow to get
    square = np.empty((_BLOCK, _BLOCK), unit.dtype)
    for start in range(0, len(unit), _BLOCK):
        if sum(map(len, pairs)) > most:
            break
        own, near = unit[start : start + _BLOCK], []
        for other in range(start, len(unit), _BLOCK):
            them = unit[other : other + _BLOCK]
            cos = np.matmul(own, them.T, out=square[: len(own), : len(them)])
            i, j = np.divmod(np.flatnonzero(cos >= least), len(them))
            near.append(np.column_stack([start + i, other + j]))
        found = np.concatenate(near)
        found = found[found[:, 0] < found[:, 1]]
        pairs.append(found[np.lexsort(found.T[::-1])])
    return _within(unit, np.concatenate(pairs), scale)


def _least_cosine(scale: float) -> float:
    return float(cosine(min(scale, 2.0))) - ROUNDING  # the exact cut comes after


def _within(unit: FloatArray, pairs: IntArray, scale: float) -> Edges:
    lengths = precise_chord(unit, pairs)
    keep = lengths <= scale
    return Edges(pairs[keep], lengths[keep], len(unit))


def scan(
    unit: FloatArray,
    rows: IntArray,
    component: IntArray,
    least: float = np.inf,
    most: int = ALL,
    k: int = NEIGHBOURS,
) -> tuple[IntArray, FloatArray, IntArray]:
    """Look from `rows` at all features, a block at a time.

    Parameters
    ----------
    unit : ndarray, shape (n, d)
    rows : ndarray of int, shape (m,)
    component : ndarray of int, shape (n,)
        Features of a row's own component are no neighbours of it.
    least : float
        Pairs with a cosine of at least this are listed, if they are found from the smaller row.
    most : int
        The list ends where it has become longer than this.
    k : int
        Neighbours of each row: as many, or all others if there are fewer.

    Returns
    -------
    neighbours : ndarray of int, shape (m, k)
        Nearest first, -1 where there are no more.
    squared : ndarray of float64, shape (m, k)
        Squared chord distances, inf where there are no more.
    pairs : ndarray of int, shape (n_pairs, 2)
    """
    from featuretopo.topology.compiled import nearest_and_near

    began = perf_counter()
    k = min(k, len(unit) - 1)
    neighbours, squared = np.empty((len(rows), k), np.int64), np.empty((len(rows), k))
    pairs = [np.empty((0, 2), np.int64)]
    for start in range(0, len(rows), _BLOCK):
        if start == _BLOCK:
            seconds = (perf_counter() - began) * len(rows) / _BLOCK
            _log.info("a pass over %d features: about %.1f s", len(rows), seconds)
        own = rows[start : start + _BLOCK]
        found = slice(start, start + len(own))
        cos = unit[own] @ unit.T  # (block, n)
        left = most + 1 - sum(map(len, pairs))
        pairs.append(
            nearest_and_near(
                unit, cos, own, component, least, left, neighbours[found], squared[found]
            )
        )
    return neighbours, squared, np.concatenate(pairs)


def components(edges: Edges, scale: float = np.inf) -> IntArray:
    """Number the connected components of the edges up to `scale`, shape (n,)."""
    graph = edges.within(scale).graph()
    labels: IntArray = connected_components(graph, directed=False)[1]
    return labels


def precise_chord(unit: FloatArray, pairs: IntArray) -> FloatArray:
    """Chord of pairs from differences: sqrt(2 - 2 cos) loses half the digits near 0."""
    from featuretopo.topology.compiled import squared_chords

    squared: FloatArray = squared_chords(unit, pairs[:, 0], pairs[:, 1])
    return np.minimum(np.sqrt(squared), 2)  # unit only to rounding: antipodes come out further
