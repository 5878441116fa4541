"""Manifold: what curves and surfaces have in common, a clean position for every coordinate."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from featuretopo.truth.points import FloatArray, Spacing, check_spacing
from featuretopo.truth.shape import Piece, Shape, no_parents


@dataclass(frozen=True, kw_only=True)
class Manifold(Shape):
    """A curve or surface of features.

    Parameters
    ----------
    spacing : {"even", "random"}
        Evenly along the coordinates, or uniform at random.
    noise, tilt, norms
        As in :class:`Shape`.
    """

    spacing: Spacing = "even"

    #: What every sample of the shape is, whatever its parameters.
    kind: ClassVar[str]
    betti: ClassVar[tuple[int, ...]]
    betti3: ClassVar[tuple[int, ...] | None] = None
    n_curves: ClassVar[int] = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_spacing(self.spacing)

    @abstractmethod
    def coordinates(self, rng: np.random.Generator) -> FloatArray:
        """Draw intrinsic positions, shape (n, k)."""

    @abstractmethod
    def points(self, coordinates: FloatArray) -> FloatArray:
        """Return the unit vectors at these positions, shape (n, directions)."""

    def place(self, frame: FloatArray, rng: np.random.Generator) -> tuple[Piece, ...]:
        """Sample the shape in the directions of `frame`."""
        coordinates = self.coordinates(rng)
        clean = self.points(coordinates) @ frame[: self.directions]  # (n, d)
        n = len(clean)
        return (
            Piece(
                kind=self.kind,
                name=f"{self.kind} of {n}",
                vectors=self.finished(clean, frame, rng),
                coordinates=coordinates,
                betti=self.betti,
                betti3=self.betti3 or self.betti,
                joint=True,
                parents=no_parents(n),
                n_curves=self.n_curves,
            ),
        )
