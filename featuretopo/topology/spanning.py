"""The minimum spanning tree of a dictionary: all of its H0."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.topology.pairs import Edges, Walk, precise_chord, scan, walk_pairs

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]

FEW = 4096  # features of which all cosines are held at once, in 64 MB


def spanning_tree(unit: FloatArray, walk: Walk | None = None) -> Edges:
    """Minimum spanning tree of unit vectors under chord distance, edges shortest first.

    Boruvka's algorithm from a table of nearest neighbours: in every round each component but the
    largest takes its shortest edge to another. A feature whose known neighbours have all come into
    its own component is looked up again, unless its component has an edge shorter than anything
    that feature could still find. So a few blocked passes over the pairs are enough.

    Parameters
    ----------
    unit : ndarray, shape (n, d)
        Unit vectors.
    walk : Walk, optional
        Of these vectors, where one was made already.
    """
    n = len(unit)
    everyone = np.arange(n)
    component: IntArray = np.arange(n)
    if walk is None:
        walk = walk_pairs(unit, 0.0)
    neighbours, squared = walk.neighbours.copy(), walk.squared.copy()  # (n, k) each
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
            neighbours[again], squared[again] = scan(unit, again, component)[:2]
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
    return _by_length(unit, np.sort(np.concatenate(tree), axis=1))


def small_tree(unit: FloatArray) -> Edges:
    """Minimum spanning tree of unit vectors few enough for the matrix of their cosines (`FEW`).

    By Prim's algorithm; where two distances differ by no more than the rounding of a cosine, either
    may be taken for the shorter. The lengths are precise.

    Parameters
    ----------
    unit : ndarray, shape (n, d)
        Unit vectors.
    """
    from featuretopo.topology.compiled import most_similar_tree

    edges = np.sort(most_similar_tree(unit @ unit.T), axis=1)
    return _by_length(unit, edges)


def _by_length(unit: FloatArray, edges: IntArray) -> Edges:
    lengths = precise_chord(unit, edges)
    rank = np.argsort(lengths, kind="stable")
    return Edges(edges[rank], lengths[rank], len(unit))


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
