"""Alias tables: a draw from any discrete distribution in constant time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit


def alias_table(
    weights: npt.NDArray[np.floating[Any]],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int32]]:
    """Return for each place the share that it keeps and whom it passes the rest to.

    Source: Vose, IEEE Transactions on Software Engineering 17 (1991) 972.

    Parameters
    ----------
    weights : ndarray, shape (m,)
        Not negative, not all zero.

    Examples
    --------
    >>> keep, other = alias_table(np.array([1.0, 3.0]))
    >>> keep.tolist(), other.tolist()
    ([0.5, 1.0], [1, 1])
    """
    share = np.asarray(weights, np.float64) * (len(weights) / np.sum(weights))
    other = np.arange(len(share), dtype=np.int32)
    small = [i for i in range(len(share)) if share[i] < 1]
    large = [i for i in range(len(share)) if share[i] >= 1]
    while small and large:
        i, j = small.pop(), large[-1]
        other[i] = j
        share[j] -= 1 - share[i]
        if share[j] < 1:
            small.append(large.pop())
    share[small + large] = 1.0  # what rounding has left over
    return share, other


@njit(cache=True)
def draw_alias(keep, other, rng):  # type: ignore[no-untyped-def] # pragma: no cover
    """Draw one place; return also a number and the width of the range on which it is uniform.

    What a draw leaves over of its random number need not be thrown away.
    """
    u = rng.random() * len(keep)
    place = int(u)
    rest = u - place
    if rest < keep[place]:
        return place, rest, keep[place]
    return other[place], rest - keep[place], 1 - keep[place]
