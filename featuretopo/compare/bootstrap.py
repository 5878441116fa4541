"""Bootstrap: how far a mean over features would move, had other features of the kind been seen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

RESAMPLES = 1000


def mean_interval(
    parts: Sequence[npt.ArrayLike], rng: np.random.Generator
) -> tuple[float, float] | None:
    """95% interval of the mean of the parts' means, each part resampled on its own.

    Parameters
    ----------
    parts : sequence of array_like, each (n,)
        None can be told of an empty one.
    rng : Generator

    Examples
    --------
    >>> low, high = mean_interval([np.arange(100.0)], np.random.default_rng(0))
    >>> round(low), round(high)
    (44, 55)
    """
    values = [np.asarray(part, dtype=float) for part in parts]
    if not values or min(map(len, values)) == 0:
        return None
    resampled = [
        float(np.mean([part[rng.integers(0, len(part), len(part))].mean() for part in values]))
        for _ in range(RESAMPLES)
    ]
    return middle(resampled, float(np.mean([part.mean() for part in values])))


def middle(resampled: Sequence[float], value: float) -> tuple[float, float]:
    """Return the middle 95% of resampled values, less their bias.

    A figure that is a best of several is larger on resamples than on what they were drawn from.
    Without that, the interval is about the figure that as many features give on average.

    Parameters
    ----------
    resampled : sequence of float
    value : float
        The figure itself.

    Examples
    --------
    >>> low, high = middle([0.2, 0.3, 0.4], 0.2)
    >>> round(low, 3), round(high, 3)
    (0.105, 0.295)
    """
    bias = float(np.mean(resampled)) - value
    low, high = (np.quantile(resampled, [0.025, 0.975]) - bias).tolist()
    return low, high
