"""Where groups of features stand apart: the scale that separates them, and how clearly."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.topology.pairs import Edges, components

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]

SMALLEST = 4  # pairs and triples arise by chance just below the floor
_FINEST = 0.01  # chord distances below it are no scale of their own, but duplicates


def prominence(size: int, joined_at: float, separated_until: float) -> float:
    """Size times log(separated_until / joined_at); 0 if it is all there is, apart from nothing.

    Examples
    --------
    >>> round(prominence(10, 0.5, 1.0), 3)
    6.931
    >>> prominence(10, 0.5, np.inf)
    0.0
    """
    if np.isinf(separated_until):
        return 0.0
    return size * float(np.log(max(separated_until / max(joined_at, _FINEST), 1.0)))


def groups_at(tree: Edges, scale: float) -> list[tuple[IntArray, float, float]]:
    """Members of each group at one scale, where it became one piece and how far it stands apart."""
    labels = components(tree, scale)
    found: list[tuple[IntArray, float, float]] = []
    for group in np.flatnonzero(np.bincount(labels) >= SMALLEST):
        inside = (labels[tree.pairs] == group).sum(axis=1)
        joined_at = float(tree.lengths[inside == 2].max())
        separated_until = float(tree.lengths[inside == 1].min(initial=np.inf))
        found.append((np.flatnonzero(labels == group), joined_at, separated_until))
    return found


def separating_scale(tree: Edges, floor: float) -> float:
    """Chord distance up to `floor` at which groups stand apart most clearly.

    As the scale grows, groups of four or more appear and merge. Of every range of scales over
    which their number holds, the number times log(end / start) is taken: many groups over a wide
    range. The scale is the geometric middle of the best range.

    Parameters
    ----------
    tree : Edges
        A minimum spanning tree (or any edges of the same connectivity up to the floor), shortest
        edges first.
    floor : float
        The largest scale allowed.

    Returns
    -------
    float
        The floor itself where there is no such group.

    Examples
    --------
    >>> pairs = np.array([[0, 1], [1, 2], [2, 3]])
    >>> round(separating_scale(Edges(pairs, np.array([0.2, 0.3, 0.4]), 4), floor=0.9), 6)
    0.6
    """
    lengths, counts = _groups_along(tree, floor)
    if counts.max(initial=0) == 0:
        return floor
    first = np.flatnonzero(np.diff(counts, prepend=-1))  # where each range of one number starts
    start = np.maximum(lengths[first], _FINEST)
    end = np.maximum(np.append(lengths[first[1:]], floor), start)
    best = int(np.argmax(counts[first] * np.log(end / start)))
    return float(np.sqrt(start[best] * end[best]))


def _groups_along(tree: Edges, floor: float) -> tuple[FloatArray, IntArray]:
    """Scales up to the floor at which something merges, and how many groups there are then."""
    parent = np.arange(tree.n)
    size = np.ones(tree.n, int)

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    near = tree.lengths <= floor
    counts = np.zeros(int(near.sum()), int)
    groups = 0
    for step, (i, j) in enumerate(tree.pairs[near]):
        a, b = root(i), root(j)
        if a != b:
            groups += int(size[a] + size[b] >= SMALLEST)
            groups -= int(size[a] >= SMALLEST) + int(size[b] >= SMALLEST)
            parent[a] = b
            size[b] += size[a]
        counts[step] = groups
    lengths = tree.lengths[near]
    last = np.diff(lengths, append=np.inf) > 0  # no scale has only some of the edges of a length
    return lengths[last], counts[last]
