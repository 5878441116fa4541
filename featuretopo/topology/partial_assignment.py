"""The partial assignment that saves the most: a row and a column may also stay alone, at no cost.

Compiled; imported where it runs, since numba takes its time.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

IntArray = npt.NDArray[np.intp]

_OPEN, _DONE, _LEFT = 1, 2, 3  # what a search knows of a column; 0 for nothing


def partial_assignment(gains: npt.NDArray[np.float64]) -> tuple[IntArray, IntArray]:
    """Pairs of rows and columns, each in at most one, whose gains have the smallest sum.

    Shortest augmenting paths with a price on every column. Rows are given a place one after
    another; each takes the cheapest way through the rows that have one, which ends at a free
    column or at a row that is left alone. Prices are never positive. So the pairs of a row, taken
    by their gain, need be looked at only up to the best end in sight: few, where a general solver
    looks at all.

    Source: Jonker and Volgenant, Computing 38 (1987) 325.

    Parameters
    ----------
    gains : ndarray of float64, shape (n_rows, n_columns)
        Finite. Pairs of gain 0 or more are never made.

    Returns
    -------
    rows, columns : ndarray of int, shape (k,)

    Examples
    --------
    >>> rows, columns = partial_assignment(np.array([[-3.0, -1.0], [-2.5, 0.0], [-1.0, 2.0]]))
    >>> rows.tolist(), columns.tolist()
    ([0, 1], [1, 0])
    """
    starts, columns, gained = _sorted_gains(gains)
    partner: IntArray = _assign(starts, columns, gained, gains.shape[1])
    rows = np.flatnonzero(partner >= 0)
    return rows, partner[rows]


@njit(cache=True)
def _sorted_gains(gains):  # type: ignore[no-untyped-def] # pragma: no cover
    """List the negative gains of each row, least first: where each row starts, columns, gains."""
    n, m = gains.shape
    starts = np.zeros(n + 1, np.int64)
    for i in range(n):
        count = 0
        for j in range(m):
            count += gains[i, j] < 0
        starts[i + 1] = starts[i] + count
    columns, gained = np.empty(starts[n], np.int64), np.empty(starts[n])
    for i in range(n):
        place = starts[i]
        for j in range(m):
            if gains[i, j] < 0:
                columns[place], gained[place] = j, gains[i, j]
                place += 1
        own = slice(starts[i], starts[i + 1])
        order = np.argsort(gained[own])
        columns[own], gained[own] = columns[own][order], gained[own][order]
    return starts, columns, gained


@njit(cache=True)
def _assign(starts, columns, gained, m):  # type: ignore[no-untyped-def] # pragma: no cover
    """Find the column of each row, -1 for none."""
    n = len(starts) - 1
    row_price, column_price = np.zeros(n), np.zeros(m)  # their sum is a gain where a pair is made
    row_of, column_of = np.full(m, -1), np.full(n, -1)
    cost = np.full(m, np.inf)  # of the cheapest way to each column, above the prices
    before = np.empty(m, np.int64)  # the row from which it comes
    known = np.zeros(m, np.int8)
    touched, opened, passed = np.empty(m, np.int64), np.empty(m, np.int64), np.empty(m, np.int64)
    for new in range(n):
        best = 0.0
        for place in range(starts[new], starts[new + 1]):
            if gained[place] >= best:
                break
            best = min(best, gained[place] - column_price[columns[place]])
        row_price[new] = best
        n_touched = n_opened = n_passed = 0
        row, so_far = new, 0.0
        least, end_row, end_column = np.inf, -1, -1  # the cheapest end in sight
        while True:
            if so_far - row_price[row] < least:
                least, end_row, end_column = so_far - row_price[row], row, -1
            for place in range(starts[row], starts[row + 1]):
                reached = so_far - row_price[row] + gained[place]
                if reached >= least:  # and no price is positive
                    break
                j = columns[place]
                reached -= column_price[j]
                if known[j] == _DONE or reached >= cost[j] or reached >= least:
                    continue
                before[j] = row
                if row_of[j] < 0:
                    least, end_column = reached, j
                    continue
                cost[j] = reached
                if known[j] == 0:
                    touched[n_touched] = j
                    n_touched += 1
                if known[j] != _OPEN:
                    known[j] = _OPEN
                    opened[n_opened] = j
                    n_opened += 1
            nearest, where, look = np.inf, -1, 0
            while look < n_opened:
                j = opened[look]
                if cost[j] >= least:
                    known[j] = _LEFT
                    n_opened -= 1
                    opened[look] = opened[n_opened]
                    continue
                if cost[j] < nearest:
                    nearest, where = cost[j], look
                look += 1
            if where < 0:
                break
            j = opened[where]
            n_opened -= 1
            opened[where] = opened[n_opened]
            known[j] = _DONE
            passed[n_passed] = j
            n_passed += 1
            row, so_far = row_of[j], nearest
        row_price[new] += least
        for look in range(n_passed):
            j = passed[look]
            column_price[j] -= least - cost[j]
            row_price[row_of[j]] += least - cost[j]
        for look in range(n_touched):
            cost[touched[look]], known[touched[look]] = np.inf, 0
        j = end_column
        if j < 0:  # a row gives up its column
            j = column_of[end_row]
            column_of[end_row] = -1
        while j >= 0:
            row = before[j]
            row_of[j] = row
            j, column_of[row] = column_of[row], j
    return column_of
