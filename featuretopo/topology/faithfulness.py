"""How faithful a picture is to the dictionary that it shows."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from featuretopo.dictionary import Dictionary
from featuretopo.topology.diagram import FloatArray, IntArray
from featuretopo.topology.neighbourhood import nearest

_BLOCK = 1024
_ASKED = 4096


def trustworthiness(x: Dictionary, xy: FloatArray, k: int) -> float:
    """Measure to what extent neighbours in a picture are neighbours in the dictionary, by chord.

    1 less a sum over all features and their k nearest in the picture: of how far beyond the k-th
    place each stands among the feature's neighbours in the dictionary, scaled so that 0 is the
    worst that can be. A block of rows at a time: no n x n matrix is held. Of more than 4,096
    features, so many are asked, evenly among all, about their place among all.

    Source: Venna and Kaski, ICANN 2001.

    Parameters
    ----------
    x : Dictionary
    xy : ndarray, shape (n_features, 2)
    k : int
        Less than half the number of features.

    Examples
    --------
    >>> line = np.arange(8.0)
    >>> x = Dictionary(np.column_stack([np.cos(line / 4), np.sin(line / 4)]))
    >>> trustworthiness(x, np.column_stack([line, line]), 2)
    1.0
    """
    from featuretopo.topology.compiled import ranks_of

    n = len(x)
    asked = _asked(n)
    beyond = 0
    tree = cKDTree(xy)
    for start in range(0, len(asked), _BLOCK):
        rows = asked[start : start + _BLOCK]
        columns = _nearest_in_picture(tree, xy, rows, k)
        ranks = ranks_of(x.unit[rows] @ x.unit.T, rows, columns)
        beyond += int(np.maximum(ranks + 1 - k, 0).sum())
    return 1 - 2 * beyond / (len(asked) * k * (2 * n - 3 * k - 1))


def neighbour_preservation(x: Dictionary, xy: FloatArray, k: int) -> float:
    """Measure which share of neighbours in the dictionary, by chord, are neighbours in a picture.

    The mean over features of how many of its k nearest in the dictionary are among its k nearest in
    the picture, over k. Of more than 4,096 features, so many are asked, evenly among all.

    Source: Venna and Kaski, ICANN 2001, ask for the same by ranks (continuity); the share of
    neighbours kept is that of Lee and Verleysen 2009, Q_NX(k).

    Parameters
    ----------
    x : Dictionary
    xy : ndarray, shape (n_features, 2)
    k : int
        Less than the number of features.

    Examples
    --------
    >>> line = np.arange(8.0)
    >>> x = Dictionary(np.column_stack([np.cos(line / 4), np.sin(line / 4)]))
    >>> neighbour_preservation(x, np.column_stack([line, line]), 2)
    1.0
    """
    rows = _asked(len(x))
    theirs = nearest(x, k)[0][rows]
    seen = _nearest_in_picture(cKDTree(xy), xy, rows, k)
    return float(np.mean([np.isin(a, b).mean() for a, b in zip(theirs, seen, strict=True)]))


def _asked(n: int) -> IntArray:
    asked: IntArray = np.unique(np.linspace(0, n - 1, min(n, _ASKED)).astype(int))
    return asked


def _nearest_in_picture(tree: cKDTree, xy: FloatArray, rows: IntArray, k: int) -> IntArray:
    near = tree.query(xy[rows], k + 1)[1]
    # itself comes first, unless others lie on top of it
    own = near == rows[:, None]
    own[~own.any(axis=1), -1] = True
    others: IntArray = near[~own].reshape(len(rows), k)
    return others
