"""The largest part that two Mapper graphs have in common, through a matching of features."""

from __future__ import annotations

from dataclasses import dataclass

import networkx as nx
import numpy as np
from scipy import sparse
from scipy.stats import hypergeom

from featuretopo.compare.overlap import IntArray
from featuretopo.topology.mapper.graph import MapperGraph

_LEVEL = 0.05


@dataclass(frozen=True, slots=True, eq=False)
class SharedSubgraph:
    """The largest connected part that is in both graphs.

    Attributes
    ----------
    nodes : ndarray of int, shape (m, 2)
        Nodes of a and of b that correspond.
    edges : ndarray of int, shape (n_edges, 2)
        Between places in `nodes`: edges that both graphs have.
    share : float
        Nodes in it, of those that hold a partner in the largest component of either graph, of
        which the smaller counts: 1 for a graph and itself.
    corresponding : float
        Nodes that correspond in all, connected or not, of those of the smaller graph that hold a
        partner.
    """

    nodes: IntArray
    edges: IntArray
    share: float
    corresponding: float

    @property
    def n_cycles(self) -> int:
        """Independent cycles of the shared part: edges beyond those of a tree, filled or not."""
        return len(self.edges) - len(self.nodes) + 1 if len(self.nodes) else 0


def shared_subgraph(a: MapperGraph, b: MapperGraph, pairs: IntArray) -> SharedSubgraph:
    """Find the largest connected subgraph of two Mapper graphs that share partners.

    Two nodes correspond if they hold more of each other's partners than chance gives them
    (hypergeometric, p <= .05 over all pairs of nodes with a partner in common, Bonferroni), and
    each is the other's best by Jaccard index. An edge is shared if both graphs have it between
    corresponding nodes.

    Parameters
    ----------
    a, b : MapperGraph
    pairs : ndarray of int, shape (m, 2)
        Partners, rows of either dictionary.

    Examples
    --------
    >>> from featuretopo.topology.mapper.nerve import nerve
    >>> ring = tuple(np.array([i, (i + 1) % 24, (i + 2) % 24, (i + 3) % 24])
    ...              for i in range(0, 24, 2))
    >>> graph = MapperGraph(ring, nerve(ring, 24)[0], np.zeros((24, 1)), 24, {})
    >>> found = shared_subgraph(graph, graph, np.array([[i, i] for i in range(24)]))
    >>> len(found.nodes), found.n_cycles, found.share
    (12, 1, 1.0)
    """
    held = [_holds(graph, pairs[:, side]) for side, graph in enumerate((a, b))]
    common = sparse.coo_array(held[0].T @ held[1])  # partners in both, per pair of nodes
    sizes = [np.asarray(h.sum(axis=0)).ravel() for h in held]
    n_smaller = min(int((size > 0).sum()) for size in sizes)
    u, v, k = common.row, common.col, common.data
    if not len(k):
        return SharedSubgraph(np.empty((0, 2), np.int64), np.empty((0, 2), np.int64), 0.0, 0.0)
    of_u, of_v = sizes[0][u], sizes[1][v]
    chance = hypergeom.sf(k - 1, len(pairs), of_u, of_v)
    beyond = chance <= _LEVEL / len(k)
    jaccard = np.where(beyond, k / (of_u + of_v - k), 0)
    best = [np.zeros(graph.n_nodes) for graph in (a, b)]
    np.maximum.at(best[0], u, jaccard)
    np.maximum.at(best[1], v, jaccard)
    candidates = np.flatnonzero(beyond & (jaccard == best[0][u]) & (jaccard == best[1][v]))
    nodes = _one_to_one(u[candidates], v[candidates])
    place = [np.full(graph.n_nodes, -1) for graph in (a, b)]
    for side in (0, 1):
        place[side][nodes[:, side]] = np.arange(len(nodes))
    both = _edges_among(a, place[0]) & _edges_among(b, place[1])
    graph = nx.Graph(sorted(both))
    graph.add_nodes_from(range(len(nodes)))
    parts = nx.connected_components(graph)
    largest: set[int] = max(parts, key=lambda part: (len(part), -min(part)), default=set())
    kept = sorted(largest)
    renumbered = {node: i for i, node in enumerate(kept)}
    edges = [(renumbered[i], renumbered[j]) for i, j in sorted(both) if i in largest]
    return SharedSubgraph(
        nodes[kept],
        np.array(edges, np.int64).reshape(-1, 2),
        len(kept) / min(_largest(graph, size) for graph, size in zip((a, b), sizes, strict=True)),
        len(nodes) / n_smaller,
    )


def _holds(graph: MapperGraph, rows: IntArray) -> sparse.csr_array:
    """Which pair's feature is in which node, shape (n_pairs, n_nodes)."""
    node = np.repeat(np.arange(graph.n_nodes), [len(members) for members in graph.members])
    held = np.concatenate([*graph.members, np.empty(0, np.int64)])
    shape = (graph.n_features, graph.n_nodes)
    return sparse.csr_array((np.ones(len(node), np.int64), (held, node)), shape)[rows]


def _largest(graph: MapperGraph, held: IntArray) -> int:
    """Nodes that hold a partner, in the component that has most of them."""
    links = nx.Graph(graph.edges.tolist())
    links.add_nodes_from(range(graph.n_nodes))
    return max(int((held[list(part)] > 0).sum()) for part in nx.connected_components(links))


def _one_to_one(u: IntArray, v: IntArray) -> IntArray:
    """Of ties, the first of either side."""
    taken_u: set[int] = set()
    taken_v: set[int] = set()
    found = []
    for i, j in sorted(zip(u.tolist(), v.tolist(), strict=True)):
        if i not in taken_u and j not in taken_v:
            taken_u.add(i)
            taken_v.add(j)
            found.append((i, j))
    return np.array(found, np.int64).reshape(-1, 2)


def _edges_among(graph: MapperGraph, place: IntArray) -> set[tuple[int, int]]:
    ends = np.sort(place[graph.edges.reshape(-1, 2)], axis=1)
    return {(i, j) for i, j in ends.tolist() if i >= 0}
