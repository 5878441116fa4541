"""Loops of a Mapper graph, one by one, with the features along them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from featuretopo.topology.mapper.along import features_along
from featuretopo.topology.mapper.graph import IntArray, MapperGraph, check_graph
from featuretopo.topology.mapper.homology_classes import edge_classes

_SMALL = 1_000_000  # nodes times edges up to which the shortest loops are looked for

Step = tuple[int, int, int]  # node before, steps from the root, homology class of the way


@dataclass(frozen=True, slots=True, eq=False)
class GraphLoop:
    """A loop of a Mapper graph.

    Attributes
    ----------
    nodes : tuple of int
        In order, each tied to the next and the last to the first; the smallest number first.
    features : ndarray of int
        Rows of the dictionary, as they come on the way around.
    names : tuple of str
        Of these features.
    """

    nodes: tuple[int, ...]
    features: IntArray
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class GraphLoops:
    """As many loops as a Mapper graph has independent ones.

    Attributes
    ----------
    loops : tuple of GraphLoop
        Fewest nodes first.
    shortest : bool
        Whether they are the shortest there are, all together, counted in edges. In a large graph
        they are not looked for: the loops are those that edges close on a tree of shortest ways.
    """

    loops: tuple[GraphLoop, ...]
    shortest: bool


def mapper_loops(graph: MapperGraph) -> GraphLoops:
    """Find the independent loops of a graph: ``graph.n_loops`` of them.

    Loops that differ by triangles, nodes that all three share a feature, are one; a loop that
    triangles fill is none. Each loop of the shortest kind goes around a hole; a large hole may
    still be gone around in several ways, of which one is given.

    Source: Horton 1987 (candidates); Dey, Li and Wang 2018 (shortest bases of homology).

    Parameters
    ----------
    graph : MapperGraph

    Returns
    -------
    GraphLoops

    Examples
    --------
    >>> rows = tuple(map(np.array, ([0, 1], [1, 2], [2, 3], [3, 0])))
    >>> edges = np.array([[0, 1], [0, 3], [1, 2], [2, 3]])
    >>> ring = MapperGraph(rows, edges, np.zeros((4, 1)), 4, {}, names=("n", "e", "s", "w"))
    >>> [loop.names for loop in mapper_loops(ring).loops]
    [('n', 'e', 's', 'w')]
    """
    check_graph(graph)
    sides = graph.triangles[:, [[0, 1], [0, 2], [1, 2]]].reshape(-1, 2)
    # a graph from elsewhere may hold fewer edges than its nodes share features
    codes = np.unique(np.concatenate([graph.edges, sides]) @ [max(1, graph.n_nodes), 1])
    edges = np.column_stack(np.divmod(codes, max(1, graph.n_nodes)))
    classes = edge_classes(edges, graph.triangles)
    shortest = graph.n_nodes * len(edges) <= _SMALL
    beside: list[list[tuple[int, int]]] = [[] for _ in range(graph.n_nodes)]
    for (i, j), held in zip(edges.tolist(), classes, strict=True):
        beside[i].append((j, held))
        beside[j].append((i, held))
    roots = range(graph.n_nodes) if shortest else [int(nodes[0]) for nodes in graph.components]
    candidates = sorted(each for root in roots for each in _closed_from(root, beside))
    basis: dict[int, int] = {}  # by highest bit
    chosen = []
    for _, root, u, v, rest in candidates:
        while rest and (high := rest.bit_length()) in basis:
            rest ^= basis[high]
        if rest:
            basis[high] = rest
            chosen.append(_loop(graph, _cycle(_ways(root, beside), u, v)))
    return GraphLoops(tuple(chosen), shortest)


def _ways(root: int, beside: list[list[tuple[int, int]]]) -> dict[int, Step]:
    """Shortest ways from a root, breadth first."""
    ways: dict[int, Step] = {root: (root, 0, 0)}
    queue = [root]
    for node in queue:
        _, steps, held = ways[node]
        for other, along in beside[node]:
            if other not in ways:
                ways[other] = (node, steps + 1, held ^ along)
                queue.append(other)
    return ways


def _closed_from(
    root: int, beside: list[list[tuple[int, int]]]
) -> Iterator[tuple[int, int, int, int, int]]:
    """Length, root, last edge and class of what edges close that is not filled."""
    ways = _ways(root, beside)
    for u, (_, there, held) in ways.items():
        for v, along in beside[u]:
            if u < v:
                _, back, other = ways[v]
                if held ^ along ^ other:
                    yield there + 1 + back, root, u, v, held ^ along ^ other


def _cycle(ways: dict[int, Step], u: int, v: int) -> list[int]:
    """The ways to both ends of an edge, without what they have in common."""
    there, back = [u], [v]
    while there[-1] != back[-1]:
        longer = there if ways[there[-1]][1] >= ways[back[-1]][1] else back
        longer.append(ways[longer[-1]][0])
    nodes = there[::-1] + back[:-1]
    start = nodes.index(min(nodes))
    nodes = nodes[start:] + nodes[:start]
    return nodes if nodes[1] < nodes[-1] else nodes[:1] + nodes[:0:-1]


def _loop(graph: MapperGraph, nodes: list[int]) -> GraphLoop:
    features = features_along(graph.members, nodes, closed=True)
    return GraphLoop(tuple(nodes), features, tuple(graph.name(row) for row in features.tolist()))
