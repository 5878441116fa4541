"""Cover: overlapping cells over the range of a lens."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
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
        """Yield the rows in each non-empty cell."""
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
        if self.n < 1:
            raise FeaturetopoError(f"n={self.n} must be at least 1; 5 to 20 is usual")
        if not 0 < self.overlap < 1:
            raise FeaturetopoError(
                f"overlap={self.overlap} must lie in (0, 1); 0.2 to 0.5 is usual"
            )

    def cells(self, lens: FloatArray) -> Iterator[IntArray]:
        """Yield the rows in each non-empty cell, axis by axis."""
        axes = [self._members(values) for values in lens.T]  # each (n_features, n)
        for corner in itertools.product(range(self.n), repeat=len(axes)):
            inside = np.logical_and.reduce(
                [member[:, i] for member, i in zip(axes, corner, strict=True)]
            )
            if inside.any():
                yield np.flatnonzero(inside)

    def _members(self, values: FloatArray) -> npt.NDArray[np.bool_]:
        low, high = float(values.min()), float(values.max())
        if low == high:  # one interval holds all there is
            only_first: npt.NDArray[np.bool_] = np.zeros((len(values), self.n), bool)
            only_first[:, 0] = True
            return only_first
        width = (high - low) / (self.n - (self.n - 1) * self.overlap)
        starts = low + width * (1 - self.overlap) * np.arange(self.n)
        slack = 1e-9 * max(width, 1e-300)  # the largest value belongs to the last interval
        above = values[:, None] >= starts - slack
        below = values[:, None] <= starts + width + slack
        inside: npt.NDArray[np.bool_] = above & below
        return inside
