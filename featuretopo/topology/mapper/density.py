"""DBSCAN within cells, from the neighbours in each cell or from a graph that all cells share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from featuretopo.checks import at_least
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import noise_floor
from featuretopo.topology.mapper.cell_edges import edges_within_cells
from featuretopo.topology.mapper.clusterer import IntArray, cell_by_cell, pairs_within
from featuretopo.topology.mapper.core_share import CoreShare
from featuretopo.topology.metric import cosine
from featuretopo.topology.neighbourhood import LISTED
from featuretopo.topology.pairs import ROUNDING, Edges, Walk, edges_under
from featuretopo.topology.shelf import shelf_of

FloatArray = npt.NDArray[np.floating[Any]]

_BLOCK = 512
_REMEMBERED = 32_768  # features in a cell whose near pairs, one bit each, are kept


@dataclass(frozen=True)
class DensityClusters:
    """DBSCAN on chord distance.

    Parameters
    ----------
    eps : float, "floor" or CoreShare
        Chord distance within which features are neighbours; "floor" is the noise floor, and
        ``CoreShare(0.9)`` reads it off the distances to nearest neighbours.
    min_samples : int
        Neighbours, itself included, that make a feature a core of a cluster.

    Raises
    ------
    FeaturetopoError
        If an argument is out of range.

    Examples
    --------
    >>> x = Dictionary([[1, 0], [1, 0.1], [0, 1]])
    >>> DensityClusters(eps=1.0, min_samples=2).labels(x, [np.array([0, 1, 2])])[0].tolist()
    [0, 0, -1]
    """

    eps: float | Literal["floor"] | CoreShare = "floor"
    min_samples: int = 3

    less_noise: ClassVar[str] = "raise eps or lower min_samples"
    finer: ClassVar[str] = "a smaller eps"

    def __post_init__(self) -> None:
        known = self.eps == "floor" or isinstance(self.eps, CoreShare)
        if not known and not _is_chord(self.eps):
            raise FeaturetopoError(
                f"eps={self.eps!r} must be 'floor' or a chord distance in (0, 2], or CoreShare(0.9)"
            )
        at_least(self, min_samples=(self.min_samples, 1))

    @property
    def fewest(self) -> int:
        """Features of a cell without which it has no cluster."""
        return self.min_samples

    def eps_of(self, x: Dictionary) -> float:
        """Return the chord distance that `eps` comes to in a dictionary."""
        if isinstance(self.eps, CoreShare):
            return self.eps.eps(x, self.min_samples)
        return noise_floor(x.n_features, x.d) if self.eps == "floor" else float(self.eps)

    def labels(self, x: Dictionary, cells: Sequence[IntArray]) -> list[IntArray]:
        """Cluster each cell; by way of one graph of all pairs where that is the shorter way."""
        eps = self.eps_of(x)
        shared = _shared(x, eps, cells)
        if shared is not None:
            graph = shared.graph()
            return [density_clusters(_among(graph, rows), self.min_samples) for rows in cells]
        return cell_by_cell(cells, lambda rows: clusters_of(x.unit[rows], eps, self.min_samples))


def _is_chord(eps: object) -> bool:
    return isinstance(eps, Real) and not isinstance(eps, bool) and 0 < float(eps) <= 2


def _shared(x: Dictionary, eps: float, cells: Sequence[IntArray]) -> Edges | None:
    """Return edges up to eps of all cells, if known or fewer to find than the pairs in each."""
    walk: Walk | None = shelf_of(x).get("walk")
    if walk is not None and eps <= noise_floor(x.n_features, x.d):
        return walk.edges.within(eps)
    if pairs_within(cells) < len(x) * (len(x) - 1) // 2:
        return edges_within_cells(x.unit, cells, eps, LISTED)
    edges = edges_under(x.unit, eps, LISTED)
    return edges if len(edges.pairs) <= LISTED else None


def _among(graph: Any, rows: IntArray) -> Any:
    """Return the part of a graph among rows; scipy's takes time with the whole of it."""
    part = graph[rows]
    place = np.searchsorted(rows, part.indices)
    kept = rows[np.minimum(place, len(rows) - 1)] == part.indices
    starts = np.concatenate([[0], np.cumsum(kept)])[part.indptr]
    shape = len(rows), len(rows)
    return sparse.csr_array((part.data[kept], place[kept], starts), shape)


def density_clusters(graph: Any, min_samples: int) -> IntArray:
    """DBSCAN on a neighbour graph whose edges all lie within eps.

    Source: Ester, Kriegel, Sander and Xu 1996. A border point joins its nearest core.

    Parameters
    ----------
    graph : scipy.sparse CSR, shape (n, n)
        Symmetric distances to neighbours; nothing on the diagonal.
    min_samples : int
        Neighbours, itself included, that make a core.

    Returns
    -------
    ndarray of int, shape (n,)
        Cluster of each point; -1 for noise.
    """
    labels = np.full(graph.shape[0], -1)
    degree = np.diff(graph.indptr)
    core = degree + 1 >= min_samples
    labels[core] = connected_components(graph[core][:, core], directed=False)[1]
    point = np.repeat(np.arange(len(labels)), degree)
    reaching = ~core[point] & core[graph.indices]
    point, near, length = point[reaching], graph.indices[reaching], graph.data[reaching]
    order = np.lexsort((near, length, point))
    border, first = np.unique(point[order], return_index=True)
    labels[border] = labels[near[order][first]]
    return labels


def clusters_of(unit: FloatArray, eps: float, min_samples: int) -> IntArray:
    """DBSCAN of unit vectors, from their cosines: what :func:`density_clusters` is of their graph.

    Cosines are computed a block at a time and only of each pair once. What of them is near is
    remembered as one bit, or computed again where even that would be too much.

    Parameters
    ----------
    unit : ndarray, shape (m, d)
        Unit vectors.
    eps : float
    min_samples : int

    Returns
    -------
    ndarray of int, shape (m,)
        Cluster of each vector; -1 for noise.
    """
    from featuretopo.topology.mapper.compiled import join_cores, near_pairs, numbered

    m = len(unit)
    limit = float(cosine(eps))

    def blocks(degree: IntArray) -> Iterator[tuple[int, npt.NDArray[np.uint8]]]:
        for start in range(0, m, _BLOCK):
            cos = unit[start : start + _BLOCK] @ unit[start:].T  # (block, m - start)
            # only what rounding may have carried across the limit is looked at twice
            near = near_pairs(unit, cos, start, limit - ROUNDING, limit + ROUNDING, eps, degree)
            yield start, near

    degree = np.ones(m, np.int64)
    remembered = list(blocks(degree)) if m <= _REMEMBERED else None
    if remembered is None:
        for _ in blocks(degree):
            pass
    core = degree >= min_samples
    parent, nearest, reach = np.arange(m), np.full(m, -1), np.full(m, np.inf)
    again = blocks(np.zeros(m, np.int64)) if remembered is None else remembered
    for start, near in again:
        join_cores(unit, near, start, core, parent, nearest, reach)
    labels: IntArray = numbered(core, parent, nearest)
    return labels
