"""Circle: features on a great circle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from featuretopo.checks import at_least
from featuretopo.truth.manifold import Manifold
from featuretopo.truth.points import FloatArray, along_circle


@dataclass(frozen=True)
class Circle(Manifold):
    """`n` features on a great circle of a plane of their own.

    Evenly spaced, without noise and tilt, its loop on chord is born at 2 sin(pi / n) and dies at
    2 sin(pi ceil(n / 3) / n). Its coordinate is the angle.

    Parameters
    ----------
    n : int
        Number of features, at least 4 (three never make a loop in a Rips filtration).
    spacing, noise, tilt, norms
        As in :class:`Manifold`.

    Raises
    ------
    FeaturetopoError
        If n < 4 or another parameter is out of range.

    Examples
    --------
    >>> from featuretopo.truth import GroundTruth
    >>> truth = GroundTruth([Circle(12)], d=8, rng=0)
    >>> round(truth.shapes[0].loop_birth, 6)
    0.517638
    """

    n: int

    kind: ClassVar[str] = "circle"
    betti: ClassVar[tuple[int, ...]] = (1, 1)
    n_curves: ClassVar[int] = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, n=(self.n, 4))

    @property
    def directions(self) -> int:
        """The two axes of its plane."""
        return 2

    def coordinates(self, rng: np.random.Generator) -> FloatArray:
        """Draw the angles, shape (n, 1)."""
        return along_circle(self.n, self.spacing, rng)[:, None]

    def points(self, coordinates: FloatArray) -> FloatArray:
        """Return cosine and sine, shape (n, 2)."""
        return np.column_stack([np.cos(coordinates), np.sin(coordinates)])
