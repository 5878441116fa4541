"""Procrustes: the rotation that carries one set of paired rows nearest to another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featuretopo.errors import FeaturetopoError
from featuretopo.similarity.rows import Float64Array, Rows, centred, paired_rows, scaled


@dataclass(frozen=True, slots=True, eq=False)
class Procrustes:
    """An orthogonal fit of paired rows.

    Attributes
    ----------
    rotation : ndarray, shape (d_x, d_y)
        Carries rows of x's space into y's: ``x @ rotation``. Orthogonal if d_x = d_y. Its rows
        are orthonormal if d_x < d_y (lengths and angles are kept), its columns if d_x > d_y
        (``rotation.T`` carries y into x's space without loss; ``x @ rotation`` projects).
    residual : float
        Frobenius distance that is left, measured in the wider of the two spaces.
    """

    rotation: Float64Array
    residual: float


def procrustes(x: Rows, y: Rows) -> Procrustes:
    """Fit the orthogonal map that brings the rows of `x` nearest to their partners in `y`.

    Nothing is centred and nothing scaled: directions have an origin. With unequal dimensions
    the narrower side is carried into the wider one by the best partial isometry. Fewer
    independent pairs than dimensions leave part of the map to chance: it fits the pairs but
    says nothing on features elsewhere.

    Parameters
    ----------
    x, y : Dictionary or array_like, shapes (n, d_x) and (n, d_y)
        Row i of `x` is the partner of row i of `y`.

    Raises
    ------
    FeaturetopoError
        If the numbers of rows differ, or a value is not finite.

    Notes
    -----
    Source: Schonemann, Psychometrika 31 (1966) 1: U V' of the singular vectors of x'y.

    Examples
    --------
    >>> fit = procrustes([[1.0, 0.0], [0.0, 1.0]], [[0.0, 2.0], [-1.0, 0.0]])
    >>> fit.rotation.round(6).tolist(), round(fit.residual, 6)
    ([[0.0, 1.0], [-1.0, 0.0]], 1.0)
    """
    left, right = paired_rows(x, y)
    rotation = _rotation(left, right)
    return Procrustes(rotation, _left_over(left, right, rotation))


def procrustes_euclidean(x: Rows, y: Rows) -> float:
    """Euclidean distance of two paired point sets, up to shift and rotation.

    The columns are centred, the size is kept: min over orthogonal Q of ``|x Q - y|`` (Frobenius),
    the narrower side padded with zero columns.

    Parameters
    ----------
    x, y : Dictionary or array_like, shapes (n, d_x) and (n, d_y)
        Row i of `x` is the partner of row i of `y`.

    Raises
    ------
    FeaturetopoError
        If the numbers of rows differ, or a value is not finite.

    Examples
    --------
    >>> round(procrustes_euclidean([[0.0], [2.0]], [[5.0, 1.0], [5.0, 7.0]]), 6)
    2.828427
    """
    left, right = map(centred, paired_rows(x, y))
    return _left_over(left, right, _rotation(left, right))


def procrustes_angular(x: Rows, y: Rows) -> float:
    """Angle between two paired point sets, up to shift, size and rotation.

    arccos of the largest cosine that an orthogonal map can give the two centred configurations:
    a metric on shapes, 0 for equal shapes, pi/2 for uncorrelated ones.

    Parameters
    ----------
    x, y : Dictionary or array_like, shapes (n, d_x) and (n, d_y)
        Row i of `x` is the partner of row i of `y`.

    Returns
    -------
    float
        In [0, pi/2].

    Raises
    ------
    FeaturetopoError
        If the numbers of rows differ, there are fewer than 3, a value is not finite, or all rows of
        one side are equal.

    Notes
    -----
    Source: Williams, Kunz, Kornblith and Linderman, "Generalized shape metrics on neural
    representations" (NeurIPS 2021), the angular shape distance of the rotation group.

    Examples
    --------
    >>> x = [[0.0], [2.0], [3.0]]
    >>> round(procrustes_angular(x, [[5.0, 1.0], [5.0, 7.0], [5.0, 10.0]]), 6)
    0.0
    """
    left, right = (unit_shape(z, name) for z, name in zip(paired_rows(x, y), "xy", strict=True))
    moved, still = _in_wider_space(left, right, _rotation(left, right))
    # arccos of the cosine would round every angle under 1e-8 to noise
    return 2 * float(np.arctan2(np.linalg.norm(moved - still), np.linalg.norm(moved + still)))


#: The same measure under the name that the shape-metric literature gives it.
angular_shape_distance = procrustes_angular


def _rotation(x: Float64Array, y: Float64Array) -> Float64Array:
    u, _, vt = np.linalg.svd(scaled(x).T @ scaled(y), full_matrices=False)
    rotation: Float64Array = u @ vt  # (d_x, d_y)
    return rotation


def _left_over(x: Float64Array, y: Float64Array, rotation: Float64Array) -> float:
    """Frobenius distance after the rotation, measured in the wider space."""
    power = np.frexp(max(np.abs(x).max(), np.abs(y).max()))[1]  # so that squares stay finite
    moved, still = _in_wider_space(np.ldexp(x, -power), np.ldexp(y, -power), rotation)
    return float(np.ldexp(np.linalg.norm(moved - still), power))


def _in_wider_space(
    x: Float64Array, y: Float64Array, rotation: Float64Array
) -> tuple[Float64Array, Float64Array]:
    """Return the narrower side carried into the wider space, and the wider side."""
    if x.shape[1] <= y.shape[1]:
        return x @ rotation, y
    return y @ rotation.T, x


def unit_shape(x: Float64Array, name: str) -> Float64Array:
    """Return the centred rows of `x` in units of their size.

    Raises
    ------
    FeaturetopoError
        If all rows are equal, or there are two: all pairs of points are of one shape.

    Examples
    --------
    >>> unit_shape(np.array([[1.0], [3.0], [2.0]]), "x").round(6).tolist()
    [[-0.707107], [0.707107], [0.0]]
    """
    x = scaled(x)
    if len(x) < 3:
        raise FeaturetopoError(
            f"{len(x)} rows of {name}: any two points have the same shape; give at least 3"
        )
    moved = centred(x)
    size = np.linalg.norm(moved)
    if size <= 4 * np.finfo(float).eps * np.linalg.norm(x):
        raise FeaturetopoError(
            f"all {len(x)} rows of {name} are equal and have no shape; vary them"
        )
    shape: Float64Array = moved / size
    return shape
