"""Match: pairs of features, by cosine or by activations on shared samples."""

from __future__ import annotations

from typing import get_args

import numpy as np

from featuretopo.checks import check_number
from featuretopo.errors import FeaturetopoError, did_you_mean
from featuretopo.similarity.candidates import cosines_above
from featuretopo.similarity.choice import (
    Best,
    Method,
    check_size,
    from_best,
    from_candidates,
    from_scores,
)
from featuretopo.similarity.code_correlation import Codes, code_moments
from featuretopo.similarity.matching import Matching, matching
from featuretopo.similarity.nearest import BestMatches, best_matches, nearest_rows
from featuretopo.similarity.rows import FloatArray, IntArray, Rows, unit_pair

MUTUAL_BY_COSINE = "mutual best match by cosine"


def match(a: Rows, b: Rows, method: Method = "hungarian", least: float = -1.0) -> Matching:
    """Pair the features of two dictionaries, by signed cosine.

    Parameters
    ----------
    a, b : Dictionary or array_like, shapes (n_a, d) and (n_b, d)
        Features as rows: decoder rows, or encoder rows.
    method : {"hungarian", "greedy", "mutual", "nearest", "transport"}
        ``"hungarian"``: the one-to-one pairing of largest total cosine. ``"greedy"``: one to
        one, always the pair of largest cosine that is left. ``"mutual"``: pairs that are each
        other's best match; fewer. ``"nearest"``: every feature of a with its best match, which may
        serve many. ``"transport"``: every feature of either side weighs the same and is dealt out
        in shares, with the largest total cosine: many to many where the sizes differ (solver: POT).
    least : float
        In [-1, 1). Only pairs of a larger cosine are made. With ``"hungarian"``, it is the cosine
        above `least` whose total is largest; with ``"transport"``, pairs below it are dropped
        afterwards.

    Raises
    ------
    FeaturetopoError
        If the dimensions differ, a row has no direction, an option is out of range, or there is
        too much to choose among: above 33 million pairs, ``"hungarian"`` lists those with a cosine
        above `least`, at most 50 million, and ``"transport"`` is not to be had.

    Notes
    -----
    Source: Kuhn, Naval Research Logistics Quarterly 2 (1955) 83.

    Examples
    --------
    >>> found = match([[1.0, 0.0], [0.8, 0.6]], [[0.0, 1.0], [1.0, 0.1], [-1.0, 0.0]])
    >>> found.pairs.tolist(), round(found.unmatched_b, 2), found.hub_histogram.tolist()
    ([[0, 1], [1, 0]], 0.33, [2, 0, 1])
    """
    _check_options(method, least)
    u, v = unit_pair(a, b)
    sizes = len(u), len(v)
    dense, what = check_size(method, sizes), "cosine"
    if method == "mutual":
        return mutual_rows(u, v, least)
    if method in ("hungarian", "transport"):
        if dense:
            return from_scores(np.clip(u @ v.T, -1.0, 1.0), method, least, what)
        return from_candidates(cosines_above(u, v, least), method, least, what)

    def best(rows: IntArray, columns: IntArray) -> Best:
        found = best_matches(u[rows], v[columns])
        return found.b_of_a, found.cosine_of_a, found.a_of_b

    return from_best(best, sizes, method, least, what)


def match_codes(
    codes_a: Codes, codes_b: Codes, least: float = 0.0, *, method: Method = "hungarian"
) -> Matching:
    """Pair the latents of two SAEs, by correlation of their codes on shared samples.

    It needs no common space: the two may live in different dimensions. A latent that never
    varies (one that never fires, above all) gets no partner.

    Parameters
    ----------
    codes_a, codes_b : scipy.sparse matrix or array, shapes (n_samples, n_a), (n_samples, n_b)
        Non-negative codes of the same samples in the same order. Or, on both sides, an iterable
        of such blocks.
    least : float
        In [-1, 1). Only pairs of a larger correlation are made; see :func:`match`.
    method : {"hungarian", "greedy", "mutual", "nearest", "transport"}
        As in :func:`match`.

    Raises
    ------
    FeaturetopoError
        If the codes are not sparse, not of the same samples, fewer than 3 samples, negative or
        not finite, an option is out of range, or there is too much to choose among: above 33
        million pairs only latents that fire together are looked at, so that `least` must be at
        least 0.

    Examples
    --------
    >>> from scipy import sparse
    >>> a = sparse.csr_array([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0], [3.0, 0.0]])
    >>> b = sparse.csr_array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 2.0, 0.0]])
    >>> match_codes(a, b).pairs.tolist()
    [[0, 1], [1, 0]]
    """
    _check_options(method, least)
    moments = code_moments(codes_a, codes_b)
    what = "correlation of codes"
    n_a, n_b = moments.sizes
    if not check_size(method, moments.sizes):
        if least < 0:
            raise FeaturetopoError(
                f"least={least} with {n_a:,} and {n_b:,} latents: only those that fire together "
                "are looked at, which takes a bound of 0 or more"
            )
        return from_candidates(moments.above(least), method, least, what)
    live_a, live_b = moments.live
    live = moments.correlation()[np.ix_(live_a, live_b)]
    found = from_scores(live, method, least, what)
    followers = np.zeros(n_b, np.int64)
    followers[live_b] = found.followers
    pairs = np.stack([live_a[found.pairs[:, 0]], live_b[found.pairs[:, 1]]], axis=1)
    return matching(pairs, found.score, found.method, (n_a, n_b), followers, found.share)


def mutual_of(best: BestMatches) -> Matching:
    """Pair what is each other's best match, of best matches that are at hand.

    Examples
    --------
    >>> mutual_of(best_matches([[1.0, 0.0], [1.0, 0.1]], [[0.0, 1.0], [1.0, 0.0]])).pairs.tolist()
    [[0, 1]]
    """
    sizes = len(best.b_of_a), len(best.a_of_b)
    chosen = np.flatnonzero(best.a_of_b[best.b_of_a] == np.arange(sizes[0]))
    pairs = np.column_stack([chosen, best.b_of_a[chosen]])
    followers = np.bincount(best.b_of_a, minlength=sizes[1])
    return matching(pairs, best.cosine_of_a[chosen], MUTUAL_BY_COSINE, sizes, followers)


def mutual_rows(u: FloatArray, v: FloatArray, least: float = 0.0) -> Matching:
    """Pair unit rows, shapes (n_a, d) and (n_b, d), that are each other's best match.

    No more is looked back from than what is a best. As :func:`match` does it, but nothing is
    checked or scaled: of many rows, that takes longer than finding the best of a few.

    Examples
    --------
    >>> mutual_rows(np.eye(2), np.array([[0.6, 0.8], [1.0, 0.0]])).pairs.tolist()
    [[0, 1], [1, 0]]
    """
    best, cosine = nearest_rows(u, v)
    chosen = np.flatnonzero(cosine > least)
    back, _ = nearest_rows(v[best[chosen]], u)
    followers = np.bincount(best[chosen], minlength=len(v))
    chosen = chosen[back == chosen]
    pairs = np.column_stack([chosen, best[chosen]])
    return matching(pairs, cosine[chosen], MUTUAL_BY_COSINE, (len(u), len(v)), followers)


def _check_options(method: str, least: float) -> None:
    if method not in get_args(Method):
        raise FeaturetopoError(f"unknown method {method!r}{did_you_mean(method, get_args(Method))}")
    check_number("least", least)
    if not -1 <= least < 1:
        raise FeaturetopoError(f"least={least} must lie in [-1, 1); 0 keeps what is alike at all")
