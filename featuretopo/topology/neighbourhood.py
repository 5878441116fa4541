"""What analyses of a dictionary begin with: one pass over its pairs, and its spanning tree."""

from __future__ import annotations

import numpy as np

from featuretopo.dictionary import Dictionary
from featuretopo.nulls import noise_floor
from featuretopo.topology.pairs import ALL, Edges, FloatArray, IntArray, Walk, scan, walk_pairs
from featuretopo.topology.shelf import once, shelf_of
from featuretopo.topology.spanning import spanning_tree

LISTED = 2_000_000  # edges: a longer list is not kept, nor made where the spanning tree will do


def walk_to_floor(x: Dictionary, most: int = ALL) -> Walk:
    """One pass over the pairs of a dictionary, with the edges up to its noise floor.

    Parameters
    ----------
    x : Dictionary
        At least 3 features in 2 dimensions.
    most : int
        The list of edges may end where it has become longer than this.
    """
    walk: Walk | None = shelf_of(x).get("walk")
    if walk is None:
        walk = walk_pairs(x.unit, noise_floor(x.n_features, x.d), most)
        if len(walk.edges.pairs) <= min(most, LISTED):
            shelf_of(x)["walk"] = walk
    return walk


def tree_of(x: Dictionary, walk: Walk | None = None) -> Edges:
    """Minimum spanning tree of a dictionary, shortest edges first.

    Parameters
    ----------
    x : Dictionary
    walk : Walk, optional
        Over its pairs, where one is at hand.
    """

    def make() -> Edges:
        if walk is not None:
            return spanning_tree(x.unit, walk)
        has_floor = x.n_features >= 3 and x.d >= 2
        return spanning_tree(x.unit, walk_to_floor(x, LISTED) if has_floor else None)

    return once(x, "tree", make)


def nearest(x: Dictionary, k: int) -> tuple[IntArray, FloatArray]:
    """Find the nearest other features of each feature, and their chord distances.

    Parameters
    ----------
    x : Dictionary
    k : int
        Less than the number of features.

    Returns
    -------
    neighbours : ndarray of int, shape (n_features, k)
        Nearest first.
    chords : ndarray, shape (n_features, k)

    Examples
    --------
    >>> neighbours, chords = nearest(Dictionary([[1.0, 0.0], [0.0, 1.0], [0.0, 2.0]]), 1)
    >>> neighbours.ravel().tolist(), chords.ravel().round(3).tolist()
    ([1, 2, 1], [1.414, 0.0, 0.0])
    """

    def make() -> tuple[IntArray, FloatArray]:
        walk: Walk | None = shelf_of(x).get("walk")
        if walk is not None and k <= walk.neighbours.shape[1]:
            return walk.neighbours[:, :k], np.sqrt(walk.squared[:, :k])
        everyone = np.arange(len(x))
        neighbours, squared, _ = scan(x.unit, everyone, everyone, k=k)
        return neighbours, np.sqrt(squared)

    return once(x, ("nearest", k), make)
