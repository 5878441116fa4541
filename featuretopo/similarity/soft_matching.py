"""Soft matching: columns of one side matched to columns of the other, in shares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from featuretopo.errors import FeaturetopoError
from featuretopo.similarity.procrustes import unit_shape
from featuretopo.similarity.rows import Float64Array, Rows, centred, paired_rows, scaled


@dataclass(frozen=True, slots=True, eq=False)
class SoftMatching:
    """The cheapest way to turn the columns of one side into those of the other.

    Attributes
    ----------
    correlation : float
        Mean correlation of matched columns, by their shares.
    distance : float
        Root mean square distance of matched columns, each centred and of length 1: a metric.
    shares : ndarray, shape (d_x, d_y)
        How much of each column goes where: rows sum to 1 / d_x, columns to 1 / d_y. With equal
        widths a permutation, over d.
    """

    correlation: float
    distance: float
    shares: Float64Array


def soft_matching(x: Rows, y: Rows) -> SoftMatching:
    """Match the columns (units, latents) of two sides by transport, widths equal or not.

    Unlike CCA and Procrustes it sees single columns: a rotation of one side, which mixes them,
    changes it.

    Parameters
    ----------
    x, y : Dictionary or array_like, shapes (n, d_x) and (n, d_y)
        Row i of `x` is the partner of row i of `y`.

    Raises
    ------
    FeaturetopoError
        If the numbers of rows differ, there are fewer than 3, a value is not finite, or a column is
        constant.

    Notes
    -----
    Source: Khosla and Williams, "Soft matching distance" (UniReps 2023); solver: POT.

    Examples
    --------
    >>> x = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 5.0]])
    >>> found = soft_matching(x, x[:, ::-1] * 3 + 1)
    >>> round(found.correlation, 6), found.shares.tolist()
    (1.0, [[0.0, 0.5], [0.5, 0.0]])
    """
    import ot

    one, other = (_unit_columns(z, name) for z, name in zip(paired_rows(x, y), "xy", strict=True))
    correlations = np.clip(one.T @ other, -1.0, 1.0)  # (d_x, d_y)
    d_x, d_y = correlations.shape
    shares = ot.emd(np.full(d_x, 1 / d_x), np.full(d_y, 1 / d_y), 1 - correlations)
    mean = float((shares * correlations).sum())
    return SoftMatching(mean, float(np.sqrt(max(0.0, 2 - 2 * mean))), shares)


def permutation_angular(x: Rows, y: Rows) -> float:
    """Angle between two paired point sets, up to shift, size and the order of their columns.

    As :func:`procrustes_angular`, with permutations in place of rotations.

    Parameters
    ----------
    x, y : Dictionary or array_like, shapes (n, d)
        Row i of `x` is the partner of row i of `y`.

    Returns
    -------
    float
        In [0, pi].

    Raises
    ------
    FeaturetopoError
        If the shapes differ, there are fewer than 3 rows, a value is not finite, or all rows of one
        side are equal.

    Notes
    -----
    Source: Williams, Kunz, Kornblith and Linderman, "Generalized shape metrics on neural
    representations" (NeurIPS 2021).

    Examples
    --------
    >>> x = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 5.0]])
    >>> round(permutation_angular(x, x[:, ::-1] + 7), 6)
    0.0
    """
    one, other = (unit_shape(z, name) for z, name in zip(paired_rows(x, y), "xy", strict=True))
    if one.shape[1] != other.shape[1]:
        raise FeaturetopoError(
            f"{one.shape[1]} and {other.shape[1]} columns: a permutation needs as many on both "
            "sides; similarity.soft_matching takes any"
        )
    order = linear_sum_assignment(one.T @ other, maximize=True)[1]
    moved = other[:, order]
    # arccos of the cosine would round every angle under 1e-8 to noise
    return 2 * float(np.arctan2(np.linalg.norm(one - moved), np.linalg.norm(one + moved)))


def _unit_columns(rows: Float64Array, name: str) -> Float64Array:
    if len(rows) < 3:
        raise FeaturetopoError(
            f"{len(rows)} rows of {name}: any two columns of two rows correlate by 1 or -1; give "
            "at least 3"
        )
    rows = scaled(rows, axis=0)
    moved = centred(rows)
    length = np.linalg.norm(moved, axis=0)
    flat = np.flatnonzero(length <= 4 * np.finfo(float).eps * np.linalg.norm(rows, axis=0))
    if len(flat):
        raise FeaturetopoError(
            f"column {flat[0]} of {name} is constant and correlates with nothing; drop it"
        )
    columns: Float64Array = moved / length
    return columns
