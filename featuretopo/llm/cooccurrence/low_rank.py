"""LowRank: features share a few hidden causes. Any number of features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from scipy.special import ndtr, ndtri

from featuretopo.checks import at_least, check_numbers
from featuretopo.errors import FeaturetopoError
from featuretopo.llm.cooccurrence.narrow_product import COLUMNS, ROWS, multiply, pack
from featuretopo.llm.cooccurrence.normals import draw_normals
from featuretopo.llm.cooccurrence.rule import Fired, FloatArray, Group
from featuretopo.llm.cooccurrence.sfc64 import draw_words, open_lanes

_MOST_CAUSES = 4096  # with 16,384 features their loadings take half a GB
_BLOCK_BYTES = 2**17  # of quantiles at a time: they stay in the cache until they are used


@dataclass(frozen=True)
class LowRank:
    """Latent Gaussians with `rank` common factors; a feature fires where its own is low enough.

    Latent i is ``sum_r loading[i, r] factor[r] + sqrt(1 - |loading[i]|^2) noise[i]``: two features
    correlate by the inner product of their loadings. Loadings are drawn at random, with a squared
    length of `shared` each. Frequencies are kept to one part in 100,000, those below 1e-4 to 1e-9.

    Parameters
    ----------
    rank : int
        Number of hidden causes, from 1 to 4,096.
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
        at_least(self, rank=(self.rank, 1))
        if self.rank > _MOST_CAUSES:
            raise FeaturetopoError(
                f"{self!r}: rank must be at most {_MOST_CAUSES:,}; 4 to 32 is usual"
            )
        check_numbers(self, "shared")
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
        # a share that rounds to 1 leaves a hair: nothing is divided by 0
        own = np.sqrt(np.maximum(1 - (loadings**2).sum(axis=1, keepdims=True), 1e-14))  # (m, 1)
        # normal quantile of its probability given the factors: a slope for each, and a constant
        self._lines = pack((np.column_stack([-loadings, ndtri(frequencies)]) / own).T)

    def draw(self, n: int, rng: np.random.Generator) -> Fired:
        """Draw who fires in `n` samples, samples ascending."""
        m = len(self.frequencies)
        size = ROWS * max(1, _BLOCK_BYTES // (4 * m * ROWS))
        return Fired(*_fire(n, m, size, self._lines, _NDTR, open_lanes(rng)))


def _upper_bound() -> tuple[tuple[np.float32, ...], tuple[np.float32, ...]]:
    """Slopes and offsets of five lines whose maximum is above 256 ndtr(x) for every x.

    ndtr is convex below 0: chords are above it between their ends and below it outside. The last
    line is a little steeper than the tangent from the last knot to the concave side. Below the
    first knot nothing finer than 1 is needed: of the numbers that eight bits are, it lets 0 pass.
    """
    knots = np.array([-2.67, -2.2, -1.6, -0.9])
    values = ndtr(knots)
    slopes = np.concatenate([[0], np.diff(values) / np.diff(knots), [0.3628]])
    offsets = np.concatenate([values[:1], values - slopes[1:] * knots])
    # a hair more, for single precision
    raised = 256.001 * offsets + 1e-4
    return tuple((256 * slopes).astype(np.float32)), tuple(raised.astype(np.float32))


# ndtr by linear interpolation, off by 1e-5 of itself down to p = 1e-6; it must stay in the cache
_TABLE_END, _TABLE_STEPS = 6.0, 2**13
_NDTR = ndtr(np.linspace(-_TABLE_END, _TABLE_END, _TABLE_STEPS + 1)).astype(np.float32)
_SLOPES, _OFFSETS = _upper_bound()


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
def _fire(  # type: ignore[no-untyped-def] # pragma: no cover
    n, m, size, lines, table, lanes
) -> Any:
    """Go through `n` samples in blocks of `size`."""
    samples, features = np.empty(0, np.int32), np.empty(0, np.int32)
    factors = np.ones((size, lines.shape[1]), np.float32)  # the last is 1: a constant
    quantile = np.empty((size, len(lines) * COLUMNS), np.float32)
    count = 0
    for start in range(0, n, size):
        b = min(size, n - start)
        factors[:b, :-1] = draw_normals(b, factors.shape[1] - 1, lanes)
        multiply(factors, lines, b, quantile)
        if count + b * m > len(samples):  # all may fire at once
            more = np.empty(count + b * m, np.int32)
            samples, features = np.concatenate((samples, more)), np.concatenate((features, more))
        fired = _fire_block(quantile[:b], m, table, lanes, samples[count:], features[count:])
        samples[count : count + fired] += start
        count += fired
    return samples[:count], features[:count]


@njit(cache=True)
def _fire_block(  # type: ignore[no-untyped-def] # pragma: no cover
    quantile, m, table, lanes, samples, features
) -> Any:
    """Write who of the first `m` fires to `samples` and `features`; return how many."""
    n = len(quantile)
    eights = (m + 7) // 8  # a random word is the first eight bits of eight features
    first = draw_words(lanes, n * eights).view(np.uint8).reshape(n, 8 * eights)
    may_fire = np.zeros(8 * eights, np.bool_)
    any_of_eight, some = may_fire.view(np.uint64), np.empty(eights, np.int32)
    count = 0
    # lists grow without a branch: what does not belong is written over by the next
    for s in range(n):
        _screen(quantile[s], first[s], may_fire[:m])
        n_some = 0
        for eight in range(eights):
            some[n_some] = eight
            n_some += any_of_eight[eight] != 0
        for k in range(n_some):
            for i in range(8 * some[k], min(8 * some[k] + 8, m)):
                samples[count], features[count] = s, i
                count += may_fire[i]
    rest = draw_words(lanes, count)
    fired = 0
    for k in range(count):
        s, i = samples[k], features[k]
        uniform = first[s, i] + (rest[k] >> np.uint64(11)) * 2.0**-53  # on [0, 256)
        samples[fired], features[fired] = s, i
        fired += uniform < 256 * _probability(table, quantile[s, i])
    return fired


# no value is ever NaN: then a maximum is one instruction
@njit(cache=True, fastmath={"contract", "nnan"})
def _screen(x, first, may_fire) -> None:  # type: ignore[no-untyped-def] # pragma: no cover
    for i in range(len(may_fire)):
        bound = _OFFSETS[0]
        for line in range(1, len(_OFFSETS)):
            bound = max(bound, _SLOPES[line] * x[i] + _OFFSETS[line])
        may_fire[i] = np.float32(first[i]) < bound
