"""Simplex: the values of a categorical variable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from featuretopo.checks import at_least
from featuretopo.truth.points import FloatArray, to_unit
from featuretopo.truth.shape import Piece, Shape, no_parents


@dataclass(frozen=True)
class Simplex(Shape):
    """`k` features, any two equally far apart: the corners of a regular simplex.

    Cosines are -1 / (k - 1), so that the features sum to zero: a categorical variable of which one
    value holds. Tilt brings them nearer: cos^2(tilt) (-1 / (k - 1)) + sin^2(tilt). Its coordinate
    is the number of the category.

    Parameters
    ----------
    k : int
        Number of features, at least 2.
    noise, tilt, norms
        As in :class:`Shape`.

    Raises
    ------
    FeaturetopoError
        If a parameter is out of range.

    Examples
    --------
    >>> from featuretopo.truth import GroundTruth
    >>> vectors = GroundTruth([Simplex(3)], d=8, rng=0).dictionary.vectors
    >>> float((vectors @ vectors.T)[0, 1].round(6))
    -0.5
    """

    k: int

    kind: ClassVar[str] = "simplex"

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, k=(self.k, 2))

    @property
    def directions(self) -> int:
        """One for each corner; together they span one less."""
        return self.k

    def place(self, frame: FloatArray, rng: np.random.Generator) -> tuple[Piece, ...]:
        """Place the corners."""
        corners = to_unit(np.eye(self.k) - 1 / self.k)
        return (
            Piece(
                self.kind,
                f"simplex of {self.k}",
                self.finished(corners @ frame[: self.k], frame, rng),
                np.arange(self.k, dtype=float)[:, None],
                (self.k, 0),
                (self.k, 0),
                True,
                no_parents(self.k),
            ),
        )
