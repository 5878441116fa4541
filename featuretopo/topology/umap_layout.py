"""umap-learn's two steps, apart: weights of a graph of neighbours, and a place for its nodes."""

from __future__ import annotations

import warnings
from typing import Any, TypeAlias

import numpy as np

from featuretopo.checks import is_whole
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.diagram import FloatArray
from featuretopo.topology.neighbourhood import nearest
from featuretopo.topology.thread_counts import thread_counts_kept

Graph: TypeAlias = Any  # sparse matrix, symmetric, weights above 0


def fuzzy_graph(x: Dictionary, n_neighbors: int) -> Graph:
    """Weigh the ties of each feature to its nearest, sparse, shape (n_features, n_features).

    Source: McInnes, Healy and Melville 2018, section 3.1; the neighbours are the true ones.

    Parameters
    ----------
    x : Dictionary
        At least 4 features.
    n_neighbors : int
        Itself included, at least 2; with fewer than so many + 1 features, all others.

    Raises
    ------
    FeaturetopoError
        With fewer than 4 features or 2 neighbours.
    """
    check_size(x, n_neighbors)
    near = min(n_neighbors, len(x) - 1)
    others, chords = nearest(x, near - 1)  # to UMAP, a feature is a neighbour of its own
    with thread_counts_kept():
        from umap.umap_ import fuzzy_simplicial_set

        graph, *_ = fuzzy_simplicial_set(
            x.unit,
            near,
            None,  # no random number is drawn where the neighbours are known
            "euclidean",  # between unit vectors this is chord
            knn_indices=np.column_stack([np.arange(len(x)), others]),
            knn_dists=np.column_stack([np.zeros(len(x)), chords]).astype(np.float32),
        )
    return graph


def check_size(x: Dictionary, n_neighbors: int) -> None:
    """Refuse what has no picture of neighbours."""
    if len(x) < 4:
        raise FeaturetopoError(f"{len(x)} features: a picture of neighbours needs at least 4")
    if not is_whole(n_neighbors) or n_neighbors < 2:
        raise FeaturetopoError(
            f"n_neighbors={n_neighbors!r} must be a whole number, at least 2; 15 is usual"
        )


def place(graph: Graph, points: FloatArray, n_components: int, seed: int) -> FloatArray:
    """Lay out a weighted graph by UMAP's descent from its spectral layout.

    Source: McInnes, Healy and Melville 2018, section 3.2, at a least distance of 0.1.

    Parameters
    ----------
    graph : sparse matrix, shape (n, n)
    points : ndarray, shape (n, d)
        Where the pieces of a graph in several pieces lie to each other.
    n_components : int
        Axes.
    seed : int
        Same seed, same places, to the bit on one kind of CPU.

    Returns
    -------
    ndarray of float64, shape (n, n_components)
    """
    with warnings.catch_warnings(), thread_counts_kept():
        from umap.umap_ import find_ab_params, simplicial_set_embedding

        # a graph in several pieces is what clustered features give; it is placed piece by piece
        warnings.filterwarnings("ignore", message="Graph is not fully connected")
        warnings.filterwarnings("ignore", message="Spectral initiali[sz]ation failed")
        a, b = find_ab_params(1.0, 0.1)
        # umap-learn's own count, of epochs in which each tie of weight 1 is pulled once
        epochs = 500 if len(points) <= 10_000 else 200
        xy, _ = simplicial_set_embedding(
            points,
            graph,
            n_components,
            initial_alpha=1.0,
            a=a,
            b=b,
            gamma=1.0,
            negative_sample_rate=5,
            n_epochs=round(epochs * float(graph.max())),
            # the spectral start needs more nodes than axes
            init="spectral" if len(points) > n_components + 8 else "random",
            random_state=np.random.RandomState(seed),
            metric="euclidean",
            metric_kwds={},
            densmap=False,
            densmap_kwds={},
            output_dens=False,
        )
    return np.asarray(xy, dtype=np.float64)
