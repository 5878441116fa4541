"""Moebius: a band of features with a twist."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from featuretopo.checks import at_least, check_numbers
from featuretopo.errors import FeaturetopoError
from featuretopo.truth.manifold import Manifold
from featuretopo.truth.points import FloatArray, in_rectangle


@dataclass(frozen=True)
class Moebius(Manifold):
    """n_around x n_across features on a Moebius band in a 3-sphere.

    Its coordinates are the angle t around the band and the position s across it, an angle as well:
    (cos s cos t, cos s sin t, sin s cos t/2, sin s sin t/2). (t + 2 pi, s) is (t, -s).

    Parameters
    ----------
    n_around, n_across : int
        Features around the band (at least 6) and across it (at least 2).
    width : float
        Of the band, in radians, in (0, pi).
    spacing, noise, tilt, norms
        As in :class:`Manifold`; at random, n_around * n_across features lie anywhere on it.

    Raises
    ------
    FeaturetopoError
        If a parameter is out of range.

    Examples
    --------
    >>> from featuretopo.truth import GroundTruth
    >>> GroundTruth([Moebius(16, 3)], d=8, rng=0).shapes[0].betti
    (1, 1, 0)
    """

    n_around: int
    n_across: int
    width: float = 1.0

    kind: ClassVar[str] = "moebius"
    betti: ClassVar[tuple[int, ...]] = (1, 1, 0)

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, n_around=(self.n_around, 6), n_across=(self.n_across, 2))
        check_numbers(self, "width")
        if not 0 < self.width < np.pi:
            raise FeaturetopoError(f"width={self.width} must lie in (0, pi): radians")

    @property
    def directions(self) -> int:
        """Those of the 3-sphere."""
        return 4

    def coordinates(self, rng: np.random.Generator) -> FloatArray:
        """Draw both angles, shape (n, 2)."""
        half = self.width / 2
        around = 2 * np.pi * np.arange(self.n_around) / self.n_around
        across = np.linspace(-half, half, self.n_across)
        if self.spacing == "even":
            return in_rectangle(around, across, "even", rng)
        n = self.n_around * self.n_across
        return np.column_stack([rng.uniform(0, 2 * np.pi, n), rng.uniform(-half, half, n)])

    def points(self, coordinates: FloatArray) -> FloatArray:
        """Return unit vectors, shape (n, 4)."""
        t, s = coordinates.T
        return np.column_stack(
            [
                np.cos(s) * np.cos(t),
                np.cos(s) * np.sin(t),
                np.sin(s) * np.cos(t / 2),
                np.sin(s) * np.sin(t / 2),
            ]
        )
