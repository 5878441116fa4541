"""Branches of a Mapper graph: its arms, from the leaf to where they join the rest."""

from __future__ import annotations

from dataclasses import dataclass

from featuretopo.topology.mapper.along import features_along
from featuretopo.topology.mapper.graph import IntArray, MapperGraph, check_graph


@dataclass(frozen=True, slots=True, eq=False)
class Branch:
    """An arm of a Mapper graph.

    Attributes
    ----------
    nodes : tuple of int
        From the leaf on, each tied to the next; the junction is not among them.
    junction : int or None
        The node with three neighbours or more that the arm joins; None for a component that is a
        single way from leaf to leaf.
    features : ndarray of int
        Rows of the dictionary, as they come from the leaf on.
    names : tuple of str
        Of these features.
    """

    nodes: tuple[int, ...]
    junction: int | None
    features: IntArray
    names: tuple[str, ...]


def mapper_branches(graph: MapperGraph) -> list[Branch]:
    """Find the arms of a graph, in the order of their leaves.

    An arm goes from a leaf, a node with one neighbour, to the first node with three or more. In a
    graph over a lens of two axes and more, where corners of cells overlap, an arm as wide as two
    cells has no leaf: its bar in :func:`extended_persistence` shows it.

    Examples
    --------
    >>> import numpy as np
    >>> rows = tuple(map(np.array, ([0, 1], [1, 2], [2, 3], [2, 4], [2, 3, 4, 5])))
    >>> edges = np.array([[0, 1], [1, 4], [2, 4], [3, 4]])
    >>> graph = MapperGraph(rows, edges, np.zeros((6, 1)), 6, {}, names=tuple("abcdef"))
    >>> [(branch.nodes, branch.junction, branch.names) for branch in mapper_branches(graph)]
    [((0, 1), 4, ('a', 'b', 'c')), ((2,), 4, ('c', 'd')), ((3,), 4, ('c', 'e'))]
    """
    check_graph(graph)
    beside: list[list[int]] = [[] for _ in range(graph.n_nodes)]
    for i, j in graph.edges.tolist():
        beside[i].append(j)
        beside[j].append(i)
    found = []
    for leaf in range(graph.n_nodes):
        if len(beside[leaf]) != 1:
            continue
        nodes, ahead = [leaf], beside[leaf][0]
        while len(beside[ahead]) == 2:
            before = nodes[-1]
            nodes.append(ahead)
            ahead = next(node for node in beside[ahead] if node != before)
        if len(beside[ahead]) > 2:
            found.append(_branch(graph, nodes, ahead))
        elif leaf < ahead:  # the other end is a leaf too: one arm, not two
            found.append(_branch(graph, [*nodes, ahead], None))
    return found


def _branch(graph: MapperGraph, nodes: list[int], junction: int | None) -> Branch:
    features = features_along(graph.members, nodes)
    names = tuple(graph.name(row) for row in features.tolist())
    return Branch(tuple(nodes), junction, features, names)
