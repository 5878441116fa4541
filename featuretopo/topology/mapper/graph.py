"""MapperGraph: the nerve of clustered cover cells, with what it covers and what it left out."""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import networkx as nx
import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from featuretopo.errors import FeaturetopoError
from featuretopo.html_table import html_table

IntArray = npt.NDArray[np.integer[Any]]
FloatArray = npt.NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class LensStatistics:
    """Lens values of each node's features.

    Attributes
    ----------
    mean, low, high : ndarray, shape (n_nodes, n_lens)
        Mean, least and largest value along each axis.
    """

    mean: FloatArray
    low: FloatArray
    high: FloatArray


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
    names : tuple of str
        Of the features; empty where they have none.
    """

    members: tuple[IntArray, ...]
    edges: IntArray
    lens: FloatArray
    n_features: int
    parameters: dict[str, str]
    warnings: tuple[str, ...] = ()
    triangles: IntArray = field(default_factory=lambda: np.empty((0, 3), np.int64))
    names: tuple[str, ...] = ()

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.members)

    @property
    def sizes(self) -> IntArray:
        """Number of features in each node, shape (n_nodes,)."""
        return np.array([len(rows) for rows in self.members], np.int64)

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
    def components(self) -> list[IntArray]:
        """Nodes of each connected component, the one with the first node first."""
        number = self._component_of_node()
        order = np.argsort(number, kind="stable")
        return np.split(order, np.flatnonzero(np.diff(number[order])) + 1) if len(order) else []

    @property
    def n_components(self) -> int:
        """Connected components of the graph: its Betti number 0."""
        return int(self._component_of_node().max(initial=-1)) + 1

    def _component_of_node(self) -> IntArray:
        i, j = self.edges.T
        links = sparse.coo_array((np.ones(len(i)), (i, j)), shape=(self.n_nodes, self.n_nodes))
        number: IntArray = connected_components(links, directed=False)[1]
        return number

    @property
    def n_loops(self) -> int:
        """Independent loops of the nerve: its Betti number 1, never read off a layout.

        Nodes that all share a feature are filled in: where the corners of several cells overlap,
        the graph has cycles that mean nothing.
        """
        from featuretopo.topology.engines.gudhi_engine import betti

        return betti(self.n_nodes, self.edges, self.triangles)[1]

    @property
    def betti_numbers(self) -> tuple[int, int]:
        """Components and independent loops of the nerve."""
        return self.n_components, self.n_loops

    def shared(self) -> list[IntArray]:
        """Features that the two nodes of each edge have in common, ascending, edge by edge."""
        node = np.repeat(np.arange(self.n_nodes), self.sizes)
        row = np.concatenate([*self.members, np.empty(0, np.int64)])
        shape = self.n_nodes, self.n_features
        holds = sparse.csr_array((np.ones(len(row), bool), (node, row)), shape)
        both = holds[self.edges[:, 0]].multiply(holds[self.edges[:, 1]]).tocsr()
        both.sort_indices()
        return np.split(both.indices, both.indptr[1:-1]) if len(self.edges) else []

    def lens_statistics(self) -> LensStatistics:
        """Mean, least and largest lens value of each node along each axis."""
        held = [self.lens[rows] for rows in self.members]
        shape = self.n_nodes, self.lens.shape[1]
        return LensStatistics(
            *(np.array([of(rows) for rows in held]).reshape(shape) for of in _STATISTICS)
        )

    def name(self, row: int) -> str:
        """Return the name of a feature; its row number where it has none."""
        return self.names[row] if self.names else str(row)

    def to_networkx(self) -> nx.Graph:
        """Return the graph with attributes of nodes and edges.

        Node ``members`` and edge ``shared`` are lists of row numbers, node ``size`` is a count and
        node ``lens`` the mean along each axis. The graph has the parameters as attributes,
        ``coverage`` and the list of ``warnings``.
        """
        graph = nx.Graph()
        own = {"coverage": self.coverage, "warnings": list(self.warnings)}
        graph.graph.update(self.parameters | own)
        means = self.lens_statistics().mean.tolist()
        for node, (rows, mean) in enumerate(zip(self.members, means, strict=True)):
            graph.add_node(node, members=rows.tolist(), size=len(rows), lens=mean)
        for (i, j), rows in zip(self.edges.tolist(), self.shared(), strict=True):
            graph.add_edge(i, j, shared=rows.tolist())
        return graph

    def __repr__(self) -> str:
        return (
            f"MapperGraph({self.n_nodes} nodes, {len(self.edges)} edges, "
            f"{self.n_components} components, {self.n_loops} loops; "
            f"covers {self.coverage:.0%} of {self.n_features} features)"
        )

    def _repr_html_(self) -> str:
        counts = [f"{self.n_nodes:,}", f"{len(self.edges):,}", *map(str, self.betti_numbers)]
        rows = [
            ["nodes", "edges", "components", "loops", "covers"],
            [*counts, f"{self.coverage:.0%} of {self.n_features:,} features"],
        ]
        made_by = [f"{name}: {words}" for name, words in self.parameters.items()]
        return html_table("MapperGraph", rows, [*made_by, *self.warnings])


_STATISTICS: tuple[Callable[[FloatArray], FloatArray], ...] = (
    lambda rows: rows.mean(axis=0),
    lambda rows: rows.min(axis=0),
    lambda rows: rows.max(axis=0),
)


def check_graph(graph: object) -> None:
    """Refuse what is no Mapper graph, or one made by hand that cannot be.

    Examples
    --------
    >>> check_graph(MapperGraph((), np.empty((0, 2), np.int64), np.zeros((3, 1)), 3, {}))
    """
    if not isinstance(graph, MapperGraph):
        raise FeaturetopoError(
            f"{type(graph).__name__} is no MapperGraph: ft.mapper(x) makes one of a dictionary, "
            "from_networkx, from_kmapper and from_giotto of other graphs"
        )
    for node, rows in enumerate(graph.members):
        _check_node(node, rows, graph.n_features)
    _check_ties("edge", graph.edges, 2, graph.n_nodes)
    _check_ties("triangle", graph.triangles, 3, graph.n_nodes)
    if graph.lens.ndim != 2 or len(graph.lens) != graph.n_features:
        raise FeaturetopoError(
            f"the graph's lens of shape {graph.lens.shape} for {graph.n_features} features: give "
            "one row per feature"
        )
    if not np.isfinite(graph.lens).all():
        raise FeaturetopoError("the graph's lens holds what is no finite number: give real values")
    if len(graph.names) not in (0, graph.n_features):
        raise FeaturetopoError(
            f"{len(graph.names)} names for {graph.n_features} features: give one for each, or none"
        )


def _check_ties(what: str, ties: IntArray, size: int, n_nodes: int) -> None:
    if ties.ndim != 2 or ties.shape[1] != size or ties.dtype.kind not in "iu":
        raise FeaturetopoError(
            f"{what}s of shape {ties.shape} and type {ties.dtype}: give {size} node numbers in a "
            "row for each"
        )
    ordered = np.sort(ties, axis=1)
    outside = (ordered < 0) | (ordered >= n_nodes)
    wrong = ties[outside.any(axis=1) | (ordered[:, 1:] == ordered[:, :-1]).any(axis=1)]
    if len(wrong):
        raise FeaturetopoError(
            f"{what} ties node {' to '.join(map(str, wrong[0].tolist()))}, of {n_nodes} nodes: "
            f"it ties {size} different ones, numbered from 0"
        )


def _check_node(node: int, rows: object, n: int) -> None:
    if not isinstance(rows, np.ndarray) or rows.ndim != 1 or rows.dtype.kind not in "iu":
        raise FeaturetopoError(
            f"node {node} holds {reprlib.repr(rows)}: give the row numbers of its features, in an "
            "array"
        )
    if not len(rows):
        raise FeaturetopoError(f"node {node} holds no features: leave it out of the graph")
    if not 0 <= rows.min() <= rows.max() < n:
        raise FeaturetopoError(
            f"node {node} names a feature beyond the {n} rows of the lens; give the lens that the "
            "graph was made over"
        )
