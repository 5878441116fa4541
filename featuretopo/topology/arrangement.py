"""Arrangement: everything the topology layer says of one dictionary, by one call."""

from __future__ import annotations

from dataclasses import dataclass

import numpy.typing as npt

from featuretopo.dictionary import Dictionary, as_dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.random import RngLike, child_seed, seed_of
from featuretopo.topology.clusters import Cluster, clusters
from featuretopo.topology.diagram import Diagram
from featuretopo.topology.embedding import Embedding, umap
from featuretopo.topology.loops import Loop, loops
from featuretopo.topology.mapper.graph import MapperGraph
from featuretopo.topology.mapper.mapper import mapper
from featuretopo.topology.persistence import persistence


@dataclass(frozen=True, slots=True, eq=False)
class Arrangement:
    """Diagram, clusters, loops, Mapper graph and UMAP picture of one dictionary.

    Attributes
    ----------
    name : str
        What the dictionary is called.
    dictionary : Dictionary
        The features looked at (dead latents removed beforehand).
    diagram : Diagram
        H0 exact, H1 exact up to the noise floor.
    clusters : tuple of Cluster
        Largest first.
    loops : tuple of Loop
        Smallest p-value first.
    mapper : MapperGraph
        Its Mapper graph.
    embedding : Embedding
        Its UMAP picture: for the eye only, no measure is taken on it.
    """

    name: str
    dictionary: Dictionary
    diagram: Diagram
    clusters: tuple[Cluster, ...]
    loops: tuple[Loop, ...]
    mapper: MapperGraph
    embedding: Embedding


def arrangement(
    x: Dictionary | npt.ArrayLike, *, name: str = "dictionary", rng: RngLike = None
) -> Arrangement:
    """Run the whole topology layer on one dictionary.

    Parameters
    ----------
    x : Dictionary or array_like, shape (n_features, d)
        At least 4 features.
    name : str
        What to call it in tables and pictures.
    rng : int, Generator or None
        Seed of the nulls and of UMAP.

    Returns
    -------
    Arrangement

    Raises
    ------
    FeaturetopoError
        With fewer than 4 features.

    Examples
    --------
    >>> from featuretopo.truth import Blobs, GroundTruth
    >>> blobs = GroundTruth([Blobs(2, 8)], d=16, rng=0).dictionary
    >>> [len(cluster.members) for cluster in arrangement(blobs, rng=0).clusters]
    [8, 8]
    """
    x = as_dictionary(x)
    check_size(x)
    seed = seed_of(rng)
    return Arrangement(
        name=name,
        dictionary=x,
        diagram=persistence(x),
        clusters=clusters(x, rng=child_seed(seed, "clusters")),
        loops=loops(x, rng=child_seed(seed, "loops")),
        mapper=mapper(x),
        embedding=umap(x, rng=child_seed(seed, "umap")),
    )


def check_size(x: Dictionary) -> None:
    """Refuse a dictionary with too few features to have a topology."""
    if len(x) < 4:
        raise FeaturetopoError(
            f"{len(x)} features: topology needs at least 4 (three never make a loop); give more"
        )
