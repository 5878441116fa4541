"""Match: pairs of features, by cosine or by activations on shared samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from scipy import sparse
from scipy.optimize import linear_sum_assignment

from featuretopo.errors import FeaturetopoError, did_you_mean
from featuretopo.similarity.nearest import best_matches
from featuretopo.similarity.rows import Float64Array, FloatArray, IntArray, Rows, unit_pair

Method = Literal["hungarian", "greedy", "mutual", "nearest"]

# Below this share of its root mean square, what a float32 code varies by is rounding.
_CONSTANT = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """Pairs of features, and what they leave out.

    Attributes
    ----------
    pairs : ndarray of int, shape (m, 2)
        Row of a and row of b, in ascending order of a.
    score : ndarray, shape (m,)
        Cosine or correlation of each pair.
    method : str
        How the pairs were chosen, in words.
    unmatched_a, unmatched_b : float
        Share of each side's features without a partner.
    followers : ndarray of int, shape (n_b,)
        Of how many features of a each feature of b is the best match, before anything is made
        one-to-one.
    """

    pairs: IntArray
    score: FloatArray
    method: str
    unmatched_a: float
    unmatched_b: float
    followers: IntArray

    @property
    def hub_histogram(self) -> IntArray:
        """Features of b that are the best match of 0, 1, 2, ... features of a."""
        return np.bincount(self.followers)

    @property
    def hubs(self) -> int:
        """Features of b that are the best match of two or more features of a."""
        return int((self.followers > 1).sum())

    @property
    def unique_share(self) -> float:
        """Share of best matches that a feature of a has for itself; NaN where there is none."""
        total = int(self.followers.sum())
        return float((self.followers == 1).sum() / total) if total else float("nan")


def match(a: Rows, b: Rows, method: Method = "hungarian", least: float = -1.0) -> Matching:
    """Pair the features of two dictionaries, by signed cosine.

    Parameters
    ----------
    a, b : Dictionary or array_like, shapes (n_a, d) and (n_b, d)
        Features as rows: decoder rows, or encoder rows.
    method : {"hungarian", "greedy", "mutual", "nearest"}
        ``"hungarian"``: the one-to-one pairing of largest total cosine; holds the (n_a, n_b)
        matrix. The others take any size. ``"greedy"``: one to one, always the pair of largest
        cosine that is left. ``"mutual"``: pairs that are each other's best match; fewer.
        ``"nearest"``: every feature of a with its best match, which may serve many.
    least : float
        In [-1, 1). Only pairs of a larger cosine are made, and it is the cosine above `least`
        whose total is largest.

    Raises
    ------
    FeaturetopoError
        If the dimensions differ, a row has no direction, or an option is out of range.

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
    if method == "hungarian":
        return _by_total(np.clip(u @ v.T, -1.0, 1.0), least, "cosine")

    def best(rows: IntArray, columns: IntArray) -> _Best:
        found = best_matches(u[rows], v[columns])
        return found.b_of_a, found.cosine_of_a, found.a_of_b

    return _by_best(best, (len(u), len(v)), method, least, "cosine")


def match_codes(
    codes_a: Any, codes_b: Any, least: float = 0.0, *, method: Method = "hungarian"
) -> Matching:
    """Pair the latents of two SAEs, by correlation of their codes on shared samples.

    It needs no common space: the two may live in different dimensions. A latent that never
    varies (one that never fires, above all) gets no partner.

    Parameters
    ----------
    codes_a, codes_b : scipy.sparse matrix or array, shapes (n_samples, n_a), (n_samples, n_b)
        Non-negative codes of the same samples in the same order.
    least : float
        In [-1, 1). Only pairs of a larger correlation are made, and it is the correlation above
        `least` whose total is largest.
    method : {"hungarian", "greedy", "mutual", "nearest"}
        As in :func:`match`.

    Raises
    ------
    FeaturetopoError
        If the codes are not sparse, not of the same samples, fewer than 3 samples, negative or
        not finite, or an option is out of range.

    Examples
    --------
    >>> a = sparse.csr_array([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0], [3.0, 0.0]])
    >>> b = sparse.csr_array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 2.0, 0.0]])
    >>> match_codes(a, b).pairs.tolist()
    [[0, 1], [1, 0]]
    """
    _check_options(method, least)
    correlation, live_a, live_b = _correlation(codes_a, codes_b)
    live = correlation[np.ix_(live_a, live_b)]
    what = "correlation of codes"
    if method == "hungarian":
        found = _by_total(live, least, what)
    else:

        def best(rows: IntArray, columns: IntArray) -> _Best:
            score = live[np.ix_(rows, columns)]
            nearest = score.argmax(axis=1)
            return nearest, score[np.arange(len(rows)), nearest], score.argmax(axis=0)

        found = _by_best(best, live.shape, method, least, what)
    n_a, n_b = correlation.shape
    followers = np.zeros(n_b, np.int64)
    followers[live_b] = found.followers
    pairs = np.stack([live_a[found.pairs[:, 0]], live_b[found.pairs[:, 1]]], axis=1)
    return _matching(pairs, found.score, found.method, (n_a, n_b), followers)


