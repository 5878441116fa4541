"""FigureEight: two circles of features that touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from featuretopo.checks import at_least
from featuretopo.truth.manifold import Manifold
from featuretopo.truth.points import FloatArray, along_circle

_RADIUS = np.pi / 3  # angular, of each circle: their far ends are 120 degrees from where they touch


@dataclass(frozen=True)
class FigureEight(Manifold):
    """2 x `per_loop` features on two small circles of the sphere that touch in one point.

    Its coordinates are the loop (0 or 1) and the angle on it, 0 where the loops touch.

    Parameters
    ----------
    per_loop : int
        Features on each loop, at least 4.
    spacing, noise, tilt, norms
        As in :class:`Manifold`; evenly spaced, a feature sits half a step on either side of where
        the loops touch.

    Raises
    ------
    FeaturetopoError
        If a parameter is out of range.

    Examples
    --------
    >>> from featuretopo.truth import GroundTruth
    >>> GroundTruth([FigureEight(12)], d=8, rng=0).shapes[0].betti
    (1, 2)
    """

    per_loop: int

    kind: ClassVar[str] = "figure eight"
    betti: ClassVar[tuple[int, ...]] = (1, 2)
    n_curves: ClassVar[int] = 2

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, per_loop=(self.per_loop, 4))

    @property
    def directions(self) -> int:
        """The two circles lie on a common 2-sphere."""
        return 3

    def coordinates(self, rng: np.random.Generator) -> FloatArray:
        """Draw loop and angle, shape (n, 2)."""
        m = self.per_loop
        if self.spacing == "even":
            angle = np.tile(2 * np.pi * (np.arange(m) + 0.5) / m, 2)
        else:
            angle = np.concatenate([along_circle(m, "random", rng) for _ in range(2)])
        return np.column_stack([np.repeat([0.0, 1.0], m), angle])

    def points(self, coordinates: FloatArray) -> FloatArray:
        """Return unit vectors, shape (n, 3)."""
        loop, angle = coordinates.T
        side = 1 - 2 * loop
        cos, sin = np.cos(_RADIUS), np.sin(_RADIUS)
        # centre of each circle, and the direction from it to where they touch
        along, across = np.cos(angle), np.sin(angle)
        return np.column_stack(
            [
                cos * cos + sin * sin * along,
                side * (cos * sin - sin * cos * along),
                sin * across,
            ]
        )
