"""Clusterer: the groups within one cell of the cover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt
from scipy.sparse.csgraph import connected_components

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import noise_floor
from featuretopo.topology.pairs import edges_under

IntArray = npt.NDArray[np.integer[Any]]


class CellClusterer(Protocol):
    """A clusterer that has seen the dictionary."""

    def __call__(self, rows: IntArray) -> IntArray:
        """Return a label for each of the rows of one cell; -1 for noise."""
        ...


class Clusterer(Protocol):
    """What every clusterer can do."""

    def prepare(self, x: Dictionary) -> CellClusterer:
        """Look at the whole dictionary once, before the cells are gone through."""
        ...


@dataclass(frozen=True)
class DensityClusters:
    """DBSCAN on chord distance, from one neighbour graph shared by all cells.

    Parameters
    ----------
    eps : float or "floor"
        Chord distance within which features are neighbours; "floor" is the noise floor.
    min_samples : int
        Neighbours, itself included, that make a feature a core of a cluster.

    Raises
    ------
    FeaturetopoError
        If an argument is out of range.

    Examples
    --------
    >>> x = Dictionary([[1, 0], [1, 0.1], [0, 1]])
    >>> DensityClusters(eps=1.0, min_samples=2).prepare(x)(np.array([0, 1, 2])).tolist()
    [0, 0, -1]
    """

    eps: float | Literal["floor"] = "floor"
    min_samples: int = 3

    def __post_init__(self) -> None:
        if self.eps != "floor" and not (isinstance(self.eps, (int, float)) and 0 < self.eps <= 2):
            raise FeaturetopoError(
                f"eps={self.eps!r} must be 'floor' or a chord distance in (0, 2]"
            )
        if self.min_samples < 1:
            raise FeaturetopoError(f"min_samples={self.min_samples} must be at least 1")

    def prepare(self, x: Dictionary) -> CellClusterer:
        """Compute the neighbour graph once."""
        eps = noise_floor(x.n_features, x.d) if self.eps == "floor" else self.eps
        graph = edges_under(x.unit, eps).graph()

        def cluster(rows: IntArray) -> IntArray:
            return density_clusters(graph[rows][:, rows], self.min_samples)

        return cluster


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
    core = np.diff(graph.indptr) + 1 >= min_samples
    labels[core] = connected_components(graph[core][:, core], directed=False)[1]
    for point in np.flatnonzero(~core):
        row = slice(graph.indptr[point], graph.indptr[point + 1])
        neighbours, distances = graph.indices[row], graph.data[row]
        if core[neighbours].any():
            nearest = np.argmin(np.where(core[neighbours], distances, np.inf))
            labels[point] = labels[neighbours[nearest]]
    return labels
