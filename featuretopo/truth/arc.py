"""Arc: features on part of a great circle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from featuretopo.checks import at_least, check_numbers
from featuretopo.errors import FeaturetopoError
from featuretopo.truth.manifold import Manifold
from featuretopo.truth.points import FloatArray, along_segment


@dataclass(frozen=True)
class Arc(Manifold):
    """`n` features on an arc: a line of features that bends, open at both ends.

    Its coordinate is the angle from the middle of the arc.

    Parameters
    ----------
    n : int
        Number of features, at least 2.
    angle : float
        Length of the arc in radians, in (0, 2 pi).
    spacing, noise, tilt, norms
        As in :class:`Manifold`.

    Raises
    ------
    FeaturetopoError
        If a parameter is out of range.

    Examples
    --------
    >>> from featuretopo.truth import GroundTruth
    >>> GroundTruth([Arc(9)], d=8, rng=0).shapes[0].betti
    (1, 0)
    """

    n: int
    angle: float = np.pi / 2

    kind: ClassVar[str] = "arc"
    betti: ClassVar[tuple[int, ...]] = (1, 0)

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, n=(self.n, 2))
        check_numbers(self, "angle")
        if not 0 < self.angle < 2 * np.pi:
            raise FeaturetopoError(
                f"angle={self.angle} must lie in (0, 2 pi): radians; a full turn is a Circle"
            )

    @property
    def directions(self) -> int:
        """The two axes of its plane."""
        return 2

    def coordinates(self, rng: np.random.Generator) -> FloatArray:
        """Draw the angles, shape (n, 1)."""
        return along_segment(self.n, self.spacing, rng)[:, None] * (self.angle / 2)

    def points(self, coordinates: FloatArray) -> FloatArray:
        """Return cosine and sine, shape (n, 2)."""
        return np.column_stack([np.cos(coordinates), np.sin(coordinates)])
