"""Path lengths between features along a Mapper graph."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import shortest_path

from featuretopo.topology.mapper.graph import IntArray, MapperGraph


def path_lengths(graph: MapperGraph, rows: IntArray) -> npt.NDArray[np.float64]:
    """Edges between features, from the nearest node that holds one to one that holds the other.

    Parameters
    ----------
    graph : MapperGraph
    rows : ndarray of int, shape (m,)
        Features, rows of the dictionary.

    Returns
    -------
    ndarray, shape (m, m)
        0 between features of one node, inf where no path leads from one to the other, NaN where one
        is in no node.

    Examples
    --------
    >>> members = tuple(np.array(rows) for rows in ([0, 1], [1, 2], [2, 3], [4]))
    >>> edges = np.array([[0, 1], [1, 2]])
    >>> chain = MapperGraph(members, edges, lens=np.zeros((6, 1)), n_features=6, parameters={})
    >>> path_lengths(chain, np.array([0, 2, 3, 4, 5])).tolist()[0]
    [0.0, 1.0, 2.0, inf, nan]
    """
    node = np.repeat(np.arange(graph.n_nodes), [len(held) for held in graph.members])
    held = np.concatenate([*graph.members, np.empty(0, np.int64)])
    holds = sparse.csr_array((np.ones(len(node)), (held, node)), (graph.n_features, graph.n_nodes))[
        rows
    ]
    found = np.full((len(rows), len(rows)), np.nan)
    there = np.flatnonzero(np.diff(holds.indptr))
    if not len(there):
        return found
    nodes, place = np.unique(holds.indices, return_inverse=True)
    i, j = graph.edges.T
    links = sparse.csr_array((np.ones(len(i)), (i, j)), (graph.n_nodes, graph.n_nodes))
    along = shortest_path(links, directed=False, unweighted=True, indices=nodes)[:, nodes]
    # the nearest of the nodes that hold a feature, first of one, then of the other
    starts = holds.indptr[:-1][there]
    from_feature = np.minimum.reduceat(along[place], starts, axis=0)
    found[np.ix_(there, there)] = np.minimum.reduceat(from_feature[:, place], starts, axis=1)
    return found
