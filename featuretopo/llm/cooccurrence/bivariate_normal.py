"""Two correlated Gaussians that must both be below a threshold: the probability, and its inverse.

The correlation between the *firings* of two features is not that of the Gaussians behind them
(at p = .01, latents that correlate by 0.4 give firings that correlate by 0.08): it is solved for.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, ndtri, owens_t

from featuretopo.llm.cooccurrence.rule import FloatArray

_STEPS = 50  # of bisection: the latent correlation is found to 1e-15


def both_below(h: FloatArray, k: FloatArray, rho: FloatArray) -> FloatArray:
    """Probability that two standard Gaussians of correlation `rho` lie below h and k.

    Source: Owen, Annals of Mathematical Statistics 27 (1956) 1075, by his function T.

    Parameters
    ----------
    h, k, rho : ndarray, shapes that broadcast
        Thresholds; correlations strictly between -1 and 1.

    Examples
    --------
    >>> float(both_below(np.zeros(1), np.zeros(1), np.array([0.5]))[0].round(6))  # 1/4 + asin/2pi
    0.333333
    """
    # Owen's formula divides by the thresholds; a hair beside zero it is as good as at zero
    h, k = (np.where(np.abs(x) < 1e-12, 1e-12, x) for x in (h, k))
    own = np.sqrt((1 - rho) * (1 + rho))
    result: FloatArray = (
        (ndtr(h) + ndtr(k)) / 2
        - owens_t(h, (k / h - rho) / own)
        - owens_t(k, (h / k - rho) / own)
        - np.where(h * k < 0, 0.5, 0)
    )
    return result


def feasible_range(p: FloatArray, q: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Smallest and largest correlation that two events of probabilities p and q can have.

    Source: Frechet's bounds on the probability of both.

    Examples
    --------
    >>> low, high = feasible_range(np.array([0.01]), np.array([0.04]))
    >>> float(low[0].round(4)), float(high[0].round(4))
    (-0.0205, 0.4924)
    """
    scale = np.sqrt(p * (1 - p) * q * (1 - q))
    return (np.maximum(0, p + q - 1) - p * q) / scale, (np.minimum(p, q) - p * q) / scale


def firing_correlation(p: FloatArray, q: FloatArray, rho: FloatArray) -> FloatArray:
    """Correlation of two firings of frequencies p and q whose latents correlate by `rho`.

    Examples
    --------
    >>> p = np.array([0.05])
    >>> together = both_below(ndtri(p), ndtri(p), np.array([0.4]))
    >>> float(together[0].round(4)), float(firing_correlation(p, p, np.array([0.4]))[0].round(3))
    (0.0094, 0.146)
    """
    together = both_below(ndtri(p), ndtri(q), rho)
    result: FloatArray = (together - p * q) / np.sqrt(p * (1 - p) * q * (1 - q))
    return result


def latent_correlation(p: FloatArray, q: FloatArray, target: FloatArray) -> FloatArray:
    """Latent correlation at which two firings correlate by `target`; it must be feasible.

    By bisection: the firing correlation rises with the latent one.

    Examples
    --------
    >>> p = np.array([0.01])
    >>> float(latent_correlation(p, p, np.array([0.4]))[0].round(2))
    0.82
    """
    low, high = np.full(target.shape, -1.0), np.ones(target.shape)
    for _ in range(_STEPS):
        middle = (low + high) / 2
        above = firing_correlation(p, q, middle) > target
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return (low + high) / 2
