"""UMAP pictures, with how faithful they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.dictionary import Dictionary, as_dictionary
from featuretopo.random import RngLike, child_seed, seed_of
from featuretopo.topology.faithfulness import neighbour_preservation, trustworthiness
from featuretopo.topology.umap_layout import fuzzy_graph, place

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
    neighbour_preservation : float
        Share of the `n_neighbors` nearest in the dictionary that are so in the picture.
    """

    xy: FloatArray
    trustworthiness: float
    n_neighbors: int
    neighbour_preservation: float


def umap(x: Dictionary | npt.ArrayLike, *, n_neighbors: int = 15, rng: RngLike = None) -> Embedding:
    """UMAP of a dictionary under chord distance, in the plane.

    Its neighbours are the true ones, from one blocked pass over the pairs.

    Source: McInnes, Healy and Melville 2018; computed by umap-learn.

    Parameters
    ----------
    x : Dictionary or array_like, shape (n_features, d)
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
    x = as_dictionary(x)
    xy = layout(x, 2, n_neighbors, child_seed(seed_of(rng), "umap"))
    return embedding_of(x, xy, n_neighbors)


def embedding_of(x: Dictionary, xy: FloatArray, n_neighbors: int) -> Embedding:
    """Measure how faithful places, shape (n_features, 2), are to a dictionary."""
    near = min(n_neighbors, len(x) - 1)
    faithful = min(near, (len(x) - 1) // 2)  # its definition needs fewer than half
    return Embedding(
        xy, trustworthiness(x, xy, faithful), near, neighbour_preservation(x, xy, faithful)
    )


def layout(x: Dictionary, n_components: int, n_neighbors: int, seed: int) -> FloatArray:
    """Place features by UMAP, shape (n_features, n_components); see :func:`umap`."""
    return place(fuzzy_graph(x, n_neighbors), x.unit, n_components, seed)
