"""kmapper: its graphs in and out, and a run of its own Mapper."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.cover import Cubes
from featuretopo.topology.mapper.graph import FloatArray, MapperGraph, check_graph
from featuretopo.topology.mapper.imported import imported
from featuretopo.topology.mapper.lenses.embedded import cautions_told


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
    check_graph(graph)
    links: dict[str, list[str]] = {}
    for a, b in graph.edges.tolist():
        links.setdefault(f"node{a}", []).append(f"node{b}")
    return {
        "nodes": {f"node{i}": rows.tolist() for i, rows in enumerate(graph.members)},
        "links": links,
        "simplices": [[f"node{i}"] for i in range(graph.n_nodes)]
        + [[f"node{a}", f"node{b}"] for a, b in graph.edges.tolist()],
        "meta_data": {"projection": graph.parameters.get("lens", ""), **graph.parameters},
        "meta_nodes": {},
    }


def from_kmapper(
    graph: Mapping[str, Any], lens: FloatArray, *, names: Sequence[str] = ()
) -> MapperGraph:
    """Return a kmapper graph as a MapperGraph.

    Parameters
    ----------
    graph : mapping
        What ``kmapper.KeplerMapper().map`` returned. A projection that is called by the name of an
        embedding is warned of.
    lens : ndarray, shape (n_features, n_lens)
        The lens that it was given.
    names : sequence of str, optional
        Of the features, one for each row of the lens.

    Raises
    ------
    FeaturetopoError
        If it has no nodes and links, a link names what is no node, a member is no row of the
        lens, or names are not as many as rows.
    """
    if not isinstance(graph, Mapping):
        raise FeaturetopoError(
            f"{type(graph).__name__} is no kmapper graph: give the dict that "
            "KeplerMapper().map returned"
        )
    if not {"nodes", "links"} <= set(graph):
        raise FeaturetopoError("not a kmapper graph: it needs 'nodes' and 'links'")
    parts = (graph["nodes"], graph["links"], graph.get("meta_data", {}))
    if not all(isinstance(part, Mapping) for part in parts):
        raise FeaturetopoError(
            "not a kmapper graph: 'nodes', 'links' and 'meta_data' are each a dict"
        )
    number = {name: i for i, name in enumerate(graph["nodes"])}
    edges = [(a, b) for a, others in graph["links"].items() for b in others]
    unknown = [name for edge in edges for name in edge if name not in number]
    if unknown:
        raise FeaturetopoError(
            f"not a kmapper graph: a link names {unknown[0]!r}, which is no node"
        )
    parameters = _parameters(graph.get("meta_data", {}))
    return imported(
        graph["nodes"].values(),
        [(number[a], number[b]) for a, b in edges],
        lens,
        parameters,
        names=names,
        warnings=cautions_told(parameters),
    )


def _parameters(meta_data: Mapping[str, Any]) -> dict[str, str]:
    """What is told of how a graph was made, in kmapper's words or, where it was ours, in ours."""
    if "lens" in meta_data:
        ours = {key: str(words) for key, words in meta_data.items() if key != "projection"}
        return {"cover": "kmapper", "clusterer": "kmapper"} | ours
    cubes = [f"{key}={meta_data[key]}" for key in ("n_cubes", "perc_overlap") if key in meta_data]
    return {
        "lens": str(meta_data.get("projection", "kmapper")),
        "cover": ", ".join(["kmapper", *cubes]),
        "clusterer": str(meta_data.get("clusterer", "kmapper")),
    }


def run_kmapper(
    unit: FloatArray, lens: FloatArray, cover: Cubes, eps: float, min_samples: int
) -> MapperGraph:
    """Mapper graph by kmapper and scikit-learn's DBSCAN, on cubes where ours are.

    Parameters
    ----------
    unit : ndarray, shape (n_features, d)
        Unit vectors: Euclidean distance on them is chord.
    lens : ndarray, shape (n_features, n_lens)
    cover : Cubes
        kmapper's cubes stick out of the range that it is given; it is given one in which they end
        where the lens ends.
    eps, min_samples
        DBSCAN's.

    Examples
    --------
    >>> angle = 2 * np.pi * np.arange(40) / 40
    >>> circle = np.column_stack([np.cos(angle), np.sin(angle)])
    >>> run_kmapper(circle, circle, Cubes(5, 0.4), eps=0.5, min_samples=3).n_loops
    1
    """
    from kmapper import Cover, KeplerMapper
    from sklearn.cluster import DBSCAN

    low, high = lens.min(axis=0), lens.max(axis=0)
    n, overlap = (np.array(each) for each in cover.by_axis(lens.shape[1]))
    width = (high - low) / (n - (n - 1) * overlap)
    inset = width * overlap / 2 - 1e-9 * np.maximum(width, 1e-300)
    limits = np.column_stack([low + inset, high - inset])
    cubes = Cover(n.tolist(), overlap.tolist(), limits=limits)
    clusterer = DBSCAN(eps=eps, min_samples=min_samples)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the limits lie within the range is meant
        graph = KeplerMapper(verbose=0).map(lens, unit, clusterer, cubes)
    return from_kmapper(graph, lens)
