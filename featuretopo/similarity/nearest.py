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

_WIDE = 4096  # columns, where only the rows' maxima are wanted
_FEW = 64  # columns that are picked out of a block faster than the whole block is gone through
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
    d : int
        Dimension of the space.
    """

    b_of_a: IntArray
    cosine_of_a: FloatArray
    a_of_b: IntArray
    cosine_of_b: FloatArray
    d: int


def best_matches(a: Rows, b: Rows, *, absolute: bool = False) -> BestMatches:
    """Find each feature's best match by cosine, both ways, in one blocked pass.

    Memory beside the two arrays: one block of 1024 x 1024 cosines.

    Parameters
    ----------
    a, b : Dictionary or array_like, shapes (n_a, d) and (n_b, d)
        Features as rows.
    absolute : bool
        Whether the sign of a cosine is left out.

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
            if absolute:
                np.abs(cos, out=cos)
            of_a.rows(cos, i, j)
            of_b.columns(cos, i, j)
    return BestMatches(of_a.best, of_a.cosine(), of_b.best, of_b.cosine(), u.shape[1])


def nearest_rows(u: FloatArray, v: FloatArray) -> tuple[IntArray, FloatArray]:
    """Find each unit row's nearest row of the other side, one way only, and its cosine.

    Parameters
    ----------
    u, v : ndarray, shapes (n_a, d) and (n_b, d)
        Unit rows.

    Returns
    -------
    b_of_a : ndarray of int, shape (n_a,)
        Of equals, the lowest.
    cosine_of_a : ndarray, shape (n_a,)

    Examples
    --------
    >>> best, cosine = nearest_rows(np.eye(2), np.array([[0.6, 0.8], [1.0, 0.0]]))
    >>> best.tolist(), cosine.tolist()
    ([1, 0], [1.0, 0.8])
    """
    running = _Running(len(u))
    for i in range(0, len(u), _BLOCK):
        for j in range(0, len(v), _WIDE):
            running.rows(u[i : i + _BLOCK] @ v[j : j + _WIDE].T, i, j)
    return running.best, running.cosine()


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
            running.rows(cos, i, j)
    return running.best


class _Running:
    """The best column so far of each row, and its cosine."""

    def __init__(self, n: int) -> None:
        self.best: npt.NDArray[np.int64] = np.zeros(n, np.int64)
        self.score: Float64Array = np.full(n, -np.inf)

    def rows(self, cos: FloatArray, row: int, column: int) -> None:
        """Take in the rows of the block of cosines whose upper left corner is (row, column)."""
        top = cos.max(axis=1)
        score = self.score[row : row + len(top)]
        # few rows improve after the first blocks: argmax runs on those alone
        better = np.flatnonzero(top > score)
        self.best[row + better] = column + cos[better].argmax(axis=1)
        score[better] = top[better]

    def columns(self, cos: FloatArray, row: int, column: int) -> None:
        """Take in the columns of that block: here a column is what is matched."""
        top = cos.max(axis=0)
        score = self.score[column : column + len(top)]
        better = np.flatnonzero(top > score)
        if len(better) <= _FEW:
            self.best[column + better] = row + cos[:, better].argmax(axis=0)
        else:
            # argmax down so many columns of an array laid out in rows would cost as much as the
            # product
            wanted = np.full(len(top), np.inf, top.dtype)
            wanted[better] = top[better]
            i, j = np.divmod(np.flatnonzero(cos == wanted), len(top))
            self.best[column + j[::-1]] = row + i[::-1]  # of equals, the first is written last
        score[better] = top[better]

    def cosine(self) -> FloatArray:
        """Return the best cosines, rounding beyond 1 taken off."""
        return np.clip(self.score, -1.0, 1.0)
