"""Dendrogram: the whole hierarchy of feature families, from single features to one piece."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.cluster.hierarchy import fcluster

from featuretopo.checks import check_number
from featuretopo.dictionary import Dictionary, as_dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.neighbourhood import tree_of

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Dendrogram:
    """Single linkage of a dictionary on chord distance: H0 with the members of every component.

    Attributes
    ----------
    linkage : ndarray, shape (n_features - 1, 4)
        As scipy's: which two are joined, at what chord distance, how many features that makes.
        ``scipy.cluster.hierarchy.dendrogram`` draws it.
    names : tuple of str
        Of the features.
    """

    linkage: FloatArray
    names: tuple[str, ...]

    def labels(self, scale: float) -> IntArray:
        """Component of each feature at a chord distance, numbered by first member, (n_features,).

        Examples
        --------
        >>> x = Dictionary([[1.0, 0.0], [0.0, 1.0], [1.0, 0.1]])
        >>> dendrogram(x).labels(0.5).tolist()
        [0, 1, 0]
        """
        check_number("scale", scale)
        if not scale >= 0:
            raise FeaturetopoError(f"scale={scale} must be a chord distance of at least 0")
        found = fcluster(self.linkage, scale, criterion="distance")
        _, first, label = np.unique(found, return_index=True, return_inverse=True)
        order = np.empty(len(first), np.int64)
        order[np.argsort(first)] = np.arange(len(first))
        labels: IntArray = order[label.ravel()]
        return labels

    def families(self, scale: float, *, least: int = 2) -> list[tuple[str, ...]]:
        """Names of the features of each component of at least `least`, largest first.

        Examples
        --------
        >>> x = Dictionary([[1.0, 0.0], [0.0, 1.0], [1.0, 0.1]], names=["day", "sky", "week"])
        >>> dendrogram(x).families(0.5)
        [('day', 'week')]
        """
        labels = self.labels(scale)
        sizes = np.bincount(labels)
        kept = [c for c in np.argsort(-sizes, kind="stable") if sizes[c] >= least]
        return [tuple(self.names[i] for i in np.flatnonzero(labels == c)) for c in kept]


def dendrogram(x: Dictionary | npt.ArrayLike) -> Dendrogram:
    """Join features step by step along the minimum spanning tree.

    Parameters
    ----------
    x : Dictionary or array_like, shape (n_features, d)

    Returns
    -------
    Dendrogram

    Examples
    --------
    >>> x = Dictionary([[1.0, 0.0], [0.0, 1.0], [1.0, 0.1]])
    >>> dendrogram(x).linkage.round(3).tolist()
    [[0.0, 2.0, 0.1, 2.0], [1.0, 3.0, 1.342, 3.0]]
    """
    x = as_dictionary(x)
    tree = tree_of(x)
    return Dendrogram(_linkage(tree.pairs, tree.lengths, tree.n), x.names)


def _linkage(pairs: IntArray, lengths: FloatArray, n: int) -> FloatArray:
    """Union-find over edges that come shortest first."""
    above = list(range(2 * n - 1))
    size = [1] * (2 * n - 1)

    def root(node: int) -> int:
        while above[node] != node:
            above[node] = above[above[node]]
            node = above[node]
        return node

    rows = []
    for step, ((i, j), length) in enumerate(zip(pairs.tolist(), lengths.tolist(), strict=True)):
        a, b, joined = root(i), root(j), n + step
        above[a] = above[b] = joined
        size[joined] = size[a] + size[b]
        rows.append((min(a, b), max(a, b), length, size[joined]))
    return np.array(rows, dtype=np.float64)
