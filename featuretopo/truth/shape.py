"""Shape: a sampler of features with its truth. One shape gives one or more pieces."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np

from featuretopo.checks import check_numbers
from featuretopo.errors import FeaturetopoError
from featuretopo.truth.norms import Norms, UnitNorms
from featuretopo.truth.points import FloatArray, IntArray, to_unit


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """One part of a shape, placed in R^d.

    Attributes
    ----------
    kind, name : str
        E.g. ``"circle"``, ``"circle of 12"``.
    vectors : ndarray, shape (n, d)
        One feature a row.
    coordinates : ndarray, shape (n, k)
        Intrinsic position of each feature, NaN where there is none.
    betti, betti3 : tuple of int
        Betti numbers over Z/2 and over Z/3 of what the features are sampled from; empty where
        nobody knows.
    joint : bool
        Whether the features belong together: they fire by the model's rule of co-occurrence. The
        features of a sphere do not; each fires on its own.
    parents : ndarray of int, shape (n,)
        Row of each feature's parent within the piece, -1 for none.
    n_curves : int
        Closed curves that the features stand along: in order, equally many on each.
    names : tuple of str, optional
        The features' own.
    """

    kind: str
    name: str
    vectors: FloatArray
    coordinates: FloatArray
    betti: tuple[int, ...]
    betti3: tuple[int, ...]
    joint: bool
    parents: IntArray
    n_curves: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Shape(ABC):
    """What all shapes have in common.

    Clean points lie on the unit sphere of the shape's own directions. What happens to them, in
    this order: noise is added; the shape is tilted towards one more direction of its own, x to
    cos(tilt) x + sin(tilt) axis; rows are scaled to the lengths that `norms` gives.

    Parameters
    ----------
    noise : float
        Root-mean-square length of a Gaussian displacement in all of R^d, relative to the clean
        points' length 1.
    tilt : float
        Angle in radians, in [0, pi/2), by which every feature leans to a common direction: how far
        the shape stands off the origin.
    norms : Norms
        Lengths of the vectors.

    Raises
    ------
    FeaturetopoError
        If one of them is out of range.
    """

    noise: float = 0.0
    tilt: float = 0.0
    norms: Norms = field(default_factory=UnitNorms)

    def __post_init__(self) -> None:
        check_numbers(self, "noise", "tilt")
        if not 0 <= self.noise < np.inf:
            raise FeaturetopoError(f"noise={self.noise} must be >= 0; 0.05 to 0.2 is usual")
        if not 0 <= self.tilt < np.pi / 2:
            raise FeaturetopoError(
                f"tilt={self.tilt} must lie in [0, pi/2): it is an angle in radians"
            )
        if not callable(getattr(self.norms, "draw", None)):
            raise FeaturetopoError(
                f"norms={self.norms!r} must be a distribution of lengths: UnitNorms(), "
                "UniformNorms(0.5, 1.5) or LogNormalNorms(0.3)"
            )

    @property
    @abstractmethod
    def directions(self) -> int:
        """How many orthonormal directions the clean points span."""

    @property
    def frame_size(self) -> int:
        """How many orthonormal directions the shape wants to itself."""
        return self.directions + (self.tilt > 0)

    @abstractmethod
    def place(self, frame: FloatArray, rng: np.random.Generator) -> tuple[Piece, ...]:
        """Sample the shape in R^d, given its orthonormal `frame` of shape (frame_size, d)."""

    def finished(
        self, clean: FloatArray, frame: FloatArray, rng: np.random.Generator
    ) -> FloatArray:
        """Add noise, tilt and lengths to clean unit vectors in R^d, shape (n, d)."""
        vectors = clean
        if self.noise:
            n, d = vectors.shape
            vectors = to_unit(vectors + rng.standard_normal((n, d)) * (self.noise / np.sqrt(d)))
        if self.tilt:
            vectors = to_unit(np.cos(self.tilt) * vectors + np.sin(self.tilt) * frame[-1])
        if not isinstance(self.norms, UnitNorms):
            vectors = vectors * self.norms.draw(len(vectors), rng)[:, None]
        return vectors


def check_shape(name: str, value: object) -> None:
    """Refuse what is no shape."""
    if not isinstance(value, Shape):
        raise FeaturetopoError(f"{name}={value!r} must be a shape, e.g. Circle(12)")


def no_parents(n: int) -> IntArray:
    """Parents of `n` features that have none."""
    return np.full(n, -1)
