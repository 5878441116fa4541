"""Balls: what lies within a radius of each of a few features."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from featuretopo.checks import check_numbers
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.cover import FloatArray, IntArray

_BLOCK = 256


@dataclass(frozen=True)
class Balls:
    """Balls of one radius around features, each of them further than it from the centres before.

    Centres are taken in the order of the rows. With ``lens=Directions()`` and
    ``clusterer=Whole()`` this is Ball Mapper of the features themselves, and `radius` a chord
    distance; with another lens the balls are of its values.

    Source: Dlotko 2019, Ball mapper: a shape summary for topological data analysis.

    Parameters
    ----------
    radius : float
        Euclidean, in units of the lens; positive.

    Raises
    ------
    FeaturetopoError
        If the radius is not positive.

    Examples
    --------
    >>> lens = np.array([[0.0], [1.0], [2.0], [3.5]])
    >>> [cell.tolist() for cell in Balls(1.5).cells(lens)]
    [[0, 1], [1, 2, 3]]
    """

    radius: float

    finer: ClassVar[str] = "a smaller radius"

    def __post_init__(self) -> None:
        check_numbers(self, "radius")
        if not 0 < self.radius < np.inf:
            raise FeaturetopoError(
                f"radius={self.radius} must be positive and finite; 1 is usual for directions"
            )

    def cells(self, lens: FloatArray) -> Iterator[IntArray]:
        """Yield the rows in each ball, in the order of their centres."""
        rows = np.asarray(lens, np.float64)
        rows = rows - rows.mean(axis=0)
        covered = np.zeros(len(rows), bool)
        for start in range(0, len(rows), _BLOCK):
            free = start + np.flatnonzero(~covered[start : start + _BLOCK])
            near = self._near(rows[free], rows[free])
            chosen: list[int] = []
            for place in range(len(free)):
                if not near[place, chosen].any():
                    chosen.append(place)
            inside = self._near(rows[free[chosen]], rows)  # (chosen, n_features)
            inside[np.arange(len(chosen)), free[chosen]] = True  # whatever rounding says
            covered |= inside.any(axis=0)
            yield from map(np.flatnonzero, inside)

    def _near(self, a: FloatArray, b: FloatArray) -> npt.NDArray[np.bool_]:
        squared = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
        near: npt.NDArray[np.bool_] = squared <= self.radius * self.radius * (1 + 1e-9)
        return near
