"""Independent: every feature fires on its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit

from featuretopo.llm.cooccurrence.alias import alias_table, draw_alias
from featuretopo.llm.cooccurrence.rule import Fired, FloatArray, Group


@dataclass(frozen=True)
class Independent:
    """Every feature fires on its own.

    Examples
    --------
    >>> from featuretopo.llm import SimulatedLLM, UniformFrequency
    >>> from featuretopo.truth import GroundTruth, Sphere
    >>> truth = GroundTruth([Sphere(50)], d=16, rng=0)
    >>> model = SimulatedLLM(
    ...     truth, cooccurrence=Independent(), frequency=UniformFrequency(l0=2), rng=0
    ... )
    >>> round(float((model.sample(20_000, rng=0).values > 0).sum(axis=1).mean()), 1)
    2.0
    """

    def plan(self, group: Group, rng: np.random.Generator) -> IndependentFiring:
        """Lay out one Poisson stream for all features of the group."""
        return IndependentFiring(group.frequencies)


class IndependentFiring:
    """One Poisson stream over a batch, shared out among the features.

    A feature fires if the stream hits it at least once in a sample: at rate -ln(1 - p) that has
    probability p. Work is done for what fires only.
    """

    def __init__(self, frequencies: FloatArray) -> None:
        self.frequencies = frequencies
        rates = -np.log1p(-frequencies)
        self._rate = float(rates.sum())
        self._keep, self._other = alias_table(rates)

    def draw(self, n: int, rng: np.random.Generator) -> Fired:
        """Draw who fires in `n` samples, samples ascending."""
        mean = n * self._rate
        room = int(mean + 6 * np.sqrt(mean)) + 8
        return Fired(*_hits(n, self._rate, self._keep, self._other, room, rng))


@njit(cache=True)
def _hits(n, rate, keep, other, room, rng) -> Any:  # type: ignore[no-untyped-def] # pragma: no cover
    samples, features = np.empty(room, np.int32), np.empty(room, np.int32)
    last_hit = np.full(len(keep), -1, np.int64)
    count, time, gap = 0, 0.0, 1 / rate
    while True:
        time += rng.standard_exponential() * gap
        if time >= n:
            return samples[:count], features[:count]
        sample = int(time)
        feature, _, _ = draw_alias(keep, other, rng)
        if last_hit[feature] == sample:
            continue
        last_hit[feature] = sample
        if count == len(samples):
            samples = np.concatenate((samples, np.empty(count, np.int32)))
            features = np.concatenate((features, np.empty(count, np.int32)))
        samples[count], features[count] = sample, feature
        count += 1
