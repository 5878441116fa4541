"""Segment: features on a straight line beside the origin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from featuretopo.checks import at_least, check_numbers
from featuretopo.errors import FeaturetopoError
from featuretopo.truth.manifold import Manifold
from featuretopo.truth.points import FloatArray, along_segment, to_unit


@dataclass(frozen=True)
class Segment(Manifold):
    """`n` features on a straight segment at distance 1 from the origin, scaled to unit length.

    One direction is common to all, and a magnitude is added along another: 'how much' features.
    Its coordinate is the position along the segment.

    Parameters
    ----------
    n : int
        Number of features, at least 2.
    length : float
        Length of the segment, positive. The ends of one of length 2 are at right angles.
    spacing, noise, tilt, norms
        As in :class:`Manifold`.

    Raises
    ------
    FeaturetopoError
        If a parameter is out of range.

    Examples
    --------
    >>> from featuretopo.truth import GroundTruth
    >>> vectors = GroundTruth([Segment(5)], d=8, rng=0).dictionary.vectors
    >>> abs(float(vectors[0] @ vectors[-1])) < 1e-6
    True
    """

    n: int
    length: float = 2.0

    kind: ClassVar[str] = "segment"
    betti: ClassVar[tuple[int, ...]] = (1, 0)

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, n=(self.n, 2))
        check_numbers(self, "length")
        if not 0 < self.length < np.inf:
            raise FeaturetopoError(f"length={self.length} must be positive; 1 to 4 is usual")

    @property
    def directions(self) -> int:
        """The common direction and the one along the segment."""
        return 2

    def coordinates(self, rng: np.random.Generator) -> FloatArray:
        """Draw the positions, shape (n, 1)."""
        return along_segment(self.n, self.spacing, rng)[:, None] * (self.length / 2)

    def points(self, coordinates: FloatArray) -> FloatArray:
        """Return unit vectors, shape (n, 2)."""
        return to_unit(np.column_stack([np.ones(len(coordinates)), coordinates]))
