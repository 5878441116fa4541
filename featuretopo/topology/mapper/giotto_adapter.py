"""giotto-tda (AGPL-3, an extra): its graphs and pipelines in, ours out, a run of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.checks import check_can
from featuretopo.dictionary import Dictionary, as_dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.cover import Cubes
from featuretopo.topology.mapper.graph import FloatArray, MapperGraph, check_graph
from featuretopo.topology.mapper.imported import imported
from featuretopo.topology.mapper.lenses.embedded import cautions_told


def from_giotto(graph: Any, lens: FloatArray, *, names: Sequence[str] = ()) -> MapperGraph:
    """Return the graph of a giotto-tda Mapper pipeline as a MapperGraph.

    Parameters
    ----------
    graph : igraph.Graph
        What ``gtda.mapper.make_mapper_pipeline(...).fit_transform`` returned. Graph attributes
        that are text, as :func:`to_giotto` writes them, are its parameters; a lens that is called
        by the name of an embedding is warned of.
    lens : ndarray, shape (n_features, n_lens)
        What its filter function gave.
    names : sequence of str, optional
        Of the features, one for each row of the lens.

    Raises
    ------
    FeaturetopoError
        If its nodes do not say what they hold, or hold what is no row of the lens, or names are
        not as many as rows.

    Notes
    -----
    In each cell giotto-tda makes a node of what its clusterer calls noise. The graph then covers
    all features, noise included, its ``noise_share`` is 0, and components and loops may run
    through noise; ``warnings`` says how many such nodes there are.
    """
    if not hasattr(graph, "vs"):
        raise FeaturetopoError(
            f"{type(graph).__name__} is no igraph.Graph: give what the pipeline's fit_transform "
            "returned"
        )
    if "node_elements" not in graph.vs.attributes():
        raise FeaturetopoError("not a graph of giotto-tda: its nodes have no 'node_elements'")
    words = dict.fromkeys(("lens", "cover", "clusterer"), "giotto-tda")
    words |= {key: graph[key] for key in graph.attributes() if isinstance(graph[key], str)}
    return imported(
        graph.vs["node_elements"],
        graph.get_edgelist(),
        lens,
        words,
        names=names,
        warnings=(*_noise_told(graph), *cautions_told(words)),
    )


def by_giotto(pipeline: Any, x: Dictionary | npt.ArrayLike) -> MapperGraph:
    """Run a giotto-tda Mapper pipeline on the unit vectors of a dictionary.

    Parameters
    ----------
    pipeline : gtda.mapper.pipeline.MapperPipeline
        What ``gtda.mapper.make_mapper_pipeline`` returned.
    x : Dictionary or array_like, shape (n_features, d)
        Euclidean distance on its unit vectors is chord.

    Raises
    ------
    FeaturetopoError
        If it is no such pipeline, or `x` cannot be a Dictionary.

    Notes
    -----
    Noise is in nodes, as :func:`from_giotto` says: the graph covers all features.
    """
    check_can(
        "pipeline", pipeline, "get_mapper_params", usual="what gtda's make_mapper_pipeline returned"
    )
    x = as_dictionary(x)
    points = x.unit.astype(np.float64)
    graph = pipeline.fit_transform(points)
    mapped = dict(dict(pipeline.steps)["pullback_cover"].transformer_list)["map_and_cover"]
    lens = mapped[:-1].transform(points)  # all but the cover
    told = pipeline.get_mapper_params()
    words = {"lens": "filter_func", "cover": "cover", "clusterer": "clusterer"}
    found = from_giotto(graph, lens)
    parameters = {ours: f"giotto-tda {told[theirs]}" for ours, theirs in words.items()}
    warnings = (*found.warnings, *cautions_told(parameters))
    return replace(found, parameters=parameters, names=x.names, warnings=warnings)


def _noise_told(graph: Any) -> tuple[str, ...]:
    """Say how many nodes of giotto-tda are what its clusterer calls noise."""
    if "partial_cluster_label" not in graph.vs.attributes():
        return ()
    noise = sum(label == -1 for label in graph.vs["partial_cluster_label"])
    if not noise:
        return ()
    return (
        f"{noise} of {len(graph.vs)} nodes are noise, of which giotto-tda makes nodes: coverage "
        "and noise share count it as covered; from_giotto("
        "graph.subgraph(graph.vs.select(partial_cluster_label_ge=0)), lens) leaves it out",
    )


def to_giotto(graph: MapperGraph) -> Any:
    """Return the graph as giotto-tda has it, an igraph.Graph; needs the extra ``giotto``.

    Nodes have ``node_elements``, edges a ``weight``, the number of features that both ends hold;
    the graph has the parameters as attributes.

    Raises
    ------
    FeaturetopoError
        If igraph is not installed.
    """
    check_graph(graph)
    try:
        from igraph import Graph
    except ImportError as error:
        raise FeaturetopoError(
            "needs igraph: pip install 'featuretopo[giotto]' (Python < 3.13)"
        ) from error
    found = Graph(n=graph.n_nodes, edges=graph.edges.tolist())
    for key, words in graph.parameters.items():
        found[key] = words
    found.vs["node_elements"] = list(graph.members)
    found.es["weight"] = [
        len(np.intersect1d(graph.members[a], graph.members[b])) for a, b in graph.edges.tolist()
    ]
    return found


def run_giotto(
    unit: FloatArray, lens: FloatArray, cover: Cubes, eps: float, min_samples: int
) -> MapperGraph:
    """Mapper graph by giotto-tda and scikit-learn's DBSCAN; its own way to lay cubes.

    Parameters
    ----------
    unit : ndarray, shape (n_features, d)
        Unit vectors: Euclidean distance on them is chord.
    lens : ndarray, shape (n_features, n_lens)
    cover : Cubes
        Number and overlap are handed on.
    eps, min_samples
        DBSCAN's.

    Raises
    ------
    FeaturetopoError
        If giotto-tda is not installed, or the cover is not the same along all axes.

    Notes
    -----
    It makes a node of what DBSCAN calls noise, in each cell: it covers everything.
    """
    try:
        from gtda.mapper import CubicalCover, Projection, make_mapper_pipeline
    except ImportError as error:
        raise FeaturetopoError(
            "needs giotto-tda: pip install 'featuretopo[giotto]' (Python < 3.13)"
        ) from error
    from sklearn.cluster import DBSCAN

    axes = lens.shape[1]
    numbers, overlaps = cover.by_axis(axes)
    if len({*numbers}) > 1 or len({*overlaps}) > 1:
        raise FeaturetopoError(f"{cover!r}: giotto-tda's cubes are alike along all axes")
    pipeline = make_mapper_pipeline(
        # the pipeline takes one array: lens and features side by side
        filter_func=Projection(columns=list(range(axes))),
        cover=CubicalCover(n_intervals=numbers[0], overlap_frac=overlaps[0]),
        clustering_preprocessing=Projection(columns=list(range(axes, axes + unit.shape[1]))),
        clusterer=DBSCAN(eps=eps, min_samples=min_samples),
    )
    return from_giotto(pipeline.fit_transform(np.hstack([lens, unit])), lens)
