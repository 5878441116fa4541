"""The partial assignment that saves the most: a row and a column may also stay alone, at no cost.

Compiled; imported where it runs, since numba takes its time.
"""

from __future__ import annotations

from heapq import heappop, heappush

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

_ADDED = 8  # pairs a row that may join the core in the first round, twice as many in each next one
_ROUNDING = 8 * np.finfo(np.float64).eps


def partial_assignment(gains: Array, core: IntArray) -> tuple[IntArray, IntArray]:
    """Pairs of rows and columns, each in at most one, whose gains have the smallest sum.

    Shortest augmenting paths among a core of pairs, with a price on every row and column. At the
    best assignment no pair gains more than its two prices. So the pairs outside of the core are
    then held against the prices; those that gain more join it, their rows and the columns that
    these held are taken out and put back in, and so on until there are none.

    Sources: Jonker and Volgenant, Computing 38 (1987) 325; the core, Volgenant, Computers &
    Operations Research 23 (1996) 917.

    Parameters
    ----------
    gains : ndarray of float64, shape (n_rows, n_columns)
        Finite. Pairs of gain 0 or more are never made.
    core : ndarray of int, shape (k,)
        Pairs that are likely made, as places in the flattened gains. A good guess is fast, and
        any guess is right.

    Returns
    -------
    rows, columns : ndarray of int, shape (k,)

    Examples
    --------
    >>> gains = np.array([[-3.0, -1.0], [-2.5, 0.0], [-1.0, 2.0]])
    >>> rows, columns = partial_assignment(gains, np.array([0, 1]))
    >>> rows.tolist(), columns.tolist()
    ([0, 1], [1, 0])
    """
    n, m = gains.shape
    flat = gains.ravel()
    row_price, column_price = np.zeros(n), np.zeros(m)
    partner_of_row, partner_of_column = np.full(n, -1), np.full(m, -1)
    rows, columns, added = np.arange(n), np.empty(0, np.intp), _ADDED
    rounding = _ROUNDING * np.abs(gains).max(initial=0.0)
    while True:
        core = np.unique(core[flat[core] < 0])
        core = core[np.argsort(flat[core], kind="stable")]
        i, j = np.divmod(core, m) if m else (core, core)
        by_row, by_column = _lists(i, j, flat[core], n), _lists(j, i, flat[core], m)
        _insert(rows, by_row, row_price, column_price, partner_of_row, partner_of_column)
        _insert(columns, by_column, column_price, row_price, partner_of_column, partner_of_row)
        more = np.setdiff1d(_better(gains, row_price, column_price, rounding, added), core)
        if not len(more):
            made = np.flatnonzero(partner_of_row >= 0)
            return made, partner_of_row[made]
        core, added = np.concatenate([core, more]), 2 * added
        rows = np.unique(more // m)
        columns = partner_of_row[rows]
        columns = columns[columns >= 0]
        partner_of_row[rows], partner_of_column[columns] = -1, -1
        row_price[rows], column_price[columns] = -np.inf, -np.inf  # out of reach until put back


@njit(cache=True)
def _lists(own, other, gains, n):  # type: ignore[no-untyped-def] # pragma: no cover
    """Pairs one after another, least gain first, to a list for each row: starts, others, gains."""
    starts = np.zeros(n + 1, np.int64)
    for i in own:
        starts[i + 1] += 1
    starts = np.cumsum(starts)
    places = starts[:-1].copy()
    others, gained = np.empty(len(own), np.int64), np.empty(len(own))
    for pair in range(len(own)):
        place = places[own[pair]]
        places[own[pair]] += 1
        others[place], gained[place] = other[pair], gains[pair]
    return starts, others, gained


@njit(cache=True)
def _better(gains, row_price, column_price, rounding, most):  # type: ignore[no-untyped-def] # pragma: no cover
    """List the pairs that gain more than their prices, of each row at most the best `most`."""
    n, m = gains.shape
    found = [0 for _ in range(0)]
    over, columns = np.empty(m), np.empty(m, np.int64)
    for i in range(n):
        count = 0
        for j in range(m):
            above = gains[i, j] - row_price[i] - column_price[j]
            if above < -rounding:
                over[count], columns[count] = above, j
                count += 1
        if count > most:
            for place in np.argsort(over[:count])[:most]:
                found.append(i * m + columns[place])
        else:
            for place in range(count):
                found.append(i * m + columns[place])
    return np.array(found, np.int64)


@njit(cache=True)
def _insert(new_rows, lists, row_price, column_price, partner_of_row, partner_of_column):  # type: ignore[no-untyped-def] # pragma: no cover
    """Give rows a place among the others, one after another; columns likewise, all roles changed.

    Each takes the cheapest way through the rows that have a place, which ends at a free column or
    at a row that is left alone. Prices are never positive. So the pairs of a row, taken by their
    gain, need be looked at only up to the best end in sight.
    """
    starts, columns, gained = lists
    m = len(column_price)
    cost = np.full(m, np.inf)  # of the cheapest way to each column, above the prices
    before = np.empty(m, np.int64)  # the row from which it comes
    done = np.zeros(m, np.bool_)
    reached, passed = np.empty(m, np.int64), np.empty(m, np.int64)
    for new in new_rows:
        best = 0.0
        for place in range(starts[new], starts[new + 1]):
            if gained[place] >= best:
                break
            best = min(best, gained[place] - column_price[columns[place]])
        row_price[new] = best
        n_reached = n_passed = 0
        row, so_far = new, 0.0
        least, end_row, end_column = np.inf, -1, -1  # the cheapest end in sight
        ahead = [(0.0, 0) for _ in range(0)]
        while True:
            here = so_far - row_price[row]
            if here < least:
                least, end_row, end_column = here, row, -1
            for place in range(starts[row], starts[row + 1]):
                if here + gained[place] >= least:  # and no price is positive
                    break
                j = columns[place]
                way = here + gained[place] - column_price[j]
                if way >= least or way >= cost[j] or done[j]:
                    continue
                before[j] = row
                if partner_of_column[j] < 0:
                    least, end_column = way, j
                    continue
                if cost[j] == np.inf:
                    reached[n_reached] = j
                    n_reached += 1
                cost[j] = way
                heappush(ahead, (way, j))
            nearest = -1
            while nearest < 0 and len(ahead):
                so_far, j = heappop(ahead)
                if not done[j]:
                    nearest = j
            if nearest < 0 or so_far >= least:
                break
            done[nearest] = True
            passed[n_passed] = nearest
            n_passed += 1
            row = partner_of_column[nearest]
        row_price[new] += least
        for look in range(n_passed):
            j = passed[look]
            column_price[j] -= least - cost[j]
            row_price[partner_of_column[j]] += least - cost[j]
        for look in range(n_reached):
            cost[reached[look]], done[reached[look]] = np.inf, False
        j = end_column
        if j < 0:  # a row gives up its column
            j = partner_of_row[end_row]
            partner_of_row[end_row] = -1
        while j >= 0:
            row = before[j]
            partner_of_column[j] = row
            j, partner_of_row[row] = partner_of_row[row], j
