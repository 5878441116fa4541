"""LowRank: features share a few hidden causes. Any number of features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from scipy.special import ndtr, ndtri

from featuretopo.errors import FeaturetopoError
from featuretopo.llm.cooccurrence.alias import alias_table, draw_alias
from featuretopo.llm.cooccurrence.rule import Fired, FloatArray, Group

_BLOCK_BYTES = 2**19  # of latent values at a time: they stay in the cache until they are used
# ndtr by linear interpolation, off by 1e-5 of itself down to p = 1e-6; it must stay in the cache
_TABLE_END, _TABLE_STEPS = 6.0, 2**13


@dataclass(frozen=True)
class LowRank:
    """Latent Gaussians with `rank` common factors; a feature fires where its own is low enough.

    Latent i is sum_r loading[i, r] factor[r] + sqrt(1 - |loading[i]|^2) noise[i]: two features
    correlate by the inner product of their loadings. Loadings are drawn at random, with a squared
    length of `shared` each. Frequencies are kept to one part in 100,000.

    Parameters
    ----------
    rank : int
        Number of hidden causes, at least 1.
    shared : float
        Share of each latent's variance that the causes explain, in (0, 1).

    Raises
    ------
    FeaturetopoError
        If one of them is out of range.

    Examples
    --------
    >>> from featuretopo.llm import SimulatedLLM, Together, UniformFrequency
    >>> from featuretopo.truth import GroundTruth, Sphere
    >>> truth = GroundTruth([Sphere(50)], d=16, rng=0)
    >>> model = SimulatedLLM(
    ...     truth,
    ...     cooccurrence=Together(LowRank(4, shared=0.5)),
    ...     frequency=UniformFrequency(l0=2),
    ...     rng=0,
    ... )
    >>> model.sample(5, rng=0).activations.shape
    (5, 16)
    """

    rank: int
    shared: float = 0.3

    def __post_init__(self) -> None:
        if self.rank < 1:
            raise FeaturetopoError(f"{self!r}: rank must be at least 1; 4 to 32 is usual")
        if not 0 < self.shared < 1:
            raise FeaturetopoError(f"{self!r}: shared must lie in (0, 1); 0.1 to 0.5 is usual")

    def plan(self, group: Group, rng: np.random.Generator) -> LowRankFiring:
        """Draw the loadings."""
        loadings = rng.standard_normal((len(group), self.rank))
        loadings *= np.sqrt(self.shared) / np.linalg.norm(loadings, axis=1, keepdims=True)
        return LowRankFiring(group.frequencies, loadings)


class LowRankFiring:
    """Given the factors, firings are independent: one stream at an envelope, then acceptance.

    The envelope q of a feature is its probability to fire where the factors lift its latent by
    `level` standard deviations. Where they lift it higher, its probability p exceeds q, and what
    the stream has missed, (p - q) / (1 - q), is drawn on the spot.
    """

    def __init__(self, frequencies: FloatArray, loadings: FloatArray) -> None:
        self.frequencies = frequencies
        self.loadings = loadings  # (m, rank)
        length = np.linalg.norm(loadings, axis=1)  # (m,)
        own = np.sqrt(1 - length**2)
        threshold = ndtri(frequencies)  # fires where its latent is below it
        # normal quantile of its probability given the factors: a slope for each, and a constant
        self._slopes = np.column_stack([-loadings, threshold]) / own[:, None]  # (m, rank + 1)
        self._slopes = self._slopes.astype(np.float32)
        level = min(
            np.linspace(0.25, 4, 16),
            # candidates cost about as much as features that exceed the envelope
            key=lambda z: ndtr((threshold + z * length) / own).sum() + len(own) * ndtr(-z),
        )
        self._highest = ((threshold + level * length) / own).astype(np.float32)
        self._envelope = ndtr(self._highest.astype(np.float64))
        rates = -np.log1p(-self._envelope)
        self._rate = float(rates.sum())
        self._keep, self._other = alias_table(rates)
        self._ndtr = ndtr(np.linspace(-_TABLE_END, _TABLE_END, _TABLE_STEPS + 1)).astype(np.float32)

    def draw(self, n: int, rng: np.random.Generator) -> Fired:
        """Draw who fires in `n` samples, samples ascending."""
        rank = self.loadings.shape[1]
        size = max(1, _BLOCK_BYTES // (4 * len(self.frequencies)))
        parts = []
        for start in range(0, n, size):
            factors = np.ones((min(size, n - start), rank + 1), np.float32)
            factors[:, :-1] = rng.standard_normal((len(factors), rank), np.float32)
            quantile = factors @ self._slopes.T  # (block, m)
            parts.append(
                _accept(
                    start,
                    quantile,
                    self._highest,
                    self._envelope,
                    self._rate,
                    self._keep,
                    self._other,
                    self._ndtr,
                    rng,
                )
            )
        samples, features = map(np.concatenate, zip(*parts, strict=True))
        return Fired(samples, features)


@njit(cache=True)
def _probability(table, x):  # type: ignore[no-untyped-def] # pragma: no cover
    place = (x + _TABLE_END) * (_TABLE_STEPS / (2 * _TABLE_END))
    if place <= 0:
        return 0.0
    if place >= _TABLE_STEPS:
        return 1.0
    i = int(place)
    return table[i] + (place - i) * (table[i + 1] - table[i])


@njit(cache=True)
def _accept(  # type: ignore[no-untyped-def] # pragma: no cover
    start, quantile, highest, envelope, rate, keep, other, table, rng
) -> Any:
    n, m = quantile.shape
    room = 1024
    samples, features = np.empty(room, np.int32), np.empty(room, np.int32)
    stamp = np.full(m, -1, np.int64)
    above = np.zeros((m + 7) // 8 * 8, np.bool_)
    eights = above.view(np.uint64)
    count, gap = 0, 1 / rate
    for s in range(n):
        if count + m > len(samples):  # all may fire at once
            samples = np.concatenate((samples, np.empty(count + m, np.int32)))
            features = np.concatenate((features, np.empty(count + m, np.int32)))
        row = quantile[s]
        time = rng.standard_exponential() * gap
        while time < 1:
            i, u, width = draw_alias(keep, other, rng)
            if stamp[i] != s:
                stamp[i] = s
                if u * envelope[i] < width * _probability(table, row[i]):
                    samples[count], features[count] = start + s, i
                    count += 1
            time += rng.standard_exponential() * gap
        for i in range(m):
            above[i] = row[i] > highest[i]
        for eight in range(len(eights)):
            if eights[eight] == 0:  # most are: eight features are passed over at once
                continue
            for i in range(8 * eight, min(8 * eight + 8, m)):
                if above[i] and stamp[i] != s:
                    missed = _probability(table, row[i]) - envelope[i]
                    if rng.random() * (1 - envelope[i]) < missed:
                        samples[count], features[count] = start + s, i
                        count += 1
    return samples[:count], features[:count]
