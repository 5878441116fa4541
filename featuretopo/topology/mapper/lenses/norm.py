"""Norm: how long each feature is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featuretopo.dictionary import Dictionary
from featuretopo.topology.mapper.lens import FloatArray


@dataclass(frozen=True)
class Norm:
    """Length of each feature's vector, which no chord distance sees.

    Examples
    --------
    >>> Norm().values(Dictionary([[3.0, 4.0], [0.0, 1.0]])).tolist()
    [[5.0], [1.0]]
    """

    def values(self, x: Dictionary) -> FloatArray:
        """Return the lengths, shape (n_features, 1)."""
        squared = np.einsum("ij,ij->i", x.vectors, x.vectors, dtype=np.float64)
        lengths: FloatArray = np.sqrt(squared)[:, None]
        return lengths
