"""SphereSurface: features all around a 2-sphere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from featuretopo.checks import at_least
from featuretopo.truth.manifold import Manifold
from featuretopo.truth.points import FloatArray

_GOLDEN_ANGLE = np.pi * (3 - np.sqrt(5))


@dataclass(frozen=True)
class SphereSurface(Manifold):
    """`n` features all around a 2-sphere in three directions of their own: a void, no loop.

    Its coordinates are height (-1 to 1) and longitude. Not to be taken for :class:`Sphere`, the
    uniform directions of all of R^d.

    Parameters
    ----------
    n : int
        Number of features, at least 6.
    spacing, noise, tilt, norms
        As in :class:`Manifold`; "even" is a Fibonacci lattice.

    Raises
    ------
    FeaturetopoError
        If a parameter is out of range.

    Examples
    --------
    >>> from featuretopo.truth import GroundTruth
    >>> GroundTruth([SphereSurface(40)], d=8, rng=0).shapes[0].betti
    (1, 0, 1)
    """

    n: int

    kind: ClassVar[str] = "sphere surface"
    betti: ClassVar[tuple[int, ...]] = (1, 0, 1)

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, n=(self.n, 6))

    @property
    def directions(self) -> int:
        """Those of ordinary space."""
        return 3

    def coordinates(self, rng: np.random.Generator) -> FloatArray:
        """Draw height and longitude, shape (n, 2)."""
        if self.spacing == "random":
            height = rng.uniform(-1, 1, self.n)  # equal bands of height have equal areas
            return np.column_stack([height, rng.uniform(0, 2 * np.pi, self.n)])
        steps = np.arange(self.n)
        longitude = (_GOLDEN_ANGLE * steps + rng.uniform(0, 2 * np.pi)) % (2 * np.pi)
        return np.column_stack([(2 * steps + 1) / self.n - 1, longitude])

    def points(self, coordinates: FloatArray) -> FloatArray:
        """Return unit vectors, shape (n, 3)."""
        height, longitude = coordinates.T
        radius = np.sqrt(1 - height**2)
        return np.column_stack([radius * np.cos(longitude), radius * np.sin(longitude), height])
