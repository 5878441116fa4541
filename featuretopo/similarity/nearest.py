"""Nearest: every feature's best match by cosine, both ways, in one pass over the pairs.

The n_a x n_b cosines are made block by block and forgotten: only the running maxima are kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featuretopo.similarity.rows import (
    Float64Array,
    FloatArray,
    IntArray,
    Rows,
    unit_pair,
    unit_rows,
)

_BLOCK = 1024  # rows a side: a block of cosines stays in cache, the product runs at full rate


@dataclass(frozen=True, slots=True, eq=False)
class BestMatches:
    """Each feature's best match on the other side; of equals, the one of lowest index.

    Attributes
    ----------
    b_of_a : ndarray of int, shape (n_a,)
        Row of b that is nearest to each row of a.
    cosine_of_a : ndarray, shape (n_a,)
        Cosine to it.
    a_of_b : ndarray of int, shape (n_b,)
    cosine_of_b : ndarray, shape (n_b,)
    """

    b_of_a: IntArray
    cosine_of_a: FloatArray
    a_of_b: IntArray
    cosine_of_b: FloatArray


def best_matches(a: Rows, b: Rows) -> BestMatches:
    """Find each feature's best match by signed cosine, both ways, in one blocked pass.

    Memory beside the two arrays: one block of 1024 x 1024 cosines.

    Parameters
    ----------
    a, b : Dictionary or array_like, shapes (n_a, d) and (n_b, d)
        Features as rows.

    Raises
    ------
    FeaturetopoError
        If the dimensions differ, or a row has no direction.

    Examples
    --------
    >>> found = best_matches([[1.0, 0.0], [1.0, 1.0]], [[0.0, 1.0], [2.0, 0.0]])
    >>> found.b_of_a.tolist(), found.a_of_b.tolist()
    ([1, 0], [1, 0])
    """
    u, v = unit_pair(a, b)
    of_a, of_b = _Running(len(u)), _Running(len(v))
    for i in range(0, len(u), _BLOCK):
        for j in range(0, len(v), _BLOCK):
            cos = u[i : i + _BLOCK] @ v[j : j + _BLOCK].T  # (<= 1024, <= 1024)
            of_a.update(cos, i, j)
            of_b.update(cos.T, j, i)
    return BestMatches(of_a.best, of_a.cosine(), of_b.best, of_b.cosine())


def nearest_others(a: Rows) -> IntArray:
    """Find, for each feature, which *other* feature of the same set is nearest to it.

    Parameters
    ----------
    a : Dictionary or array_like, shape (n, d), n >= 2

    Returns
    -------
    ndarray of int, shape (n,)

    Examples
    --------
    >>> nearest_others([[1.0, 0.0], [1.0, 0.1], [0.0, 1.0]]).tolist()
    [1, 0, 1]
    """
    u = unit_rows(a, "a")
    running = _Running(len(u))
    for i in range(0, len(u), _BLOCK):
        for j in range(0, len(u), _BLOCK):
            cos = u[i : i + _BLOCK] @ u[j : j + _BLOCK].T
            if i == j:
                np.fill_diagonal(cos, -np.inf)
            running.update(cos, i, j)
    return running.best


class _Running:
    """The best column so far of each row, and its cosine."""

    def __init__(self, n: int) -> None:
        self.best: npt.NDArray[np.int64] = np.zeros(n, np.int64)
        self.score: Float64Array = np.full(n, -np.inf)

    def update(self, cos: FloatArray, row: int, column: int) -> None:
        """Take in the block of cosines whose upper left corner is (row, column)."""
        top = cos.max(axis=1)
        score = self.score[row : row + len(cos)]
        # Few rows improve after the first blocks: the slow argmax runs on those alone.
        better = np.flatnonzero(top > score)
        self.best[row + better] = column + cos[better].argmax(axis=1)
        score[better] = top[better]

    def cosine(self) -> FloatArray:
        """Return the best cosines, rounding beyond 1 taken off."""
        return np.clip(self.score, -1.0, 1.0)
