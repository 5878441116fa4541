"""Labels: which group each feature is of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.lens import FloatArray


@dataclass(frozen=True)
class Labels:
    """The number of each feature's group, -1 for none: what a graph looks like that knows them.

    Raises
    ------
    FeaturetopoError
        If no feature of the dictionary has a label.

    Examples
    --------
    >>> Labels().values(Dictionary(np.eye(3), labels=[0, 1, -1])).tolist()
    [[0.0], [1.0], [-1.0]]
    """

    def values(self, x: Dictionary) -> FloatArray:
        """Return the labels, shape (n_features, 1)."""
        if (x.labels < 0).all():
            raise FeaturetopoError(
                f"{x!r} has no labels: make it with labels=[...], or use another lens"
            )
        return x.labels.astype(np.float64)[:, None]
