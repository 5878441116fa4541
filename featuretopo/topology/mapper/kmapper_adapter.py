"""kmapper's graph format, in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.graph import FloatArray, MapperGraph
from featuretopo.topology.mapper.nerve import nerve


def to_kmapper(graph: MapperGraph) -> dict[str, Any]:
    """Return the graph as kmapper writes it: nodes, links, simplices, meta_data.

    What ``kmapper.KeplerMapper().visualize`` takes.

    Examples
    --------
    >>> import numpy as np
    >>> rows = (np.array([0, 1]), np.array([1, 2]))
    >>> graph = MapperGraph(rows, np.array([[0, 1]]), np.zeros((3, 1)), 3, {"lens": "none"})
    >>> to_kmapper(graph)["links"]
    {'node0': ['node1']}
    """
    links: dict[str, list[str]] = {}
    for a, b in graph.edges.tolist():
        links.setdefault(f"node{a}", []).append(f"node{b}")
    return {
        "nodes": {f"node{i}": rows.tolist() for i, rows in enumerate(graph.members)},
        "links": links,
        "simplices": [[f"node{i}"] for i in range(graph.n_nodes)]
        + [[f"node{a}", f"node{b}"] for a, b in graph.edges.tolist()],
        "meta_data": {"projection": graph.parameters["lens"], **graph.parameters},
        "meta_nodes": {},
    }


def from_kmapper(graph: Mapping[str, Any], lens: FloatArray) -> MapperGraph:
    """Return a kmapper graph as a MapperGraph.

    Parameters
    ----------
    graph : mapping
        What ``kmapper.KeplerMapper().map`` returned.
    lens : ndarray, shape (n_features, n_lens)
        The lens that it was given.

    Raises
    ------
    FeaturetopoError
        If it has no nodes and links, or a member is no row of the lens.
    """
    if not {"nodes", "links"} <= set(graph):
        raise FeaturetopoError("not a kmapper graph: it needs 'nodes' and 'links'")
    number = {name: i for i, name in enumerate(graph["nodes"])}
    members = tuple(np.sort(np.asarray(rows, dtype=np.int64)) for rows in graph["nodes"].values())
    if any(len(rows) and rows[-1] >= len(lens) for rows in members):
        raise FeaturetopoError(f"a node names a feature beyond the {len(lens)} rows of the lens")
    triangles = nerve(members, len(lens))[1]
    edges = {
        tuple(sorted((number[a], number[b])))
        for a, others in graph["links"].items()
        for b in others
    }
    return MapperGraph(
        members=members,
        edges=np.array(sorted(edges), dtype=np.int64).reshape(-1, 2),
        lens=lens,
        n_features=len(lens),
        parameters={"lens": "kmapper", "cover": "kmapper", "clusterer": "kmapper"},
        triangles=triangles,
    )
