"""Sphere: uniform directions, the structureless background."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from featuretopo.checks import at_least
from featuretopo.truth.points import FloatArray, to_unit
from featuretopo.truth.shape import Piece, Shape, no_parents


@dataclass(frozen=True)
class Sphere(Shape):
    """`n` directions drawn uniformly from the unit sphere of R^d.

    Far fewer than a sphere in R^d needs to be seen: at the noise floor they are n separate
    points, which is all the topology they are expected to show.

    Parameters
    ----------
    n : int
        Number of features, at least 1.
    noise, tilt, norms
        As in :class:`Shape`; noise leaves uniform directions uniform.

    Raises
    ------
    FeaturetopoError
        If n < 1 or another parameter is out of range.

    Examples
    --------
    >>> from featuretopo.truth import GroundTruth
    >>> GroundTruth([Sphere(20)], d=8, rng=0).dictionary
    Dictionary(20 features, 8 dimensions)
    """

    n: int

    kind: ClassVar[str] = "sphere"

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, n=(self.n, 1))

    @property
    def directions(self) -> int:
        """None of its own: it lies in all of R^d."""
        return 0

    def place(self, frame: FloatArray, rng: np.random.Generator) -> tuple[Piece, ...]:
        """Draw the directions in the d dimensions of `frame`."""
        clean = to_unit(rng.standard_normal((self.n, frame.shape[1])))
        return (
            Piece(
                self.kind,
                "uniform directions",
                self.finished(clean, frame, rng),
                np.full((self.n, 1), np.nan),
                (self.n, 0),
                (self.n, 0),
                False,
                no_parents(self.n),
            ),
        )
