"""PWCCA: canonical correlations weighted by how much of one side their directions carry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featuretopo.similarity.cca import cca_of_bases, column_basis, different_pairs
from featuretopo.similarity.rows import Float64Array, Rows, centred, scaled_pairs


@dataclass(frozen=True, slots=True)
class PWCCA:
    """Projection-weighted means of the canonical correlations.

    Attributes
    ----------
    by_x, by_y : float
        By the paper's formula: a canonical direction counts by the sum of its absolute products
        with the centred columns of x (of y).
    published : float
        By the authors' code, which most figures in the literature come from; ``float(result)`` is
        this one. It weights by the narrower side (x if both are as wide), takes directions before
        they are whitened, adds column means to them and makes them orthogonal one after another.
        So it depends on the origin, and on signs that a singular value decomposition leaves open:
        quote it beside figures of that code, and `by_x` for what was meant.
    forced : int
        Canonical correlations that are 1 by counting alone, as in :class:`CCA`: with few rows they
        bring all three values near 1, whatever the data.
    """

    by_x: float
    by_y: float
    published: float
    forced: int

    def __float__(self) -> float:
        return self.published


def pwcca(x: Rows, y: Rows) -> PWCCA:
    """Projection-weighted CCA of two sets of paired rows.

    Parameters
    ----------
    x, y : Dictionary or array_like, shapes (n, d_x) and (n, d_y)
        Row i of `x` is the partner of row i of `y`.

    Raises
    ------
    FeaturetopoError
        As :func:`cca`.

    Notes
    -----
    Source: Morcos, Raghu and Bengio, "Insights on representational similarity in neural networks
    with canonical correlation" (NeurIPS 2018).

    Examples
    --------
    >>> x = [[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 5.0], [4.0, 2.0], [3.0, 3.0]]
    >>> y = [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [4.0, 2.0], [2.0, 5.0], [2.0, 2.0]]
    >>> found = pwcca(x, y)
    >>> round(found.by_x, 4), round(found.by_y, 4)
    (0.959, 0.9484)
    """
    left, right = scaled_pairs(x, y)
    u, v = column_basis(x), column_basis(y)
    # refuses what is 1 by counting alone
    found = cca_of_bases(u, v, different_pairs(left, right))
    correlations = found.correlations
    in_u, _, in_v = np.linalg.svd(u.T @ v, full_matrices=False)
    narrow, wide = (left, right) if left.shape[1] <= right.shape[1] else (right, left)
    return PWCCA(
        _weighted(correlations, u @ in_u, centred(left)),
        _weighted(correlations, v @ in_v.T, centred(right)),
        _weighted(correlations, _published_directions(narrow, wide, len(correlations)), narrow),
        found.forced,
    )


def _weighted(correlations: Float64Array, directions: Float64Array, rows: Float64Array) -> float:
    weight = np.abs(directions.T @ rows).sum(axis=1)
    return float(weight @ correlations / weight.sum())


def _published_directions(narrow: Float64Array, wide: Float64Array, k: int) -> Float64Array:
    """Orthonormal (n, k): directions before whitening, plus column means, one after another."""
    moved = centred(narrow)
    whitened = _inverse_root(moved) @ moved.T @ centred(wide) @ _inverse_root(centred(wide))
    turn = np.linalg.svd(whitened)[0][:, :k]
    directions: Float64Array = np.linalg.qr(moved @ turn + narrow.mean(axis=0)[:k])[0]
    return directions


def _inverse_root(rows: Float64Array) -> Float64Array:
    """Symmetric inverse square root of rows' rows, on the space that they span, (d, d)."""
    values, vectors = np.linalg.eigh(rows.T @ rows)
    kept = values > 1e-10 * values[-1]
    root: Float64Array = (vectors[:, kept] / np.sqrt(values[kept])) @ vectors[:, kept].T
    return root
