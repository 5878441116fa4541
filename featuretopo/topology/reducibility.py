"""Is a two-dimensional feature more than two one-dimensional ones? Separability and mixture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import erf

from featuretopo.checks import as_numbers, check_number
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import p_value
from featuretopo.random import RngLike, seed_of, stream
from featuretopo.topology.clusters import check_draws

FloatArray = npt.NDArray[np.floating[Any]]

_ANGLES = 90  # of the quarter turn in which all pairs of axes lie; of the half turn of directions
_OFFSETS = 401
_RANGE = 3.0  # standard deviations that bins lie over; what is beyond goes to the last ones
_FEWEST = 50


@dataclass(frozen=True, slots=True)
class Reducibility:
    """What speaks for and against reading a feature as two.

    Attributes
    ----------
    separability : float
        Least mutual information, in bits, of the coordinates along any two axes at right angles:
        near 0 if the feature is two independent ones side by side.
    separability_null : tuple of float
        5%, 50% and 95% quantile of the same figure where the coordinates are independent; the
        estimate is above 0 even then.
    p_value : float
        Share of these at least as large: small if the feature cannot be separated.
    mixture : float
        Largest share of samples that one band holds whose half-width is epsilon root-mean-square
        distances from its middle: well above a Gaussian's if the feature is now one, now another
        (then about the share of samples that lie on the one line).
    mixture_of_gaussian : float
        The same share for a Gaussian, which is no mixture: P(\\|z\\| < epsilon).
    angle : float
        In [0, pi/2): where the two axes of least mutual information lie.
    epsilon : float
    n : int
        Number of samples.
    """

    separability: float
    separability_null: tuple[float, float, float]
    p_value: float
    mixture: float
    mixture_of_gaussian: float
    angle: float
    epsilon: float
    n: int


def reducibility(
    points: npt.ArrayLike, *, epsilon: float = 0.1, draws: int = 199, rng: RngLike = None
) -> Reducibility:
    """Separability and epsilon-mixture index of a two-dimensional feature.

    A circle of weekdays is neither: its coordinates depend on each other along all axes, and no
    line through the plane holds many of its samples.

    Parameters
    ----------
    points : array_like, shape (n, 2)
        The feature's value in each sample in which it is active, in two of its own directions:
        what the latents of a group add up to, in its principal plane. At least 50 samples.
    epsilon : float
        In (0, 1).
    draws : int
        At least 19. In each the coordinates along the best axes are shuffled against each other,
        and the axes looked for anew.
    rng : int, Generator or None

    Returns
    -------
    Reducibility

    Raises
    ------
    FeaturetopoError
        If the points are not (n, 2), too few, not finite or on one line, or an option is out of
        range.

    Notes
    -----
    Source: Engels, Michaud, Liao, Gurnee and Tegmark, Not all language model features are
    one-dimensionally linear, 2024. They estimate mutual information on 40 x 40 bins and search the
    band by gradient descent. Here there are sqrt(n / 5) bins a side, at most 40; directions and
    middles of the band are tried on a grid; and each figure stands beside its null.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> angle = rng.uniform(0, 2 * np.pi, 1000)
    >>> circle = reducibility(np.column_stack([np.cos(angle), np.sin(angle)]), rng=0)
    >>> circle.p_value, bool(circle.separability > 5 * circle.separability_null[2])
    (0.005, True)
    >>> reducibility(rng.standard_normal((1000, 2)), rng=0).p_value > 0.05
    True
    """
    check_draws(draws)
    check_number("epsilon", epsilon)
    if not 0 < epsilon < 1:
        raise FeaturetopoError(f"epsilon={epsilon} must lie in (0, 1); 0.1 is usual")
    rows = as_numbers("points", points)
    if rows.ndim != 2 or rows.shape[1] != 2:
        raise FeaturetopoError(f"points of shape {rows.shape} must be (n, 2): project them first")
    if len(rows) < _FEWEST:
        raise FeaturetopoError(f"{len(rows)} samples tell too little; needs at least {_FEWEST}")
    if not np.isfinite(rows).all():
        raise FeaturetopoError("points hold NaN or inf; drop those samples")
    # squares of very large or very small coordinates could not be added up; to the same bits
    rows = np.ldexp(rows, -np.frexp(np.abs(rows).max())[1])
    rows = rows - rows.mean(axis=0)
    spread = np.linalg.svd(rows, compute_uv=False)
    if spread[1] <= 1e-9 * spread[0]:
        raise FeaturetopoError("the points lie on one line: the feature has one dimension")
    rows /= np.sqrt((rows**2).sum(axis=1).mean())
    information, angle = _least_information(rows)
    along = rows @ _axes(angle)
    seed = seed_of(rng)
    null = []
    for draw in range(draws):
        other = stream(seed, "reducibility", draw).permutation(along[:, 1])
        null.append(_least_information(np.column_stack([along[:, 0], other]))[0])
    low, middle, high = np.quantile(null, [0.05, 0.5, 0.95]).tolist()
    return Reducibility(
        information,
        (low, middle, high),
        p_value(information, null),
        _largest_band(rows, epsilon),
        float(erf(epsilon / np.sqrt(2))),
        angle,
        epsilon,
        len(rows),
    )


def _axes(angle: float) -> FloatArray:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin], [sin, cos]])


def _least_information(rows: FloatArray) -> tuple[float, float]:
    """Least mutual information over all pairs of axes, in bits, and their angle."""
    angles = np.arange(_ANGLES) * (np.pi / 2 / _ANGLES)
    found = [_information(rows @ _axes(angle)) for angle in angles]
    best = int(np.argmin(found))
    return found[best], float(angles[best])


def _information(along: FloatArray) -> float:
    n = len(along)
    bins = int(np.clip(round(np.sqrt(n / 5)), 4, 40))
    place = (along / along.std(axis=0) / _RANGE + 1) * (bins / 2)
    cell = np.clip(place, 0, bins - 1).astype(np.int64)
    joint = np.bincount(cell[:, 0] * bins + cell[:, 1], minlength=bins**2).reshape(bins, bins) / n
    product = np.outer(joint.sum(axis=1), joint.sum(axis=0))
    there = joint > 0
    return float((joint[there] * np.log2(joint[there] / product[there])).sum())


def _largest_band(rows: FloatArray, epsilon: float) -> float:
    """Largest share of points within epsilon root-mean-square distances of the middle of a band."""
    largest = 0
    for angle in np.arange(_ANGLES) * (np.pi / _ANGLES):
        along = np.sort(rows @ [np.cos(angle), np.sin(angle)])
        middle = np.linspace(along[0], along[-1], _OFFSETS)
        half = epsilon * np.sqrt(along.var() + (along.mean() - middle) ** 2)
        inside = np.searchsorted(along, middle + half) - np.searchsorted(along, middle - half)
        largest = max(largest, int(inside.max()))
    return largest / len(rows)
