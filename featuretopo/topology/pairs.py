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
_NEIGHBOURS = 8  # kept of each feature; more save passes and cost sorting
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

    Boruvka's algorithm from a table of nearest neighbours: in every round each component but the
    largest takes its shortest edge to another. A feature whose known neighbours have all come into
    its own component is looked up again, unless its component has an edge shorter than anything
    that feature could still find. So a few blocked passes over the pairs are enough.

    Parameters
    ----------
    unit : ndarray, shape (n, d)
        Unit vectors.
    """
    n = len(unit)
    everyone = np.arange(n)
    component: IntArray = np.arange(n)
    neighbours, squared = _nearest_outside(unit, everyone, component)  # (n, k) each
    tree: list[IntArray] = []
    while component.any():  # more than component 0
        outside = component[neighbours] != component[:, None]
        largest = np.bincount(component).argmax()
        shortest = np.full(component.max() + 1, np.inf)
        first = outside.argmax(axis=1)
        length = np.where(outside.any(axis=1), squared[everyone, first], np.inf)
        np.minimum.at(shortest, component, length)
        again = np.flatnonzero(
            ~outside.any(axis=1)
            & (component != largest)
            & (squared[:, -1] < shortest[component])  # what it knows reaches no further
        )
        if len(again):
            neighbours[again], squared[again] = _nearest_outside(unit, again, component)
            first[again] = 0
            length[again] = squared[again, 0]
        # the shortest of each component: sorted by length, the first that stands for it
        order = np.lexsort((everyone, length))
        order = order[np.isfinite(length[order]) & (component[order] != largest)]
        _, at = np.unique(component[order], return_index=True)
        chosen = order[np.sort(at)]
        pairs = np.column_stack([chosen, neighbours[chosen, first[chosen]]])
        component, kept = _join(component, pairs)
        tree.append(pairs[kept])
    edges = np.sort(np.concatenate(tree), axis=1)
    lengths = _precise_chord(unit, edges[:, 0], edges[:, 1])
    rank = np.argsort(lengths, kind="stable")
    return Edges(edges[rank], lengths[rank], n)


def _nearest_outside(
    unit: FloatArray, rows: IntArray, component: IntArray
) -> tuple[IntArray, FloatArray]:
    """The nearest features of other components, and their squared chords, (n_rows, k) each."""
    n = len(unit)
    k = min(_NEIGHBOURS, n - 1)
    found = np.empty((len(rows), k), np.int64)
    squared = np.empty((len(rows), k))
    for start in range(0, len(rows), _BLOCK):
        own = rows[start : start + _BLOCK]
        gap = 2 - 2 * (unit[own] @ unit.T)  # (block, n)
        # where cosines have no digits left, from differences
        i, j = np.nonzero(gap < 2 - 2 * _CLOSE)
        gap[i, j] = _precise_chord(unit, own[i], j) ** 2
        gap[component[own][:, None] == component] = np.inf
        nearest = np.argpartition(gap, k - 1, axis=1)[:, :k]
        values = np.take_along_axis(gap, nearest, axis=1)
        order = np.argsort(values, axis=1, kind="stable")
        found[start : start + _BLOCK] = np.take_along_axis(nearest, order, axis=1)
        squared[start : start + _BLOCK] = np.take_along_axis(values, order, axis=1)
    return found, squared


def _join(component: IntArray, pairs: IntArray) -> tuple[IntArray, IntArray]:
    """Join components along pairs, in order; return the new ones and the pairs that joined two."""
    above = list(range(int(component.max()) + 1))

    def root(node: int) -> int:
        while above[node] != node:
            above[node] = above[above[node]]
            node = above[node]
        return node

    kept = []
    for place, (i, j) in enumerate(component[pairs].tolist()):
        a, b = root(i), root(j)
        if a != b:
            above[max(a, b)] = min(a, b)
            kept.append(place)
    roots = np.array([root(node) for node in range(len(above))])
    _, renumbered = np.unique(roots, return_inverse=True)
    joined: IntArray = renumbered.ravel()[component]
    return joined, np.array(kept, np.int64)


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
