"""Stability of clusters: are the same members found together when others are left out?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from featuretopo.dictionary import Dictionary
from featuretopo.nulls import noise_floor
from featuretopo.random import stream
from featuretopo.topology.diagram import FloatArray, IntArray
from featuretopo.topology.matrix import spanning_forest
from featuretopo.topology.neighbourhood import LISTED, walk_to_floor
from featuretopo.topology.pairs import Edges, components
from featuretopo.topology.separation import separating_scale
from featuretopo.topology.spanning import FEW, small_tree, spanning_tree

_CHOICES = 20
_KEPT = 0.8  # of all features


def stability(x: Dictionary, clusters: Sequence[IntArray], seed: int) -> FloatArray:
    """Mean Jaccard index of each cluster with the nearest group among four fifths of the features.

    For each of 20 random choices of features the whole procedure is repeated, with a separating
    scale of its own, up to the noise floor of the whole dictionary. Members that were not chosen
    do not count; nor does a choice with fewer than two of them.

    Source: Hennig, Computational Statistics & Data Analysis 52 (2007) 258 (by subsets).

    Parameters
    ----------
    x : Dictionary
        At least 3 features.
    clusters : sequence of ndarray of int
        Members of each.
    seed : int

    Returns
    -------
    ndarray, shape (n_clusters,)
        NaN for a cluster of which no choice had two members.
    """
    n, floor = x.n_features, noise_floor(x.n_features, x.d)
    similar: list[list[float]] = [[] for _ in clusters]
    for choice in range(_CHOICES):
        rng = stream(seed, "clusters", "stability", choice)
        chosen = np.sort(rng.permutation(n)[: max(3, round(_KEPT * n))])
        tree = _tree_among(x, chosen)
        group = np.full(n, -1)
        group[chosen] = components(tree, separating_scale(tree, floor))
        sizes = np.bincount(group[chosen])
        for members, found in zip(clusters, similar, strict=True):
            homes = group[members]
            homes = homes[homes >= 0]
            if len(homes) >= 2:
                common = np.bincount(homes, minlength=len(sizes))
                found.append(float((common / (len(homes) + sizes - common)).max()))
    return np.array([np.mean(found) if found else np.nan for found in similar])


def _tree_among(x: Dictionary, chosen: IntArray) -> Edges:
    """Spanning tree of the chosen features, at least up to the floor."""
    if len(chosen) <= FEW:
        return small_tree(x.unit[chosen])
    edges = walk_to_floor(x, LISTED).edges
    if len(edges.pairs) > LISTED:
        return spanning_tree(x.unit[chosen])
    place = np.full(x.n_features, -1)
    place[chosen] = np.arange(len(chosen))
    pairs = place[edges.pairs]
    kept = (pairs >= 0).all(axis=1)
    return spanning_forest(Edges(pairs[kept], edges.lengths[kept], len(chosen)))
