"""UMAP pictures, with how faithful they are."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.random import RngLike, child_seed, seed_of
from featuretopo.topology.faithfulness import trustworthiness
from featuretopo.topology.neighbourhood import nearest

FloatArray = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """A picture in the plane. For the eye: no measure is ever taken on it.

    Attributes
    ----------
    xy : ndarray, shape (n_features, 2)
    trustworthiness : float
        1 when all neighbours in the picture are neighbours in the dictionary
        (Venna and Kaski 2001), at `n_neighbors` neighbours.
    n_neighbors : int
    """

    xy: FloatArray
    trustworthiness: float
    n_neighbors: int


def umap(x: Dictionary, *, n_neighbors: int = 15, rng: RngLike = None) -> Embedding:
    """UMAP of a dictionary under chord distance, in the plane.

    Its neighbours are the true ones, from one blocked pass over the pairs.

    Source: McInnes, Healy and Melville 2018; computed by umap-learn.

    Parameters
    ----------
    x : Dictionary
        At least 4 features. With fewer than `n_neighbors` + 1, all others are neighbours.
    n_neighbors : int
        Neighbours that each feature is tied to, at least 2.
    rng : int, Generator or None
        Same seed, same picture.

    Returns
    -------
    Embedding

    Raises
    ------
    FeaturetopoError
        With fewer than 4 features or 2 neighbours.
    """
    xy = layout(x, 2, n_neighbors, child_seed(seed_of(rng), "umap"))
    near = min(n_neighbors, len(x) - 1)
    faithful = min(near, (len(x) - 1) // 2)  # its definition needs fewer than half
    return Embedding(xy, trustworthiness(x, xy, faithful), near)


def layout(x: Dictionary, n_components: int, n_neighbors: int, seed: int) -> FloatArray:
    """Place features by UMAP, shape (n_features, n_components); see :func:`umap`."""
    if len(x) < 4:
        raise FeaturetopoError(f"{len(x)} features: a picture of neighbours needs at least 4")
    if n_neighbors < 2:
        raise FeaturetopoError(f"n_neighbors={n_neighbors} must be at least 2; 15 is usual")
    from umap import UMAP

    near = min(n_neighbors, len(x) - 1)
    others, chords = nearest(x, near - 1)  # to UMAP, a feature is a neighbour of its own
    known = (
        np.column_stack([np.arange(len(x)), others]),
        np.column_stack([np.zeros(len(x)), chords]).astype(np.float32),
    )
    # Euclidean distance between unit vectors is chord; the spectral start needs n > 4
    reducer = UMAP(
        n_components=n_components,
        n_neighbors=near,
        precomputed_knn=known,
        force_approximation_algorithm=True,  # of few features too, the neighbours are known
        init="spectral" if len(x) > n_components + 8 else "random",
        random_state=seed,
        n_jobs=1,
    )
    with warnings.catch_warnings():
        # a graph in several pieces is what clustered features give; it is placed piece by piece
        warnings.filterwarnings("ignore", message="Graph is not fully connected")
        warnings.filterwarnings("ignore", message="Spectral initiali[sz]ation failed")
        # that the picture cannot be asked for places of new features: it is not
        warnings.filterwarnings("ignore", message="precomputed_knn")
        return np.asarray(reducer.fit_transform(x.unit), dtype=np.float64)
