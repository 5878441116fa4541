"""Compiled scans over blocks of cosines; imported where they run, since numba takes its time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

_CLOSE = 0.999  # cosines above it hide the distance in their rounding
_ROUNDING = 1e-5  # a float32 cosine is off by no more, up to thousands of dimensions


@njit(cache=True, fastmath={"contract", "reassoc"})
def squared_chord(unit, i, j):  # type: ignore[no-untyped-def] # pragma: no cover
    """Squared distance from differences: 2 - 2 cos loses all digits near 0."""
    total = np.float64(0)
    for axis in range(unit.shape[1]):
        gap = np.float64(unit[i, axis]) - np.float64(unit[j, axis])
        total += gap * gap
    return total


@njit(cache=True)
def squared_chords(unit, i, j):  # type: ignore[no-untyped-def] # pragma: no cover
    """Squared distances of many pairs."""
    found = np.empty(len(i))
    for place in range(len(i)):
        found[place] = squared_chord(unit, i[place], j[place])
    return found


@njit(cache=True, nogil=True)
def nearest_and_near(  # type: ignore[no-untyped-def] # pragma: no cover
    unit, cos, rows, component, least, most, neighbours, squared
) -> Any:
    """Fill in the nearest features outside each row's component; list the pairs of large cosine.

    Parameters
    ----------
    unit : (n, d)
    cos : (block, n)
        Cosines of `rows` with all features.
    rows : (block,) of int
    component : (n,) of int
    least : float
        Pairs with a cosine of at least this are listed, each by its smaller row.
    most : int
        No more pairs than this are listed.
    neighbours : (block, k) of int
        Filled in, nearest first.
    squared : (block, k)
        Filled in: squared chords; inf where there are fewer than k features outside.

    Returns
    -------
    ndarray of int, shape (n_pairs, 2)
    """
    n, k = cos.shape[1], squared.shape[1]
    pairs = np.empty((1024, 2), np.int64)
    count = 0
    seen = np.zeros((n + 7) // 8 * 8, np.bool_)
    eights = seen.view(np.uint64)
    for place in range(len(rows)):
        row, own = cos[place], rows[place]
        reach, ids = squared[place], neighbours[place]
        reach[:] = np.inf
        ids[:] = -1
        # the first few set a limit that spares the look at most of the rest
        limit = cos.dtype.type(-2)
        for start in range(0, n, 512):
            end = min(start + 512, n)
            low = min(limit, cos.dtype.type(least))
            for j in range(start, end):
                seen[j] = row[j] >= low
            for eight in range(start // 8, (end + 7) // 8):
                if eights[eight] == 0:
                    continue
                for j in range(8 * eight, min(8 * eight + 8, end)):
                    if not seen[j]:
                        continue
                    c = row[j]
                    if c >= least and own < j and count < most:
                        if count == len(pairs):
                            more = np.empty((2 * count, 2), np.int64)
                            more[:count] = pairs
                            pairs = more
                        pairs[count, 0], pairs[count, 1] = own, j
                        count += 1
                    if c < limit or component[j] == component[own]:
                        continue
                    gap = 2 - 2 * np.float64(c) if c < _CLOSE else squared_chord(unit, own, j)
                    if gap < reach[k - 1]:
                        at = k - 1
                        while at > 0 and gap < reach[at - 1]:
                            reach[at], ids[at] = reach[at - 1], ids[at - 1]
                            at -= 1
                        reach[at], ids[at] = gap, j
                        limit = cos.dtype.type(1 - reach[k - 1] / 2 - _ROUNDING)
    return pairs[:count]


@njit(cache=True, nogil=True)
def most_similar_tree(cos):  # type: ignore[no-untyped-def] # pragma: no cover
    """Grow the maximum spanning tree of a matrix of cosines, by Prim's algorithm.

    Parameters
    ----------
    cos : (n, n)

    Returns
    -------
    ndarray of int, shape (n - 1, 2)
        In the order in which they were found.
    """
    n = len(cos)
    pairs = np.empty((n - 1, 2), np.int64)
    outside = np.arange(1, n)
    reached_from = np.zeros(n - 1, np.int64)
    largest = cos[0, 1:].copy()
    newest = 0
    for step in range(n - 1):
        row, best = cos[newest], 0
        for place in range(n - 1 - step):
            c = row[outside[place]]
            if c > largest[place]:
                largest[place], reached_from[place] = c, newest
            if largest[place] > largest[best]:
                best = place
        newest = outside[best]
        pairs[step, 0], pairs[step, 1] = reached_from[best], newest
        last = n - 2 - step  # what was last outside takes the place that is free now
        outside[best], reached_from[best] = outside[last], reached_from[last]
        largest[best] = largest[last]
    return pairs


@njit(cache=True)
def ranks_of(cos, rows, columns):  # type: ignore[no-untyped-def] # pragma: no cover
    """How many others are nearer to each row than certain features are.

    Parameters
    ----------
    cos : (block, n)
        Of some features with all.
    rows : (block,) of int
        Which these are.
    columns : (block, k) of int
        The features asked for, of each row.

    Returns
    -------
    ndarray of int, shape (block, k)
    """
    ranks = np.zeros(columns.shape, np.int64)
    for i in range(len(cos)):
        row, asked = cos[i], cos[i][columns[i]]
        least = asked.min()
        for j in range(cos.shape[1]):
            if row[j] > least and j != rows[i]:
                for place in range(len(asked)):
                    ranks[i, place] += row[j] > asked[place]
    return ranks


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc"})
def loops_born_by(redrawn, scale):  # type: ignore[no-untyped-def] # pragma: no cover
    """How many H1 bars of positive length are born up to a scale, for each set of unit vectors.

    An edge that comes last in some triangle is filled by it as it appears. The others hold the
    spanning tree; each of them beyond it gives birth to a loop.

    Parameters
    ----------
    redrawn : (batch, m, r)
    scale : float
        A chord distance.

    Returns
    -------
    found : ndarray of int, shape (batch,)
    latest : ndarray, shape (batch,)
        A scale by which the last of them is born.
    """
    n_draws, m, r = redrawn.shape
    found = np.zeros(n_draws, np.int64)
    latest = np.zeros(n_draws)
    parent = np.empty(m, np.int64)
    d = np.empty((m, m))  # 1 - cos
    longest = scale * scale / 2
    for draw in range(n_draws):
        points = redrawn[draw]
        for v in range(m):
            parent[v] = v
            for u in range(v):
                cos = 0.0
                for axis in range(r):
                    cos += points[u, axis] * points[v, axis]
                d[u, v] = d[v, u] = 1 - cos
        births = 0
        for v in range(m):
            for u in range(v):
                length = d[u, v]
                if length > longest:
                    continue
                filled = False
                for w in range(m):
                    if w != u and w != v and d[u, w] <= length and d[v, w] <= length:
                        # among equal lengths, the edge with the larger ends comes last
                        later_u = d[u, w] == length and (max(u, w), min(u, w)) > (v, u)
                        later_v = d[v, w] == length and (max(v, w), min(v, w)) > (v, u)
                        if not later_u and not later_v:
                            filled = True
                            break
                if filled:
                    continue
                latest[draw] = max(latest[draw], length)
                a, b = u, v
                while parent[a] != a:
                    a = parent[a]
                while parent[b] != b:
                    b = parent[b]
                if a == b:
                    births += 1
                else:
                    parent[a] = b
        found[draw] = births
    return found, np.sqrt(2 * latest)


@njit(cache=True)
def count_cliques(starts, ends, largest, most):  # type: ignore[no-untyped-def] # pragma: no cover
    """Count the cliques of 2 to `largest` vertices (at most 4) of a graph; stop above `most`.

    Parameters
    ----------
    starts : (n + 1,) of int
    ends : (n_edges,) of int
        Neighbours with a larger number of vertex v, ascending: ends[starts[v] : starts[v + 1]].
    largest, most : int
    """
    found = len(ends)
    common = np.empty(len(starts), np.int64)
    for v in range(len(starts) - 1):
        if largest < 3 or found > most:
            break
        above = ends[starts[v] : starts[v + 1]]
        for u in above:
            n_common = _meet(above, ends[starts[u] : starts[u + 1]], common)
            found += n_common
            if largest > 3:
                for place in range(n_common):
                    w = common[place]
                    found += _meet(
                        common[place + 1 : n_common], ends[starts[w] : starts[w + 1]], None
                    )
            if found > most:
                break
    return min(found, most + 1)


@njit(cache=True)
def _meet(a, b, common):  # type: ignore[no-untyped-def] # pragma: no cover
    """Count what two ascending lists have in common, and note it down."""
    i = j = count = 0
    while i < len(a) and j < len(b):
        if a[i] < b[j]:
            i += 1
        elif b[j] < a[i]:
            j += 1
        else:
            if common is not None:
                common[count] = a[i]
            count += 1
            i += 1
            j += 1
    return count
