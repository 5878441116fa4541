"""One pass over the pairs: every edge under a scale and the minimum spanning tree.

Cosines are computed in blocks; the n x n matrix is never held at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from featuretopo.topology.metric import cosine

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]

_BLOCK = 1024
_ROUNDING = 1e-5  # a float32 cosine is off by no more, up to thousands of dimensions
_CLOSE = 0.999  # cosines above it hide the distance in their rounding


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

    def graph(self) -> Any:
        """Return the symmetric sparse matrix of lengths, shape (n, n)."""
        i, j = self.pairs.T
        # an edge of length 0 (duplicate features) must not look like a missing one
        lengths = np.maximum(self.lengths, np.finfo(np.float32).tiny)
        half = sparse.coo_array((lengths, (i, j)), shape=(self.n, self.n))
        return (half + half.T).tocsr()


def edges_under(unit: FloatArray, scale: float) -> Edges:
    """All pairs of unit vectors at chord distance <= `scale`.

    Parameters
    ----------
    unit : ndarray, shape (n, d)
        Unit vectors.
    scale : float
        Largest chord distance kept.
    """
    n = len(unit)
    least = float(cosine(min(scale, 2.0))) - _ROUNDING  # the exact cut comes below
    pairs, lengths = [], []
    for start in range(0, n, _BLOCK):
        cos = unit[start : start + _BLOCK] @ unit[start:].T  # (block, n - start)
        i, j = np.nonzero(cos >= least)
        upper = j > i
        i, j = i[upper], j[upper]
        pairs.append(np.column_stack([i + start, j + start]))
        lengths.append(_precise_chord(unit, i + start, j + start))
    pair, length = np.concatenate(pairs), np.concatenate(lengths)
    keep = length <= scale
    return Edges(pair[keep], length[keep], n)


def spanning_tree(unit: FloatArray) -> Edges:
    """Minimum spanning tree of unit vectors under chord distance, edges shortest first.

    Prim's algorithm on cosines, one row of them at a time: n^2 d operations, n numbers held.
    Between features that nearly coincide, where a cosine has no digits left, on differences.

    Parameters
    ----------
    unit : ndarray, shape (n, d)
        Unit vectors.
    """
    n = len(unit)
    outside = np.ones(n, bool)
    best = np.full(n, -np.inf)  # largest cosine to the tree
    parent = np.zeros(n, np.int64)
    order = np.empty((n - 1, 2), np.int64)
    new = 0
    for step in range(n - 1):
        outside[new] = False
        cos = (unit @ unit[new]).astype(np.float64)  # (n,)
        close = np.flatnonzero(outside & (cos > _CLOSE))
        cos[close] = cosine(_precise_chord(unit, close, np.full(len(close), new)))
        nearer = outside & (cos > best)
        best[nearer] = cos[nearer]
        parent[nearer] = new
        new = int(np.argmax(np.where(outside, best, -np.inf)))
        order[step] = parent[new], new
    order.sort(axis=1)
    lengths = _precise_chord(unit, order[:, 0], order[:, 1])
    rank = np.argsort(lengths, kind="stable")
    return Edges(order[rank], lengths[rank], n)


def components(edges: Edges, scale: float = np.inf) -> IntArray:
    """Number the connected components of the edges up to `scale`, shape (n,)."""
    near = edges.lengths <= scale
    graph = Edges(edges.pairs[near], edges.lengths[near], edges.n).graph()
    labels: IntArray = connected_components(graph, directed=False)[1]
    return labels


def _precise_chord(unit: FloatArray, i: IntArray, j: IntArray) -> FloatArray:
    """Chord of pairs from differences: sqrt(2 - 2 cos) loses half the digits near 0."""
    lengths = np.empty(len(i))
    for start in range(0, len(i), 65536):
        part = slice(start, start + 65536)
        gap = unit[i[part]].astype(np.float64) - unit[j[part]]
        lengths[part] = np.sqrt(np.einsum("ij,ij->i", gap, gap))
    return np.minimum(lengths, 2)  # unit only to rounding, antipodes can come out further apart
