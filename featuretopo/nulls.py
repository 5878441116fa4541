"""Structureless dictionaries, permutation p-values and the noise floor.

A score never stands alone: what it would be without structure is drawn here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.errors import FeaturetopoError

FloatArray = npt.NDArray[np.floating[Any]]

#: Least death / birth of a loop that counts: the noise makes smaller ones everywhere.
LEAST_RATIO = 1.2


def noise_floor(n: int, d: int) -> float:
    """Chord distance at which `n` random directions in R^d begin to touch.

    (1 + cos) / 2 of two random directions is Beta((d - 1)/2, (d - 1)/2); the floor is the
    quantile that one of the n(n - 1)/2 pairs is expected to pass. Structure that is born above
    it cannot be told from chance.

    Parameters
    ----------
    n : int
        Number of features, at least 3.
    d : int
        Dimension, at least 2.

    Returns
    -------
    float
        A chord distance in (0, 2).

    Examples
    --------
    >>> round(noise_floor(419, 128), 3)
    1.128
    """
    from scipy.stats import beta

    if n < 3 or d < 2:
        raise FeaturetopoError(f"noise floor of n={n}, d={d}: needs n >= 3 and d >= 2")
    # (1 - cos) / 2 = chord^2 / 4 has the same distribution, and small chords lose no digits there
    return float(2 * np.sqrt(beta.ppf(2 / (n * (n - 1)), (d - 1) / 2, (d - 1) / 2)))


def random_directions(n: int, d: int, rng: np.random.Generator) -> FloatArray:
    """Draw `n` uniform unit vectors in R^d, shape (n, d).

    Examples
    --------
    >>> random_directions(3, 5, np.random.default_rng(0)).shape
    (3, 5)
    """
    x = rng.standard_normal((n, d)).astype(np.float32)
    unit: FloatArray = x / np.linalg.norm(x, axis=1, keepdims=True)
    return unit


def random_rotation(d: int, rng: np.random.Generator) -> FloatArray:
    """Draw a Haar-distributed orthogonal matrix, shape (d, d).

    Source: Mezzadri, Notices of the AMS 54 (2007) 592: QR of a Gaussian matrix, signs mended.

    Examples
    --------
    >>> q = random_rotation(4, np.random.default_rng(0))
    >>> bool(np.allclose(q @ q.T, np.eye(4)))
    True
    """
    q, r = np.linalg.qr(rng.standard_normal((d, d)))
    rotation: FloatArray = q * np.sign(np.diag(r))
    return rotation


def p_value(observed: float, null: npt.ArrayLike, direction: str = "higher") -> float:
    """Permutation p-value (b + 1) / (m + 1).

    Parameters
    ----------
    observed : float
        The figure.
    null : array_like, shape (m,)
        The same figure on m null draws.
    direction : {"higher", "lower"}
        Which way is extreme.

    Examples
    --------
    >>> p_value(3.0, [0.0, 1.0, 2.0])
    0.25
    """
    draws = np.asarray(null, dtype=float)
    if direction not in ("higher", "lower"):
        raise FeaturetopoError(f"direction={direction!r} must be 'higher' or 'lower'")
    # negated, so that a NaN, on either side, never speaks against chance
    less_extreme = draws < observed if direction == "higher" else draws > observed
    return float(((~less_extreme).sum() + 1) / (len(draws) + 1))
