"""Lobes: features grouped by the company they keep."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import linalg, sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import eigsh

from featuretopo.errors import FeaturetopoError
from featuretopo.random import RngLike, child_seed, seed_of, stream
from featuretopo.topology.cooccurrence.affinity import Affinity, joined, pairs_above
from featuretopo.topology.cooccurrence.counts import PairCounts, pair_counts

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]

MOST_TIES = 50_000_000  # some 2 GB while they are put in order
_DENSE = 1024  # features, up to which all eigenvectors are found at once


@dataclass(frozen=True, slots=True, eq=False)
class Lobes:
    """Groups of features that fire together.

    Attributes
    ----------
    labels : ndarray of int, shape (n_features,)
        Lobe of each feature, the largest numbered 0; -1 for a feature without a tie.
    affinity : str
        What they are made from.
    """

    labels: IntArray
    affinity: Affinity

    @property
    def members(self) -> tuple[IntArray, ...]:
        """Features of each lobe, ascending."""
        n = int(self.labels.max()) + 1
        return tuple(np.flatnonzero(self.labels == lobe) for lobe in range(n))


def lobes(
    codes: Any,
    n_lobes: int,
    *,
    affinity: Affinity = "phi",
    threshold: float = 0.0,
    rng: RngLike = None,
) -> Lobes:
    """Group features by spectral clustering on their affinity.

    Pairs of an affinity above `threshold` are tied; all others, those that avoid each other
    included, are not. Features without a tie are in no lobe. The others are placed by
    :func:`spectral_embedding` and grouped by scikit-learn's k-means, the best of ten starts. Where
    the ties leave more separate parts than lobes are asked for, the smallest parts share one.

    After Li, Michaud, Baek, Engels, Sun and Tegmark (2025), The geometry of concepts, Entropy 27,
    344, whose features co-occur where they fire in one block of tokens: for that, let a row of
    codes stand for a block.

    Parameters
    ----------
    codes : PairCounts, or codes
        What :func:`pair_counts` gives, or takes.
    n_lobes : int
        At least 2.
    affinity : {"phi", "cosine", "jaccard", "dice", "overlap"}
    threshold : float
        In [0, 1). Raise it where more than 50 million pairs would be tied.
    rng : int, Generator or None
        Seed of the starts.

    Returns
    -------
    Lobes

    Raises
    ------
    FeaturetopoError
        As :func:`pair_counts`; if an argument is out of range; with more lobes than features that
        have a tie.

    Examples
    --------
    >>> codes = [[1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0], [0, 0, 0, 1], [0, 1, 0, 1]]
    >>> lobes(codes, 2, rng=0).labels.tolist()
    [0, 1, 0, 1]
    """
    from sklearn.cluster import KMeans

    if not isinstance(n_lobes, int | np.integer) or isinstance(n_lobes, bool) or n_lobes < 2:
        raise FeaturetopoError(f"n_lobes={n_lobes!r} must be a whole number, at least 2")
    counts = codes if isinstance(codes, PairCounts) else pair_counts(codes)
    ties = _ties(counts, affinity, threshold)
    tied = np.flatnonzero(np.diff(ties.indptr))
    if n_lobes > len(tied):
        raise FeaturetopoError(
            f"n_lobes={n_lobes}, but {len(tied)} of {counts.n_features} features have a tie: give "
            "more samples, or ask for fewer lobes"
        )
    seed = child_seed(seed_of(rng), "lobes")
    places = spectral_embedding(ties[tied][:, tied], int(n_lobes), seed)
    found = KMeans(int(n_lobes), n_init=10, random_state=seed).fit_predict(places)
    labels = np.full(counts.n_features, -1)
    sizes = np.bincount(found, minlength=n_lobes)
    first = np.array([np.flatnonzero(found == lobe).min(initial=len(found))
                      for lobe in range(n_lobes)])  # fmt: skip
    number = np.empty(n_lobes, np.int64)
    number[np.lexsort((first, -sizes))] = np.arange(n_lobes)
    labels[tied] = number[found]
    return Lobes(labels, affinity)


def _ties(counts: PairCounts, affinity: Affinity, threshold: float) -> Any:
    """Return affinities above the threshold as a symmetric scipy CSR array."""
    parts, n_ties = [], 0
    for pairs in pairs_above(counts, affinity, threshold):
        parts.append(pairs)
        n_ties += len(pairs.i)
        if n_ties > MOST_TIES:
            raise FeaturetopoError(
                f"more than {MOST_TIES:,} pairs have a {affinity} above {threshold}: raise the "
                "threshold"
            )
    pairs = joined(parts)
    n = counts.n_features
    upper = sparse.csr_array((pairs.affinity, (pairs.i, pairs.j)), (n, n))
    return sparse.csr_array(upper + upper.T)


def spectral_embedding(ties: Any, k: int, seed: int) -> FloatArray:
    """Place the nodes of a graph by k eigenvectors of D^-1/2 A D^-1/2, rows scaled to length 1.

    They are those with the largest eigenvalues. Each connected part has a leading eigenvalue of 1.
    A Lanczos solver that is given the whole graph can miss some of several equal ones, and a part
    with them; so parts are solved one by one, and of equal eigenvalues those of larger parts go
    first.

    Source: Ng, Jordan and Weiss, Advances in Neural Information Processing Systems 14 (2001).

    Parameters
    ----------
    ties : scipy.sparse array, shape (n, n)
        Symmetric, at least 0, no row without an entry.
    k : int
        At most n.
    seed : int
        Of the first vector of the solver for parts of more than 1,024 nodes.

    Returns
    -------
    ndarray, shape (n, k)

    Examples
    --------
    >>> two = sparse.csr_array(np.kron(np.eye(2), [[0.0, 1.0], [1.0, 0.0]]))
    >>> abs(spectral_embedding(two, 2, 0)).round(6).tolist()
    [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]
    """
    degree = np.asarray(ties.sum(axis=1)).ravel()
    scale = sparse.diags_array(1 / np.sqrt(degree))
    scaled = sparse.csr_array(scale @ ties @ scale)
    _, part = connected_components(scaled, directed=False)
    values, vectors = [], []
    for number in np.argsort(-np.bincount(part), kind="stable"):
        rows = np.flatnonzero(part == number)
        own_values, own_vectors = _leading(scaled[rows][:, rows], min(k, len(rows)), seed)
        values.append(own_values)
        vectors.append((rows, own_vectors))
    found = np.concatenate(values)
    # rounding must not decide between parts
    chosen = np.sort(np.argsort(-found.round(9), kind="stable")[:k])
    placed, column, first = np.zeros((len(degree), k)), 0, 0
    for rows, own in vectors:
        for axis in chosen[(chosen >= first) & (chosen < first + own.shape[1])] - first:
            placed[rows, column] = own[:, axis]
            column += 1
        first += own.shape[1]
    length = np.linalg.norm(placed, axis=1, keepdims=True)
    unit: FloatArray = np.divide(placed, length, out=placed, where=length > 0)
    return unit


def _leading(matrix: Any, k: int, seed: int) -> tuple[FloatArray, FloatArray]:
    """Return the k largest eigenvalues, largest first, and their eigenvectors as columns."""
    n = matrix.shape[0]
    if n <= _DENSE or k >= n:
        values, vectors = linalg.eigh(matrix.toarray(), subset_by_index=(n - k, n - 1))
    else:
        start = stream(seed, "first vector").random(n)
        values, vectors = eigsh(matrix, k, which="LA", v0=start)
    return values[::-1], vectors[:, ::-1]
