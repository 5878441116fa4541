"""KNNDistance: how far the k-th nearest feature is."""

from __future__ import annotations

from dataclasses import dataclass

from featuretopo.checks import at_least
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.lens import FloatArray
from featuretopo.topology.neighbourhood import nearest


@dataclass(frozen=True)
class KNNDistance:
    """Chord distance from each feature to its `k`-th nearest other: small in groups.

    Parameters
    ----------
    k : int
        At least 1, fewer than there are features. Up to 14 come from the pass over the pairs that
        other analyses make.

    Raises
    ------
    FeaturetopoError
        If `k` is out of range.

    Examples
    --------
    >>> KNNDistance(1).values(Dictionary([[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]])).round(3).tolist()
    [[0.0], [0.0], [1.414]]
    """

    k: int = 5

    def __post_init__(self) -> None:
        at_least(self, k=(self.k, 1))

    def values(self, x: Dictionary) -> FloatArray:
        """Return the distances, shape (n_features, 1)."""
        return chords_to_nearest(self, x, self.k)[:, -1:]


def chords_to_nearest(lens: object, x: Dictionary, k: int) -> FloatArray:
    """Distances to the `k` nearest others, nearest first, shape (n_features, k)."""
    if k >= len(x):
        raise FeaturetopoError(f"{lens!r}: k must be less than the number of features, {len(x)}")
    return nearest(x, k)[1]
