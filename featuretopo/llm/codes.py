"""Codes: which features fire in each sample, and how strongly. Sparse throughout."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy import sparse

from featuretopo.llm.cooccurrence.rule import Fired

_SLAB_BYTES = 8 * 2**20  # of the dictionary: what a last-level cache holds beside the batch


@dataclass(frozen=True, eq=False)
class Codes:
    """Sparse coefficients of a batch of samples, row after row.

    Attributes
    ----------
    starts : ndarray of int64, shape (b + 1,)
        Sample s has the entries from ``starts[s]`` to ``starts[s + 1]``.
    features : ndarray of int32, shape (n_firings,)
        Features that fire, in any order within a sample, none twice.
    strengths : ndarray of float32, shape (n_firings,)
        How strongly.
    n_features : int
        Number of features there are.
    """

    starts: npt.NDArray[np.int64]
    features: npt.NDArray[np.int32]
    strengths: npt.NDArray[np.float32]
    n_features: int

    def __len__(self) -> int:
        return len(self.starts) - 1

    @cached_property
    def indices(self) -> npt.NDArray[np.int64]:
        """Features that fire, shape (b, k), k the largest number of them; 0 where fewer do."""
        return self._padded(self.features.astype(np.int64))

    @cached_property
    def values(self) -> npt.NDArray[np.float32]:
        """How strongly they fire, shape (b, k), 0 where fewer do."""
        return self._padded(self.strengths)

    def sparse(self) -> Any:
        """Return the codes as a scipy CSR array, shape (b, n_features)."""
        return sparse.csr_array(
            (self.strengths, self.features, self.starts), shape=(len(self), self.n_features)
        )

    def dense(self) -> npt.NDArray[np.float32]:
        """Return the codes as a dense array, shape (b, n_features)."""
        full: npt.NDArray[np.float32] = self.sparse().toarray()
        return full

    def decode(self, dictionary: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return codes times dictionary rows, shape (b, d)."""
        d = dictionary.shape[1]
        rows = np.ascontiguousarray(dictionary, np.float32)
        out = np.empty((len(self), d), np.float32)
        if rows.nbytes <= 2 * _SLAB_BYTES:
            _add_up(self.starts, self.features, self.strengths, rows, out)
        else:
            # slabs of a power of two: a shift tells which one a feature is in
            shift = max(0, (_SLAB_BYTES // (4 * d)).bit_length() - 1)
            _add_up_in_slabs(self.starts, self.features, self.strengths, rows, shift, out)
        return out

    def _padded(self, entries: npt.NDArray[Any]) -> npt.NDArray[Any]:
        counts = np.diff(self.starts)
        width = int(counts.max(initial=1))
        padded = np.zeros((len(self), width), entries.dtype)
        padded[np.arange(width) < counts[:, None]] = entries
        return padded


def gather(fired: Fired, n_samples: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    """Sort firings into samples; return `starts` and `features` of :class:`Codes`.

    Examples
    --------
    >>> pairs = np.array([[1, 4], [0, 2], [1, 3]], np.int32)
    >>> starts, features = gather(Fired(*pairs.T), n_samples=2)
    >>> starts.tolist(), features.tolist()
    ([0, 1, 3], [2, 4, 3])
    """
    starts, features = _gather(fired.samples, fired.features, n_samples)
    return starts, features


@njit(cache=True)
def _gather(samples, features, n) -> Any:  # type: ignore[no-untyped-def] # pragma: no cover
    starts = np.zeros(n + 1, np.int64)
    ascending, before = True, 0
    for s in samples:
        starts[s + 1] += 1
        ascending &= s >= before
        before = s
    for s in range(n):
        starts[s + 1] += starts[s]
    if ascending:
        return starts, features
    place = starts[:-1].copy()
    rows = np.empty(len(features), np.int32)
    for i in range(len(samples)):
        rows[place[samples[i]]] = features[i]
        place[samples[i]] += 1
    return starts, rows


# Entries are named by both indices: a row taken out first would be an array of its own, and making
# that costs as much as adding it up. An index without a sign needs no look at its sign.
# contract: a product and a sum may become one instruction
@njit(cache=True, fastmath={"contract"}, inline="always")
def _add_rows(  # type: ignore[no-untyped-def] # pragma: no cover
    features, strengths, first, end, dictionary, out, s
) -> None:
    """Add the dictionary rows of places `first` to `end`, three at a time, to row `s` of `out`."""
    k = first
    while k + 3 <= end:
        v0, v1, v2 = strengths[k], strengths[k + 1], strengths[k + 2]
        f0, f1, f2 = np.uint64(features[k]), np.uint64(features[k + 1]), np.uint64(features[k + 2])
        for j in range(out.shape[1]):
            out[s, j] += v0 * dictionary[f0, j] + v1 * dictionary[f1, j] + v2 * dictionary[f2, j]
        k += 3
    while k < end:
        v, f = strengths[k], np.uint64(features[k])
        for j in range(out.shape[1]):
            out[s, j] += v * dictionary[f, j]
        k += 1


@njit(cache=True, fastmath={"contract"}, inline="always")
def _set_rows(  # type: ignore[no-untyped-def] # pragma: no cover
    features, strengths, first, end, dictionary, out, s
) -> Any:
    """Write the sum of up to three rows into row `s` of `out`; return the place of the next.

    Writing first and adding after saves one pass over a row that is not in the cache.
    """
    k = first
    if k + 2 < end:
        v0, v1, v2 = strengths[k], strengths[k + 1], strengths[k + 2]
        f0, f1, f2 = np.uint64(features[k]), np.uint64(features[k + 1]), np.uint64(features[k + 2])
        for j in range(out.shape[1]):
            out[s, j] = v0 * dictionary[f0, j] + v1 * dictionary[f1, j] + v2 * dictionary[f2, j]
        return k + 3
    if k == end:
        for j in range(out.shape[1]):
            out[s, j] = 0
        return k
    v, f = strengths[k], np.uint64(features[k])
    for j in range(out.shape[1]):
        out[s, j] = v * dictionary[f, j]
    return k + 1


@njit(cache=True, fastmath={"contract"})
def _add_up(  # type: ignore[no-untyped-def] # pragma: no cover
    starts, features, strengths, dictionary, out
) -> None:
    for s in range(len(out)):
        rest = _set_rows(features, strengths, starts[s], starts[s + 1], dictionary, out, s)
        _add_rows(features, strengths, rest, starts[s + 1], dictionary, out, s)


@njit(cache=True, fastmath={"contract"})
def _add_up_in_slabs(  # type: ignore[no-untyped-def] # pragma: no cover
    starts, features, strengths, dictionary, shift, out
) -> None:
    """Go through a dictionary larger than the cache in slabs of 2^shift rows.

    All samples take what they need of one slab before the next is touched.
    """
    n_slabs = ((len(dictionary) - 1) >> shift) + 1
    by_slab, own = np.empty_like(features), np.empty_like(strengths)
    ends = np.zeros((len(out), n_slabs + 1), np.int64)  # of each slab's part of each sample
    for s in range(len(out)):
        end = ends[s]
        for k in range(starts[s], starts[s + 1]):
            end[(features[k] >> shift) + 1] += 1
        end[0] = starts[s]
        for slab in range(n_slabs):
            end[slab + 1] += end[slab]
        for k in range(starts[s + 1] - 1, starts[s] - 1, -1):
            slab = features[k] >> shift
            end[slab + 1] -= 1
            by_slab[end[slab + 1]], own[end[slab + 1]] = features[k], strengths[k]
        # counting down has moved every end to where its part begins
        end[:-1] = end[1:]
        end[-1] = starts[s + 1]
    for slab in range(n_slabs):
        for s in range(len(out)):
            first, end = ends[s, slab], ends[s, slab + 1]
            if slab == 0:
                first = _set_rows(by_slab, own, first, end, dictionary, out, s)
            _add_rows(by_slab, own, first, end, dictionary, out, s)
