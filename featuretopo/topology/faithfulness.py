"""How faithful a picture is to the dictionary that it shows."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from featuretopo.dictionary import Dictionary
from featuretopo.topology.diagram import FloatArray

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
    asked = np.unique(np.linspace(0, n - 1, min(n, _ASKED)).astype(int))
    beyond = 0
    tree = cKDTree(xy)
    for start in range(0, len(asked), _BLOCK):
        rows = asked[start : start + _BLOCK]
        near = tree.query(xy[rows], k + 1)[1]
        # itself comes first, unless others lie on top of it
        own = near == rows[:, None]
        own[~own.any(axis=1), -1] = True
        columns = near[~own].reshape(len(rows), k)
        ranks = ranks_of(x.unit[rows] @ x.unit.T, rows, columns)
        beyond += int(np.maximum(ranks + 1 - k, 0).sum())
    return 1 - 2 * beyond / (len(asked) * k * (2 * n - 3 * k - 1))
