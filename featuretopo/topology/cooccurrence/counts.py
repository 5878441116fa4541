"""PairCounts: in how many samples each two features fire together, counted batch by batch."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from featuretopo.errors import FeaturetopoError
from featuretopo.topology.cooccurrence.batches import firings

IntArray = npt.NDArray[np.integer[Any]]

MOST_PAIRS = 500_000_000  # that fire together: some 4 GB
MOST_SAMPLES = 2**32 - 1  # what a count of 32 bits holds
_FIRINGS = 2**24  # gathered before they are counted: some 200 MB
_TABLE = 2**24  # places of the table that a band is counted in: 64 MB


@dataclass(frozen=True, slots=True, eq=False)
class Band:
    """Counts of some successive features with all later ones, as rows of a sparse matrix.

    Attributes
    ----------
    first : int
        The first of these features.
    starts : ndarray of int64, shape (n_rows + 1,)
        Feature ``first + r`` has the entries from ``starts[r]`` to ``starts[r + 1]``.
    columns : ndarray of int32
        The later feature, ascending within a row.
    together : ndarray of uint32
        Samples in which both fire, at least 1.
    """

    first: int
    starts: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int32]
    together: npt.NDArray[np.uint32]

    @property
    def rows(self) -> IntArray:
        """The earlier feature of each entry."""
        of_row: IntArray = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        return of_row + self.first


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class PairCounts:
    """How often features fire, alone and together.

    Attributes
    ----------
    n_samples : int
    fired : ndarray of int64, shape (n_features,)
        Samples in which each feature fires.
    bands : tuple of Band
        Pairs that fire together at least once, by their earlier feature.
    """

    n_samples: int
    fired: npt.NDArray[np.int64]
    bands: tuple[Band, ...]

    @property
    def n_features(self) -> int:
        """Number of features there are."""
        return len(self.fired)

    @property
    def n_pairs(self) -> int:
        """Number of pairs that fire together at least once."""
        return sum(len(band.together) for band in self.bands)

    def matrix(self) -> Any:
        """Return the counts as a symmetric scipy CSR array, how often each fires on the diagonal.

        Examples
        --------
        >>> pair_counts([[1.0, 2.0], [0.0, 1.0]]).matrix().toarray().tolist()
        [[1, 1], [1, 2]]
        """
        rows = np.concatenate([band.rows for band in self.bands])
        columns = np.concatenate([band.columns for band in self.bands])
        together = np.concatenate([band.together for band in self.bands]).astype(np.int64)
        shape, each = (self.n_features, self.n_features), np.arange(self.n_features)
        upper = sparse.csr_array((together, (rows, columns)), shape)
        alone = sparse.csr_array((self.fired, (each, each)), shape)
        return sparse.csr_array(upper + upper.T + alone)

    def __repr__(self) -> str:
        return (
            f"PairCounts({self.n_features:,} features, {self.n_samples:,} samples, "
            f"{self.n_pairs:,} pairs)"
        )


def pair_counts(codes: Any, *, n_features: int | None = None) -> PairCounts:
    """Count in how many samples each two features fire together. A feature fires above 0.

    Codes come batch by batch and are forgotten; what is kept is 8 bytes for each pair that has
    fired together, and working memory of some 300 MB at most. The order of samples and batches
    changes nothing.

    Parameters
    ----------
    codes : array, tensor, scipy.sparse matrix, Codes or Batch, or an iterable of these
        Shape (n_samples, n_features), at least 0. An endless stream must be cut
        (``itertools.islice``).
    n_features : int, optional
        If given, every batch is a pair ``(indices, values)`` instead, both of shape
        (n_samples, k): features that fire and how strongly, of value 0 where fewer than k do.

    Returns
    -------
    PairCounts

    Raises
    ------
    FeaturetopoError
        If there are fewer than two features, no sample or no firing; if codes are negative, not
        finite, or of features that do not exist; if more than 500 million pairs fire together.

    Examples
    --------
    >>> counts = pair_counts([[1.0, 2.0, 0.0], [0.0, 1.0, 0.0], [3.0, 0.5, 0.0]])
    >>> counts.fired.tolist(), counts.matrix()[0, 1].item()
    ([2, 3, 0], 2)
    >>> indices, values = np.array([[0, 1], [1, 0]]), np.array([[1.0, 2.0], [1.0, 0.0]])
    >>> pair_counts((indices, values), n_features=3)
    PairCounts(3 features, 2 samples, 1 pairs)
    """
    counter: _Counter | None = None
    for fired in firings(codes, n_features):
        counter = counter or _Counter(fired.shape[1])
        counter.add(fired)
    if counter is None or not counter.n_samples:
        raise FeaturetopoError("codes of 0 samples: nothing can be counted; give some thousands")
    return counter.result()


class _Counter:
    """Gathers firings; counts them when there are many."""

    def __init__(self, n_features: int) -> None:
        if n_features < 2:
            raise FeaturetopoError(f"codes of {n_features} feature: pairs need at least 2")
        self.n_samples = 0
        self.fired = np.zeros(n_features, np.int64)
        self._waiting: list[Any] = []
        self._n_waiting = 0
        height = max(1, _TABLE // n_features)
        self._bands = [
            _no_counts(first, min(height, n_features - first))
            for first in range(0, n_features, height)
        ]

    def add(self, fired: Any) -> None:
        """Take in a batch (b, n_features)."""
        # a batch as large as the whole is counted in parts all the same
        cuts = np.searchsorted(fired.indptr, np.arange(_FIRINGS, fired.nnz, _FIRINGS))
        for start, end in pairwise([0, *cuts.tolist(), fired.shape[0]]):
            some = fired[start:end]
            self.n_samples += some.shape[0]
            self._waiting.append(some)
            self._n_waiting += some.nnz
            if self._n_waiting >= _FIRINGS:
                self._count()

    def result(self) -> PairCounts:
        """Return the counts of all samples."""
        self._count()
        if not self.fired.any():
            raise FeaturetopoError(
                f"no feature fires in {self.n_samples:,} samples: all codes are 0; check that "
                "these are the codes, samples as rows"
            )
        return PairCounts(self.n_samples, self.fired, tuple(self._bands))

    def _count(self) -> None:
        from featuretopo.topology.cooccurrence.compiled import by_feature

        if self.n_samples > MOST_SAMPLES:
            raise FeaturetopoError(
                f"{self.n_samples:,} samples: counts hold {MOST_SAMPLES:,}; give fewer"
            )
        if not self._n_waiting:
            return
        n = len(self.fired)
        features = np.concatenate([some.indices for some in self._waiting]).astype(np.int32)
        per_sample = np.concatenate([np.diff(some.indptr) for some in self._waiting])
        starts = np.concatenate([[0], np.cumsum(per_sample, dtype=np.int64)])
        self._waiting, self._n_waiting = [], 0
        begins, order, ends = by_feature(starts, features, n)
        self.fired += np.diff(begins)
        for place, band in enumerate(self._bands):
            last = band.first + len(band.starts) - 1
            if begins[last] > begins[band.first]:
                self._bands[place] = _counted(band, n, features, begins, order, ends)
        n_pairs = sum(len(band.together) for band in self._bands)
        if n_pairs > MOST_PAIRS:
            raise FeaturetopoError(
                f"{n_pairs:,} pairs of features fire together: {MOST_PAIRS:,} can be kept; give "
                "fewer features (columns of the codes), or fewer samples"
            )


def _no_counts(first: int, height: int) -> Band:
    starts = np.zeros(height + 1, np.int64)
    return Band(first, starts, np.empty(0, np.int32), np.empty(0, np.uint32))


def _counted(
    band: Band, n: int, features: IntArray, begins: IntArray, order: IntArray, ends: IntArray
) -> Band:
    """Return the band with what was gathered added: by way of a dense table of it alone."""
    from featuretopo.topology.cooccurrence.compiled import count_band, gathered, spread

    table = np.zeros((len(band.starts) - 1, n - band.first), np.uint32)
    spread(band.first, band.starts, band.columns, band.together, table)
    count_band(band.first, table, features, begins, order, ends)
    return Band(band.first, *gathered(band.first, table))
