"""Choice: which pairs are made, given the scores of all of them or of the best."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from scipy.optimize import linear_sum_assignment

from featuretopo.errors import FeaturetopoError
from featuretopo.similarity.candidates import Candidates, most_in_total
from featuretopo.similarity.matching import Matching, matching
from featuretopo.similarity.rows import FloatArray, IntArray

Method = Literal["hungarian", "greedy", "mutual", "nearest", "transport"]

_ROUNDS = 10**8  # of the transport solver: it ends by itself long before
DENSE = 2**25  # scores that are held as a matrix; of more, only those above `least`

# Best column of each row, its score, best row of each column.
Best = tuple[IntArray, FloatArray, IntArray]


def from_scores(score: FloatArray, method: Method, least: float, what: str) -> Matching:
    """Match by a matrix of scores."""
    if method == "hungarian":
        return _by_total(score, least, what)
    if method == "transport":
        return _by_transport(score, least, what)

    def best(rows: IntArray, columns: IntArray) -> Best:
        left = score[np.ix_(rows, columns)]
        nearest = left.argmax(axis=1)
        return nearest, left[np.arange(len(rows)), nearest], left.argmax(axis=0)

    return from_best(best, score.shape, method, least, what)


def from_candidates(found: Candidates, method: Method, least: float, what: str) -> Matching:
    """Match by the scores above `least` alone, in any way but by transport."""
    if method != "hungarian":
        return from_best(found.best, found.sizes, method, least, what)
    n_a, n_b = found.sizes
    chosen = most_in_total(found, least)
    nearest, score, _ = found.best(np.arange(n_a), np.arange(n_b))
    return matching(
        np.stack([found.rows[chosen], found.columns[chosen]], axis=1),
        found.scores[chosen],
        f"Hungarian by {what}",
        found.sizes,
        np.bincount(nearest[score > least], minlength=n_b),
    )


def check_size(method: Method, sizes: tuple[int, int]) -> bool:
    """Whether a matrix of scores is held; refuse transport where none is."""
    n_a, n_b = sizes
    if n_a * n_b <= DENSE:
        return True
    if method == "transport":
        raise FeaturetopoError(
            f"transport between {n_a:,} and {n_b:,} features weighs every pair, and takes at most "
            f"{DENSE:,}; take fewer features, or match by 'greedy'"
        )
    return False


def _by_transport(score: FloatArray, least: float, what: str) -> Matching:
    """Match in shares, with the largest total score."""
    import ot

    n_a, n_b = score.shape
    shares = np.zeros(score.shape)
    if score.size:
        cost = 1 - score.astype(np.float64)
        weights = np.full(n_a, 1 / n_a), np.full(n_b, 1 / n_b)
        shares = n_a * ot.emd(*weights, cost, numItermax=_ROUNDS)
    rows, columns = np.nonzero((shares > 0) & (score > least))
    return matching(
        np.stack([rows, columns], axis=1),
        score[rows, columns],
        f"transport by {what}",
        (n_a, n_b),
        _followers(score, least),
        shares[rows, columns],
    )


def _by_total(score: FloatArray, least: float, what: str) -> Matching:
    """Match one to one, with the largest total of score - least."""
    gain = np.maximum(score - least, 0.0)
    rows, columns = linear_sum_assignment(gain, maximize=True)
    above = gain[rows, columns] > 0
    pairs = np.stack([rows[above], columns[above]], axis=1)
    name = f"Hungarian by {what}"
    return matching(pairs, score[tuple(pairs.T)], name, score.shape, _followers(score, least))


def _followers(score: FloatArray, least: float) -> IntArray:
    """Of how many rows each column is the best match."""
    favourites = score.argmax(axis=1)[score.max(axis=1) > least] if score.size else []
    return np.bincount(np.asarray(favourites, np.int64), minlength=score.shape[1])


def from_best(
    best: Callable[[IntArray, IntArray], Best],
    sizes: tuple[int, ...],
    method: str,
    least: float,
    what: str,
) -> Matching:
    """Match by best matches alone."""
    n_a, n_b = sizes
    rows, columns = np.arange(n_a), np.arange(n_b)
    followers = np.zeros(n_b, np.int64)
    pairs, scores = [np.empty((0, 2), np.int64)], [np.empty(0)]
    while len(rows) and len(columns):
        nearest, score, back = best(rows, columns)
        chosen = score > least
        if len(rows) == n_a and len(columns) == n_b:
            followers = np.bincount(nearest[chosen], minlength=n_b)
        if method != "nearest":
            chosen &= back[nearest] == np.arange(len(rows))
        if not chosen.any():
            break
        pairs.append(np.stack([rows[chosen], columns[nearest[chosen]]], axis=1))
        scores.append(score[chosen])
        if method != "greedy":
            break
        # each other's best are what greedy would take next; of equals, the first always is
        rows, columns = rows[~chosen], np.delete(columns, nearest[chosen])
    found = np.concatenate(pairs)
    order = np.argsort(found[:, 0], kind="stable")
    names = {"greedy": "greedy", "mutual": "mutual best match", "nearest": "best match"}
    return matching(
        found[order], np.concatenate(scores)[order], f"{names[method]} by {what}", sizes, followers
    )
