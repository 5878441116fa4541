"""Compiled counting of pairs; imported where it runs, since numba takes its time."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def by_feature(starts, features, n_features) -> Any:  # type: ignore[no-untyped-def] # pragma: no cover
    """Sort entries by feature; tell where the sample of each entry ends.

    Returns
    -------
    begins : (n_features + 1,)
        Feature i has the entries ``order[begins[i]:begins[i + 1]]``.
    order : (n_firings,) of int32
    ends : (n_firings,) of int32
    """
    begins = np.zeros(n_features + 1, np.int64)
    for feature in features:
        begins[feature + 1] += 1
    for i in range(n_features):
        begins[i + 1] += begins[i]
    place = begins[:-1].copy()
    order, ends = np.empty(len(features), np.int32), np.empty(len(features), np.int32)
    for s in range(len(starts) - 1):
        for entry in range(starts[s], starts[s + 1]):
            order[place[features[entry]]] = entry
            place[features[entry]] += 1
            ends[entry] = starts[s + 1]
    return begins, order, ends


@njit(cache=True, nogil=True)
def count_band(  # type: ignore[no-untyped-def] # pragma: no cover
    first, table, features, begins, order, ends
) -> None:
    """Add to ``table[i - first, j - first]`` the samples in which i and a later j fire.

    Features ascend within a sample, so that those after i are the rest of it. One row of the table
    is filled at a time, and stays in the cache meanwhile.
    """
    for row in range(len(table)):
        counts = table[row]
        for place in range(begins[first + row], begins[first + row + 1]):
            entry = order[place]
            for other in range(entry + 1, ends[entry]):
                counts[features[other] - first] += 1


@njit(cache=True, nogil=True)
def spread(first, starts, columns, together, table) -> None:  # type: ignore[no-untyped-def] # pragma: no cover
    """Write sparse counts into a table of zeros."""
    for row in range(len(table)):
        for place in range(starts[row], starts[row + 1]):
            table[row, columns[place] - first] = together[place]


@njit(cache=True, nogil=True)
def gathered(first, table) -> Any:  # type: ignore[no-untyped-def] # pragma: no cover
    """Return the counts of a table that are not zero, row by row, columns ascending."""
    starts = np.zeros(len(table) + 1, np.int64)
    for row in range(len(table)):
        some = 0
        for column in range(row + 1, table.shape[1]):
            some += table[row, column] > 0
        starts[row + 1] = starts[row] + some
    columns, together = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.uint32)
    place = 0
    for row in range(len(table)):
        for column in range(row + 1, table.shape[1]):
            if table[row, column] > 0:
                columns[place], together[place] = column + first, table[row, column]
                place += 1
    return starts, columns, together
