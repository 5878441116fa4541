"""Compiled parts of clustering a cell; imported where they run, since numba takes its time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from featuretopo.topology.compiled import squared_chord

_CLOSE = 0.999  # cosines above it hide the distance in their rounding
_ROUNDING = 1e-5  # a float32 cosine is off by no more, up to thousands of dimensions


@njit(cache=True, nogil=True)
def near_pairs(  # type: ignore[no-untyped-def] # pragma: no cover
    unit, cos, start, least, sure, eps, degree
) -> Any:
    """Mark the pairs within eps, and count them to both their ends.

    Parameters
    ----------
    unit : (m, d)
    cos : (block, m - start)
        Cosines of the rows from `start` on with themselves and all later ones.
    start : int
    least, sure : float
        Below `least` a pair is far, from `sure` on near; between, its distance decides.
    eps : float
    degree : (m,) of int
        Added to.

    Returns
    -------
    ndarray of uint8, shape (block, n_bytes)
        Bit j % 8 of byte j // 8 of row i: whether start + i and start + j are near, for i < j.
    """
    n_rows, n_columns = cos.shape
    low, high = cos.dtype.type(least), cos.dtype.type(sure)
    bits = np.zeros((n_rows, (n_columns + 63) // 64 * 8), np.uint8)
    seen = np.zeros((n_columns + 7) // 8 * 8, np.bool_)
    eights = seen.view(np.uint64)
    for i in range(n_rows):
        row = cos[i]
        first = (i + 1) // 8
        for j in range(8 * first, n_columns):
            seen[j] = row[j] >= low
        for eight in range(first, len(eights)):
            if eights[eight] == 0:
                continue
            byte = 0
            for j in range(max(8 * eight, i + 1), min(8 * eight + 8, n_columns)):
                if not seen[j]:
                    continue
                if row[j] < high:
                    length = min(np.sqrt(squared_chord(unit, start + i, start + j)), 2.0)
                    if length > eps:
                        continue
                byte |= 1 << (j - 8 * eight)
                degree[start + i] += 1
                degree[start + j] += 1
            bits[i, eight] = byte
    return bits


@njit(cache=True, nogil=True)
def _root(parent, node):  # type: ignore[no-untyped-def] # pragma: no cover
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


@njit(cache=True, nogil=True)
def join_cores(  # type: ignore[no-untyped-def] # pragma: no cover
    unit, bits, start, core, parent, nearest, reach
) -> None:
    """Join near cores, and note of each other point the nearest core.

    Parameters
    ----------
    unit : (m, d)
    bits : (block, n_bytes) of uint8
        From :func:`near_pairs`.
    start : int
    core : (m,) of bool
    parent : (m,) of int
        Union-find forest of the cores; the root of each tree is its smallest.
    nearest : (m,) of int
        Of each point that is no core, the nearest core, the first of several; -1 for none.
    reach : (m,)
        Its distance.
    """
    for i in range(len(bits)):
        own = start + i
        eights = bits[i].view(np.uint64)
        for eight in range(len(eights)):
            if eights[eight] == 0:
                continue
            for place in range(8 * eight, 8 * eight + 8):
                byte = bits[i, place]
                for bit in range(8):
                    if not (byte >> bit) & 1:
                        continue
                    other = start + 8 * place + bit
                    if core[own] and core[other]:
                        a, b = _root(parent, own), _root(parent, other)
                        parent[max(a, b)] = min(a, b)
                    elif core[own] or core[other]:
                        middle, border = (own, other) if core[own] else (other, own)
                        length = np.sqrt(squared_chord(unit, own, other))
                        if length < reach[border] or (
                            length == reach[border] and middle < nearest[border]
                        ):
                            reach[border], nearest[border] = length, middle


@njit(cache=True, nogil=True)
def numbered(core, parent, nearest):  # type: ignore[no-untyped-def] # pragma: no cover
    """Number the trees of cores in the order of their roots; a border point takes its core's."""
    labels = np.full(len(core), -1)
    count = 0
    for point in range(len(core)):
        if core[point]:
            root = _root(parent, point)  # no larger: it has its number already
            if root == point:
                labels[point] = count
                count += 1
            else:
                labels[point] = labels[root]
    for point in range(len(core)):
        if not core[point] and nearest[point] >= 0:
            labels[point] = labels[nearest[point]]
    return labels


@njit(cache=True, nogil=True)
def tree_of_cosines(unit, cos):  # type: ignore[no-untyped-def] # pragma: no cover
    """Minimum spanning tree of unit vectors by Prim's algorithm, from all their cosines.

    Parameters
    ----------
    unit : (m, d)
    cos : (m, m)

    Returns
    -------
    pairs : ndarray of int, shape (m - 1, 2)
    least : float
        The smallest cosine of all pairs.
    """
    m = len(cos)
    outside = np.arange(1, m)
    nearest = np.zeros(m - 1, np.int64)
    closeness = np.full(m - 1, -np.inf)  # 1 - squared chord / 2
    pairs = np.empty((m - 1, 2), np.int64)
    last, least = 0, np.float64(1)
    for step in range(m - 1):
        row, best = cos[last], 0
        for place in range(m - 1 - step):
            c = np.float64(row[outside[place]])
            least = min(least, c)
            if c > closeness[place] - _ROUNDING:
                if c > _CLOSE:
                    c = 1 - squared_chord(unit, last, outside[place]) / 2
                if c > closeness[place]:
                    closeness[place], nearest[place] = c, last
            if closeness[place] > closeness[best]:
                best = place
        last = outside[best]
        pairs[step, 0], pairs[step, 1] = nearest[best], last
        end = m - 2 - step  # the last of those outside takes its place
        outside[best], nearest[best] = outside[end], nearest[end]
        closeness[best] = closeness[end]
    return pairs, least
