"""How alike two Mapper graphs are in shape, whatever holds what."""

from __future__ import annotations

from typing import TypeAlias

import networkx as nx
import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from featuretopo.compare.measure import Measure, beside_null
from featuretopo.nulls import FloatArray
from featuretopo.random import stream
from featuretopo.topology.mapper.graph import MapperGraph

_STARTS = 3  # of the search for the best plan between two graphs
_NODES = 300  # of which a plan is sought: it is wanted for every draw

#: Pairs of graphs, one of them replaced by one that chance makes.
Likes: TypeAlias = list[tuple[MapperGraph, MapperGraph]]


def difference(what: str, a: MapperGraph, b: MapperGraph, likes: Likes, null_name: str) -> Measure:
    """Measure by how much two graphs differ in the number of "components" or "loops"."""

    def apart(one: MapperGraph, other: MapperGraph) -> float:
        return float(abs(getattr(one, f"n_{what}") - getattr(other, f"n_{what}")))

    return beside_null(
        f"mapper_{what}",
        f"Difference in Mapper {what}",
        apart(a, b),
        [apart(*pair) for pair in likes],
        null_name,
        direction="lower",
        note=f"{getattr(a, f'n_{what}')} and {getattr(b, f'n_{what}')}",
    )


def distance(
    a: MapperGraph, b: MapperGraph, likes: Likes, null_name: str, seed: int
) -> list[Measure]:
    """Measure how far two graphs are apart as spaces of paths; nothing where one is empty."""
    value = graph_distance(a, b, stream(seed, "value"))
    if value is None:
        return []
    null = [graph_distance(*pair, stream(seed, i)) for i, pair in enumerate(likes)]
    defined = [each for each in null if each is not None]
    return [
        beside_null(
            "mapper_gromov_wasserstein",
            "Gromov-Wasserstein distance of Mapper graphs",
            value,
            defined,
            null_name,
            direction="lower",
            note="an upper bound, the best of several searches; of path lengths, as shares of the "
            "longest of either graph; nodes weigh what they "
            f"hold, {_NODES} at most; an empty graph counts as less alike than any",
            undefined=len(null) - len(defined),
        )
    ]


def graph_distance(a: MapperGraph, b: MapperGraph, rng: np.random.Generator) -> float | None:
    """Gromov-Wasserstein distance of two graphs whose nodes weigh as many features as they hold.

    Distances within a graph are path lengths, over the longest of the two graphs; between parts
    that no path connects, twice the longest. 0 of graphs that are the same but for the order of
    nodes; else an upper bound: the best of several local optima. None where a graph has no node.

    Source: Memoli, Foundations of Computational Mathematics 11 (2011) 417; solver: POT.

    Parameters
    ----------
    a, b : MapperGraph
        Of more than 300 nodes, those 300 that hold most.
    rng : Generator
        Of the random starts.

    Examples
    --------
    >>> members = tuple(np.array(rows) for rows in ([0, 1], [1, 2], [2, 3]))
    >>> chain = MapperGraph(members, np.array([[0, 1], [1, 2]]), np.zeros((4, 1)), 4, {})
    >>> round(graph_distance(chain, chain, np.random.default_rng(0)), 6)
    0.0
    """
    from featuretopo.similarity.gromov_wasserstein import best_plan

    if not (a.n_nodes and b.n_nodes):
        return None
    if _same(a, b):
        return 0.0
    (one, of_one), (other, of_other) = _paths_and_weights(a), _paths_and_weights(b)
    longest = max(1.0, *(float(side[np.isfinite(side)].max()) for side in (one, other)))
    one, other = (np.where(np.isfinite(side), side, 2 * longest) / longest for side in (one, other))
    return best_plan(one, other, of_one, of_other, _STARTS, rng).distance


def _same(a: MapperGraph, b: MapperGraph) -> bool:
    """Whether some order of nodes makes them one graph, nodes weighing the same.

    Component by component: as a whole, every order of alike components would be tried.
    """
    if (a.n_nodes, len(a.edges)) != (b.n_nodes, len(b.edges)):
        return False
    left = _components(b)
    for key, part in _components(a):
        partner = next(
            (
                place
                for place, (other_key, other) in enumerate(left)
                if key == other_key and nx.vf2pp_is_isomorphic(part, other, node_label="weight")
            ),
            None,
        )
        if partner is None:
            return False
        del left[partner]
    return not left


def _components(graph: MapperGraph) -> list[tuple[str, nx.Graph]]:
    """Each component with a digest that alike ones share."""
    whole = nx.Graph()
    whole.add_nodes_from((i, {"weight": len(rows)}) for i, rows in enumerate(graph.members))
    whole.add_edges_from(graph.edges.tolist())
    parts = [whole.subgraph(nodes).copy() for nodes in nx.connected_components(whole)]
    return [(nx.weisfeiler_lehman_graph_hash(part, node_attr="weight"), part) for part in parts]


def _paths_and_weights(graph: MapperGraph) -> tuple[FloatArray, FloatArray]:
    sizes = np.array([len(rows) for rows in graph.members], float)
    kept = np.sort(np.argsort(-sizes, kind="stable")[:_NODES])
    i, j = graph.edges.reshape(-1, 2).T
    links = csr_array((np.ones(len(i)), (i, j)), (graph.n_nodes, graph.n_nodes))
    paths = shortest_path(links, directed=False, unweighted=True, indices=kept)[:, kept]
    return paths, sizes[kept] / sizes[kept].sum()
