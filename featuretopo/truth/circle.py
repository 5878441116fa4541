"""Circle: evenly spaced features on a great circle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featuretopo.errors import FeaturetopoError
from featuretopo.truth.shape import FloatArray, Piece


@dataclass(frozen=True)
class Circle:
    """`n` features evenly spaced on a great circle of a plane of their own.

    On chord its loop is born at 2 sin(pi / n) and dies at 2 sin(pi ceil(n / 3) / n).

    Parameters
    ----------
    n : int
        Number of features, at least 4 (three never make a loop in a Rips filtration).

    Raises
    ------
    FeaturetopoError
        If n < 4.

    Examples
    --------
    >>> from featuretopo.truth import GroundTruth
    >>> truth = GroundTruth([Circle(12)], d=8, rng=0)
    >>> round(truth.shapes[0].loop_birth, 6)
    0.517638
    """

    n: int

    def __post_init__(self) -> None:
        if self.n < 4:
            raise FeaturetopoError(f"Circle({self.n}): needs at least 4 features to hold a loop")

    @property
    def frame_size(self) -> int:
        """The two axes of its plane."""
        return 2

    def place(self, frame: FloatArray, rng: np.random.Generator) -> tuple[Piece, ...]:
        """Place the features in the plane of `frame`, shape (2, d), from a random start."""
        angle = (2 * np.pi * np.arange(self.n) / self.n + rng.uniform(0, 2 * np.pi)) % (2 * np.pi)
        vectors = np.column_stack([np.cos(angle), np.sin(angle)]) @ frame  # (n, d)
        return (Piece("circle", vectors, angle[:, None], (1, 1), True),)
