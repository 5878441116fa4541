"""The cheapest alignment of two sets of bars of one birth: on a line, partners keep their order.

Compiled; imported where it runs, since numba takes its time.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

_PAIR, _A_ALONE, _B_ALONE = 0, 1, 2


def line_alignment(
    a: Array, b: Array, order: float, to_diagonal: float
) -> tuple[IntArray, IntArray]:
    """Pairs of lengths for which the sum of the powers of all moves is least.

    Whichever are matched, matching them in sorted order costs least, since a power of order 1 or
    more is convex. So the best matching is an alignment of two sorted sequences, which are walked
    through as texts are compared.

    Parameters
    ----------
    a, b : ndarray of float64, shapes (n_a,) and (n_b,)
        Lengths of bars, of powers that are finite.
    order : float
        The power, at least 1.
    to_diagonal : float
        What a bar that stays alone moves, as a share of its length.

    Returns
    -------
    i, j : ndarray of int, shape (k,)

    Examples
    --------
    >>> i, j = line_alignment(np.array([1.0, 5.0]), np.array([4.5]), 2, 0.5)
    >>> i.tolist(), j.tolist()
    ([1], [0])
    """
    order_a, order_b = np.argsort(a, kind="stable"), np.argsort(b, kind="stable")
    i, j = _align(a[order_a], b[order_b], float(order), to_diagonal)
    return order_a[i], order_b[j]


@njit(cache=True)
def _power(x, order):  # type: ignore[no-untyped-def] # pragma: no cover
    if order == 1:  # a general power takes many times as long
        return x
    return x * x if order == 2 else x**order


@njit(cache=True)
def _align(a, b, order, to_diagonal):  # type: ignore[no-untyped-def] # pragma: no cover
    """Walk through all beginnings of both; then the cheapest way back."""
    n, m = len(a), len(b)
    alone_b = np.array([_power(to_diagonal * length, order) for length in b])
    steps = np.zeros((n + 1, m // 4 + 1), np.uint8)  # two bits a step
    cost = np.zeros(m + 1)  # of the first of `a` against the first of `b`
    for j in range(1, m + 1):
        cost[j] = cost[j - 1] + alone_b[j - 1]
    for i in range(1, n + 1):
        alone_a = _power(to_diagonal * a[i - 1], order)
        corner = cost[0]
        cost[0] += alone_a
        for j in range(1, m + 1):
            best, step = corner + _power(abs(a[i - 1] - b[j - 1]), order), _PAIR
            corner = cost[j]
            if cost[j] + alone_a < best:
                best, step = cost[j] + alone_a, _A_ALONE
            if cost[j - 1] + alone_b[j - 1] < best:
                best, step = cost[j - 1] + alone_b[j - 1], _B_ALONE
            cost[j] = best
            steps[i, j // 4] |= step << (j % 4 * 2)
    rows, columns = np.empty(min(n, m), np.int64), np.empty(min(n, m), np.int64)
    i, j, count = n, m, 0
    while i > 0 and j > 0:
        step = steps[i, j // 4] >> (j % 4 * 2) & 3
        if step == _PAIR:
            rows[count], columns[count] = i - 1, j - 1
            count += 1
        i -= step != _B_ALONE
        j -= step != _A_ALONE
    return rows[:count], columns[:count]
