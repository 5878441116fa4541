"""Coordinates: is the order of the features along a circle or in a tree that of the truth?"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import shortest_path
from scipy.spatial.distance import pdist, squareform
from scipy.stats import rankdata

from featuretopo.compare.overlap import IntArray
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import FloatArray, p_value
from featuretopo.random import stream
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.circular_coordinate import circular_coordinate
from featuretopo.topology.circular_correlation import circular_correlation
from featuretopo.topology.loops import Loop

DRAWS = 199
_FEWEST = 4  # features that an order can be told of


def circle_agreement(
    angles: FloatArray, latents: IntArray, learned: Arrangement, loop: Loop, seed: int
) -> tuple[float, float] | None:
    """Circular correlation of the true angles with those along a loop of the learned features.

    Without a sense of direction: a circle learned the other way round is the same circle. The
    null shuffles the true angles. None where the loop gives fewer than four of them an angle.

    Parameters
    ----------
    angles : ndarray, shape (m,)
        True angle of each feature.
    latents : ndarray of int, shape (m,)
        Best latent of each.
    learned : Arrangement
    loop : Loop
    seed : int
    """
    try:
        along = circular_coordinate(learned.dictionary, loop).angles[latents]
    except FeaturetopoError:  # no coordinate on this loop
        return None
    there = np.isfinite(along)
    if there.sum() < _FEWEST:
        return None
    true, along = angles[there], along[there]

    def agreement(order: IntArray) -> float:
        return abs(circular_correlation(true[order], along))

    return _beside_shuffles(agreement, len(true), seed)


def tree_agreement(
    parents: IntArray, latents: IntArray, learned: Arrangement, seed: int
) -> tuple[float, float] | None:
    """Spearman correlation of steps in the true tree with chord distances of the best latents.

    Over all pairs of features. The null shuffles the features over the tree. None where all
    latents are one, or there are fewer than four features.

    Parameters
    ----------
    parents : ndarray of int, shape (m,)
        Place of each feature's parent among the m, -1 for the root.
    latents : ndarray of int, shape (m,)
        Best latent of each.
    learned : Arrangement
    seed : int
    """
    m = len(parents)
    child = np.flatnonzero(parents >= 0)
    links = coo_array((np.ones(len(child)), (child, parents[child])), (m, m))
    steps = shortest_path(links, directed=False, unweighted=True)
    # rounded to what float32 directions tell: equal distances are equal
    chords = pdist(learned.dictionary.unit[latents].astype(np.float64)).round(6)
    if m < _FEWEST or np.ptp(chords) == 0 or not np.isfinite(steps).all():
        return None
    upper = np.triu_indices(m, 1)
    # ranks once: a shuffle of the features only moves them
    ranks, far = squareform(rankdata(steps[upper])), rankdata(chords)

    def agreement(order: IntArray) -> float:
        return float(np.corrcoef(ranks[np.ix_(order, order)][upper], far)[0, 1])

    return _beside_shuffles(agreement, m, seed)


def _beside_shuffles(
    agreement: Callable[[IntArray], float], m: int, seed: int
) -> tuple[float, float]:
    """Return the agreement as it is and its p-value among shuffles of the m features."""
    value = agreement(np.arange(m))
    rng = stream(seed, "coordinates")
    return value, p_value(value, [agreement(rng.permutation(m)) for _ in range(DRAWS)])
