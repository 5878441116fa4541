"""Codes: which features fire in each sample, and how strongly. Sparse throughout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """Sparse coefficients of a batch of samples.

    Attributes
    ----------
    indices : ndarray of int, shape (b, k)
        Features that fire, k the largest number in this batch; 0 where fewer fire.
    values : ndarray of float32, shape (b, k)
        How strongly; 0 where fewer fire.
    n_features : int
        Number of features there are.
    """

    indices: npt.NDArray[np.int64]
    values: npt.NDArray[np.float32]
    n_features: int

    def sparse(self) -> Any:
        """Return the codes as a scipy CSR array, shape (b, n_features)."""
        b = len(self.values)
        fires = self.values != 0
        starts = np.concatenate([[0], np.cumsum(fires.sum(axis=1))])
        return sparse.csr_array(
            (self.values[fires], self.indices[fires], starts), shape=(b, self.n_features)
        )

    def dense(self) -> npt.NDArray[np.float32]:
        """Return the codes as a dense array, shape (b, n_features)."""
        full = np.zeros((len(self.values), self.n_features), np.float32)
        # padded places hold value 0: adding them changes nothing
        np.add.at(full, (np.arange(len(full))[:, None], self.indices), self.values)
        return full


def pack(
    samples: npt.NDArray[np.int64],
    features: npt.NDArray[np.int64],
    values: npt.NDArray[np.float32],
    n_samples: int,
    n_features: int,
) -> Codes:
    """Gather (sample, feature, value) triples into padded rows, in order of the samples.

    Examples
    --------
    >>> codes = pack(np.array([1, 0, 1]), np.array([4, 2, 3]), np.ones(3, np.float32), 2, 5)
    >>> codes.indices.tolist(), codes.values.tolist()
    ([[2, 0], [4, 3]], [[1.0, 0.0], [1.0, 1.0]])
    """
    order = np.argsort(samples, kind="stable")
    rows = samples[order]
    counts = np.bincount(rows, minlength=n_samples)
    place = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    width = int(counts.max(initial=1))
    indices = np.zeros((n_samples, width), np.int64)
    packed = np.zeros((n_samples, width), np.float32)
    indices[rows, place] = features[order]
    packed[rows, place] = values[order]
    return Codes(indices, packed, n_features)
