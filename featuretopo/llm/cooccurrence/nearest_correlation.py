"""The correlation matrix nearest to a symmetric one that is none."""

from __future__ import annotations

import numpy as np

from featuretopo.errors import FeaturetopoError
from featuretopo.llm.cooccurrence.rule import FloatArray

_LEAST = 1e-8  # eigenvalue: a Cholesky factor must exist
_STEPS = 1000


def nearest_correlation(matrix: FloatArray) -> FloatArray:
    """Return the nearest correlation matrix in the Frobenius norm.

    By alternating projections on the positive semidefinite matrices and on those of unit
    diagonal, with Dykstra's correction. Eigenvalues are held at 1e-8 or more.

    Source: Higham, IMA Journal of Numerical Analysis 22 (2002) 329, algorithm 3.3.

    Parameters
    ----------
    matrix : ndarray, shape (m, m)
        Symmetric.

    Raises
    ------
    FeaturetopoError
        If a thousand steps do not converge.

    Examples
    --------
    >>> asked = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [0.0, 1.0, 1.0]])
    >>> nearest_correlation(asked).round(4)[0].tolist()  # Higham's own example
    [1.0, 0.7607, 0.1573]
    """
    found = matrix.astype(np.float64)
    if np.linalg.eigvalsh(found)[0] >= _LEAST and (np.diag(found) == 1).all():
        return found
    correction = np.zeros_like(found)
    for _ in range(_STEPS):
        before = found
        shifted = found - correction
        values, vectors = np.linalg.eigh(shifted)
        positive = (vectors * np.maximum(values, _LEAST)) @ vectors.T
        correction = positive - shifted
        found = positive.copy()
        np.fill_diagonal(found, 1.0)
        if np.abs(found - before).max() < 1e-7:
            # scaling ends on both sets at once
            scale = np.sqrt(np.diag(positive))
            result: FloatArray = positive / np.outer(scale, scale)
            np.fill_diagonal(result, 1.0)
            return result
    raise FeaturetopoError(
        f"no correlation matrix was found near the target in {_STEPS} steps; "
        "ask for weaker correlations"
    )
