"""Directions: the features themselves as their lens."""

from __future__ import annotations

from dataclasses import dataclass

from featuretopo.dictionary import Dictionary
from featuretopo.topology.mapper.lens import FloatArray


@dataclass(frozen=True)
class Directions:
    """Unit vectors as they are, one axis a dimension: for covers of the features, such as `Balls`.

    Examples
    --------
    >>> Directions().values(Dictionary([[3.0, 0.0], [0.0, 2.0]])).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    def values(self, x: Dictionary) -> FloatArray:
        """Return the unit vectors, shape (n_features, d)."""
        return x.unit
