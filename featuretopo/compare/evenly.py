"""evenly: some of many, evenly among all."""

from __future__ import annotations

import numpy as np

from featuretopo.similarity.rows import IntArray


def evenly(values: IntArray, most: int) -> IntArray:
    """Return at most so many of them, evenly among all.

    Examples
    --------
    >>> evenly(np.arange(9), 3).tolist()
    [0, 4, 8]
    """
    if len(values) <= most:
        return values
    chosen: IntArray = values[np.linspace(0, len(values) - 1, most).astype(int)]
    return chosen
