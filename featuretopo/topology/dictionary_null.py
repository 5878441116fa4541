"""The null of a whole dictionary: a Gaussian like it, projected to the sphere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featuretopo.nulls import FloatArray
from featuretopo.topology.component_null import PER_DIRECTION, ROUNDS, ComponentNull

_TRIED = 5  # redraws that the lengths' spread is held against; of thousands of points, one will do
_LOOKED_AT = 4096  # points that are looked at for it, at most
_STEADY = 1e-4  # relative change of the lengths at which their estimate ends
_FULL = 1e-5  # least of Cholesky's widths, of the largest, of a covariance that can be inverted
_TOO_WIDE = 1.6  # times the redraws' spread: lengths of what no Gaussian made


def dictionary_null(unit: FloatArray, rng: np.random.Generator) -> ComponentNull:
    """Fit a Gaussian to a dictionary of which only the directions are known.

    Directions of an elongated Gaussian are spread more evenly than it is, so that one of their own
    covariance is too round a null: where they can be estimated, the vectors first get the lengths
    that such a Gaussian's are likely to have had (:func:`projected_lengths`). Where the
    directions come from no Gaussian but lie in groups, that estimate runs away: it shrinks the
    groups, and the null would be more grouped than any data. This shows in lengths that vary more
    than those of redraws of the fit do, and the directions are then taken as they are.

    Parameters
    ----------
    unit : ndarray, shape (n, d)
        Unit vectors, at least two.
    rng : Generator
    """
    most = max(_LOOKED_AT, PER_DIRECTION * unit.shape[1])  # fewer would tell nothing
    few = unit if len(unit) <= most else unit[rng.permutation(len(unit))[:most]]
    shape = _shape_of(few)
    if shape is None:
        return ComponentNull.like(unit)
    lengths = shape.lengths(few)
    fit = _fit(few * lengths[:, None])
    redrawn = [
        _spread(projected_lengths(points))
        for batch in fit.redraws(_TRIED if few is unit else 1, rng)
        for points in batch
    ]
    if _spread(lengths) > _TOO_WIDE * np.mean(redrawn):
        return ComponentNull.like(unit)
    # of all points, it would see groups that it does not see in a part of them, and shrink them
    return fit if few is unit else _fit(unit * shape.lengths(unit)[:, None])


def _fit(points: FloatArray) -> ComponentNull:
    """Fit a Gaussian whose variances are as uneven as those of the space the points come from."""
    fit = ComponentNull.like(points)
    variances = fit.extents**2
    kept = evenness(variances.sum(), (variances**2).sum(), len(variances), len(points))
    evened = kept * variances + (1 - kept) * variances.mean()
    return ComponentNull(fit.m, np.sqrt(evened), fit.mean)


def evenness(total: float, squares: float, d: int, m: int) -> float:
    """Share of the unevenness of sample variances that is not the sample's, between 0 and 1.

    Of m points in d directions even those of a round Gaussian have uneven principal variances,
    whose squared deviations from their mean sum to (sum of variances)^2 / (m - 1) on average. What
    is above it is the space's own.

    Parameters
    ----------
    total, squares : float
        Sum of the variances and of their squares.
    d, m : int
        Number of variances and of points.

    Source: Ledoit and Wolf, Journal of Multivariate Analysis 88 (2004) 365.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((200, 100))
    >>> for y in (x, x / np.arange(1, 101)):
    ...     variances = np.linalg.eigvalsh(np.cov(y.T))
    ...     kept = evenness(variances.sum(), (variances**2).sum(), 100, 200)
    ...     print(kept > 0.2, kept > 0.9)
    False False
    True True
    """
    uneven = squares - total**2 / d
    if uneven <= 0:
        return 0.0
    return float(np.sqrt(max(0.0, 1 - total**2 / (m - 1) / uneven)))


def _spread(lengths: FloatArray) -> float:
    return float(np.log(lengths).std())


def projected_lengths(unit: FloatArray) -> FloatArray:
    """Lengths of Gaussian vectors of any mean of which only the directions are left.

    A vector of direction u has as its likeliest length the r that solves
    r^2 u' S^-1 u - r u' S^-1 m = d - 1, where m and S are mean and covariance of the vectors so
    made; both are found in turn. So that few points do not make their own covariance too uneven,
    S keeps only the unevenness that is not the sample's (:func:`evenness`). With fewer than four
    points to a dimension, all lengths are 1: groups would pass for directions of a Gaussian.

    Parameters
    ----------
    unit : ndarray, shape (m, d)

    Returns
    -------
    ndarray, shape (m,)
        Of mean square 1.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((2000, 4)) * [4, 2, 1, 1] + [4, 0, 0, 1]
    >>> unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    >>> mended = (unit * projected_lengths(unit)[:, None]).std(axis=0)
    >>> (mended / mended[3]).round().tolist()
    [4.0, 2.0, 1.0, 1.0]
    """
    shape = _shape_of(unit)
    return np.ones(len(unit)) if shape is None else shape.lengths(unit)


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """Mean (r,) and inverse covariance (r, r) of vectors along the axes (d, r) that they have."""

    axes: FloatArray
    mean: FloatArray
    inverse: FloatArray

    def lengths(self, unit: FloatArray) -> FloatArray:
        """Likeliest lengths of vectors of these directions, of mean square 1, shape (m,)."""
        return _likeliest(unit.astype(np.float64) @ self.axes, self.mean, self.inverse)


def _shape_of(unit: FloatArray) -> _Shape | None:
    """Estimate it; None of too few directions."""
    rows = unit.astype(np.float64)
    squared, axes = np.linalg.eigh(rows.T @ rows)
    r = int((squared > 1e-12 * squared[-1]).sum())
    if len(rows) < PER_DIRECTION * r or r < 2:
        return None
    inside = rows @ axes[:, -r:]  # (m, r)
    lengths = np.ones(len(rows))
    for _ in range(ROUNDS):
        points = inside * lengths[:, None]
        mean = points.mean(axis=0)
        points -= mean
        inverse = _inverse(_evened(points.T @ points / len(points), len(points)))
        before, lengths = lengths, _likeliest(inside, mean, inverse)
        if np.abs(lengths / before - 1).max() < _STEADY:
            break
    return _Shape(axes[:, -r:], mean, inverse)


def _likeliest(inside: FloatArray, mean: FloatArray, inverse: FloatArray) -> FloatArray:
    square = np.einsum("ij,ij->i", inside @ inverse, inside)
    along = inside @ (inverse @ mean)
    lengths = (along + np.sqrt(along**2 + 4 * square * (len(mean) - 1))) / (2 * square)
    scaled: FloatArray = lengths / np.sqrt((lengths**2).mean())
    return scaled


def _evened(covariance: FloatArray, m: int) -> FloatArray:
    total, d = float(covariance.trace()), len(covariance)
    kept = evenness(total, float((covariance**2).sum()), d, m)
    evened: FloatArray = kept * covariance
    evened[np.diag_indices(d)] += (1 - kept) * total / d
    return evened


def _inverse(covariance: FloatArray) -> FloatArray:
    """Invert it; in the directions that it has, where it has not all of them."""
    try:
        widths = np.linalg.cholesky(covariance).diagonal()
    except np.linalg.LinAlgError:
        return np.linalg.pinv(covariance, hermitian=True)
    if widths.min() < _FULL * widths.max():
        return np.linalg.pinv(covariance, hermitian=True)
    return np.linalg.inv(covariance)  # a tenth of the time
