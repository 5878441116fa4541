"""What counts as a firing, and in which forms codes may come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from scipy import sparse

from featuretopo.arrays import to_array
from featuretopo.errors import FeaturetopoError


def firings(codes: Any, n_features: int | None) -> Iterator[Any]:
    """Go through batches of codes; yield of each which features fire in which sample.

    Parameters
    ----------
    codes, n_features
        As in :func:`pair_counts`.

    Yields
    ------
    scipy CSR array of bool, shape (b, n_features)
        True where a code is above 0; columns ascend within a row.

    Raises
    ------
    FeaturetopoError
        If codes are of another form, not finite, negative or of changing width.

    Examples
    --------
    >>> [fired] = firings([[0.0, 2.0], [0.5, 0.0]], None)
    >>> fired.toarray().tolist()
    [[False, True], [True, False]]
    """
    width = n_features
    whole = isinstance(n_features, int | np.integer) and not isinstance(n_features, bool)
    if n_features is not None and (not whole or n_features < 1):
        raise FeaturetopoError(f"n_features={n_features!r} must be a whole number, at least 1")
    for batch in _batches(codes, n_features is not None):
        fired = _fired(batch, n_features)
        if width is not None and fired.shape[1] != width:
            raise FeaturetopoError(
                f"batches of {width} and of {fired.shape[1]} features: give one column per feature "
                "in every batch"
            )
        width = fired.shape[1]
        yield fired


def _batches(codes: Any, as_pairs: bool) -> Iterable[Any]:
    """Tell one batch from an iterable of them."""
    if as_pairs:
        one = isinstance(codes, tuple) and len(codes) == 2 and not isinstance(codes[0], tuple)
    else:
        _refuse_pair(codes)
        one = _is_batch(codes)
    if one:
        return [codes]
    if not isinstance(codes, Iterable):
        raise FeaturetopoError(
            f"codes are {type(codes).__name__}; give an array or sparse matrix (samples, features),"
            " Codes, or batches of these"
        )
    return codes


def _refuse_pair(codes: Any) -> None:
    """Refuse indices and values that two batches of codes look like: they would be counted."""
    if not isinstance(codes, tuple | list) or len(codes) != 2:
        return
    indices, values = codes
    if not all(isinstance(part, np.ndarray) or hasattr(part, "detach") for part in codes):
        return
    whole, real = (to_array(part).dtype.kind for part in codes)
    if indices.ndim == 2 and indices.shape == values.shape and whole in "iu" and real == "f":
        raise FeaturetopoError(
            f"whole numbers beside values, both of shape {tuple(indices.shape)}, are features that "
            "fire and how strongly: say how many features there are, n_features="
        )


def _is_batch(codes: Any) -> bool:
    if sparse.issparse(codes) or hasattr(codes, "strengths") or hasattr(codes, "codes"):
        return True
    if isinstance(codes, np.ndarray) or hasattr(codes, "detach"):  # a tensor
        return bool(codes.ndim == 2 or (codes.ndim == 1 and codes.dtype != object))
    # rows of numbers
    row = codes[0] if isinstance(codes, list) and codes else None
    return np.isscalar(row) or (isinstance(row, list) and bool(row) and np.isscalar(row[0]))


def _fired(batch: Any, n_features: int | None) -> Any:
    if n_features is not None:
        return _from_pair(batch, n_features)
    _refuse_pair(batch)
    batch = getattr(batch, "codes", batch)  # samples of a simulated LLM
    if hasattr(batch, "strengths"):
        shape = len(batch.starts) - 1, batch.n_features
        batch = sparse.csr_array((batch.strengths, batch.features, batch.starts), shape)
    elif not sparse.issparse(batch):
        dense = _numbers(batch)
        if dense.ndim != 2:
            raise FeaturetopoError(
                f"a batch of codes of shape {dense.shape} must have shape (samples, features); of "
                "one sample, give codes[None]"
            )
        _check(dense)
        return sparse.csr_array(dense > 0)
    rows = sparse.csr_array(batch)
    if rows.dtype.kind not in "biuf":
        raise FeaturetopoError(f"codes of type {rows.dtype} must be real numbers")
    _check(rows.data)
    return _sorted(rows.indptr, rows.indices, rows.data > 0, rows.shape)


def _from_pair(batch: Any, n_features: int) -> Any:
    """Read the features that fire, (b, k), and how strongly: 0 where fewer than k do."""
    if not isinstance(batch, tuple | list) or len(batch) != 2:
        raise FeaturetopoError(
            "with n_features, every batch is a pair (indices, values); for whole codes leave it out"
        )
    indices, values = _numbers(batch[0]), _numbers(batch[1])
    if indices.ndim != 2 or indices.shape != values.shape:
        raise FeaturetopoError(
            f"indices of shape {indices.shape} and values of shape {values.shape}: both must have "
            "shape (samples, k)"
        )
    if indices.dtype.kind not in "iu":
        raise FeaturetopoError(f"indices of type {indices.dtype} must be integers")
    _check(values)
    fires = values > 0
    found = indices[fires]
    wrong = found[(found < 0) | (found >= n_features)]
    if len(wrong):
        raise FeaturetopoError(
            f"feature {wrong[0]} fires, but there are those from 0 to {n_features - 1}: check "
            "n_features; what fills a row up has value 0"
        )
    starts = np.concatenate([[0], np.cumsum(fires.sum(axis=1))])
    return _sorted(starts, found, np.ones(len(found), bool), (len(indices), n_features))


def _sorted(starts: Any, features: Any, fires: Any, shape: tuple[int, int]) -> Any:
    rows = sparse.csr_array((fires, features, starts), shape, copy=True)
    rows.sum_duplicates()  # sorts, and joins what stands twice
    rows.eliminate_zeros()
    return rows


def _numbers(values: Any) -> Any:
    try:
        array = to_array(values)
    except (TypeError, ValueError) as error:
        raise FeaturetopoError(f"codes must be an array of numbers: {error}") from error
    if array.dtype.kind not in "biuf":
        raise FeaturetopoError(f"codes of type {array.dtype} must be real numbers")
    return array


def _check(values: Any) -> None:
    if not np.isfinite(values).all():
        raise FeaturetopoError("codes hold NaN or infinite values; drop those samples")
    if values.size and values.min() < 0:
        raise FeaturetopoError(
            f"codes hold a negative value, {values.min():.3g}: a feature fires above 0, or not at "
            "all; clip them"
        )
