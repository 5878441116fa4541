"""A graph that another library made, checked and taken over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
import numpy.typing as npt

from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.graph import MapperGraph
from featuretopo.topology.mapper.lens import checked
from featuretopo.topology.mapper.nerve import nerve


def imported(
    nodes: Iterable[npt.ArrayLike],
    edges: npt.ArrayLike,
    lens: npt.ArrayLike,
    parameters: Mapping[str, str],
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
        What is known of lens, cover and clusterer, in words.

    Raises
    ------
    FeaturetopoError
        If the lens holds what is no finite number, or a node what is no row of it.

    Examples
    --------
    >>> words = {"lens": "x", "cover": "", "clusterer": ""}
    >>> imported([[0, 1], [1, 2]], [[1, 0]], [0.0, 1.0, 2.0], words).edges.tolist()
    [[0, 1]]
    """
    values = np.asarray(lens)
    values = checked(values[:, None] if values.ndim == 1 else values, "of the graph", len(values))
    members = tuple(np.sort(np.asarray(rows, dtype=np.int64)) for rows in nodes)
    outside = [i for i, rows in enumerate(members) if len(rows) and not _within(rows, len(values))]
    if outside:
        raise FeaturetopoError(
            f"node {outside[0]} names a feature beyond the {len(values)} rows of the lens; give "
            "the lens that the graph was made over"
        )
    ends = np.sort(np.asarray(edges, dtype=np.int64).reshape(-1, 2), axis=1)
    return MapperGraph(
        members=members,
        edges=np.unique(ends, axis=0),
        lens=values,
        n_features=len(values),
        parameters=dict(parameters),
        triangles=nerve(members, len(values))[1],
    )


def _within(rows: npt.NDArray[np.int64], n: int) -> bool:
    return bool(rows[0] >= 0 and rows[-1] < n)
