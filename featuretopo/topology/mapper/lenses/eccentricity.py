"""Eccentricity: how far each feature is from all others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featuretopo.checks import check_numbers
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.lens import FloatArray

_BLOCK = 512


@dataclass(frozen=True)
class Eccentricity:
    """Mean chord distance to all features, as a p-mean; the largest one for p = inf.

    Small in the middle, large at the ends of arms.

    Source: Singh, Memoli and Carlsson 2007, section 4.2.

    Parameters
    ----------
    p : float
        At least 1.

    Raises
    ------
    FeaturetopoError
        If p < 1.

    Examples
    --------
    >>> x = Dictionary([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    >>> Eccentricity(np.inf).values(x).round(3).tolist()
    [[2.0], [1.414], [2.0]]
    """

    p: float = 2

    def __post_init__(self) -> None:
        check_numbers(self, "p")
        if not self.p >= 1:
            raise FeaturetopoError(f"p={self.p} must be at least 1; 1, 2 and inf are usual")

    def values(self, x: Dictionary) -> FloatArray:
        """Return the eccentricities, shape (n_features, 1)."""
        found = np.empty((len(x), 1))
        for start in range(0, len(x), _BLOCK):
            squared = 2 - 2 * x.unit[start : start + _BLOCK] @ x.unit.T  # (block, n)
            place = np.arange(len(squared))
            squared[place, start + place] = 0  # exactly: rounding is far larger once it is a root
            np.maximum(squared, 0, out=squared)
            block = found[start : start + _BLOCK, 0]
            if self.p == np.inf:
                block[:] = np.sqrt(squared.max(axis=1))
            else:
                # as shares of the largest, which do not overflow
                largest = squared.max(axis=1).astype(np.float64)
                shares = squared / np.where(largest > 0, largest, 1)[:, None]
                mean = np.mean(shares ** (self.p / 2), axis=1)
                block[:] = np.sqrt(largest) * mean ** (1 / self.p)
        return found
