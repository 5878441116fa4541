"""Figures of two Mapper graphs through partners, redone on every null draw."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from featuretopo.compare.evenly import evenly
from featuretopo.compare.overlap import IntArray
from featuretopo.compare.pairing import FEWEST
from featuretopo.compare.shared_subgraph import shared_subgraph
from featuretopo.topology.mapper.graph import MapperGraph
from featuretopo.topology.mapper.paths import path_lengths

_ON_PATHS = 200  # partners whose path lengths are compared, each with each


def mapper_figures(a: MapperGraph, b: MapperGraph, pairs: IntArray) -> dict[str, float]:
    """Nodes in common, the largest shared subgraph, and the agreement of path lengths.

    What is not defined is left out: nodes where one side has none, path lengths that
    :func:`path_agreement` leaves.
    """
    found = {}
    if a.n_nodes and b.n_nodes:
        shared = shared_subgraph(a, b, pairs)
        found = {"mapper_nodes": shared.corresponding, "mapper_subgraph": shared.share}
    paths = path_agreement(a, b, pairs)
    return found if paths is None else found | {"mapper_paths": paths}


def path_agreement(a: MapperGraph, b: MapperGraph, pairs: IntArray) -> float | None:
    """Spearman correlation of path lengths between partners in the two Mapper graphs.

    Of 200 partners at most, evenly among all that are in a node on one side or both; no path, and
    no node to start from, counts as longer than any. None with fewer than 8, or where lengths do
    not vary.
    """
    somewhere = np.isin(pairs[:, 0], _in_nodes(a)) | np.isin(pairs[:, 1], _in_nodes(b))
    few = evenly(pairs[somewhere], _ON_PATHS)
    if len(few) < FEWEST:
        return None
    upper = np.triu_indices(len(few), 1)
    ranks = [
        rankdata(np.nan_to_num(path_lengths(side, few[:, column])[upper], nan=np.inf))
        for column, side in enumerate((a, b))
    ]
    if min(np.ptp(rank) for rank in ranks) == 0:
        return None
    # rounded, so that what is equal by right is a tie with its null
    return round(float(np.corrcoef(ranks)[0, 1]), 12)


def _in_nodes(graph: MapperGraph) -> IntArray:
    return np.concatenate([*graph.members, np.empty(0, np.int64)])
