"""giotto-tda's Mapper graphs, in."""

from __future__ import annotations

from typing import Any

import numpy as np

from featuretopo.topology.mapper.graph import FloatArray, MapperGraph
from featuretopo.topology.mapper.nerve import nerve


def from_giotto(graph: Any, lens: FloatArray) -> MapperGraph:
    """Return the graph of a giotto-tda Mapper pipeline as a MapperGraph.

    Parameters
    ----------
    graph : igraph.Graph
        What ``gtda.mapper.make_mapper_pipeline(...).fit_transform`` returned.
    lens : ndarray, shape (n_features, n_lens)
        What its filter function gave.
    """
    members = tuple(np.sort(np.asarray(rows, dtype=np.int64)) for rows in graph.vs["node_elements"])
    edges = np.sort(np.array(graph.get_edgelist(), dtype=np.int64).reshape(-1, 2), axis=1)
    return MapperGraph(
        members=members,
        edges=edges[np.lexsort(edges.T[::-1])],
        lens=lens,
        n_features=len(lens),
        parameters={"lens": "giotto-tda", "cover": "giotto-tda", "clusterer": "giotto-tda"},
        triangles=nerve(members, len(lens))[1],
    )
