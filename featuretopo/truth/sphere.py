"""Sphere: uniform directions, the structureless background."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featuretopo.errors import FeaturetopoError
from featuretopo.truth.shape import FloatArray, Piece, to_unit


@dataclass(frozen=True)
class Sphere:
    """`n` directions drawn uniformly from the unit sphere of R^d.

    Far fewer than a sphere in R^d needs to be seen: at the noise floor they are n separate
    points, which is all the topology they are expected to show.

    Parameters
    ----------
    n : int
        Number of features, at least 1.

    Raises
    ------
    FeaturetopoError
        If n < 1.

    Examples
    --------
    >>> from featuretopo.truth import GroundTruth
    >>> GroundTruth([Sphere(20)], d=8, rng=0).dictionary
    Dictionary(20 features, 8 dimensions)
    """

    n: int

    def __post_init__(self) -> None:
        if self.n < 1:
            raise FeaturetopoError(f"Sphere({self.n}): needs at least 1 feature")

    @property
    def frame_size(self) -> int:
        """None: it lies in all of R^d."""
        return 0

    def place(self, frame: FloatArray, rng: np.random.Generator) -> tuple[Piece, ...]:
        """Draw the directions in the d dimensions of `frame`, shape (0, d)."""
        vectors = to_unit(rng.standard_normal((self.n, frame.shape[1])))
        return (Piece("sphere", vectors, np.full((self.n, 1), np.nan), (self.n, 0), False),)
