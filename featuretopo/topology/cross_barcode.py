"""The cross-barcode of two clouds of paired points: loops that one has closed and the other not."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.floating[Any]]


def cross_barcode(w: FloatArray, v: FloatArray) -> FloatArray:
    """H1 bars of the nearer of `w` and `v` relative to `w`, shape (k, 2); none has length 0.

    At a scale, the complex of the nearer of both distances holds that of `w`. Relative to it every
    edge of the former is a cycle, and of the latter none is left: an edge is born when it is there
    by either distance and has died when it is there by `w`, or once triangles make it a sum of
    older ones. An edge that comes last in some triangle is so from the start. What is left are a
    few hundred edges of thousands, and every edge is held as the sum of those that are still alive,
    one bit each.

    Source: Barannikov, Trofimov, Balabin and Burnaev 2022, Representation Topology Divergence,
    ICML: the same bars as those of its complex of 2n points.

    Parameters
    ----------
    w, v : ndarray, shape (n, n)
        Distances: symmetric, finite, 0 on the diagonal.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    >>> v = np.linalg.norm(square[:, None] - square, axis=2)
    >>> cross_barcode(np.full((4, 4), 1.2) - 1.2 * np.eye(4), v).tolist()
    [[1.0, 1.2], [1.0, 1.2], [1.0, 1.2], [1.0, 1.2]]
    """
    rows, columns = np.triu_indices(len(w), 1)
    nearer = np.minimum(w, v)[rows, columns]
    order = np.argsort(nearer, kind="stable")
    first, second, starts = rows[order], columns[order], nearer[order]
    ends = w[first, second]
    place = np.full(w.shape, len(starts), np.int32)  # when an edge enters: of a point to itself,
    place[first, second] = place[second, first] = np.arange(len(starts))  # never
    later = np.flatnonzero(starts < ends)
    later = later[np.argsort(ends[later], kind="stable")]
    bars: FloatArray = _bars(first, second, starts, ends, place, later)
    return bars


@njit(cache=True, nogil=True)
def _bars(first, second, starts, ends, place, later):  # type: ignore[no-untyped-def] # pragma: no cover
    n, m = len(place), len(starts)
    third, bit = np.full(m, -1), np.full(m, -1)
    count = 0
    for edge in range(m):
        for k in range(n):
            if place[first[edge], k] < edge and place[second[edge], k] < edge:
                third[edge] = k
                break
        if third[edge] < 0 and starts[edge] < ends[edge]:
            bit[edge] = count
            count += 1
    sums = np.zeros((m, count // 64 + 1), np.uint64)  # of each edge, in those of their own
    born, bars = np.empty(count), np.empty((count, 2))
    closed = done = alive = 0
    for edge in range(m):
        while done < len(later) and ends[later[done]] <= starts[edge]:
            row = sums[later[done]].copy()
            time = ends[later[done]]
            ended = _closed(row, sums[:edge])
            if ended >= 0:
                alive -= 1
                closed = _kept(bars, closed, born[ended], time)
            done += 1
        if third[edge] < 0:
            if bit[edge] >= 0:
                _flip(sums[edge], bit[edge])
                born[bit[edge]] = starts[edge]
                alive += 1
            continue
        if alive == 0:
            continue  # every sum is empty
        time, i, j = starts[edge], first[edge], second[edge]
        if starts[edge] < ends[edge]:
            k = third[edge]
            sums[edge] = sums[place[i, k]] ^ sums[place[j, k]]
        for k in range(third[edge], n):
            one, other = place[i, k], place[j, k]
            if one >= edge or other >= edge:
                continue
            for word in range(sums.shape[1]):
                if sums[one, word] ^ sums[other, word] != sums[edge, word]:
                    row = sums[one] ^ sums[other] ^ sums[edge]
                    alive -= 1
                    ended = _closed(row, sums[: edge + 1])
                    closed = _kept(bars, closed, born[ended], time)
                    break
    for edge in later[done:]:
        ended = _closed(sums[edge].copy(), sums)
        if ended >= 0:
            closed = _kept(bars, closed, born[ended], ends[edge])
    return bars[:closed]


@njit(cache=True, nogil=True)
def _flip(row, bit):  # type: ignore[no-untyped-def] # pragma: no cover
    row[bit // 64] ^= np.uint64(1) << np.uint64(bit % 64)


@njit(cache=True, nogil=True)
def _closed(row, sums):  # type: ignore[no-untyped-def] # pragma: no cover
    """Let a sum be nothing from now on: its youngest edge is that of the others. -1 if it is."""
    word = len(row) - 1
    while word >= 0 and row[word] == 0:
        word -= 1
    if word < 0:
        return -1
    bit = 63
    while not (row[word] >> np.uint64(bit)) & np.uint64(1):
        bit -= 1
    mask = np.uint64(1) << np.uint64(bit)
    for other in range(len(sums)):
        if sums[other, word] & mask:
            for each in range(len(row)):
                sums[other, each] ^= row[each]
    return 64 * word + bit


@njit(cache=True, nogil=True)
def _kept(bars, closed, start, end):  # type: ignore[no-untyped-def] # pragma: no cover
    """Note a bar; one without length is none."""
    if start < end:
        bars[closed] = start, end
        return closed + 1
    return closed
