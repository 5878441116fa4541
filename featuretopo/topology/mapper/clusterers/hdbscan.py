"""HDBSCAN within cells: scikit-learn's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from featuretopo.checks import at_least
from featuretopo.dictionary import Dictionary
from featuretopo.topology.mapper.clusterer import IntArray, cell_by_cell


@dataclass(frozen=True)
class HDBSCAN:
    """HDBSCAN on chord distance, with scikit-learn's code.

    Source: Campello, Moulavi and Sander 2013.

    Parameters
    ----------
    min_cluster_size : int
        Fewest features in a cluster, at least 2. A cell of fewer is noise.
    min_samples : int, optional
        Neighbours, itself included, that a feature's density is measured by. Default:
        `min_cluster_size`.
    one_cluster : bool
        Whether a cell may be one cluster. Then two clear clusters may be taken for one. As
        HDBSCAN was published, a cell may not, and one that holds a single group is noise.

    Raises
    ------
    FeaturetopoError
        If an argument is out of range.

    Examples
    --------
    >>> from featuretopo.truth import Blobs, GroundTruth
    >>> blobs = GroundTruth([Blobs(2, 8)], d=16, rng=0).dictionary
    >>> [labels] = HDBSCAN(one_cluster=False).labels(blobs, [np.arange(16)])
    >>> np.bincount(labels).tolist()
    [8, 8]
    """

    min_cluster_size: int = 5
    min_samples: int | None = None
    one_cluster: bool = True

    less_noise: ClassVar[str] = "lower min_cluster_size or min_samples"
    finer: ClassVar[str] = "one_cluster=False or a smaller min_cluster_size"

    def __post_init__(self) -> None:
        at_least(self, min_cluster_size=(self.min_cluster_size, 2))
        if self.min_samples is not None:
            at_least(self, min_samples=(self.min_samples, 1))

    @property
    def fewest(self) -> int:
        """Features of a cell without which it has no cluster."""
        return max(self.min_cluster_size, self.min_samples or 0)

    def labels(self, x: Dictionary, cells: Sequence[IntArray]) -> list[IntArray]:
        """Cluster each cell."""
        from sklearn.cluster import HDBSCAN as Reference

        samples = self.min_samples or self.min_cluster_size

        def of(rows: IntArray) -> IntArray:
            if len(rows) < self.fewest:
                return np.full(len(rows), -1)
            found = Reference(
                min_cluster_size=self.min_cluster_size,
                min_samples=samples,
                allow_single_cluster=self.one_cluster,
                copy=True,
            ).fit_predict(x.unit[rows].astype(np.float64))
            return np.where(found < 0, -1, found).astype(np.int64)

        return cell_by_cell(cells, of)
