"""networkx: graphs of others in; ours go out by ``MapperGraph.to_networkx``."""

from __future__ import annotations

from collections.abc import Sequence

import networkx as nx
import numpy.typing as npt

from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.graph import MapperGraph
from featuretopo.topology.mapper.imported import imported
from featuretopo.topology.mapper.lenses.embedded import cautions_told


def from_networkx(
    graph: nx.Graph, lens: npt.ArrayLike, *, names: Sequence[str] = ()
) -> MapperGraph:
    """Return a Mapper graph that is a networkx graph, whoever made it.

    Parameters
    ----------
    graph : networkx.Graph
        Each node has the attribute ``members``, row numbers, as
        :meth:`~featuretopo.MapperGraph.to_networkx` writes them. Graph attributes that are text
        (``lens``, ``cover``, ``clusterer``, ...) are its parameters, but ``coverage``, ``warnings``
        and what else a graph says of itself; a lens that is called by the name of an embedding is
        warned of.
    lens : array_like, shape (n_features,) or (n_features, n_lens)
        The lens that it was made over.
    names : sequence of str, optional
        Of the features, one for each row of the lens.

    Raises
    ------
    FeaturetopoError
        If it is no graph, a node has no members, holds what is no row of the lens, or names are
        too few or too many.

    Examples
    --------
    >>> graph = nx.Graph([("left", "right")], cover="by hand")
    >>> graph.nodes["left"]["members"], graph.nodes["right"]["members"] = [0, 1], [1, 2]
    >>> from_networkx(graph, [0.0, 0.5, 1.0], names=["x", "y", "z"])
    MapperGraph(2 nodes, 1 edges, 1 components, 0 loops; covers 100% of 3 features)
    """
    if not isinstance(graph, nx.Graph):
        raise FeaturetopoError(
            f"{type(graph).__name__} is no networkx graph: give nx.Graph(...) whose nodes have "
            "'members'"
        )
    bare = [node for node, held in graph.nodes(data=True) if "members" not in held]
    if bare:
        raise FeaturetopoError(
            f"node {bare[0]!r} has no 'members': give each node the row numbers of its features"
        )
    number = {node: place for place, node in enumerate(graph)}
    words = {"lens": "networkx", "cover": "networkx", "clusterer": "networkx"}
    words |= {key: value for key, value in graph.graph.items() if isinstance(value, str)}
    return imported(
        [held["members"] for _, held in graph.nodes(data=True)],
        [(number[a], number[b]) for a, b in graph.edges()],
        lens,
        words,
        names=names,
        warnings=cautions_told(words),
    )
