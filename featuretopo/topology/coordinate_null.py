"""The null of a dictionary whose coordinates have heavy tails: each shuffled for itself.

Large single coordinates bunch directions along the axes. No Gaussian does, so that against one such
directions look grouped, although their coordinates know nothing of each other.
"""

from __future__ import annotations

import numpy as np

from featuretopo.nulls import FloatArray

_GAUSSIAN = 4.0  # kurtosis: of Gaussian vectors 3 and, with very uneven axes, up to 3.8


def heavy_tailed(unit: FloatArray) -> bool:
    """Whether the coordinates have heavier tails than a Gaussian's: a mean kurtosis above 4.

    Only directions are known; vectors get lengths that make their mean absolute coordinate 1. An
    axis that no vector extends along does not count.

    Parameters
    ----------
    unit : ndarray, shape (n, d)
        Unit vectors.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> for x in (rng.standard_normal((500, 8)), rng.standard_t(3, (500, 8))):
    ...     print(heavy_tailed(x / np.linalg.norm(x, axis=1, keepdims=True)))
    False
    True
    """
    vectors = unit / np.abs(unit).mean(axis=1, keepdims=True, dtype=np.float64)
    vectors -= vectors.mean(axis=0)
    vectors *= vectors
    variance = vectors.mean(axis=0)
    extended = variance > 0
    vectors *= vectors
    return bool((vectors.mean(axis=0)[extended] / variance[extended] ** 2).mean() > _GAUSSIAN)


def coordinates(unit: FloatArray) -> FloatArray:
    """Coordinates to be shuffled: of vectors of lengths that make the median absolute one 1.

    On the sphere one large coordinate makes all others small. The median does not feel it, and
    what it gives back is nearly independent. Zeros do not count, or vectors of mostly zeros would
    have no length.

    Parameters
    ----------
    unit : ndarray, shape (n, d)
    """
    sizes = np.where(unit == 0, np.nan, np.abs(unit))
    vectors: FloatArray = unit / np.nanmedian(sizes, axis=1, keepdims=True)
    return vectors


def shuffled(vectors: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Shuffle every coordinate among the vectors, and project them to the sphere, shape (n, d)."""
    redrawn: FloatArray = rng.permuted(vectors, axis=0)
    lengths = np.linalg.norm(redrawn, axis=1, keepdims=True)
    redrawn /= np.where(lengths == 0, 1, lengths)
    return redrawn
