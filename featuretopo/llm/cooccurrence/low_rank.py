"""LowRank: features share a few hidden causes. Any number of features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.special import ndtr, ndtri

from featuretopo.errors import FeaturetopoError
from featuretopo.llm.cooccurrence.rule import Fired, FloatArray, Group

_BLOCK_BYTES = 2**20  # of latent values at a time: they stay in the cache until they are used


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
    """Given the factors, a feature fires if a uniform number is below its probability.

    The first eight bits of that number, for all features at once, are held against an upper bound
    of the probability; the rest of it is drawn for the few that pass.
    """

    def __init__(self, frequencies: FloatArray, loadings: FloatArray) -> None:
        self.frequencies = frequencies
        self.loadings = loadings  # (m, rank)
        own = np.sqrt(1 - (loadings**2).sum(axis=1, keepdims=True))  # (m, 1)
        # normal quantile of its probability given the factors: a slope for each, and a constant
        lines = np.column_stack([-loadings, ndtri(frequencies)]) / own  # (m, rank + 1)
        self._lines = lines.astype(np.float32)

    def draw(self, n: int, rng: np.random.Generator) -> Fired:
        """Draw who fires in `n` samples, samples ascending."""
        m, rank = self.loadings.shape
        words = (m + 7) // 8
        size = min(n, max(1, _BLOCK_BYTES // (4 * m)))
        # a random word for eight features: this generator makes them in half the time
        fast = np.random.Generator(np.random.SFC64(rng.integers(2**63)))
        factors, quantile = np.ones((size, rank + 1), np.float32), np.empty((size, m), np.float32)
        parts = []
        for start in range(0, n, size):
            b = min(size, n - start)
            factors[:b, :-1] = normals(b, rank, fast)
            np.matmul(factors[:b], self._lines.T, out=quantile[:b])  # (b, m)
            bits = fast.integers(2**64, size=(b, words), dtype=np.uint64)
            parts.append(_fire(start, quantile[:b], bits.view(np.uint8), _NDTR, fast))
        samples, features = map(np.concatenate, zip(*parts, strict=True))
        return Fired(samples, features)


def normals(n: int, m: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """Draw (n, m) standard normal numbers by Box and Muller: faster in bulk than one by one."""
    half = (n * m + 1) // 2
    radius = rng.random(half, np.float32)
    np.subtract(1, radius, out=radius)  # (0, 1]: a logarithm follows
    np.log(radius, out=radius)
    radius *= -2
    np.sqrt(radius, out=radius)
    angle = rng.random(half, np.float32)
    angle *= np.float32(2 * np.pi)
    drawn = np.empty((2, half), np.float32)
    np.multiply(radius, np.cos(angle), out=drawn[0])
    np.multiply(radius, np.sin(angle, out=angle), out=drawn[1])
    return drawn.ravel()[: n * m].reshape(n, m)


def _chords() -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Slopes and offsets of lines whose maximum is above 256 ndtr(x) for every x.

    ndtr is convex below 0, so that chords are above it between their ends and below it outside;
    it is concave above 0, where its tangent at 0 is above it.
    """
    knots = np.array([-5, -4, -3.25, -2.5, -1.75, -1, 0])
    slopes = np.diff(ndtr(knots)) / np.diff(knots)
    offsets = ndtr(knots[:-1]) - slopes * knots[:-1]
    slopes = np.concatenate([[0], slopes, [1 / np.sqrt(2 * np.pi)]])
    offsets = np.concatenate([[ndtr(knots[0])], offsets, [0.5]])
    # a hair more, for single precision
    return (256 * slopes).astype(np.float32), (256.001 * offsets + 1e-4).astype(np.float32)


# ndtr by linear interpolation, off by 1e-5 of itself down to p = 1e-6; it must stay in the cache
_TABLE_END, _TABLE_STEPS = 6.0, 2**13
_NDTR = ndtr(np.linspace(-_TABLE_END, _TABLE_END, _TABLE_STEPS + 1)).astype(np.float32)
_SLOPES, _OFFSETS = _chords()


@njit(cache=True)
def _probability(table, x):  # type: ignore[no-untyped-def] # pragma: no cover
    place = (x + _TABLE_END) * (_TABLE_STEPS / (2 * _TABLE_END))
    if place <= 0:
        return 0.0
    if place >= _TABLE_STEPS:
        return 1.0
    i = int(place)
    return table[i] + (place - i) * (table[i + 1] - table[i])


# no value is ever NaN: then a maximum is one instruction
@njit(cache=True, fastmath={"contract", "nnan"})
def _fire(  # type: ignore[no-untyped-def] # pragma: no cover
    start, quantile, bits, table, rng
) -> Any:
    n, m = quantile.shape
    samples, features = np.empty(1024, np.int32), np.empty(1024, np.int32)
    may_fire = np.zeros(bits.shape[1], np.bool_)
    eights = may_fire.view(np.uint64)
    count = 0
    for s in range(n):
        if count + m > len(samples):  # all may fire at once
            more = np.empty(count + m, np.int32)
            samples, features = np.concatenate((samples, more)), np.concatenate((features, more))
        row, first = quantile[s], bits[s]
        for i in range(m):
            bound = _OFFSETS[0]
            for line in range(1, len(_OFFSETS)):
                bound = max(bound, _SLOPES[line] * row[i] + _OFFSETS[line])
            may_fire[i] = np.float32(first[i]) < bound
        for eight in range(len(eights)):
            if eights[eight] == 0:  # most are: eight features are passed over at once
                continue
            for i in range(8 * eight, min(8 * eight + 8, m)):
                if may_fire[i] and first[i] + rng.random() < 256 * _probability(table, row[i]):
                    samples[count], features[count] = start + s, i
                    count += 1
    return samples[:count], features[:count]
