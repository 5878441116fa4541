"""Agreement of two groupings of the same features, beside what chance gives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import xlogy

from featuretopo.checks import as_numbers
from featuretopo.draws import over_draws
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import p_value
from featuretopo.random import RngLike, seed_of, stream
from featuretopo.topology.clusters import check_draws
from featuretopo.topology.cooccurrence.forest import FeatureForest
from featuretopo.topology.cooccurrence.lobes import Lobes

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]

#: Who may change places when a grouping is permuted.
Exchange: TypeAlias = Literal["within bands", "all"]

_BANDS, _LEAST = 10, 20  # of frequency, at most; features in each, at least
_HEAVY = 2**16  # features, above which draws are made side by side


class Group(Protocol):
    """A cluster, a family: whatever knows which features are in it."""

    @property
    def members(self) -> IntArray:
        """Features in the group."""


#: Labels, groups, or what ``families`` and ``lobes`` return.
Grouping: TypeAlias = npt.ArrayLike | Iterable[Group] | FeatureForest | Lobes


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """Adjusted mutual information of two groupings.

    Attributes
    ----------
    value : float
        1 where both are the same, 0 where they agree as much as any two of these sizes would.
    p_value : float
        Share of null draws that agree at least as much, (b + 1) / (m + 1).
    null : ndarray, shape (draws,)
        The same figure after each permutation.
    exchange : {"within bands", "all"}
        Which features changed places.
    n_bands : int
        Bands of frequency in which they did; 1 for "all".
    n_features : int
        Features that are in a group of both.
    """

    value: float
    p_value: float
    null: FloatArray
    exchange: Exchange
    n_bands: int
    n_features: int

    @property
    def effect_size(self) -> float:
        """Distance of the value from the null's mean, in its standard deviations; NaN if 0."""
        deviation = float(self.null.std())
        return (self.value - float(self.null.mean())) / deviation if deviation else float("nan")


def agreement(
    a: Grouping,
    b: Grouping,
    fired: npt.ArrayLike,
    *,
    exchange: Exchange = "within bands",
    draws: int = 999,
    rng: RngLike = None,
) -> Agreement:
    """Adjusted mutual information of two groupings of features: lobes or families, and clusters.

    Two groupings can agree because both follow how often features fire: the affinities of rare
    features are noisy, and an SAE treats their directions otherwise than those of frequent ones. So
    the null permutes `b` only among features of like frequency: ten bands with equally many
    features, fewer where a band would hold less than 20. ``exchange="all"`` is the alternative: any
    two features may change places, which asks whether the two groupings have anything in common,
    frequency included. Within a band, frequencies still differ a little: an agreement that is that
    fine is not taken out.

    What is asked is whether two given groupings agree. Neither null says that one of them is more
    than noise by itself; for geometric clusters, see the p-values of :func:`clusters`.

    Source of the figure: Vinh, Epps and Bailey, Journal of Machine Learning Research 11 (2010)
    2837, with the mean of the two entropies, as scikit-learn has it. Permutations leave sizes
    alone, hence the expected information, which is found once.

    Parameters
    ----------
    a, b : array_like of int, shape (n_features,), groups, FeatureForest or Lobes
        Group of each feature, -1 for none, or what :func:`clusters`, :func:`families` and
        :func:`lobes` return; features without a group in either are left out.
    fired : array_like, shape (n_features,)
        How often each feature fires: ``counts.fired``, or frequencies.
    exchange : {"within bands", "all"}
    draws : int
        Permutations, at least 19.
    rng : int, Generator or None
        Seed of the permutations; the result is the same whatever the number of cores.

    Returns
    -------
    Agreement

    Raises
    ------
    FeaturetopoError
        If lengths differ, an argument is out of range, a feature is in two groups of one kind, or
        fewer than two groups are left of either.

    Examples
    --------
    >>> one, other = [0, 0, 0, 1, 1, 1, -1], [1, 1, 1, 0, 0, 0, 0]
    >>> found = agreement(one, other, [5, 6, 5, 6, 5, 6, 9], rng=0)
    >>> found.value, found.n_features, found.n_bands
    (1.0, 6, 1)
    """
    if exchange not in ("within bands", "all"):
        raise FeaturetopoError(f"exchange={exchange!r} must be 'within bands' or 'all'")
    check_draws(draws)
    often = as_numbers("fired", fired)
    if often.ndim != 1 or not np.isfinite(often).all():
        raise FeaturetopoError(
            f"fired of shape {often.shape} must be one finite number a feature: counts.fired"
        )
    if often.min(initial=0) < 0:
        raise FeaturetopoError(
            f"fired holds {often.min():.6g}: a feature fires in no sample or more; counts.fired"
        )
    one, other = (_labels(name, each, len(often)) for name, each in (("a", a), ("b", b)))
    both = np.flatnonzero((one >= 0) & (other >= 0))
    (_, one), (_, other) = (np.unique(each[both], return_inverse=True) for each in (one, other))
    for name, each in (("a", one), ("b", other)):
        if each.max(initial=0) < 1:
            n_groups = len(np.unique(each))
            raise FeaturetopoError(
                f"{name} has {n_groups} group{'' if n_groups == 1 else 's'} among the {len(both)} "
                "features that are in a group of both: give groupings with at least 2 there"
            )
    figure = _Figure(one, other)
    bands = _bands(often[both]) if exchange == "within bands" else np.zeros(len(both), np.int64)
    in_order = np.argsort(bands, kind="stable")
    seed = seed_of(rng)

    def permuted(draw: int) -> float:
        mixed = np.lexsort((stream(seed, "agreement", draw).random(len(bands)), bands))
        moved = np.empty_like(other)
        moved[in_order] = other[mixed]
        return figure.of(moved)

    null = np.array(over_draws(permuted, draws, heavy=len(both) > _HEAVY))
    value = figure.of(other)
    # the same figure, summed up in another order, must not count as less
    p = p_value(value - 1e-12, null)
    return Agreement(value, p, null, exchange, int(bands.max()) + 1, len(both))


