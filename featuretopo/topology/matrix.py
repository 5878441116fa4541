"""Distances given as a matrix, dense or sparse: checked, and turned into edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree

from featuretopo.checks import as_numbers
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.landmarks import Cloud
from featuretopo.topology.pairs import Edges

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]

_ROUNDING = 1e-8  # of the largest distance


def distance_matrix(x: Dictionary | npt.ArrayLike) -> FloatArray:
    """Check a dense matrix of distances, shape (n, n)."""
    if isinstance(x, Dictionary):
        raise FeaturetopoError("metric='precomputed' takes a matrix of distances, not a Dictionary")
    matrix = as_numbers("the distance matrix", x)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or len(matrix) < 2:
        raise FeaturetopoError(f"a distance matrix of shape {matrix.shape} must be square, n >= 2")
    if not np.isfinite(matrix).all() or (matrix < 0).any() or matrix.diagonal().any():
        raise FeaturetopoError(
            "distances must be finite and >= 0, with zeros on the diagonal; drop points without "
            "distances, or call numpy.fill_diagonal(matrix, 0)"
        )
    if not np.allclose(matrix, matrix.T, atol=_ROUNDING * matrix.max()):
        raise FeaturetopoError(
            "the distance matrix is not symmetric; average it with its transpose"
        )
    return matrix


def from_matrix(x: Dictionary | npt.ArrayLike, cut: float) -> tuple[Edges, Edges, Cloud]:
    """Return the spanning tree and the edges up to the cut of a matrix of distances."""
    matrix = distance_matrix(x)
    whole = np.arange(len(matrix))
    everything = _edges(matrix, whole, np.inf)
    cloud = Cloud(len(matrix), matrix.__getitem__, lambda rows: _edges(matrix, rows, cut), False)
    return spanning_forest(everything), _edges(matrix, whole, cut), cloud


def _edges(matrix: FloatArray, rows: IntArray, cut: float) -> Edges:
    i, j = np.triu_indices(len(rows), 1)
    lengths = matrix[rows[i], rows[j]]
    near = lengths <= cut
    return Edges(np.column_stack([i, j])[near], lengths[near], len(rows))


def from_graph(x: Any, cut: float) -> tuple[Edges, Edges, None]:
    """Return the spanning forest and the edges up to the cut of a sparse matrix of distances."""
    graph = coo_array(x)
    if graph.ndim != 2 or graph.shape[0] != graph.shape[1] or graph.shape[0] < 2:
        raise FeaturetopoError(f"a graph of shape {graph.shape} must be square, n >= 2")
    if graph.data.dtype.kind not in "biuf":
        raise FeaturetopoError(f"lengths of type {graph.data.dtype} must be real numbers")
    if not np.isfinite(graph.data).all() or (graph.data < 0).any():
        raise FeaturetopoError("lengths must be finite and >= 0; leave out pairs that never meet")
    if (graph.row == graph.col).any() and graph.data[graph.row == graph.col].any():
        raise FeaturetopoError("a point is at distance 0 from itself; clear the diagonal")
    upper, lower = graph.row < graph.col, graph.row > graph.col
    pairs = np.column_stack([graph.row, graph.col]).astype(np.int64)
    one, other = (
        _sorted(pairs[upper], graph.data[upper]),
        _sorted(pairs[lower][:, ::-1], graph.data[lower]),
    )
    if not (np.array_equal(one[0], other[0]) and np.allclose(one[1], other[1], atol=0)):
        raise FeaturetopoError("the graph is not symmetric; store every edge in both directions")
    found, lengths = one
    if (np.diff(found, axis=0) == 0).all(axis=1).any():
        raise FeaturetopoError("an edge is stored twice; call sum_duplicates() or drop one")
    edges = Edges(found, lengths.astype(np.float64), graph.shape[0])
    return spanning_forest(edges), edges.within(cut), None


def _sorted(pairs: IntArray, lengths: FloatArray) -> tuple[IntArray, FloatArray]:
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return pairs[order], lengths[order]


def spanning_forest(edges: Edges) -> Edges:
    """Return the edges at which components merge, shortest first."""
    # scipy reads a zero as "no edge"; places in their order stand for lengths
    order = np.argsort(edges.lengths, kind="stable")
    i, j = edges.pairs[order].T
    ranks = coo_array((np.arange(1, len(order) + 1), (i, j)), shape=(edges.n, edges.n))
    kept = np.sort(minimum_spanning_tree(ranks.tocsr()).data.astype(np.int64)) - 1
    return Edges(edges.pairs[order][kept], edges.lengths[order][kept], edges.n)
