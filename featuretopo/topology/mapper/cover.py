"""Cover: overlapping cells over the range of a lens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from featuretopo.errors import FeaturetopoError

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]


class Cover(Protocol):
    """What every cover can do."""

    def cells(self, lens: FloatArray) -> Iterator[IntArray]:
        """Yield the rows in each non-empty cell, ascending."""
        ...


@dataclass(frozen=True)
class Cubes:
    """`n` intervals of equal width along each lens axis; cells are their products.

    Parameters
    ----------
    n : int
        Intervals per axis, at least 1.
    overlap : float
        Share of an interval's width that it has in common with the next, in (0, 1). Without
        overlap no two cells share a feature and the graph has no edges.

    Raises
    ------
    FeaturetopoError
        If an argument is out of range.

    Examples
    --------
    >>> lens = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> [cell.tolist() for cell in Cubes(2, overlap=0.5).cells(lens)]
    [[0, 1, 2], [1, 2, 3]]
    """

    n: int = 10
    overlap: float = 0.3

    def __post_init__(self) -> None:
        check_intervals(self.n, self.overlap)

    def cells(self, lens: FloatArray) -> Iterator[IntArray]:
        """Yield the rows in each non-empty cell, axis by axis."""
        return product_cells(lens, lambda values: equal_spans(values, self.n, self.overlap))


def equal_spans(values: FloatArray, n: int, overlap: float) -> tuple[IntArray, IntArray]:
    """Lay `n` intervals of equal width over values.

    Returns
    -------
    first, count : ndarray of int, shape (n_features,)
        The first interval that holds each value, and how many do.
    """
    low, high = float(values.min()), float(values.max())
    if low == high:  # one interval holds all there is
        return np.zeros(len(values), np.int64), np.ones(len(values), np.int64)
    width = (high - low) / (n - (n - 1) * overlap)
    starts = low + width * (1 - overlap) * np.arange(n)
    slack = 1e-9 * max(width, 1e-300)  # the largest value belongs to the last interval
    first = np.searchsorted(starts + width + slack, values, side="left")
    return first, np.searchsorted(starts - slack, values, side="right") - first


def check_intervals(n: int, overlap: float) -> None:
    """Refuse what no intervals can be laid by."""
    if n < 1:
        raise FeaturetopoError(f"n={n} must be at least 1; 5 to 20 is usual")
    if not 0 < overlap < 1:
        raise FeaturetopoError(f"overlap={overlap} must lie in (0, 1); 0.2 to 0.5 is usual")


def product_cells(
    lens: FloatArray,
    spans: Callable[[FloatArray], tuple[IntArray, IntArray]],
    turn: int = 2**62,
) -> Iterator[IntArray]:
    """Yield the rows in each non-empty product of intervals, one interval of each axis.

    Parameters
    ----------
    lens : ndarray, shape (n_features, n_lens)
    spans : callable
        From the values on an axis to the first interval that holds each, and how many do.
    turn : int
        After so many intervals the first comes again.
    """
    rows: IntArray = np.arange(len(lens))
    cell: IntArray = np.zeros(len(lens), np.int64)
    for values in lens.T:
        first, count = (span[rows] for span in spans(values))
        # each row once for each of its intervals
        place = np.repeat(np.arange(len(rows)), count)
        step = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
        interval = (first[place] + step) % turn
        rows, cell = rows[place], cell[place] * (int(interval.max()) + 1) + interval
        cell = np.unique(cell, return_inverse=True)[1].ravel()  # products stay small numbers
    order = np.lexsort((rows, cell))
    yield from np.split(rows[order], np.flatnonzero(np.diff(cell[order])) + 1)
