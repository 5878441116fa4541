"""KleinBottle: the closed surface on which homology hangs on the field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from featuretopo.checks import at_least
from featuretopo.truth.manifold import Manifold
from featuretopo.truth.points import FloatArray, in_rectangle, to_unit

_RADIUS, _TUBE, _HEIGHT = 1.0, 0.5, 0.5


@dataclass(frozen=True)
class KleinBottle(Manifold):
    """n_around x n_tube features on a Klein bottle, embedded in R^4 and lifted off the origin.

    Its coordinates are the angle t around and the angle s on the tube, which comes back mirrored:
    (t + 2 pi, s) is (t, -s). In R^4 it is (r cos t, r sin t, sin s cos t/2 / 2, sin s sin t/2 / 2)
    with r = 1 + cos s / 2; a fifth coordinate of 1/2 makes every point a direction of its own.
    Over Z/2 its Betti numbers are 1, 2, 1; over Z/3 they are 1, 1, 0.

    Parameters
    ----------
    n_around, n_tube : int
        Features around (at least 6) and on the tube (at least 4).
    spacing, noise, tilt, norms
        As in :class:`Manifold`; at random, n_around * n_tube features lie anywhere on it.

    Raises
    ------
    FeaturetopoError
        If a parameter is out of range.

    Examples
    --------
    >>> from featuretopo.truth import GroundTruth
    >>> shape = GroundTruth([KleinBottle(20, 10)], d=8, rng=0).shapes[0]
    >>> shape.betti, shape.betti3
    ((1, 2, 1), (1, 1, 0))
    """

    n_around: int
    n_tube: int

    kind: ClassVar[str] = "klein bottle"
    betti: ClassVar[tuple[int, ...]] = (1, 2, 1)
    betti3: ClassVar[tuple[int, ...] | None] = (1, 1, 0)

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, n_around=(self.n_around, 6), n_tube=(self.n_tube, 4))

    @property
    def directions(self) -> int:
        """Four of the embedding and one off the origin."""
        return 5

    def coordinates(self, rng: np.random.Generator) -> FloatArray:
        """Draw both angles, shape (n, 2)."""
        if self.spacing == "random":
            return rng.uniform(0, 2 * np.pi, (self.n_around * self.n_tube, 2))
        around = 2 * np.pi * np.arange(self.n_around) / self.n_around
        tube = 2 * np.pi * np.arange(self.n_tube) / self.n_tube
        return in_rectangle(around, tube, "even", rng)

    def points(self, coordinates: FloatArray) -> FloatArray:
        """Return unit vectors, shape (n, 5)."""
        t, s = coordinates.T
        out, up = _RADIUS + _TUBE * np.cos(s), _TUBE * np.sin(s)
        return to_unit(
            np.column_stack(
                [
                    out * np.cos(t),
                    out * np.sin(t),
                    up * np.cos(t / 2),
                    up * np.sin(t / 2),
                    np.full(len(t), _HEIGHT),
                ]
            )
        )
