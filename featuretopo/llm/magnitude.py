"""Magnitude: how strongly a feature fires when it fires."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from featuretopo.checks import check_can, check_numbers
from featuretopo.errors import FeaturetopoError


class Magnitude(Protocol):
    """A distribution of positive strengths."""

    def draw(self, size: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
        """Draw `size` strengths, all positive."""
        ...


def check_magnitude(name: str, value: object) -> None:
    """Refuse what draws no strengths."""
    check_can(name, value, "draw", usual="a distribution, e.g. Constant(1.0)")


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
        _check_positive(self, "value")

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
        check_numbers(self, "low", "high")
        if not 0 <= self.low < self.high < np.inf:
            raise FeaturetopoError(f"{self!r} must hold 0 <= low < high")

    def draw(self, size: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
        """Draw `size` strengths."""
        # 1 - [0, 1) lies in (0, 1]: a feature that fires never fires with strength 0
        u = np.float32(1) - rng.random(size, np.float32)
        return np.float32(self.low) + np.float32(self.high - self.low) * u


@dataclass(frozen=True)
class HalfNormal:
    """The absolute value of a Gaussian of standard deviation `scale`; mean .798 scale.

    Examples
    --------
    >>> bool((HalfNormal().draw(100, np.random.default_rng(0)) > 0).all())
    True
    """

    scale: float = 1.0

    def __post_init__(self) -> None:
        _check_positive(self, "scale")

    def draw(self, size: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
        """Draw `size` strengths."""
        return _positive(np.abs(rng.standard_normal(size, np.float32)) * np.float32(self.scale))


@dataclass(frozen=True)
class Exponential:
    """Exponential of mean `scale`.

    Examples
    --------
    >>> round(float(Exponential(2.0).draw(100_000, np.random.default_rng(0)).mean()), 1)
    2.0
    """

    scale: float = 1.0

    def __post_init__(self) -> None:
        _check_positive(self, "scale")

    def draw(self, size: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
        """Draw `size` strengths."""
        return _positive(rng.standard_exponential(size, np.float32) * np.float32(self.scale))


@dataclass(frozen=True)
class LogNormal:
    """exp of a Gaussian of standard deviation `sigma`, times the median.

    Examples
    --------
    >>> draws = LogNormal(median=2.0).draw(100_000, np.random.default_rng(0))
    >>> round(float(np.median(draws)), 1)
    2.0
    """

    median: float = 1.0
    sigma: float = 0.5

    def __post_init__(self) -> None:
        _check_positive(self, "median", "sigma")

    def draw(self, size: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
        """Draw `size` strengths."""
        gaussian = rng.standard_normal(size, np.float32)
        strengths: npt.NDArray[np.float32] = np.exp(
            np.float32(self.sigma) * gaussian + np.float32(np.log(self.median))
        )
        return _positive(strengths)


def _check_positive(magnitude: Magnitude, *names: str) -> None:
    check_numbers(magnitude, *names)
    for name in names:
        if not 0 < getattr(magnitude, name) < np.inf:
            raise FeaturetopoError(f"{magnitude!r}: {name} must be positive and finite")


def _positive(strengths: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    # a feature that fires never fires with strength 0: that would be a padded place
    return np.maximum(strengths, np.float32(np.finfo(np.float32).tiny))
