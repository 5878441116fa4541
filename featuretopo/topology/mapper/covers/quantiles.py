"""Quantiles: intervals that hold as many features each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from featuretopo.topology.mapper.cover import (
    FloatArray,
    IntArray,
    check_intervals,
    equal_spans,
    product_cells,
)


@dataclass(frozen=True)
class Quantiles:
    """`n` intervals that hold as many features each along each lens axis; cells are their products.

    They are intervals of equal width over the ranks of the values. Features of equal value share
    their mean rank, and so their intervals: where many are equal, some intervals hold more.

    Parameters
    ----------
    n : int
        Intervals per axis, at least 1.
    overlap : float
        Share of an interval's features that it has in common with the next, in (0, 1).

    Raises
    ------
    FeaturetopoError
        If an argument is out of range.

    Examples
    --------
    >>> lens = np.array([[0.0], [1.0], [2.0], [300.0]])
    >>> [cell.tolist() for cell in Quantiles(2, overlap=0.5).cells(lens)]
    [[0, 1, 2], [1, 2, 3]]
    """

    n: int = 10
    overlap: float = 0.3

    def __post_init__(self) -> None:
        check_intervals(self.n, self.overlap)

    def cells(self, lens: FloatArray) -> Iterator[IntArray]:
        """Yield the rows in each non-empty cell, axis by axis."""
        spans = (equal_spans(_ranks(values), self.n, self.overlap) for values in lens.T)
        return product_cells(len(lens), spans)


def _ranks(values: FloatArray) -> FloatArray:
    _, place, count = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(count) - (count - 1) / 2
    ranks: FloatArray = middle[place.ravel()]
    return ranks
