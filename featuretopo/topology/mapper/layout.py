"""Where to draw the nodes of a Mapper graph. For the eye: no number is ever read off it."""

from __future__ import annotations

import math
from functools import lru_cache

import networkx as nx
import numpy as np
import numpy.typing as npt

from featuretopo.topology.mapper.graph import MapperGraph

_SLOW = 500  # nodes above which the layouts are cut short


def packed_layout(graph: MapperGraph) -> npt.NDArray[np.float64]:
    """Lay out every component by itself and set them in rows, largest first.

    One spring layout for all would let loose components drift over each other. The same graph
    always gets the same layout.

    Parameters
    ----------
    graph : MapperGraph

    Returns
    -------
    ndarray, shape (n_nodes, 2)
        x to the right and y downwards, in units of the room that a node needs; each node at least
        .45 from the edges at 0.

    Examples
    --------
    >>> members = tuple(np.array(rows) for rows in ([0, 1], [1, 2], [4]))
    >>> graph = MapperGraph(members, np.array([[0, 1]]), np.zeros((6, 1)), 6, {})
    >>> packed_layout(graph).shape
    (3, 2)
    """
    whole = nx.Graph()
    whole.add_nodes_from(range(graph.n_nodes))
    whole.add_edges_from(graph.edges.tolist())
    rounds = 50 if graph.n_nodes > _SLOW else 200
    boxes: list[tuple[float, list[int], npt.NDArray[np.float64]]] = []
    for nodes in sorted(nx.connected_components(whole), key=lambda c: (-len(c), min(c))):
        own = sorted(nodes)
        number = {node: i for i, node in enumerate(own)}
        ties = frozenset((number[i], number[j]) for i in own for j in whole[i] if i < j)
        side = 1.0 if len(own) == 1 else 1.6 * math.sqrt(len(own))
        boxes.append((side, own, _squared(_springs(len(own), ties, rounds), side)))
    row = max([1.25 * math.sqrt(sum(side**2 for side, *_ in boxes)), *(s for s, *_ in boxes)])
    at = np.empty((graph.n_nodes, 2))
    x = y = height = 0.0
    for side, nodes_of_box, place in boxes:
        if x + side > row + 1e-9:
            x, y, height = 0.0, y + height, 0.0
        at[nodes_of_box] = np.array([x, y]) + place
        x, height = x + side, max(height, side)
    return at


@lru_cache(maxsize=1024)
def _springs(n: int, ties: frozenset[tuple[int, int]], rounds: int) -> npt.NDArray[np.float64]:
    """Lay out one component; many are alike."""
    part = nx.empty_graph(n)
    part.add_edges_from(sorted(ties))
    place = nx.spring_layout(part, seed=0, iterations=rounds)
    return np.array(list(place.values()))


def _squared(xy: npt.NDArray[np.float64], side: float) -> npt.NDArray[np.float64]:
    """Stretch a layout to a square of width `side`, with a margin around it."""
    low, width = xy.min(axis=0), np.ptp(xy, axis=0)
    inner = max(side - 0.9, 0.0)
    spread = np.where(width > 0, (xy - low) / np.where(width > 0, width, 1), 0.5)
    squared: npt.NDArray[np.float64] = (side - inner) / 2 + spread * inner
    return squared