class _Figure:
    """Adjusted mutual information with one grouping, of others with given sizes."""

    def __init__(self, one: IntArray, other: IntArray) -> None:
        from sklearn.metrics.cluster import expected_mutual_information

        self._one, self._width = one.astype(np.int64), int(other.max()) + 1
        table = self._table(other)
        sizes_a, sizes_b, n = table.sum(axis=1), table.sum(axis=0), len(one)
        self._entropies = _entropy(sizes_a, n), _entropy(sizes_b, n)
        self._expected = float(expected_mutual_information(table, n))

    def of(self, other: IntArray) -> float:
        """Return the figure."""
        table = self._table(other)
        information = sum(self._entropies) - _entropy(table.ravel(), len(other))
        room = sum(self._entropies) / 2 - self._expected
        # where every feature is a group of its own there is no room: two such agree
        return min(float((information - self._expected) / room), 1.0) if room > 1e-12 else 1.0

    def _table(self, other: IntArray) -> IntArray:
        shape = int(self._one.max()) + 1, self._width
        flat = np.bincount(self._one * self._width + other, minlength=shape[0] * shape[1])
        table: IntArray = flat.reshape(shape)
        return table


def _entropy(sizes: IntArray, n: int) -> float:
    share = sizes / n
    return -float(xlogy(share, share).sum())


def _bands(often: npt.NDArray[Any]) -> IntArray:
    """Band of each feature by its rank; features that fire equally often are ranked by number."""
    n_bands = max(1, min(_BANDS, len(often) // _LEAST))
    rank = np.empty(len(often), np.int64)
    rank[np.argsort(often, kind="stable")] = np.arange(len(often))
    found: IntArray = rank * n_bands // len(often)
    return found


def _labels(name: str, groups: Any, n: int) -> IntArray:
    """Return the group of each of n features, -1 for none."""
    if isinstance(groups, Lobes):
        groups = groups.labels
    elif isinstance(groups, FeatureForest):
        groups = groups.families
    if isinstance(groups, Iterable) and not isinstance(groups, np.ndarray):
        groups = list(groups)
    if isinstance(groups, list) and all(hasattr(group, "members") for group in groups):
        found = np.full(n, -1)
        for number, group in enumerate(groups):
            if not len(group.members):
                continue
            if group.members.max() >= n:
                raise FeaturetopoError(
                    f"{name} has feature {group.members.max()} in a group, but there are {n}: give "
                    "groups of the features that fire"
                )
            if (found[group.members] >= 0).any():
                raise FeaturetopoError(
                    f"{name} has a feature in two groups: give groups that share none"
                )
            found[group.members] = number
        return found
    try:
        labels = np.asarray(groups)
    except ValueError as error:
        raise FeaturetopoError(
            f"{name} is neither labels nor groups: give one whole number a feature, or groups such "
            "as clusters and families"
        ) from error
    if labels.shape != (n,):
        raise FeaturetopoError(
            f"{name} of shape {labels.shape} for {n} features: give one label a feature, or groups"
        )
    if labels.dtype.kind not in "iu":
        raise FeaturetopoError(
            f"{name} holds labels of type {labels.dtype}: number the groups, -1 for none"
        )
    return labels.astype(np.int64)
