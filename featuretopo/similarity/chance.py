"""Chance: how near to one direction the nearest of so many random ones comes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from featuretopo.errors import FeaturetopoError


@lru_cache(maxsize=1024)
def chance_cosine(n: int, d: int, absolute: bool = False) -> float:
    """Mean largest cosine of one direction to `n` uniform random ones in R^d.

    It does not matter which direction, so it is what MMCS is, one way, against a random
    dictionary: it grows with the number of features and falls with the dimension. (1 + cos) / 2 is
    Beta((d - 1)/2, (d - 1)/2); the mean of the largest of n is the integral of its survival
    function, by quadrature.

    Parameters
    ----------
    n : int
        Random directions, at least 1.
    d : int
        Dimension, at least 1.
    absolute : bool
        Whether the sign of a cosine is left out.

    Raises
    ------
    FeaturetopoError
        If n or d is less than 1.

    Examples
    --------
    >>> round(chance_cosine(512, 128), 3), round(chance_cosine(16384, 128), 3)
    (0.266, 0.342)
    """
    from scipy.integrate import quad
    from scipy.stats import beta

    if n < 1 or d < 1:
        raise FeaturetopoError(f"{n} random directions in {d} dimensions: give at least 1 of each")
    if d == 1:  # every cosine is 1 or -1
        return 1.0 if absolute else 1 - 2.0 ** (1 - n)
    half = (d - 1) / 2
    sides = 2 if absolute else 1

    def some_above(cosine: float) -> float:
        above = sides * beta.sf((1 + cosine) / 2, half, half)
        return float(-np.expm1(n * np.log1p(-min(above, 1.0)))) if above < 1 else 1.0

    # about where the largest lies: the integrand falls there, and nowhere else
    edge = 2 * float(beta.isf(1 / (sides * n + 1), half, half)) - 1
    start = 0.0 if absolute else -1.0
    area, _ = quad(some_above, start, 1.0, points=[edge], limit=200, epsabs=1e-10)
    return float(start + area)


def chance_bound(n_pairs: int, d: int) -> float:
    """Cosine that one of so many pairs of random directions in R^d is expected to pass.

    Parameters
    ----------
    n_pairs : int
        At least 2.
    d : int
        Dimension, at least 2.

    Raises
    ------
    FeaturetopoError
        If an argument is out of range.

    Examples
    --------
    >>> round(chance_bound(419 * 512, 128), 3)
    0.379
    """
    from scipy.stats import beta

    if n_pairs < 2 or d < 2:
        raise FeaturetopoError(f"{n_pairs} pairs in {d} dimensions: give at least 2 of each")
    return 2 * float(beta.isf(1 / n_pairs, (d - 1) / 2, (d - 1) / 2)) - 1
