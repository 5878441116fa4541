"""MapperGraph: the nerve of clustered cover cells, with what it covers and what it left out."""

from __future__ import annotations

from dataclasses import dataclass, field
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
    triangles : ndarray of int, shape (n_triangles, 3)
        Triples of nodes with a member in common to all three.
    """

    members: tuple[IntArray, ...]
    edges: IntArray
    lens: FloatArray
    n_features: int
    parameters: dict[str, str]
    warnings: tuple[str, ...] = ()
    triangles: IntArray = field(default_factory=lambda: np.empty((0, 3), np.int64))

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
        """Connected components of the graph: its Betti number 0."""
        return int(nx.number_connected_components(self.to_networkx()))

    @property
    def n_loops(self) -> int:
        """Independent loops of the nerve: its Betti number 1, never read off a layout.

        Nodes that all share a feature are filled in: where the corners of several cells overlap,
        the graph has cycles that mean nothing.
        """
        from featuretopo.topology.engines.gudhi_engine import betti

        return betti(self.n_nodes, self.edges, self.triangles)[1]

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
