"""Magnitude: how strongly a feature fires when it fires."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from featuretopo.errors import FeaturetopoError


class Magnitude(Protocol):
    """A distribution of positive strengths."""

    def draw(self, size: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
        """Draw `size` strengths, all positive."""
        ...


@dataclass(frozen=True)
class Constant:
    """Always the same strength.

    Examples
    --------
    >>> Constant(2.0).draw(2, np.random.default_rng(0)).tolist()
    [2.0, 2.0]
    """

    value: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.value < np.inf:
            raise FeaturetopoError(f"{self!r}: a strength must be positive and finite")

    def draw(self, size: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
        """Return `size` times the value."""
        return np.full(size, self.value, np.float32)


@dataclass(frozen=True)
class UniformMagnitude:
    """Uniform on (low, high].

    Examples
    --------
    >>> strengths = UniformMagnitude(0.5, 1.5).draw(100, np.random.default_rng(0))
    >>> bool(strengths.min() > 0.5 and strengths.max() <= 1.5)
    True
    """

    low: float = 0.5
    high: float = 1.5

    def __post_init__(self) -> None:
        if not 0 <= self.low < self.high < np.inf:
            raise FeaturetopoError(f"{self!r} must hold 0 <= low < high")

    def draw(self, size: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
        """Draw `size` strengths."""
        # 1 - [0, 1) lies in (0, 1]: a feature that fires never fires with strength 0
        u = np.float32(1) - rng.random(size, np.float32)
        return np.float32(self.low) + np.float32(self.high - self.low) * u
