"""MapperGraph: the nerve of clustered cover cells, with what it covers and what it left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.integer[Any]]
FloatArray = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class MapperGraph:
    """Nodes are clusters of features within a cover cell; edges join nodes that share features.

    Attributes
    ----------
    members : tuple of ndarray of int
        Rows of the dictionary in each node.
    edges : ndarray of int, shape (n_edges, 2)
        Pairs of nodes with a common member, first index smaller.
    lens : ndarray, shape (n_features, n_lens)
        What the cover was laid over.
    n_features : int
        Number of features that went in.
    parameters : dict
        Every parameter, in words: lens, cover, clusterer.
    warnings : tuple of str
        What makes this graph hard to trust, each with a remedy.
    """

    members: tuple[IntArray, ...]
    edges: IntArray
    lens: FloatArray
    n_features: int
    parameters: dict[str, str]
    warnings: tuple[str, ...] = ()

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.members)

    @property
    def coverage(self) -> float:
        """Share of features that are in at least one node."""
        if not self.members:
            return 0.0
        return len(np.unique(np.concatenate(self.members))) / self.n_features

    @property
    def noise_share(self) -> float:
        """Share of features that the clusterer left out of every node: 1 - coverage."""
        return 1.0 - self.coverage

    @property
    def n_components(self) -> int:
        """First Betti number's companion: connected components of the graph."""
        return int(nx.number_connected_components(self.to_networkx()))

    @property
    def n_loops(self) -> int:
        """Independent cycles of the graph: edges - nodes + components. Not read off a layout."""
        return len(self.edges) - self.n_nodes + self.n_components

    def to_networkx(self) -> nx.Graph:
        """Return the graph with node attribute ``members`` (list of row numbers)."""
        graph = nx.Graph()
        for node, rows in enumerate(self.members):
            graph.add_node(node, members=rows.tolist())
        graph.add_edges_from(self.edges.tolist())
        return graph

    def __repr__(self) -> str:
        return (
            f"MapperGraph({self.n_nodes} nodes, {len(self.edges)} edges, "
            f"{self.n_components} components, {self.n_loops} loops; "
            f"covers {self.coverage:.0%} of {self.n_features} features)"
        )
