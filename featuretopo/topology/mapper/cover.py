"""Cover: overlapping cells over the range of a lens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from featuretopo.checks import is_whole
from featuretopo.errors import FeaturetopoError

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]

_MOST_INTERVALS = 10**6
# Of features in products of intervals, which every axis multiplies: what memory holds, and, of few
# features, in how many they may lie on average, or all together, before each is a cell of its own
_MOST_PLACES = 2 * 10**7
_MOST_OF_EACH = 100
_ALWAYS = 10**5


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
    n : int or sequence of int
        Intervals per axis, at least 1: of every axis, or one number per axis.
    overlap : float or sequence of float
        Share of an interval's width that it has in common with the next, in (0, 1); of every axis,
        or one per axis. Without overlap no two cells share a feature and the graph has no edges.

    Raises
    ------
    FeaturetopoError
        If an argument is out of range.

    Examples
    --------
    >>> lens = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> [cell.tolist() for cell in Cubes(2, overlap=0.5).cells(lens)]
    [[0, 1, 2], [1, 2, 3]]
    >>> [cell.tolist() for cell in Cubes([2, 1], overlap=0.5).cells(np.hstack([lens, lens]))]
    [[0, 1, 2], [1, 2, 3]]
    """

    n: int | Sequence[int] = 10
    overlap: float | Sequence[float] = 0.3

    def __post_init__(self) -> None:
        for name in ("n", "overlap"):
            given = getattr(self, name)
            if isinstance(given, np.ndarray | np.generic):
                given = given.tolist()
            if isinstance(given, Sequence) and not isinstance(given, str):
                given = tuple(given)  # as fixed as all else
            object.__setattr__(self, name, given)
        for n in _each(self.n):
            for overlap in _each(self.overlap):
                check_intervals(n, overlap)

    def cells(self, lens: FloatArray) -> Iterator[IntArray]:
        """Yield the rows in each non-empty cell, axis by axis."""
        axes = zip(lens.T, *self.by_axis(lens.shape[1]), strict=True)
        return product_cells(len(lens), (equal_spans(*axis) for axis in axes))

    def by_axis(self, n_axes: int) -> tuple[list[int], list[float]]:
        """Return the numbers of intervals, and the overlaps, of so many axes.

        Raises
        ------
        FeaturetopoError
            If there are several of them, and not one per axis.
        """
        found = []
        for name in ("n", "overlap"):
            given = getattr(self, name)
            each = list(given) if isinstance(given, tuple) else [given] * n_axes
            if len(each) != n_axes:
                raise FeaturetopoError(
                    f"{name}={given} for a lens of {n_axes} axes: give one number, or one per axis"
                )
            found.append(each)
        return found[0], found[1]


def _each(given: Any) -> tuple[Any, ...]:
    return given if isinstance(given, tuple) and given else (given,)


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
    if not is_whole(n) or n < 1:
        raise FeaturetopoError(f"n={n!r} must be a whole number, at least 1; 5 to 20 is usual")
    if n > _MOST_INTERVALS:
        raise FeaturetopoError(f"n={n}: {_MOST_INTERVALS:,} intervals at most; 5 to 20 is usual")
    if not isinstance(overlap, Real) or not 0 < overlap < 1:
        raise FeaturetopoError(f"overlap={overlap!r} must lie in (0, 1); 0.2 to 0.5 is usual")


def product_cells(
    n_rows: int, spans: Iterable[tuple[IntArray, IntArray]], turn: int = 2**62
) -> Iterator[IntArray]:
    """Yield the rows in each non-empty product of intervals, one interval of each axis.

    Parameters
    ----------
    n_rows : int
    spans : iterable of pair of ndarray of int, shape (n_rows,)
        For each axis, the first interval that holds each row, and how many do, at least 1.
    turn : int
        After so many intervals the first comes again.
    """
    rows: IntArray = np.arange(n_rows)
    cell: IntArray = np.zeros(n_rows, np.int64)
    for first_of_all, count_of_all in _few_enough(n_rows, spans):
        first, count = first_of_all[rows], count_of_all[rows]
        # each row once for each of its intervals
        place = np.repeat(np.arange(len(rows)), count)
        step = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
        interval = (first[place] + step) % turn
        rows, cell = rows[place], cell[place] * (int(interval.max()) + 1) + interval
        cell = np.unique(cell, return_inverse=True)[1].ravel()  # products stay small numbers
    order = np.lexsort((rows, cell))
    yield from np.split(rows[order], np.flatnonzero(np.diff(cell[order])) + 1)


def _few_enough(
    n_rows: int, spans: Iterable[tuple[IntArray, IntArray]]
) -> list[tuple[IntArray, IntArray]]:
    """Count in how many products the rows lie before any is made; no axis makes them fewer."""
    most = min(_MOST_PLACES, max(_ALWAYS, _MOST_OF_EACH * n_rows))
    found = []
    of_each = np.ones(n_rows)
    for first, count in spans:
        found.append((first, count))
        of_each *= count
        if of_each.sum() > most:
            raise FeaturetopoError(
                f"{n_rows:,} features lie in more than {most:,} products of intervals: give a "
                "lens of fewer axes, less overlap, or Balls, which do not multiply"
            )
    return found
