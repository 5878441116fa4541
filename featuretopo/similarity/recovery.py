"""Recovery: is a learned feature nearer to its true feature than the next true feature is?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.errors import FeaturetopoError
from featuretopo.similarity.nearest import best_matches, nearest_others
from featuretopo.similarity.rows import FloatArray, IntArray, Rows, unit_rows

_RESOLUTION = 1e-6  # chord distances between float32 directions are known no better


@dataclass(frozen=True, slots=True, eq=False)
class NearestNeighbourTest:
    """Which true features pass the nearest-neighbour test.

    Attributes
    ----------
    best : ndarray of int, shape (n_truth,)
        The learned feature nearest to each true feature.
    cosine : ndarray, shape (n_truth,)
        Cosine to it.
    passed : ndarray of bool, shape (n_truth,)
        Whether it is nearer to the true feature than the nearest other true feature is.
    merged : ndarray of int, shape (n_merged,)
        Learned features that are the best of two or more true features, ascending.
    """

    best: IntArray
    cosine: FloatArray
    passed: npt.NDArray[np.bool_]
    merged: IntArray

    @property
    def pass_share(self) -> float:
        """Share of true features that pass."""
        return float(self.passed.mean())


def nearest_neighbour_test(truth: Rows, learned: Rows) -> NearestNeighbourTest:
    """Test each true feature x: is its best learned feature nearer to x than any other truth is?

    A cosine of .9 means recovery among random directions and nothing inside a tight cluster,
    whose members are that alike themselves; this test asks for the feature and not for its
    neighbourhood. Nearer is by chord distance, strictly; a true feature with an exact duplicate
    cannot pass.

    Parameters
    ----------
    truth : Dictionary or array_like, shape (n_truth, d)
        True features as rows, at least 2, in the space of `learned`.
    learned : Dictionary or array_like, shape (n_learned, d)
        Learned features as rows.

    Raises
    ------
    FeaturetopoError
        If there are fewer than 2 true features, the dimensions differ, or a row has no
        direction.

    Examples
    --------
    >>> truth = [[1.0, 0.0, 0.0], [1.0, 0.1, 0.0], [0.0, 0.0, 1.0]]
    >>> found = nearest_neighbour_test(truth, [[1.0, 0.05, 0.0], [0.0, 0.3, 1.0]])
    >>> found.passed.tolist(), found.merged.tolist()
    ([True, True, True], [0])
    """
    best = best_matches(truth, learned)
    if len(best.b_of_a) < 2:
        raise FeaturetopoError(
            "1 true feature has no other to be told from; give at least 2 rows of truth"
        )
    x = _precise(truth, slice(None))
    to_best = _chord(x, _precise(learned, best.b_of_a))
    to_other = _chord(x, x[nearest_others(truth)])
    times = np.bincount(best.b_of_a)
    return NearestNeighbourTest(
        best.b_of_a, best.cosine_of_a, to_best + _RESOLUTION < to_other, np.flatnonzero(times > 1)
    )


def _precise(x: Rows, index: Any) -> FloatArray:
    rows: FloatArray = unit_rows(x, "features")[index].astype(np.float64)
    return rows


def _chord(x: FloatArray, y: FloatArray) -> FloatArray:
    # sqrt(2 - 2 cos) would lose everything under 3e-4 in float32; the difference does not
    distance: FloatArray = np.linalg.norm(x - y, axis=1)
    return distance
