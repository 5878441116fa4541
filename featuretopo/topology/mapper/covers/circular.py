"""Circular: overlapping arcs around a circle."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.cover import FloatArray, IntArray, check_intervals, product_cells

_TURN = 2 * np.pi


@dataclass(frozen=True)
class Circular:
    """`n` arcs of equal length around the circle, for a lens of angles; the last meets the first.

    Of a lens with several axes, each is a circle.

    Parameters
    ----------
    n : int
        Arcs, at least 3.
    overlap : float
        Share of an arc that it has in common with the next, in (0, 1), and so small that no two
        arcs meet at both ends: else the loop of the circle itself would be filled.

    Raises
    ------
    FeaturetopoError
        If an argument is out of range, or the lens holds what is no angle in [0, 2 pi).

    Examples
    --------
    >>> angles = np.array([[0.1], [1.6], [3.2], [4.8], [6.2]])
    >>> [cell.tolist() for cell in Circular(3, overlap=0.4).cells(angles)]
    [[0, 1, 2], [2, 3], [0, 3, 4]]
    """

    n: int = 10
    overlap: float = 0.3

    def __post_init__(self) -> None:
        check_intervals(self.n, self.overlap)
        if (1 - self.overlap) * -(-self.n // 2) <= 1:
            raise FeaturetopoError(
                f"{self!r}: arcs meet at both ends, and the loop of the circle is filled; use "
                "more arcs or less overlap"
            )

    def cells(self, lens: FloatArray) -> Iterator[IntArray]:
        """Yield the rows in each non-empty arc, or product of arcs."""
        outside = (lens < 0) | (lens >= _TURN)
        if outside.any():
            raise FeaturetopoError(
                f"lens value {lens[outside][0]:.4g} is no angle in [0, 2 pi): take it modulo "
                "2 pi, or use Cubes for what is no angle"
            )
        return product_cells(len(lens), (self._spans(axis) for axis in lens.T), turn=self.n)

    def _spans(self, values: FloatArray) -> tuple[IntArray, IntArray]:
        step = _TURN / self.n
        width = step / (1 - self.overlap)
        slack = 1e-9 * width
        first = np.ceil((values - width - slack) / step).astype(np.int64)
        last = np.floor((values + slack) / step).astype(np.int64)
        return first, last - first + 1
