"""Overlap of clusters or loops of two dictionaries, over matched features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

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
    held_a, held_b = _held(groups_a, pairs[:, 0]), _held(groups_b, pairs[:, 1])
    size = [len(group) for group in (*groups_a, *groups_b)]
    return _mean_best_jaccard(held_a, held_b, size, np.ones(len(pairs), np.int64))


def overlap_interval(
    groups_a: Sequence[IntArray],
    groups_b: Sequence[IntArray],
    pairs: IntArray,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """95% bootstrap interval of :func:`overlap`, over the matched pairs."""
    if not len(groups_a) or not len(groups_b) or not len(pairs):
        return 0.0, 0.0
    held_a, held_b = _held(groups_a, pairs[:, 0]), _held(groups_b, pairs[:, 1])
    size = [len(group) for group in (*groups_a, *groups_b)]
    m = len(pairs)
    values = [
        _mean_best_jaccard(held_a, held_b, size, rng.multinomial(m, np.full(m, 1 / m)))
        for _ in range(RESAMPLES)
    ]
    value = _mean_best_jaccard(held_a, held_b, size, np.ones(m, np.int64))
    low, high = middle(values, value)
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
    held_a, held_b = _held(groups_a, pairs[:, 0]), _held(groups_b, pairs[:, 1])
    return _jaccards(held_a, held_b, np.ones(len(pairs), np.int64))


def _mean_best_jaccard(
    held_a: IntArray, held_b: IntArray, size: Sequence[int], times: IntArray
) -> float:
    """Overlap of groups that hold pairs, each pair counted so many times."""
    share = _jaccards(held_a, held_b, times)
    best = np.concatenate([share.max(axis=1), share.max(axis=0)])
    return float(np.average(best, weights=size))


def _jaccards(held_a: IntArray, held_b: IntArray, times: IntArray) -> Float64Array:
    counted = held_a * times  # (n_groups_a, m)
    both = counted @ held_b.T  # (n_groups_a, n_groups_b)
    either = counted.sum(axis=1)[:, None] + (held_b * times).sum(axis=1) - both
    share: Float64Array = both / np.maximum(either, 1)
    return share


def _held(groups: Sequence[IntArray], rows: IntArray) -> IntArray:
    """Which pairs each group holds, 1 or 0, shape (n_groups, m)."""
    return np.array([np.isin(rows, group) for group in groups], np.int64)
