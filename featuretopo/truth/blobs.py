"""Blobs: groups of features around a common direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from featuretopo.checks import at_least, check_numbers, check_truth
from featuretopo.errors import FeaturetopoError
from featuretopo.truth.points import FloatArray, to_unit
from featuretopo.truth.shape import Piece, Shape, no_parents


@dataclass(frozen=True)
class Blobs(Shape):
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
    separation : float
        Chord distance between any two centres, in (0, sqrt 2]; sqrt 2 is at right angles.
    centred : bool
        Subtract the mean of all blobs' features before they are scaled to unit length.
    noise, tilt, norms
        As in :class:`Shape`.

    Raises
    ------
    FeaturetopoError
        If a count is below 1 or another parameter is out of range.

    Examples
    --------
    >>> from featuretopo.truth import GroundTruth
    >>> GroundTruth([Blobs(3, 5)], d=32, rng=0).dictionary
    Dictionary(15 features, 32 dimensions)
    """

    n_blobs: int
    per_blob: int
    spread: float = 0.6
    separation: float = float(np.sqrt(2))
    centred: bool = False

    kind: ClassVar[str] = "blob"

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, n_blobs=(self.n_blobs, 1), per_blob=(self.per_blob, 1))
        check_numbers(self, "spread", "separation")
        check_truth("centred", self.centred)
        if not 0 < self.spread < np.inf:
            raise FeaturetopoError(f"spread={self.spread} must be positive; 0.3 to 1 is usual")
        if not 0 < self.separation <= np.sqrt(2) + 1e-12:
            raise FeaturetopoError(
                f"separation={self.separation} must lie in (0, sqrt 2]: a chord distance, "
                "sqrt 2 for centres at right angles"
            )
        if self.centred and self.n_blobs < 2:
            raise FeaturetopoError("one blob has nothing to be centred against; use two or more")

    @property
    def _together(self) -> float:
        """Cosine between two centres."""
        return max(0.0, 1 - self.separation**2 / 2)

    @property
    def directions(self) -> int:
        """One for each centre, and one that centres nearer than at right angles share."""
        return self.n_blobs + (self._together > 1e-12)

    def place(self, frame: FloatArray, rng: np.random.Generator) -> tuple[Piece, ...]:
        """Sample every blob around its own centre."""
        d = frame.shape[1]
        centres = frame[: self.n_blobs]
        if self.directions > self.n_blobs:
            shared = frame[self.n_blobs]
            centres = np.sqrt(1 - self._together) * centres + np.sqrt(self._together) * shared
        blobs = [
            centre + rng.standard_normal((self.per_blob, d)) * self.spread / np.sqrt(d)
            for centre in centres
        ]
        if self.centred:
            middle = np.mean(blobs, axis=(0, 1))
            blobs = [blob - middle for blob in blobs]
        # the position within a blob is the displacement itself: no lower-dimensional chart
        nowhere = np.full((self.per_blob, 1), np.nan)
        return tuple(
            Piece(
                self.kind,
                "blob",
                self.finished(to_unit(blob), frame, rng),
                nowhere,
                (1, 0),
                (1, 0),
                True,
                no_parents(self.per_blob),
            )
            for blob in blobs
        )
