"""Homology classes of the edges of a complex: which cycles are the same but for triangles."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.integer[Any]]


def edge_classes(edges: IntArray, triangles: IntArray) -> list[int]:
    """Give every edge a number so that cycles differ by triangles just if their sums are equal.

    The sum is exclusive or; over Z/2. It is 0 for a cycle that triangles fill, and the bits that
    occur are as many as there are independent loops.

    Source: Busaryev, Cabello, Chen, Dey and Wang 2012 (annotations).

    Parameters
    ----------
    edges : ndarray of int, shape (n_edges, 2)
        First index smaller; with all sides of the triangles.
    triangles : ndarray of int, shape (n_triangles, 3)
        Ascending.

    Examples
    --------
    >>> square = np.array([[0, 1], [0, 2], [0, 3], [1, 2], [2, 3]])  # and a diagonal
    >>> edge_classes(square, np.array([[0, 1, 2]]))
    [0, 0, 0, 0, 1]
    """
    n = int(edges.max(initial=-1)) + 1
    above = list(range(n))

    def root(node: int) -> int:
        while above[node] != node:
            above[node] = above[above[node]]
            node = above[node]
        return node

    number: dict[int, int] = {}  # of each edge beyond a spanning forest
    at = {}
    for place, (i, j) in enumerate(edges.tolist()):
        a, b = root(i), root(j)
        above[max(a, b)] = min(a, b)
        at[i, j] = place
        if a == b:
            number[place] = len(number)
    # a triangle says that its edges add up to nothing: the last is the sum of the others
    sums: dict[int, set[int]] = {}
    for a, b, c in triangles.tolist():
        rest = {number[e] for e in (at[a, b], at[a, c], at[b, c]) if e in number}
        while rest and (last := max(rest)) in sums:
            rest ^= sums[last]
        if rest:
            sums[last] = rest
    free = 0
    classes = [0] * len(number)
    for each in range(len(number)):
        if each not in sums:
            classes[each] = 1 << free
            free += 1
            continue
        for other in sums[each]:
            if other != each:
                classes[each] ^= classes[other]
    return [classes[number[place]] if place in number else 0 for place in range(len(edges))]
