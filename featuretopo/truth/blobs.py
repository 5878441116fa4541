"""Blobs: groups of features around a common direction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featuretopo.errors import FeaturetopoError
from featuretopo.truth.shape import FloatArray, Piece, to_unit


@dataclass(frozen=True)
class Blobs:
    """A Gaussian mixture over features: each blob's *features* (rows) lie around one direction.

    Parameters
    ----------
    n_blobs : int
        Number of blobs, each its own piece.
    per_blob : int
        Features in each.
    spread : float
        Length of the Gaussian displacement relative to the centre's length 1. Two features of
        one blob have cosine near 1 / (1 + spread^2).

    Raises
    ------
    FeaturetopoError
        If a count is below 1 or the spread is not positive.

    Examples
    --------
    >>> from featuretopo.truth import GroundTruth
    >>> GroundTruth([Blobs(3, 5)], d=32, rng=0).dictionary
    Dictionary(15 features, 32 dimensions)
    """

    n_blobs: int
    per_blob: int
    spread: float = 0.6

    def __post_init__(self) -> None:
        if self.n_blobs < 1 or self.per_blob < 1:
            raise FeaturetopoError(
                f"Blobs({self.n_blobs}, {self.per_blob}): both counts must be at least 1"
            )
        if not 0 < self.spread < np.inf:
            raise FeaturetopoError(f"spread={self.spread} must be positive; 0.3 to 1 is usual")

    @property
    def frame_size(self) -> int:
        """One direction for each centre."""
        return self.n_blobs

    def place(self, frame: FloatArray, rng: np.random.Generator) -> tuple[Piece, ...]:
        """Sample every blob around its row of `frame`, shape (n_blobs, d)."""
        d = frame.shape[1]
        pieces = []
        for centre in frame:
            offset = rng.standard_normal((self.per_blob, d)) * self.spread / np.sqrt(d)
            vectors = to_unit(centre + offset)  # (per_blob, d)
            # the position within a blob is the displacement itself: no lower-dimensional chart
            pieces.append(Piece("blob", vectors, np.full((self.per_blob, 1), np.nan), (1, 0), True))
        return tuple(pieces)
