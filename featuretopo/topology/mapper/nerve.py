"""Nerve: which nodes share a feature, by twos and by threes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.integer[Any]]

_AT_ONCE = 4_000_000  # simplices listed before equal ones are made one


def nerve(members: Sequence[IntArray], n_features: int) -> tuple[IntArray, IntArray]:
    """Return the edges (m, 2) and triangles (t, 3) among nodes that share a feature.

    Examples
    --------
    >>> edges, triangles = nerve([np.array([0, 1]), np.array([1]), np.array([1, 2])], 3)
    >>> edges.tolist(), triangles.tolist()
    ([[0, 1], [0, 2], [1, 2]], [[0, 1, 2]])
    """
    node = np.repeat(np.arange(len(members)), [len(rows) for rows in members])
    row = np.concatenate([*members, np.empty(0, np.int64)])
    node = node[np.argsort(row, kind="stable")]  # feature by feature, nodes ascending
    count = np.bincount(row, minlength=n_features)
    start = np.cumsum(count) - count
    together = []  # what nodes hold a feature, once for all features that they share
    for size in np.unique(count[count > 1]).tolist():
        first = start[count == size]
        together.append(np.unique(node[first[:, None] + np.arange(size)], axis=0))
    return _simplices(together, 2), _simplices(together, 3)


def _simplices(together: list[IntArray], size: int) -> IntArray:
    found: list[IntArray] = [np.empty((0, size), np.int64)]
    for nodes in together:
        faces = np.array(list(combinations(range(nodes.shape[1]), size)), np.int64)
        faces = faces.reshape(-1, size)
        step = max(1, _AT_ONCE // max(1, len(faces)))
        for begin in range(0, len(nodes), step):
            listed = nodes[begin : begin + step, faces].reshape(-1, size)
            found.append(_distinct(listed))
    return _distinct(np.concatenate(found))


def _distinct(simplices: IntArray) -> IntArray:
    """Sort simplices and keep each once; numpy's unique of rows takes several times as long."""
    ordered = simplices[np.lexsort(simplices.T[::-1])]
    new = np.ones(len(ordered), bool)
    new[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    distinct: IntArray = ordered[new]
    return distinct
