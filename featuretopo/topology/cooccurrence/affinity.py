"""Affinity: how much two features keep each other's company, from counts alone.

With n samples, n_i and n_j of them with feature i and feature j, and n_ij with both:

    phi      (n n_ij - n_i n_j) / sqrt(n_i (n - n_i) n_j (n - n_j)), the correlation of firings
    cosine   n_ij / sqrt(n_i n_j)
    jaccard  n_ij / (n_i + n_j - n_ij)
    dice     2 n_ij / (n_i + n_j)
    overlap  n_ij / min(n_i, n_j): how often the denser one fires where the sparser one does

Of two features that never fire together, phi is 0 or less and the others are 0. Simple matching is
left out: of features that seldom fire it is near 1, whatever they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import numpy.typing as npt

from featuretopo.checks import check_number
from featuretopo.errors import FeaturetopoError, did_you_mean
from featuretopo.topology.cooccurrence.counts import PairCounts

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]

_AT_ONCE = 2**20  # pairs: some 100 MB while their affinity is found

Affinity: TypeAlias = Literal["phi", "cosine", "jaccard", "dice", "overlap"]


def check_affinity(affinity: str) -> None:
    """Refuse an affinity that there is none of."""
    known = get_args(Affinity)
    if affinity not in known:
        raise FeaturetopoError(f"unknown affinity {affinity!r}{did_you_mean(affinity, known)}")


def affinities(
    affinity: Affinity, n: int, n_i: npt.ArrayLike, n_j: npt.ArrayLike, n_ij: npt.ArrayLike
) -> FloatArray:
    """Return the affinity of pairs from their counts, broadcast against each other.

    0 where one of them never fires, or, of phi, always does.

    Examples
    --------
    >>> affinities("jaccard", 10, [4], [5], [3]).tolist()
    [0.5]
    """
    check_affinity(affinity)
    i, j, both = (np.asarray(each, np.float64) for each in (n_i, n_j, n_ij))
    if affinity == "phi":
        above, below = n * both - i * j, np.sqrt((i * (n - i)) * (j * (n - j)))
    elif affinity == "cosine":
        above, below = both, np.sqrt(i * j)
    elif affinity == "jaccard":
        above, below = both, i + j - both
    elif affinity == "dice":
        above, below = 2 * both, i + j
    else:
        above, below = both, np.minimum(i, j)
    found = np.divide(above, below, out=np.zeros(np.broadcast_shapes(above.shape, below.shape)),
                      where=below > 0)  # fmt: skip
    clipped: FloatArray = np.clip(found, -1.0, 1.0)
    return clipped


def affinity_matrix(counts: PairCounts, affinity: Affinity = "phi") -> FloatArray:
    """Return the affinity of every two features, shape (n_features, n_features): dense.

    1 on the diagonal of features that fire (and, for phi, do not always), else 0.

    Examples
    --------
    >>> from featuretopo.topology.cooccurrence import pair_counts
    >>> counts = pair_counts([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
    >>> affinity_matrix(counts).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    >>> affinity_matrix(counts, "cosine").tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    together, fired = counts.matrix().toarray(), counts.fired
    return affinities(affinity, counts.n_samples, fired[:, None], fired[None, :], together)


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Some pairs of features, with what is known of them.

    Attributes
    ----------
    i, j : ndarray of int, shape (m,)
        The two features, i before j.
    together : ndarray of int, shape (m,)
        Samples in which both fire.
    affinity : ndarray, shape (m,)
    """

    i: IntArray
    j: IntArray
    together: IntArray
    affinity: FloatArray

    def take(self, which: npt.NDArray[Any]) -> Pairs:
        """Return those at `which`, indices or a mask."""
        return Pairs(self.i[which], self.j[which], self.together[which], self.affinity[which])


def pairs_above(counts: PairCounts, affinity: Affinity, threshold: float) -> Iterator[Pairs]:
    """Go through the pairs of an affinity above `threshold`, at least 0, some at a time."""
    check_affinity(affinity)
    check_number("threshold", threshold)
    if not 0 <= threshold < 1:
        raise FeaturetopoError(f"threshold={threshold} must lie in [0, 1); 0.1 is usual")
    fired = counts.fired
    for band in counts.bands:
        rows = band.rows
        for start in range(0, max(1, len(rows)), _AT_ONCE):  # once if there are none
            part = slice(start, start + _AT_ONCE)
            i, j = rows[part], band.columns[part].astype(np.int64)
            together = band.together[part].astype(np.int64)
            found = affinities(affinity, counts.n_samples, fired[i], fired[j], together)
            yield Pairs(i, j, together, found).take(found > threshold)


def joined(parts: list[Pairs]) -> Pairs:
    """Put pairs into one."""
    return Pairs(
        np.concatenate([part.i for part in parts]),
        np.concatenate([part.j for part in parts]),
        np.concatenate([part.together for part in parts]),
        np.concatenate([part.affinity for part in parts]),
    )
