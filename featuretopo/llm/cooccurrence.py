"""Co-occurrence: with whom the features of one shape fire.

Every rule is given how many of the shape's features fire per sample *on average* and keeps to
it, so that models with different rules differ in nothing but co-occurrence: each feature fires
equally often in all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from featuretopo.errors import FeaturetopoError

IntArray = npt.NDArray[np.int64]


class Cooccurrence(Protocol):
    """A rule for the features of one shape."""

    def fire(
        self, n_samples: int, size: int, firings: float, rng: np.random.Generator
    ) -> tuple[IntArray, IntArray]:
        """Draw (sample, feature) pairs: who fires where among `size` features.

        `firings` is the mean number of features of the shape that fire per sample.
        """
        ...


@dataclass(frozen=True)
class Independent:
    """Every feature fires on its own.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> samples, features = Independent().fire(10_000, 8, 0.4, rng)
    >>> round(len(samples) / 10_000, 1)
    0.4
    """

    def fire(
        self, n_samples: int, size: int, firings: float, rng: np.random.Generator
    ) -> tuple[IntArray, IntArray]:
        """Draw a Bernoulli process over all samples and features."""
        probability = firings / size
        if not 0 < probability < 1:
            raise FeaturetopoError(
                f"{firings} of {size} features firing independently: each would fire with "
                f"probability {probability:.3g}; it must lie in (0, 1), so lower the frequency"
            )
        hits = _bernoulli_process(n_samples * size, probability, rng)
        return hits // size, hits % size


@dataclass(frozen=True)
class Between:
    """Whenever the shape is active, `low` to `high` of its features fire, each count as likely.

    Raises
    ------
    FeaturetopoError
        If not 1 <= low <= high.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> samples, features = Between(1, 3).fire(1000, 8, 0.4, rng)
    >>> sorted(set(np.bincount(samples).tolist()))
    [0, 1, 2, 3]
    """

    low: int
    high: int

    def __post_init__(self) -> None:
        if not 1 <= self.low <= self.high:
            raise FeaturetopoError(f"{self!r} must hold 1 <= low <= high")

    def fire(
        self, n_samples: int, size: int, firings: float, rng: np.random.Generator
    ) -> tuple[IntArray, IntArray]:
        """Draw when the shape is active, how many fire, and which."""
        return _fire_together(self, self.low, self.high, n_samples, size, firings, rng)


@dataclass(frozen=True)
class ExactlyK:
    """Whenever the shape is active, exactly `k` of its features fire.

    Raises
    ------
    FeaturetopoError
        If k < 1.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> samples, features = ExactlyK(2).fire(1000, 8, 0.4, rng)
    >>> set(np.bincount(samples).tolist())
    {0, 2}
    """

    k: int

    def __post_init__(self) -> None:
        if self.k < 1:
            raise FeaturetopoError(f"{self!r}: k must be at least 1")

    def fire(
        self, n_samples: int, size: int, firings: float, rng: np.random.Generator
    ) -> tuple[IntArray, IntArray]:
        """Draw when the shape is active, and which of its features fire."""
        return _fire_together(self, self.k, self.k, n_samples, size, firings, rng)


def _fire_together(
    rule: Cooccurrence,
    low: int,
    high: int,
    n_samples: int,
    size: int,
    firings: float,
    rng: np.random.Generator,
) -> tuple[IntArray, IntArray]:
    """Draw when a shape is active, and which `low` to `high` of its features fire then."""
    if high > size:
        raise FeaturetopoError(
            f"{rule!r} asks for {high} of a shape's {size} features; ask for fewer"
        )
    activity = 2 * firings / (low + high)
    if not 0 < activity <= 1:
        raise FeaturetopoError(
            f"{rule!r} with {firings} firings a sample: the shape would be active with "
            f"probability {activity:.3g}; it must lie in (0, 1], so lower the frequency"
        )
    active = np.flatnonzero(rng.random(n_samples) < activity)
    counts = rng.integers(low, high + 1, len(active))
    order = rng.random((len(active), size), np.float32).argsort(axis=1)[:, :high]
    chosen = np.arange(high) < counts[:, None]  # (active, high)
    return np.repeat(active, counts), order[chosen]


def _bernoulli_process(n_trials: int, probability: float, rng: np.random.Generator) -> IntArray:
    """Draw the indices of the successes among `n_trials`, by their geometric gaps."""
    hits = np.empty(0, np.int64)
    last = -1
    while last < n_trials:
        expected = (n_trials - last) * probability
        gaps = rng.geometric(probability, int(expected + 6 * np.sqrt(expected)) + 8)
        # a gap of a tiny probability is near 2^63: two of them would not be an int64
        more = last + np.cumsum(np.minimum(gaps, n_trials + 1))
        hits = np.concatenate([hits, more])
        last = int(more[-1])
    return hits[: np.searchsorted(hits, n_trials)]
