"""Ball: features that fill a solid ball beside the origin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from featuretopo.checks import at_least, check_numbers
from featuretopo.errors import FeaturetopoError
from featuretopo.truth.points import FloatArray, to_unit
from featuretopo.truth.shape import Piece, Shape, no_parents


@dataclass(frozen=True)
class Ball(Shape):
    """`n` features uniform in a solid ball around a point at distance 1, scaled to unit length.

    A blob with an edge, of any inner dimension. Its coordinates are the positions in the ball.

    Parameters
    ----------
    n : int
        Number of features, at least 1.
    dimension : int
        Of the ball, at least 1.
    radius : float
        Of the ball, positive.
    noise, tilt, norms
        As in :class:`Shape`.

    Raises
    ------
    FeaturetopoError
        If a parameter is out of range.

    Examples
    --------
    >>> from featuretopo.truth import GroundTruth
    >>> GroundTruth([Ball(20)], d=8, rng=0)
    GroundTruth(20 features in R^8: 1 ball)
    """

    n: int
    dimension: int = 3
    radius: float = 0.6

    kind: ClassVar[str] = "ball"

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, n=(self.n, 1), dimension=(self.dimension, 1))
        check_numbers(self, "radius")
        if not 0 < self.radius < np.inf:
            raise FeaturetopoError(f"radius={self.radius} must be positive; 0.3 to 1 is usual")

    @property
    def directions(self) -> int:
        """The common direction and those of the ball."""
        return self.dimension + 1

    def place(self, frame: FloatArray, rng: np.random.Generator) -> tuple[Piece, ...]:
        """Fill the ball."""
        direction = to_unit(rng.standard_normal((self.n, self.dimension)))
        inside = direction * rng.random((self.n, 1)) ** (1 / self.dimension) * self.radius
        points = to_unit(np.column_stack([np.ones(self.n), inside]))
        vectors = self.finished(points @ frame[: self.directions], frame, rng)
        return (
            Piece(
                self.kind,
                f"ball of {self.n}",
                vectors,
                inside,
                (1, 0),
                (1, 0),
                True,
                no_parents(self.n),
            ),
        )
