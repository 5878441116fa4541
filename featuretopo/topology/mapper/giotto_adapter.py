"""giotto-tda (AGPL-3, an extra): its Mapper graphs in, and a run of its own Mapper."""

from __future__ import annotations

from typing import Any

import numpy as np

from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.cover import Cubes
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
