"""Extended persistence of a Mapper graph over its lens: its branches, its parts, its loops."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featuretopo.checks import is_whole
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.graph import FloatArray, MapperGraph, check_graph
from featuretopo.topology.mapper.lenses.embedded import cautions_in


@dataclass(frozen=True, slots=True, eq=False)
class ExtendedDiagram:
    """Bars of a graph as its lens sweeps upwards over it and down again.

    Each is an array of (birth, death) in units of the lens. How long a bar is says how far along
    the lens the branch, part or loop reaches; short ones come from how the cover was laid. What
    has no extent along the lens, such as a component of one node, has no bar.

    Attributes
    ----------
    branches_up : ndarray, shape (m, 2)
        Ordinary bars of dimension 0: branches that end at a low value of the lens.
    branches_down : ndarray, shape (m, 2)
        Relative bars of dimension 1: branches that end at a high value.
    components : ndarray, shape (m, 2)
        Extended bars of dimension 0: from each component's least value to its largest.
    loops : ndarray, shape (m, 2)
        Extended bars of dimension 1: each loop from its top to its bottom, so that birth is the
        larger.
    warnings : tuple of str
        Of the graph's, those of an embedding: how long the bars are is then partly its making.
    """

    branches_up: FloatArray
    branches_down: FloatArray
    components: FloatArray
    loops: FloatArray
    warnings: tuple[str, ...] = ()


def loop_reach(graph: MapperGraph) -> float:
    """How far the longest loop reaches along an axis of the lens, as a share of its range.

    0 without loops. A ring reaches over most of the range; what a cover makes by chance is short.

    Examples
    --------
    >>> members = tuple(np.array(rows) for rows in ([0], [1], [2], [3]))
    >>> edges = np.array([[0, 1], [0, 3], [1, 2], [2, 3]])
    >>> round(loop_reach(MapperGraph(members, edges, np.array([[0.0], [1], [2], [1]]), 4, {})), 6)
    1.0
    """
    reach = 0.0
    for axis, values in enumerate(graph.lens.T):
        loops, extent = extended_persistence(graph, axis=axis).loops, float(np.ptp(values))
        if len(loops) and extent:
            reach = max(reach, float((loops[:, 0] - loops[:, 1]).max()) / extent)
    return reach


def extended_persistence(graph: MapperGraph, *, axis: int = 0) -> ExtendedDiagram:
    """Extended persistence of a Mapper graph over one axis of its lens.

    A node's value is the mean over its features. Nodes that all share a feature are filled in, as
    for the graph's loops.

    Source: Carriere and Oudot, Foundations of Computational Mathematics 18 (2018) 1333.

    Parameters
    ----------
    graph : MapperGraph
    axis : int
        Which axis of the lens.

    Raises
    ------
    FeaturetopoError
        If there is no such axis.

    Examples
    --------
    >>> members = tuple(np.array(rows) for rows in ([0, 1], [1, 2], [2, 3], [3, 0]))
    >>> edges = np.array([[0, 1], [0, 3], [1, 2], [2, 3]])
    >>> ring = MapperGraph(members, edges, np.array([[0.0], [1], [2], [1]]), 4, {})
    >>> found = extended_persistence(ring)
    >>> found.components.tolist(), found.loops.tolist()
    ([[0.5, 1.5]], [[1.5, 0.5]])
    """
    from featuretopo.topology.engines.gudhi_engine import extended_bars

    check_graph(graph)
    n_axes = graph.lens.shape[1]
    if not is_whole(axis) or not 0 <= axis < n_axes:
        raise FeaturetopoError(
            f"axis={axis!r} must be a whole number: the lens has {n_axes} axes, counted from 0"
        )
    heights = np.array([graph.lens[rows, axis].mean() for rows in graph.members])
    up, down, components, loops = extended_bars(heights, graph.edges, graph.triangles)
    return ExtendedDiagram(up, down, components, loops, cautions_in(graph.warnings))
