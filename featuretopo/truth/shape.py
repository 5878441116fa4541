"""Shape: a sampler of features with its truth. One shape gives one or more pieces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One connected part of a shape, placed in R^d.

    Attributes
    ----------
    kind : str
        ``"blob"``, ``"circle"`` or ``"sphere"``.
    vectors : ndarray, shape (n, d)
        Unit vectors, one feature a row.
    coordinates : ndarray, shape (n, k)
        Intrinsic position of each feature.
    betti : tuple of int
        Betti numbers over Z/2 of what the features are sampled from.
    joint : bool
        Whether the features belong together: they fire by the model's co-occurrence rule. The
        features of a sphere do not; each fires on its own.
    """

    kind: str
    vectors: FloatArray
    coordinates: FloatArray
    betti: tuple[int, ...]
    joint: bool


class Shape(Protocol):
    """What every shape can do."""

    @property
    def frame_size(self) -> int:
        """How many orthonormal directions the shape wants to itself."""
        ...

    def place(self, frame: FloatArray, rng: np.random.Generator) -> tuple[Piece, ...]:
        """Sample the shape in R^d, given its orthonormal `frame` of shape (frame_size, d)."""
        ...


def to_unit(rows: FloatArray) -> FloatArray:
    """Scale rows to length 1."""
    unit: FloatArray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit
