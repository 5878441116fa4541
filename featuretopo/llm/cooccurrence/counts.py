"""ExactlyK, Between, MutuallyExclusive: how many features of an active shape fire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from featuretopo.checks import at_least, is_whole
from featuretopo.errors import FeaturetopoError
from featuretopo.llm.cooccurrence.active import active_samples, check_activity
from featuretopo.llm.cooccurrence.rule import Fired, FloatArray, Group

#: Largest relative error of a delivered frequency.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Between:
    """Whenever the shape is active, `low` to `high` of its features fire, each count as likely.

    Which of them, is as random as the frequencies allow (conditional Poisson sampling, the
    distribution of largest entropy): with equal frequencies every subset of one size is as likely.

    Raises
    ------
    FeaturetopoError
        If not 1 <= low <= high; when a model is built: if a shape has fewer than `high` features
        or would have to be active more than always.

    Examples
    --------
    >>> from featuretopo.llm import SimulatedLLM
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> truth = GroundTruth([Circle(12)], d=16, rng=0)
    >>> model = SimulatedLLM(truth, cooccurrence=Between(1, 3), rng=0)
    >>> sorted(set((model.sample(1000, rng=0).values > 0).sum(axis=1).tolist()))
    [0, 1, 2, 3]
    """

    low: int
    high: int

    def __post_init__(self) -> None:
        if not (is_whole(self.low) and is_whole(self.high) and 1 <= self.low <= self.high):
            raise FeaturetopoError(f"{self!r} must hold 1 <= low <= high, whole numbers")

    def plan(self, group: Group, rng: np.random.Generator) -> CountFiring:
        """Solve for the weights that give every feature its frequency."""
        return CountFiring(self, self.low, self.high, group)


@dataclass(frozen=True)
class ExactlyK:
    """Whenever the shape is active, exactly `k` of its features fire; as :class:`Between`.

    Raises
    ------
    FeaturetopoError
        If k < 1; when a model is built: as :class:`Between`.

    Examples
    --------
    >>> from featuretopo.llm import SimulatedLLM
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> truth = GroundTruth([Circle(12)], d=16, rng=0)
    >>> model = SimulatedLLM(truth, cooccurrence=ExactlyK(2), rng=0)
    >>> sorted(set((model.sample(1000, rng=0).values > 0).sum(axis=1).tolist()))
    [0, 2]
    """

    k: int

    def __post_init__(self) -> None:
        at_least(self, k=(self.k, 1))

    def plan(self, group: Group, rng: np.random.Generator) -> CountFiring:
        """Solve for the weights that give every feature its frequency."""
        return CountFiring(self, self.k, self.k, group)


@dataclass(frozen=True)
class MutuallyExclusive:
    """No two fire in one sample. Of a shape's features this is ``ExactlyK(1)``.

    What it is for: ``Nested(across=MutuallyExclusive(), within=...)``, at most one shape at a time.

    Examples
    --------
    >>> from featuretopo.llm import ExactlyK, Nested, SimulatedLLM
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> truth = GroundTruth([Circle(8), Circle(9)], d=16, rng=0)
    >>> rule = Nested(across=MutuallyExclusive(), within=ExactlyK(2))
    >>> model = SimulatedLLM(truth, cooccurrence=rule, rng=0)
    >>> sorted(set((model.sample(1000, rng=0).values > 0).sum(axis=1).tolist()))
    [0, 2]
    """

    def plan(self, group: Group, rng: np.random.Generator) -> CountFiring:
        """Give each feature its share of one activity."""
        return CountFiring(self, 1, 1, group)


class CountFiring:
    """Whenever active, `low` to `high` features by conditional Poisson sampling.

    Source: Chen, Dempster and Liu, Biometrika 81 (1994) 457. Every feature has a weight; the
    probability of a set of r features is proportional to the product of theirs. Sums over all
    sets are elementary symmetric polynomials; a table of them over the features from each place
    on gives the next feature of a set by a binary search.
    """

    def __init__(self, rule: object, low: int, high: int, group: Group) -> None:
        m = len(group)
        if high > m:
            raise FeaturetopoError(
                f"{rule!r} asks for {high} of the {m} features of {group.name}; ask for fewer"
            )
        total = float(group.frequencies.sum())
        self.frequencies = group.frequencies
        self.activity = 2 * total / (low + high)
        check_activity(rule, group.name, self.activity)
        inclusion = group.frequencies / self.activity  # (m,), given that the shape is active
        even = np.ptp(inclusion) <= TOLERANCE * inclusion[0]
        if not (even or inclusion.max() < 1 - TOLERANCE):
            raise FeaturetopoError(
                f"{rule!r} on {group.name}: a feature would have to fire in {inclusion.max():.3g} "
                "of the samples in which its shape is active, which must be below 1; "
                "even the frequencies out or ask for more features at once"
            )
        weights = np.ones(m) if even else _weights(inclusion, low, high, rule, group.name)
        self._tails = _tails(weights, high)
        self._low, self._high = low, high

    def draw(self, n: int, rng: np.random.Generator) -> Fired:
        """Draw who fires in `n` samples, samples ascending."""
        return self.fire_in(active_samples(n, self.activity, rng), rng)

    def fire_in(self, samples: npt.NDArray[np.int32], rng: np.random.Generator) -> Fired:
        """Draw which features fire in each of `samples`."""
        return Fired(*_choose(samples, self._low, self._high, self._tails, rng))


def _weights(inclusion: FloatArray, low: int, high: int, rule: object, name: str) -> FloatArray:
    """Solve for the weights whose inclusion probabilities are those asked for."""
    weights = inclusion.copy()
    for _ in range(1000):
        weights *= high / weights.sum()  # keeps the polynomials within range
        got = _inclusion(weights, low, high)
        if np.abs(got / inclusion - 1).max() < TOLERANCE:
            return weights
        # in odds: a multiplicative step overshoots where a feature nearly always fires
        weights = weights * (inclusion / (1 - inclusion)) / (got / (1 - got))
    raise FeaturetopoError(
        f"{rule!r} on {name}: no weights were found that give these frequencies; even them out"
    )


def _inclusion(weights: FloatArray, low: int, high: int) -> FloatArray:
    """Probability of each feature to be among those chosen, shape (m,)."""
    heads = _tails(weights[::-1], high)[:, ::-1]  # (high + 1, m + 1): of the features before
    tails = _tails(weights, high)
    total = np.zeros(len(weights))
    for count in range(low, high + 1):
        # without feature i: some from before it, the others from behind it
        without = sum(heads[r, :-1] * tails[count - 1 - r, 1:] for r in range(count))  # (m,)
        total += weights * without / tails[count, 0]
    result: FloatArray = total / (high - low + 1)
    return result


def _tails(weights: FloatArray, high: int) -> npt.NDArray[np.float64]:
    """Elementary symmetric polynomials of the weights from each place on, (high + 1, m + 1)."""
    m = len(weights)
    table = np.zeros((high + 1, m + 1))
    table[0] = 1
    for r in range(1, high + 1):
        products = weights * table[r - 1, 1:]
        table[r, :-1] = np.cumsum(products[::-1])[::-1]
    return table


@njit(cache=True)
def _choose(active, low, high, tails, rng) -> Any:  # type: ignore[no-untyped-def] # pragma: no cover
    samples = np.empty(len(active) * high, np.int32)
    features = np.empty(len(active) * high, np.int32)
    count = 0
    for sample in active:
        left = low + int(rng.random() * (high - low + 1))
        start = 0
        while left > 0:
            # tails[left, j] / tails[left, start]: probability that the next one is j or later
            level = rng.random() * tails[left, start]
            first, last = start, tails.shape[1] - 1 - left
            while first < last:
                middle = (first + last + 1) // 2
                if tails[left, middle] > level:
                    first = middle
                else:
                    last = middle - 1
            samples[count], features[count] = sample, first
            count += 1
            start, left = first + 1, left - 1
    return samples[:count], features[:count]
