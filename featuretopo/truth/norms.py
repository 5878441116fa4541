"""Norms: how long the feature vectors of a shape are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from featuretopo.checks import check_numbers
from featuretopo.errors import FeaturetopoError
from featuretopo.truth.points import FloatArray


class Norms(Protocol):
    """A distribution of positive lengths."""

    def draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draw `n` lengths."""
        ...


@dataclass(frozen=True)
class UnitNorms:
    """Every vector has length 1.

    Examples
    --------
    >>> UnitNorms().draw(2, np.random.default_rng(0)).tolist()
    [1.0, 1.0]
    """

    def draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Return ones."""
        return np.ones(n)


@dataclass(frozen=True)
class UniformNorms:
    """Lengths uniform between `low` and `high`.

    Examples
    --------
    >>> lengths = UniformNorms(1, 2).draw(100, np.random.default_rng(0))
    >>> bool(lengths.min() >= 1 and lengths.max() < 2)
    True
    """

    low: float = 0.5
    high: float = 1.5

    def __post_init__(self) -> None:
        check_numbers(self, "low", "high")
        if not 0 < self.low < self.high < np.inf:
            raise FeaturetopoError(f"{self!r} must hold 0 < low < high")

    def draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draw `n` lengths."""
        return rng.uniform(self.low, self.high, n)


@dataclass(frozen=True)
class LogNormalNorms:
    """Lengths of median 1 whose logarithm is Gaussian with standard deviation `sigma`.

    Examples
    --------
    >>> round(float(np.median(LogNormalNorms(0.3).draw(100_000, np.random.default_rng(0)))), 1)
    1.0
    """

    sigma: float = 0.3

    def __post_init__(self) -> None:
        check_numbers(self, "sigma")
        if not 0 < self.sigma < np.inf:
            raise FeaturetopoError(f"{self!r}: sigma must be positive; 0.1 to 0.5 is usual")

    def draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draw `n` lengths."""
        return rng.lognormal(0.0, self.sigma, n)
