"""Nerve: which nodes share a feature, by twos and by threes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.integer[Any]]


def nerve(members: Sequence[IntArray], n_features: int) -> tuple[IntArray, IntArray]:
    """Return the edges (m, 2) and triangles (t, 3) among nodes that share a feature.

    Examples
    --------
    >>> edges, triangles = nerve([np.array([0, 1]), np.array([1]), np.array([1, 2])], 3)
    >>> edges.tolist(), triangles.tolist()
    ([[0, 1], [0, 2], [1, 2]], [[0, 1, 2]])
    """
    nodes_of: list[list[int]] = [[] for _ in range(n_features)]
    for node, rows in enumerate(members):
        for row in rows.tolist():
            nodes_of[row].append(node)
    together = {tuple(nodes) for nodes in nodes_of if len(nodes) > 1}
    return _simplices(together, 2), _simplices(together, 3)


def _simplices(together: set[tuple[int, ...]], size: int) -> IntArray:
    found = {simplex for nodes in together for simplex in combinations(nodes, size)}
    return np.array(sorted(found), dtype=np.int64).reshape(-1, size)
