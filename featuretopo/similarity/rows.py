"""Rows: what every similarity measure takes, checked once: a Dictionary or a bare array."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import numpy as np
import numpy.typing as npt

from featuretopo.arrays import to_array
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError

FloatArray = npt.NDArray[np.floating[Any]]
Float64Array = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.integer[Any]]
Floats = TypeVar("Floats", bound=FloatArray)
Rows = Dictionary | npt.ArrayLike

_BLOCK = 8192  # rows


def unit_rows(x: Rows, name: str) -> FloatArray:
    """Return the directions of `x`, each row of length 1.

    Parameters
    ----------
    x : Dictionary or array_like, shape (n, d)
        Features as rows.
    name : str
        What an error calls it.

    Returns
    -------
    ndarray, shape (n, d)
        float32 for a Dictionary and for float32 arrays, float64 for all else.

    Raises
    ------
    FeaturetopoError
        If `x` is no (n, d) array of finite rows, or a row is zero.

    Examples
    --------
    >>> unit_rows([[3.0, 4.0]], "a").tolist()
    [[0.6, 0.8]]
    """
    if isinstance(x, Dictionary):
        return x.unit
    given = to_array(x)
    _check_matrix(given, name)
    unit: FloatArray = np.empty(
        given.shape, np.float32 if given.dtype == np.float32 else np.float64
    )
    for start in range(0, len(given), _BLOCK):  # so that no float64 copy of it all is made
        rows = scaled(_finite(given[start : start + _BLOCK], name, start), axis=1)
        length = np.linalg.norm(rows, axis=1, keepdims=True)
        if not length.all():
            zero = start + int(np.flatnonzero(length == 0)[0])
            raise FeaturetopoError(f"row {zero} of {name} is zero and so has no direction; drop it")
        unit[start : start + len(rows)] = rows / length
    return unit


def unit_pair(a: Rows, b: Rows) -> tuple[FloatArray, FloatArray]:
    """Return the directions of `a` (n_a, d) and `b` (n_b, d), refusing different dimensions.

    Raises
    ------
    FeaturetopoError
        If one of them is refused by :func:`unit_rows`, or d differs.

    Examples
    --------
    >>> u, v = unit_pair([[2.0, 0.0]], [[0.0, 5.0], [1.0, 0.0]])
    >>> (u @ v.T).tolist()
    [[0.0, 1.0]]
    """
    u, v = unit_rows(a, "a"), unit_rows(b, "b")
    if u.shape[1] != v.shape[1]:
        raise FeaturetopoError(
            f"dimensions {u.shape[1]} and {v.shape[1]} differ: a cosine needs one common space; "
            "carry one into the other's space first: similarity.procrustes, or pair them through "
            "activations: similarity.match_codes"
        )
    return u, v


def paired_rows(x: Rows, y: Rows) -> tuple[Float64Array, Float64Array]:
    """Return `x` (n, d_x) and `y` (n, d_y) as float64 arrays whose rows are pairs.

    A Dictionary gives its vectors as they are, not scaled to length 1.

    Raises
    ------
    FeaturetopoError
        If one is no array of finite rows, or the numbers of rows differ, or there are fewer
        than 2.

    Examples
    --------
    >>> x, y = paired_rows([[1, 2], [3, 4]], [[1], [2]])
    >>> x.shape, y.shape
    ((2, 2), (2, 1))
    """
    left, right = (
        _matrix(z.vectors if isinstance(z, Dictionary) else to_array(z), name)
        for z, name in ((x, "x"), (y, "y"))
    )
    if len(left) != len(right):
        raise FeaturetopoError(
            f"{len(left)} rows of x and {len(right)} rows of y: row i of x must be the partner of "
            "row i of y; pair them first: similarity.match or similarity.match_codes"
        )
    if len(left) < 2:
        raise FeaturetopoError(f"{len(left)} pairs of rows; needs at least 2: give more pairs")
    return left, right


def scaled_pairs(x: Rows, y: Rows) -> tuple[Float64Array, Float64Array]:
    """As :func:`paired_rows`, each side scaled: for measures that no scale changes.

    Examples
    --------
    >>> x, y = scaled_pairs([[1e200], [2e200]], [[1e-200], [0]])
    >>> (x / x.max()).tolist(), (y / y.max()).tolist()
    ([[0.5], [1.0]], [[1.0], [0.0]])
    """
    left, right = paired_rows(x, y)
    return scaled(left), scaled(right)


def scaled(x: Floats, axis: int | None = None) -> Floats:
    """Return `x` over the power of two that brings its largest entry near 1, rounding nothing.

    Of huge or tiny entries the squares, which most measures add up, would be infinite or 0.

    Parameters
    ----------
    x : ndarray, shape (n, d)
    axis : int, optional
        1: each row in units of its own; 0: each column. Default: one unit for all.

    Examples
    --------
    >>> scaled(np.array([[3.0, -4.0], [0.0, 24.0]])).tolist()
    [[0.09375, -0.125], [0.0, 0.75]]
    >>> scaled(np.array([[3.0, -4.0], [0.0, 24.0]]), axis=1).tolist()
    [[0.375, -0.5], [0.0, 0.75]]
    """
    power = np.frexp(np.abs(x).max(axis=axis, keepdims=True))[1]
    return cast("Floats", np.ldexp(x, -power))


def rounding(x: Rows) -> float:
    """Up to where figures made of unit rows are rounding, by the type that `x` came in.

    Examples
    --------
    >>> rounding(np.eye(2)), rounding(np.eye(2, dtype=np.float32))
    (1e-12, 1e-06)
    """
    given = x.vectors if isinstance(x, Dictionary) else to_array(x)
    return 1e-6 if given.dtype == np.float32 else 1e-12


def centred(x: Float64Array) -> Float64Array:
    """Return `x` (n, d) less the mean of each column: of a constant one, nothing is left.

    Examples
    --------
    >>> centred(np.array([[0.1, 1.0], [0.1, 3.0]])).tolist()
    [[0.0, -1.0], [0.0, 1.0]]
    """
    once = x - x.mean(axis=0)
    # a sum of n rows rounds n times; what that left of the mean is taken off by a second one
    rest: Float64Array = once - once.mean(axis=0)
    return rest


def _matrix(x: npt.NDArray[Any], name: str) -> Float64Array:
    _check_matrix(x, name)
    return _finite(x, name, 0)


def _check_matrix(x: npt.NDArray[Any], name: str) -> None:
    if x.ndim != 2 or 0 in x.shape:
        raise FeaturetopoError(f"{name} of shape {x.shape} must be (n, d), n and d at least 1")
    if not (np.issubdtype(x.dtype, np.floating) or np.issubdtype(x.dtype, np.integer)):
        raise FeaturetopoError(f"{name} holds {x.dtype}; give real numbers")


def _finite(x: npt.NDArray[Any], name: str, first: int) -> Float64Array:
    """Return rows in double precision; `first` is the number of the first of them."""
    rows = x.astype(np.float64)
    bad = np.flatnonzero(~np.isfinite(rows).all(axis=1))
    if len(bad):
        raise FeaturetopoError(
            f"row {first + bad[0]} of {name} holds NaN or infinite values; drop or mend it"
        )
    return rows
