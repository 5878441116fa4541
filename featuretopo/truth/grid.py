"""Grid: features on a flat rectangle beside the origin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from featuretopo.checks import at_least, check_numbers
from featuretopo.errors import FeaturetopoError
from featuretopo.truth.manifold import Manifold
from featuretopo.truth.points import FloatArray, in_rectangle, to_unit


@dataclass(frozen=True)
class Grid(Manifold):
    """rows x columns features on a square at distance 1 from the origin, scaled to unit length.

    Two magnitudes at once; its coordinates are the positions along both.

    Parameters
    ----------
    rows, columns : int
        At least 2 each.
    length : float
        Side of the square, positive.
    spacing, noise, tilt, norms
        As in :class:`Manifold`; at random, rows * columns features lie anywhere on the square.

    Raises
    ------
    FeaturetopoError
        If a parameter is out of range.

    Examples
    --------
    >>> from featuretopo.truth import GroundTruth
    >>> GroundTruth([Grid(4, 5)], d=8, rng=0)
    GroundTruth(20 features in R^8: 1 grid)
    """

    rows: int
    columns: int
    length: float = 2.0

    kind: ClassVar[str] = "grid"
    betti: ClassVar[tuple[int, ...]] = (1, 0, 0)

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, rows=(self.rows, 2), columns=(self.columns, 2))
        check_numbers(self, "length")
        if not 0 < self.length < np.inf:
            raise FeaturetopoError(f"length={self.length} must be positive; 1 to 4 is usual")

    @property
    def directions(self) -> int:
        """The common direction and the two sides."""
        return 3

    def coordinates(self, rng: np.random.Generator) -> FloatArray:
        """Draw the positions, shape (n, 2)."""
        half = self.length / 2
        return in_rectangle(
            np.linspace(-half, half, self.rows),
            np.linspace(-half, half, self.columns),
            self.spacing,
            rng,
        )

    def points(self, coordinates: FloatArray) -> FloatArray:
        """Return unit vectors, shape (n, 3)."""
        return to_unit(np.column_stack([np.ones(len(coordinates)), coordinates]))
