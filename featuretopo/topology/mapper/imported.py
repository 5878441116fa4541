"""A graph that another library made, checked and taken over."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.graph import MapperGraph, check_graph
from featuretopo.topology.mapper.lens import as_array, checked
from featuretopo.topology.mapper.nerve import nerve

#: What a graph says of itself beside its parameters.
OWN = ("n_features", "coverage", "components", "loops", "warnings", "names", "lens_values")


def imported(
    nodes: Iterable[npt.ArrayLike],
    edges: npt.ArrayLike,
    lens: npt.ArrayLike,
    parameters: Mapping[str, str],
    *,
    names: Sequence[str] = (),
    warnings: Sequence[str] = (),
) -> MapperGraph:
    """Return a graph of these nodes and edges; its triangles are those of shared members.

    Parameters
    ----------
    nodes : iterable of array_like of int
        Rows in each node.
    edges : array_like of int, shape (m, 2)
        Numbers of nodes.
    lens : array_like, shape (n_features,) or (n_features, n_lens)
    parameters : mapping
        What is known of lens, cover and clusterer, in words; what is called as a graph's own
        figures are, such as ``coverage``, is left out.
    names : sequence of str, optional
        Of the features, one for each row of the lens.
    warnings : sequence of str, optional
        What was said of the graph.

    Raises
    ------
    FeaturetopoError
        If the lens holds what is no finite number, a node nothing or what is no row
        of it, an edge what is no node or one node twice, or names are not as many as features.

    Examples
    --------
    >>> words = {"lens": "x", "cover": "", "clusterer": ""}
    >>> imported([[0, 1], [1, 2]], [[1, 0]], [0.0, 1.0, 2.0], words).edges.tolist()
    [[0, 1]]
    """
    values = as_array(lens, "of the graph")
    if not values.ndim:
        raise FeaturetopoError(
            f"lens={lens!r} holds no values: give the lens that the graph was made over, one row "
            "per feature"
        )
    values = checked(values[:, None] if values.ndim == 1 else values, "of the graph", len(values))
    members = tuple(_rows(place, rows) for place, rows in enumerate(nodes))
    ends = np.sort(np.asarray(edges, dtype=np.int64).reshape(-1, 2), axis=1)
    graph = MapperGraph(
        members=members,
        edges=np.unique(ends, axis=0),
        lens=values,
        n_features=len(values),
        parameters={key: words for key, words in parameters.items() if key not in OWN},
        warnings=tuple(warnings),
        names=tuple(map(str, names)),
    )
    check_graph(graph)
    return replace(graph, triangles=nerve(members, len(values))[1])


def _rows(node: int, rows: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Row numbers of a node, each once."""
    given = np.asarray(rows)
    if given.ndim != 1 or (len(given) and given.dtype.kind not in "iu"):
        raise FeaturetopoError(
            f"node {node} holds {reprlib.repr(rows)}: give the row numbers of its features"
        )
    return np.unique(given.astype(np.int64))
