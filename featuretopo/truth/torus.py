"""Torus: features with two angles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from featuretopo.checks import at_least
from featuretopo.truth.manifold import Manifold
from featuretopo.truth.points import FloatArray, along_circle, in_rectangle


@dataclass(frozen=True)
class Torus(Manifold):
    """n_first x n_second features on the flat (Clifford) torus of a 3-sphere.

    Its coordinates are the two angles.

    Parameters
    ----------
    n_first, n_second : int
        Features around each of the two circles, at least 4.
    spacing, noise, tilt, norms
        As in :class:`Manifold`; at random, n_first * n_second features lie anywhere on it.

    Raises
    ------
    FeaturetopoError
        If a parameter is out of range.

    Examples
    --------
    >>> from featuretopo.truth import GroundTruth
    >>> GroundTruth([Torus(8, 8)], d=8, rng=0).shapes[0].betti
    (1, 2, 1)
    """

    n_first: int
    n_second: int

    kind: ClassVar[str] = "torus"
    betti: ClassVar[tuple[int, ...]] = (1, 2, 1)

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, n_first=(self.n_first, 4), n_second=(self.n_second, 4))

    @property
    def directions(self) -> int:
        """A plane for each circle."""
        return 4

    def coordinates(self, rng: np.random.Generator) -> FloatArray:
        """Draw the angles, shape (n, 2)."""
        n = self.n_first * self.n_second
        if self.spacing == "random":
            return rng.uniform(0, 2 * np.pi, (n, 2))
        first = along_circle(self.n_first, "even", rng)
        return in_rectangle(first, along_circle(self.n_second, "even", rng), "even", rng)

    def points(self, coordinates: FloatArray) -> FloatArray:
        """Return unit vectors, shape (n, 4)."""
        a, b = coordinates.T
        around = np.column_stack([np.cos(a), np.sin(a), np.cos(b), np.sin(b)])
        around *= np.sqrt(0.5)
        return around
