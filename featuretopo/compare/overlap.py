"""Overlap of clusters or loops of two dictionaries, over matched features."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from featuretopo.compare.bootstrap import RESAMPLES, middle

Float64Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.integer[Any]]


def overlap(groups_a: Sequence[IntArray], groups_b: Sequence[IntArray], pairs: IntArray) -> float:
    """Mean best Jaccard index of the groups of two dictionaries, carried over by a matching.

    Each group is the set of the matched pairs that it holds; the best Jaccard index of each
    group with any group of the other side is averaged over all groups of both sides, weighted by
    their members. 1: the same groups of the same features. 0 where one side has no group.

    Parameters
    ----------
    groups_a, groups_b : sequence of ndarray of int
        Members of each group, rows of its dictionary.
    pairs : ndarray of int, shape (m, 2)
        Matched rows.

    Examples
    --------
    >>> pairs = np.array([[0, 3], [1, 2], [2, 1], [3, 0]])
    >>> overlap([np.array([0, 1])], [np.array([2, 3])], pairs)
    1.0
    """
    if not len(groups_a) or not len(groups_b):
        return 0.0
    return _Held.by(groups_a, groups_b, pairs).mean_best(np.ones(len(pairs)))


def overlap_interval(
    groups_a: Sequence[IntArray],
    groups_b: Sequence[IntArray],
    pairs: IntArray,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """95% bootstrap interval of :func:`overlap`, over the matched pairs."""
    m = len(pairs)
    if not len(groups_a) or not len(groups_b) or not m:
        return 0.0, 0.0
    held = _Held.by(groups_a, groups_b, pairs)
    resampled = (rng.multinomial(m, np.full(m, 1 / m)) for _ in range(RESAMPLES))
    value = held.mean_best(np.ones(m))
    low, high = middle([held.mean_best(times) for times in resampled], value)
    # without its bias an interval of few different values can pass the figure itself
    return max(min(low, value), 0.0), min(max(high, value), 1.0)


def jaccard(a: IntArray, b: IntArray) -> float:
    """Size of the intersection over size of the union of two sets of rows.

    Examples
    --------
    >>> jaccard(np.array([0, 1]), np.array([1, 2, 3]))
    0.25
    """
    union = len(np.union1d(a, b))
    return len(np.intersect1d(a, b)) / union if union else 0.0


def jaccards(
    groups_a: Sequence[IntArray], groups_b: Sequence[IntArray], pairs: IntArray
) -> Float64Array:
    """Jaccard index of each group of a with each of b, over matched pairs, (n_a, n_b).

    Examples
    --------
    >>> pairs = np.array([[0, 3], [1, 2], [2, 1]])
    >>> jaccards([np.array([0, 1])], [np.array([2, 3]), np.array([1, 2])], pairs).round(2).tolist()
    [[1.0, 0.33]]
    """
    return _Held.by(groups_a, groups_b, pairs).jaccards(np.ones(len(pairs)))


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """Which pairs each group holds: of a's groups, of b's, and of both at once."""

    of_a: tuple[IntArray, IntArray]  # a group of a and a pair that it holds, each (k,)
    of_b: tuple[IntArray, IntArray]
    of_both: tuple[IntArray, IntArray]  # a cell of the (n_a, n_b) table and a pair in it
    size_a: IntArray  # members of each group, matched or not
    size_b: IntArray

    @classmethod
    def by(
        cls, groups_a: Sequence[IntArray], groups_b: Sequence[IntArray], pairs: IntArray
    ) -> _Held:
        of_a, of_b = _held(groups_a, pairs[:, 0]), _held(groups_b, pairs[:, 1])
        # each group of a with each group of b that holds the same pair
        held_b = sparse.csr_array((np.ones(len(of_b[0])), of_b[::-1]), (len(pairs), len(groups_b)))
        often = np.diff(held_b.indptr)[of_a[1]]
        first = np.repeat(held_b.indptr[of_a[1]], often)
        within = np.arange(often.sum()) - np.repeat(np.cumsum(often) - often, often)
        cell = np.repeat(of_a[0], often) * len(groups_b) + held_b.indices[first + within]
        sizes = (np.array([len(g) for g in groups], np.int64) for groups in (groups_a, groups_b))
        return cls(of_a, of_b, (cell, np.repeat(of_a[1], often)), *sizes)

    def jaccards(self, times: npt.NDArray[Any]) -> Float64Array:
        """Jaccard index of each group of a with each of b, each pair counted so many times."""
        shape = len(self.size_a), len(self.size_b)
        cell, pair = self.of_both
        both = np.bincount(cell, times[pair], shape[0] * shape[1]).reshape(shape)
        in_a = np.bincount(self.of_a[0], times[self.of_a[1]], shape[0])
        in_b = np.bincount(self.of_b[0], times[self.of_b[1]], shape[1])
        share: Float64Array = both / np.maximum(in_a[:, None] + in_b - both, 1)
        return share

    def mean_best(self, times: npt.NDArray[Any]) -> float:
        """Best Jaccard index of each group, averaged by members."""
        share = self.jaccards(times)
        best = np.concatenate([share.max(axis=1), share.max(axis=0)])
        return float(np.average(best, weights=np.concatenate([self.size_a, self.size_b])))


def _held(groups: Sequence[IntArray], rows: IntArray) -> tuple[IntArray, IntArray]:
    """Each group with each pair that it holds."""
    held = [np.flatnonzero(np.isin(rows, group)) for group in groups]
    which = np.repeat(np.arange(len(held)), [len(places) for places in held])
    return which, np.concatenate([np.empty(0, np.int64), *held])
