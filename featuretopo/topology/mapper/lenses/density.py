"""Density: how crowded it is around each feature."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featuretopo.checks import at_least, check_number
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.lens import FloatArray
from featuretopo.topology.mapper.lenses.knn_distance import chords_to_nearest


@dataclass(frozen=True)
class Density:
    """Mean of a Gaussian kernel over the `k` nearest others of each feature: large in groups.

    Source: Singh, Memoli and Carlsson 2007, section 4.1, here over the nearest alone.

    Parameters
    ----------
    k : int
        At least 1, fewer than there are features.
    bandwidth : float, optional
        Standard deviation of the kernel, a chord distance. Default: the median distance to the
        `k`-th nearest.

    Raises
    ------
    FeaturetopoError
        If an argument is out of range, or most features have `k` duplicates and no bandwidth is
        given.

    Examples
    --------
    >>> x = Dictionary([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]])
    >>> Density(1, bandwidth=1.0).values(x).round(3).tolist()
    [[1.0], [1.0], [0.368]]
    """

    k: int = 14
    bandwidth: float | None = None

    def __post_init__(self) -> None:
        at_least(self, k=(self.k, 1))
        if self.bandwidth is not None:
            check_number("bandwidth", self.bandwidth)
        if self.bandwidth is not None and not self.bandwidth > 0:
            raise FeaturetopoError(f"bandwidth={self.bandwidth} must be positive, or None")

    def values(self, x: Dictionary) -> FloatArray:
        """Return the densities, shape (n_features, 1), in [0, 1]."""
        chords = chords_to_nearest(self, x, self.k)
        width = float(np.median(chords[:, -1])) if self.bandwidth is None else self.bandwidth
        if not width:
            raise FeaturetopoError(
                f"{self!r}: most features have {self.k} duplicates; give a bandwidth, or drop them"
            )
        with np.errstate(over="ignore"):  # so far apart that the kernel is 0
            density: FloatArray = np.exp(-((chords / width) ** 2) / 2).mean(axis=1)[:, None]
        return density