def code_correlation(codes_a: Any, codes_b: Any) -> Float64Array:
    """Pearson correlation of every latent of a with every latent of b, on shared samples.

    Made from one sparse product; the samples are never dense.

    Parameters
    ----------
    codes_a, codes_b : scipy.sparse matrix or array, shapes (n_samples, n_a), (n_samples, n_b)
        Non-negative codes of the same samples in the same order.

    Returns
    -------
    ndarray, shape (n_a, n_b)
        In [-1, 1]; 0 where a latent never varies, never NaN.

    Raises
    ------
    FeaturetopoError
        If the codes are not sparse, not of the same samples, fewer than 3 samples, negative or
        not finite.

    Examples
    --------
    >>> codes = sparse.csr_array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    >>> code_correlation(codes, codes).round(6).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    return _correlation(codes_a, codes_b)[0]


def _correlation(codes_a: Any, codes_b: Any) -> tuple[Float64Array, IntArray, IntArray]:
    """Return the correlations and, per side, which latents vary."""
    a, b = _checked_codes(codes_a, "codes_a"), _checked_codes(codes_b, "codes_b")
    n = a.shape[0]
    if b.shape[0] != n:
        raise FeaturetopoError(
            f"{n} and {b.shape[0]} samples: both sides must see the same samples in the same order;"
            " encode one shared set of samples with both"
        )
    if n < 3:
        raise FeaturetopoError(f"{n} shared samples; a correlation needs at least 3: encode more")
    (mean_a, spread_a), (mean_b, spread_b) = _moments(a), _moments(b)
    product = (a.T @ b).toarray()  # (n_a, n_b)
    product -= np.outer(n * mean_a, mean_b)
    with np.errstate(divide="ignore"):
        scale_a, scale_b = (np.where(s > 0, 1 / s, 0.0) for s in (spread_a, spread_b))
    product *= scale_a[:, None]
    product *= scale_b
    np.clip(product, -1.0, 1.0, out=product)
    return product, np.flatnonzero(spread_a), np.flatnonzero(spread_b)


def _moments(codes: Any) -> tuple[Float64Array, Float64Array]:
    """Return each latent's mean and sqrt(sum of squared deviations), 0 for one that is constant."""
    n, n_latents = codes.shape
    column, value = codes.indices, codes.data
    mean = np.bincount(column, value, n_latents) / n
    stored = np.bincount(column, minlength=n_latents)
    # two passes: mean of squares less square of mean would cancel
    around = np.bincount(column, (value - mean[column]) ** 2, n_latents)
    deviation = around + (n - stored) * mean**2
    square = deviation + n * mean**2
    return mean, np.sqrt(np.where(deviation > _CONSTANT**2 * square, deviation, 0.0))


def _checked_codes(codes: Any, name: str) -> Any:
    if not sparse.issparse(codes):
        raise FeaturetopoError(
            f"{name} is {type(codes).__name__}, must be sparse: scipy.sparse.csr_array({name})"
        )
    rows = codes.tocsr()
    if not rows.has_canonical_format:
        rows = rows.copy()  # the caller's codes stay as they are
        rows.sum_duplicates()
    if not np.isfinite(rows.data).all() or rows.data.min(initial=0) < 0:
        raise FeaturetopoError(f"{name} holds negative, NaN or infinite values; codes are >= 0")
    return rows.astype(np.float64)


# best column of each row, its score, best row of each column
_Best = tuple[IntArray, FloatArray, IntArray]


def _check_options(method: str, least: float) -> None:
    if method not in get_args(Method):
        raise FeaturetopoError(f"unknown method {method!r}{did_you_mean(method, get_args(Method))}")
    if not -1 <= least < 1:
        raise FeaturetopoError(f"least={least} must lie in [-1, 1); 0 keeps what is alike at all")


def _by_total(score: FloatArray, least: float, what: str) -> Matching:
    """Match one to one, with the largest total of score - least."""
    gain = np.maximum(score - least, 0.0)
    rows, columns = linear_sum_assignment(gain, maximize=True)
    above = gain[rows, columns] > 0
    pairs = np.stack([rows[above], columns[above]], axis=1)
    favourites = score.argmax(axis=1)[score.max(axis=1) > least] if score.size else []
    followers = np.bincount(np.asarray(favourites, np.int64), minlength=score.shape[1])
    return _matching(pairs, score[tuple(pairs.T)], f"Hungarian by {what}", score.shape, followers)


def _by_best(
    best: Callable[[IntArray, IntArray], _Best],
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
    return _matching(
        found[order], np.concatenate(scores)[order], f"{names[method]} by {what}", sizes, followers
    )


def _matching(
    pairs: IntArray, score: FloatArray, method: str, sizes: tuple[int, ...], followers: IntArray
) -> Matching:
    n_a, n_b = (max(1, n) for n in sizes)  # without latents that vary, nobody is left over
    matched_a, matched_b = (len(np.unique(side)) for side in pairs.T)
    return Matching(pairs, score, method, 1 - matched_a / n_a, 1 - matched_b / n_b, followers)
