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

_STEPS_PER_FEATURE = 8  # of the guide to candidates: more are found at the first look
_LOOK = 2.5  # what a feature above its bound costs, in candidates; measured
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
    """Given the factors, features fire on their own, most of them seldom: drawn by thinning.

    Every feature has a bound on its probability of firing that it exceeds in few samples.
    Candidates are drawn from the bounds, without a look at most features; a candidate fires with
    its probability over the bound. Where a feature exceeds its bound, it is drawn for itself.
    """

    def __init__(self, frequencies: FloatArray, loadings: FloatArray) -> None:
        self.frequencies = frequencies
        self.loadings = loadings  # (m, rank)
        own = np.sqrt(1 - (loadings**2).sum(axis=1))
        # normal quantile of its probability given the factors: a level and a slope for each
        level = ndtri(frequencies) / own
        slopes = -loadings / own[:, None]
        bound = _bounds(level, np.linalg.norm(slopes, axis=1))
        self._level = level.astype(np.float32)
        self._slopes = slopes.astype(np.float32)
        self._most = (bound - level).astype(np.float32)
        self._n_hot = ndtr((level - bound) / np.linalg.norm(slopes, axis=1)).sum()  # a sample
        self._inverse_bound = 1 / ndtr(bound)
        # candidates of one sample are the points of a Poisson process on [0, sum of hazards)
        self._ends = np.cumsum(-np.log1p(-ndtr(bound)))

    def draw(self, n: int, rng: np.random.Generator) -> Fired:
        """Draw who fires in `n` samples."""
        m, rank = self.loadings.shape
        size = min(n, max(1, _BLOCK_BYTES // (4 * m)))
        # this generator is the fastest
        fast = np.random.Generator(np.random.SFC64(rng.integers(2**63)))
        shifts = np.empty((size, m), np.float32)
        parts = []
        for start in range(0, n, size):
            b = min(size, n - start)
            np.matmul(normals(b, rank, fast), self._slopes.T, out=shifts[:b])  # (b, m)
            parts.append(self._fired(start, shifts[:b], fast))
        samples, features = map(np.concatenate, zip(*parts, strict=True))
        return Fired(samples, features)

    def _fired(
        self, start: int, shifts: npt.NDArray[np.float32], rng: np.random.Generator
    ) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
        """Draw who fires, given by how much the factors shift each quantile."""
        gaps = _exponentials(_room(len(shifts) * self._ends[-1]), rng)
        uniform = rng.random(_room(len(shifts) * self._n_hot), np.float32)
        while True:
            samples, features = np.empty((2, len(gaps) + len(uniform)), np.int32)
            count = _fire(
                shifts, self._level, self._most, self._inverse_bound, self._ends,
                np.append(gaps, np.float32(np.inf)), rng.random(len(gaps), np.float32), uniform,
                _NDTR, samples, features,
            )  # fmt: skip
            if count >= 0:
                return samples[:count] + np.int32(start), features[:count]
            # hardly ever; what was drawn stays, or many candidates would be rarer than they are
            gaps = np.concatenate([gaps, _exponentials(len(gaps), rng)])
            uniform = np.concatenate([uniform, rng.random(len(uniform), np.float32)])


def _bounds(level: FloatArray, spread: FloatArray) -> FloatArray:
    """Normal quantiles of the bounds that leave the least to do, shape (m,).

    A feature with quantile level + spread z is looked at with probability ndtr(bound) as a
    candidate, and for itself where z passes the bound.
    """
    z = np.linspace(-6, 6, 121)
    bound = np.minimum(level[:, None] + spread[:, None] * z, _TABLE_END)  # (m, 121)
    above = (bound - level[:, None]) / spread[:, None]
    best = np.argmin(ndtr(bound) + _LOOK * ndtr(-above), axis=1)
    chosen: FloatArray = np.take_along_axis(bound, best[:, None], axis=1)[:, 0]
    return chosen


def _room(mean: float) -> int:
    """Return how many random numbers to hold ready where `mean` are used on average."""
    return int(mean + 8 * np.sqrt(mean)) + 64


def _exponentials(n: int, rng: np.random.Generator) -> npt.NDArray[np.float32]:
    drawn = rng.random(n, np.float32)
    np.subtract(1, drawn, out=drawn)  # (0, 1]
    np.log(drawn, out=drawn)
    return np.negative(drawn, out=drawn)


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


# ndtr by linear interpolation, off by 1e-5 of itself down to p = 1e-6; it must stay in the cache
_TABLE_END, _TABLE_STEPS = 6.0, 2**13
_NDTR = ndtr(np.linspace(-_TABLE_END, _TABLE_END, _TABLE_STEPS + 1)).astype(np.float32)


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
def _guide(ends, n_steps):  # type: ignore[no-untyped-def] # pragma: no cover
    """First feature whose part of [0, ends[-1]) reaches into each of `n_steps` equal steps."""
    guide = np.empty(n_steps + 1, np.int32)
    i = 0
    for step in range(n_steps + 1):
        while i < len(ends) - 1 and ends[i] * n_steps < step * ends[-1]:
            i += 1
        guide[step] = i
    return guide


@njit(cache=True)
def _fire(  # type: ignore[no-untyped-def] # pragma: no cover
    shifts, level, most, inverse_bound, ends, gaps, thin, uniform, table, samples, features
) -> Any:
    """Fill in who fires; return how many, or -1 if the random numbers do not suffice.

    What is written behind the count does not matter: branches would be guessed wrong.
    """
    n, m = shifts.shape
    above = np.zeros((m + 7) // 8 * 8, np.bool_)
    eights = above.view(np.uint64)
    hot = np.empty(len(above), np.int32)
    length = ends[-1]
    per_step = _STEPS_PER_FEATURE * m / length
    guide = _guide(ends, _STEPS_PER_FEATURE * m)
    count, used, gap, at = 0, 0, 0, np.float64(gaps[0])
    for s in range(n):
        row = shifts[s]
        for i in range(m):
            above[i] = row[i] > most[i]
        n_hot = 0
        for eight in range(len(eights)):
            if eights[eight] != 0:  # most are: eight features are passed over at once
                for i in range(8 * eight, 8 * eight + 8):
                    hot[n_hot] = i
                    n_hot += above[i]
        if used + n_hot > len(uniform):
            return -1
        for place in range(n_hot):
            i = hot[place]
            samples[count], features[count] = s, i
            count += uniform[used] < _probability(table, level[i] + row[i])
            used += 1
        last = -1
        while at < length:  # the last gap is infinite
            i = guide[int(at * per_step)]
            while ends[i] <= at:
                i += 1
            # two points in one feature's part make one candidate
            if i != last and not above[i]:
                samples[count], features[count] = s, i
                count += thin[gap] < _probability(table, level[i] + row[i]) * inverse_bound[i]
            last = i
            gap += 1
            at += gaps[gap]
        at -= length
    return count if at < np.inf else -1
