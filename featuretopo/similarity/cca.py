"""CCA and SVCCA: canonical correlations of paired rows, with what is forced by counting told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featuretopo.checks import check_number
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.similarity.rows import (
    Float64Array,
    Rows,
    centred,
    paired_rows,
    scaled,
    scaled_pairs,
)

_EVEN = 1e-4  # least of the eigenvalues, of the largest, by which vectors keep 12 digits
_SURELY = 1e-3  # least of the extents, of the largest, that is rounding in no type


@dataclass(frozen=True, slots=True, eq=False)
class CCA:
    """Canonical correlations of two sets of paired rows.

    Attributes
    ----------
    correlations : ndarray, shape (k,)
        Descending, in [0, 1]; k is the smaller of the two `dimensions`.
    dimensions : tuple of int
        Directions that each side varies in (for SVCCA: that were kept).
    forced : int
        How many of the correlations are 1 by counting alone: two subspaces of these dimensions
        among the n - 1 of all centred columns (n: rows, a pair that stands twice counted once) meet
        in at least that many, whatever the data.
    """

    correlations: Float64Array
    dimensions: tuple[int, int]
    forced: int

    @property
    def mean(self) -> float:
        """Mean canonical correlation."""
        return float(self.correlations.mean())

    @property
    def mean_squared(self) -> float:
        """Mean squared canonical correlation (what some call CCA R^2)."""
        return float((self.correlations**2).mean())


def cca(x: Rows, y: Rows) -> CCA:
    """Canonical correlations of two sets of paired rows.

    Columns are centred. A constant or dependent column adds no dimension, so the figures do
    not change when a column is repeated, scaled or mixed into others.

    Parameters
    ----------
    x, y : Dictionary or array_like, shapes (n, d_x) and (n, d_y)
        Row i of `x` is the partner of row i of `y`.

    Raises
    ------
    FeaturetopoError
        If the numbers of rows differ, a value is not finite, one side does not vary, or every
        correlation is 1 by counting alone: the case once either side varies in all n - 1
        directions that n centred rows have, rows that are the same on both sides counted once.
        Where only some are, `CCA.forced` says how many; none are when n > dimension of x +
        dimension of y.

    Notes
    -----
    Source: Hotelling, Biometrika 28 (1936) 321; as the cosines between subspaces, Bjorck and
    Golub, Mathematics of Computation 27 (1973) 579.

    Examples
    --------
    >>> x = [[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 5.0], [4.0, 2.0]]
    >>> found = cca(x, [[7.0], [5.0], [3.0], [1.0], [-1.0]])
    >>> found.correlations.round(6).tolist(), found.dimensions, found.forced
    ([1.0], (2, 1), 0)
    """
    different = different_pairs(*scaled_pairs(x, y))
    return cca_of_bases(column_basis(x), column_basis(y), different)


def svcca(x: Rows, y: Rows, variance: float = 0.99) -> CCA:
    """Canonical correlations between the main principal components of each side.

    Per side, the fewest components that hold the share `variance` of the variance; the
    correlations are as many as the smaller count.

    Parameters
    ----------
    x, y : Dictionary or array_like, shapes (n, d_x) and (n, d_y)
        Row i of `x` is the partner of row i of `y`.
    variance : float
        In (0, 1].

    Raises
    ------
    FeaturetopoError
        As :func:`cca`, on the dimensions that were kept; or if `variance` is out of range.

    Notes
    -----
    Source: Raghu, Gilmer, Yosinski and Sohl-Dickstein, "SVCCA" (NeurIPS 2017).

    Examples
    --------
    >>> x = [[0.0, 0.01], [1.0, 0.0], [2.0, 0.01], [3.0, 0.05], [4.0, 0.02]]
    >>> svcca(x, x).dimensions
    (1, 1)
    """
    different = different_pairs(*scaled_pairs(x, y))
    return cca_of_bases(column_basis(x, variance), column_basis(y, variance), different)


def cca_of_bases(u: Float64Array, v: Float64Array, different: int | None = None) -> CCA:
    """Canonical correlations from one :func:`column_basis` a side.

    A null that re-pairs rows needs no new basis: ``cca_of_bases(u, v[permutation])``.

    Parameters
    ----------
    u, v : ndarray, shapes (n, k_x) and (n, k_y)
        Orthonormal, centred columns.
    different : int, optional
        How many of the paired rows are different (:func:`different_pairs`). Default: all.

    Raises
    ------
    FeaturetopoError
        If every correlation is 1 by counting alone.

    Examples
    --------
    >>> u = column_basis([[0.0], [1.0], [5.0], [2.0]])
    >>> cca_of_bases(u, -u).correlations.round(6).tolist()
    [1.0]
    """
    n, kept = len(u) if different is None else different, (u.shape[1], v.shape[1])
    if max(kept) >= n - 1:
        raise FeaturetopoError(
            f"{n} different rows that vary in {kept[0]} and {kept[1]} directions: once one side "
            f"fills all n - 1 = {n - 1}, every canonical correlation is 1 whatever the data; give "
            f"at least {sum(kept) + 1} rows, or keep fewer directions with similarity.svcca"
        )
    correlations = np.clip(np.linalg.svd(u.T @ v, compute_uv=False), 0.0, 1.0)
    return CCA(correlations, kept, max(0, sum(kept) - (n - 1)))


def different_pairs(x: Float64Array, y: Float64Array) -> int:
    """Count the paired rows, those that are the same on both sides once.

    Parameters
    ----------
    x, y : ndarray, shapes (n, d_x) and (n, d_y)

    Examples
    --------
    >>> different_pairs(np.array([[1.0], [1.0], [1.0]]), np.array([[0.0], [2.0], [0.0]]))
    2
    """
    weights = np.random.default_rng(0).standard_normal(x.shape[1] + y.shape[1])
    # equal rows have equal sums; unequal ones by chance do so too seldom to matter
    sums = (x * weights[: x.shape[1]]).sum(axis=1) + (y * weights[x.shape[1] :]).sum(axis=1)
    return len(np.unique(sums))


def surely_forced(x: Float64Array, y: Float64Array) -> bool:
    """Whether one side surely varies in all n - 1 directions, so that CCA is refused.

    Told in a hundredth of the time that a basis takes: a null asks it for every draw. A side that
    varies in all of them but barely is left to :func:`cca` to judge.

    Parameters
    ----------
    x, y : ndarray, shapes (n, d_x) and (n, d_y)

    Examples
    --------
    >>> rows = np.random.default_rng(0).standard_normal((5, 8))
    >>> surely_forced(rows, rows), surely_forced(rows[:, :2], rows[:, :2])
    (True, False)
    """
    for rows in (x, y):
        if not 2 < len(rows) <= rows.shape[1] + 1:
            continue
        spread = rows.std(axis=0)
        varies = spread > _SURELY * np.abs(rows).max()
        scaled = ((rows - rows.mean(axis=0)) / np.where(varies, spread, 1))[1:, varies]
        squared = np.linalg.eigvalsh(scaled @ scaled.T)  # (n - 1,), ascending
        if squared[0] > _SURELY**2 * squared[-1] > 0:
            return True
    return False


def column_basis(x: Rows, variance: float | None = None) -> Float64Array:
    """Orthonormal basis of the space that the centred columns of `x` span.

    Parameters
    ----------
    x : Dictionary or array_like, shape (n, d)
    variance : float, optional
        In (0, 1]: keep the fewest principal components that hold this share of the variance.
        Default: the whole space, down to what is rounding in the type of the input.

    Returns
    -------
    ndarray, shape (n, k)

    Raises
    ------
    FeaturetopoError
        If a value is not finite, no column varies, or `variance` is out of range.

    Examples
    --------
    >>> column_basis([[0.0, 1.0, 9.0], [1.0, 3.0, 9.0], [2.0, 5.0, 9.0]]).shape
    (3, 1)
    """
    if variance is not None:
        check_number("variance", variance)
        if not 0 < variance <= 1:
            raise FeaturetopoError(f"variance={variance} must lie in (0, 1]; 0.99 is usual")
    rows, _ = paired_rows(x, x)
    rows = scaled(rows, axis=0 if variance is None else None)
    eps = _rounding(x)
    moved = centred(rows)
    length, spread = np.linalg.norm(rows, axis=0), np.linalg.norm(moved, axis=0)
    varies = spread > 4 * eps * length
    if not varies.any():
        raise FeaturetopoError(f"none of the {rows.shape[1]} columns varies; nothing to correlate")
    # CCA does not see the scale of a column, the numerical rank does: so all get one scale.
    # SVCCA asks for the variance as it is.
    scale = spread[varies] if variance is None else np.ones(int(varies.sum()))
    u, s = _left_singular(moved[:, varies] / scale)
    noise = np.sqrt(max(rows.shape)) * s[0] + np.linalg.norm(length[varies] / scale)
    rank = max(1, int((s > 4 * eps * noise).sum()))
    held = np.cumsum(s**2)
    share = 1.0 if variance is None else variance
    kept = min(rank, 1 + int(np.searchsorted(held, share * held[-1] * (1 - 1e-12))))
    basis: Float64Array = u[:, : rank if variance is None else kept]
    return basis


def _left_singular(x: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Left singular vectors and singular values, descending.

    Of more rows than columns, by way of the columns' products, in a third of the time. Their
    eigenvalues are squares, which lose digits of what is small: so only where nothing is.
    """
    if len(x) > x.shape[1]:
        squared, directions = np.linalg.eigh(x.T @ x)
        if squared[0] > _EVEN * squared[-1]:
            s = np.sqrt(squared[::-1])
            return (x @ directions)[:, ::-1] / s, s  # (a product with the reverse is slow)
    u, s, _ = np.linalg.svd(x, full_matrices=False)
    return u, s


def _rounding(x: Rows) -> float:
    given = (x.vectors if isinstance(x, Dictionary) else np.asarray(x)).dtype
    return float(np.finfo(given if np.issubdtype(given, np.floating) else np.float64).eps)
