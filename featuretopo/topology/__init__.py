"""Topology of a dictionary on chord distance: diagrams, clusters, loops, Mapper, UMAP, order."""

from featuretopo.topology.arrangement import Arrangement, arrangement
from featuretopo.topology.betti_signature import BettiSignature, betti_signature
from featuretopo.topology.circular_coordinate import CircularCoordinate, circular_coordinate
from featuretopo.topology.circular_correlation import circular_correlation
from featuretopo.topology.clusters import Cluster, clusters
from featuretopo.topology.dendrogram import Dendrogram, dendrogram
from featuretopo.topology.diagram import Diagram
from featuretopo.topology.distances import (
    DiagramDistance,
    bottleneck,
    bottleneck_of_bars,
    wasserstein,
    wasserstein_of_bars,
)
from featuretopo.topology.embedding import Embedding, umap
from featuretopo.topology.loops import Loop, loops
from featuretopo.topology.mapper.graph import MapperGraph
from featuretopo.topology.matching import DiagramMatching, diagram_matching
from featuretopo.topology.order import CircularOrder, circular_order
from featuretopo.topology.pairwise import DistanceMatrix, pairwise_distances
from featuretopo.topology.persistence import persistence
from featuretopo.topology.reducibility import Reducibility, reducibility
from featuretopo.topology.rtd import RTD, rtd
from featuretopo.topology.second_opinion import SecondOpinion, second_opinion
from featuretopo.topology.shared_embedding import SharedEmbedding, aligned_umap, joint_umap
from featuretopo.topology.sliced import sliced_wasserstein
from featuretopo.topology.universal import universal_p_values
from featuretopo.topology.vectors import (
    betti_curve,
    persistence_image,
    persistence_landscape,
    persistent_entropy,
)

__all__ = [
    "RTD",
    "Arrangement",
    "BettiSignature",
    "CircularCoordinate",
    "CircularOrder",
    "Cluster",
    "Dendrogram",
    "Diagram",
    "DiagramDistance",
    "DiagramMatching",
    "DistanceMatrix",
    "Embedding",
    "Loop",
    "MapperGraph",
    "Reducibility",
    "SecondOpinion",
    "SharedEmbedding",
    "aligned_umap",
    "arrangement",
    "betti_curve",
    "betti_signature",
    "bottleneck",
    "bottleneck_of_bars",
    "circular_coordinate",
    "circular_correlation",
    "circular_order",
    "clusters",
    "dendrogram",
    "diagram_matching",
    "joint_umap",
    "loops",
    "pairwise_distances",
    "persistence",
    "persistence_image",
    "persistence_landscape",
    "persistent_entropy",
    "reducibility",
    "rtd",
    "second_opinion",
    "sliced_wasserstein",
    "umap",
    "universal_p_values",
    "wasserstein",
    "wasserstein_of_bars",
]
