"""Match: one-to-one pairs of features, by cosine or by activations on shared samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy import sparse
from scipy.optimize import linear_sum_assignment

from featuretopo.errors import FeaturetopoError
from featuretopo.similarity.nearest import best_matches
from featuretopo.similarity.rows import Float64Array, FloatArray, IntArray, Rows, unit_pair

# Below this share of its root mean square, what a float32 code varies by is rounding.
_CONSTANT = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Matching:
    """One-to-one pairs of features, and what they leave out.

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
    hubs : int
        How many features of b are the best match of two or more features of a, before anything
        is made one-to-one.
    """

    pairs: IntArray
    score: FloatArray
    method: str
    unmatched_a: float
    unmatched_b: float
    hubs: int


def match(
    a: Rows, b: Rows, method: Literal["hungarian", "mutual"] = "hungarian", least: float = -1.0
) -> Matching:
    """Pair the features of two dictionaries one to one, by signed cosine.

    Parameters
    ----------
    a, b : Dictionary or array_like, shapes (n_a, d) and (n_b, d)
        Features as rows.
    method : {"hungarian", "mutual"}
        ``"hungarian"``: the one-to-one pairing of largest total cosine; holds the (n_a, n_b)
        matrix. ``"mutual"``: pairs that are each other's best match; any size, fewer pairs.
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
    >>> found.pairs.tolist(), round(found.unmatched_b, 2), found.hubs
    ([[0, 1], [1, 0]], 0.33, 1)
    """
    if method not in ("hungarian", "mutual"):
        raise FeaturetopoError(f"method={method!r} must be 'hungarian' or 'mutual'")
    _check_least(least)
    if method == "mutual":
        best = best_matches(a, b)
        rows = np.arange(len(best.b_of_a))
        both = (best.a_of_b[best.b_of_a] == rows) & (best.cosine_of_a > least)
        return _matching(
            np.stack([rows[both], best.b_of_a[both]], axis=1),
            best.cosine_of_a[both],
            "mutual best match by cosine",
            (len(rows), len(best.a_of_b)),
            best.b_of_a[best.cosine_of_a > least],
        )
    u, v = unit_pair(a, b)
    cos = np.clip(u @ v.T, -1.0, 1.0)  # (n_a, n_b)
    pairs = _largest_total(cos, least)
    return _matching(
        pairs, cos[tuple(pairs.T)], "Hungarian by cosine", cos.shape, _favourites(cos, least)
    )


def match_codes(codes_a: Any, codes_b: Any, least: float = 0.0) -> Matching:
    """Pair the latents of two SAEs one to one, by correlation of their codes on shared samples.

    It needs no common space: the two may live in different dimensions. A latent that never
    varies (one that never fires, above all) gets no partner.

    Parameters
    ----------
    codes_a, codes_b : scipy.sparse matrix or array, shapes (n_samples, n_a), (n_samples, n_b)
        Non-negative codes of the same samples in the same order.
    least : float
        In [-1, 1). Only pairs of a larger correlation are made, and it is the correlation above
        `least` whose total is largest.

    Raises
    ------
    FeaturetopoError
        If the codes are not sparse, not of the same samples, fewer than 3 samples, negative or
        not finite, or `least` is out of range.

    Examples
    --------
    >>> a = sparse.csr_array([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0], [3.0, 0.0]])
    >>> b = sparse.csr_array([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 2.0, 0.0]])
    >>> match_codes(a, b).pairs.tolist()
    [[0, 1], [1, 0]]
    """
    _check_least(least)
    correlation, live_a, live_b = _correlation(codes_a, codes_b)
    live = correlation[np.ix_(live_a, live_b)]
    pairs = _largest_total(live, least)
    return _matching(
        np.stack([live_a[pairs[:, 0]], live_b[pairs[:, 1]]], axis=1),
        live[tuple(pairs.T)],
        "Hungarian by correlation of codes",
        correlation.shape,
        _favourites(live, least),
    )


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


def _check_least(least: float) -> None:
    if not -1 <= least < 1:
        raise FeaturetopoError(f"least={least} must lie in [-1, 1); 0 keeps what is alike at all")


def _largest_total(score: FloatArray, least: float) -> IntArray:
    """Pairs of the partial one-to-one pairing with the largest total of score - least."""
    gain = np.maximum(score - least, 0.0)
    rows, columns = linear_sum_assignment(gain, maximize=True)
    above = gain[rows, columns] > 0
    pairs: IntArray = np.stack([rows[above], columns[above]], axis=1)
    return pairs


def _favourites(score: FloatArray, least: float) -> IntArray:
    """Best column of each row that has one above `least`."""
    if not score.size:
        return np.zeros(0, np.int64)
    best: IntArray = score.argmax(axis=1)[score.max(axis=1) > least]
    return best


def _matching(
    pairs: IntArray,
    score: FloatArray,
    method: str,
    sizes: tuple[int, ...],
    favourites: IntArray,
) -> Matching:
    n_a, n_b = sizes
    hubs = int((np.bincount(favourites) > 1).sum())
    return Matching(pairs, score, method, 1 - len(pairs) / n_a, 1 - len(pairs) / n_b, hubs)
