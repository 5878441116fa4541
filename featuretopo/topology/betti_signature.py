"""Integral Betti signature: the topology of an order, whatever increasing function was measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import pdist, squareform
from scipy.stats import rankdata

from featuretopo.dictionary import Dictionary, as_dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import p_value
from featuretopo.random import RngLike, seed_of, stream
from featuretopo.topology.clusters import check_draws
from featuretopo.topology.diagram import FloatArray, IntArray
from featuretopo.topology.engines import engine, fitting_engine
from featuretopo.topology.filtration import edge_bars
from featuretopo.topology.landmarks import count
from featuretopo.topology.matrix import distance_matrix
from featuretopo.topology.pairs import Edges

_BUDGET = 20_000_000  # simplices
_LEAST = 4  # features: fewer hold no loop


@dataclass(frozen=True, slots=True, eq=False)
class BettiSignature:
    """Betti curves of an order complex, their integrals, and those of shuffled orders.

    Attributes
    ----------
    densities : ndarray, shape (k,)
        Shares of all pairs that are edges, from 0 to the largest.
    curves : ndarray of int, shape (max_dim, k)
        Betti numbers 1, 2, ... at each density.
    integrals : ndarray, shape (max_dim,)
        Of the curves over density.
    shuffled : ndarray, shape (draws, max_dim)
        The same of orders drawn at random.
    p_values : ndarray, shape (max_dim,)
        Share of random orders with an integral as small.
    rows : ndarray of int, shape (n,)
        The features that were taken.
    """

    densities: FloatArray
    curves: IntArray
    integrals: FloatArray
    shuffled: FloatArray
    p_values: FloatArray
    rows: IntArray


def betti_signature(
    x: Dictionary | npt.ArrayLike,
    max_dim: int = 1,
    metric: Literal["chord", "precomputed"] = "chord",
    *,
    max_density: float = 1.0,
    n_rows: int = 100,
    draws: int = 99,
    rng: RngLike = None,
) -> BettiSignature:
    """Betti curves of the pairs in order of distance, the closest pairs first, and their integrals.

    Only the order counts: any increasing function of the distance (an angle, a correlation, a
    saturating similarity) gives the same. Distances between points of few dimensions leave few
    cycles open; an order without geometry opens far more. So the null is a random order, and small
    integrals speak for geometry.

    Source: Giusti, Pastalkova, Curto and Itskov, PNAS 112 (2015) 13455.

    Parameters
    ----------
    x : Dictionary or array_like
        Features as rows; for ``metric="precomputed"`` a symmetric (n, n) matrix of distances.
    max_dim : int
        Highest Betti number, at least 1. 2 takes some 4 s for each order of 100 rows, unless
        `max_density` is lowered.
    metric : {"chord", "precomputed"}
    max_density : float
        Share of the pairs at which to end, in (0, 1].
    n_rows : int
        Most features; of more, so many are drawn at random.
    draws : int
        Random orders, at least 19.
    rng : int, Generator or None
        Seed of the rows and the orders.

    Returns
    -------
    BettiSignature

    Raises
    ------
    FeaturetopoError
        If an argument is out of range, there are fewer than 4 features, or more than 20 million
        simplices.

    Examples
    --------
    >>> points = np.random.default_rng(0).standard_normal((30, 4))
    >>> found = betti_signature(points, rng=0)
    >>> found.curves.shape, found.p_values.tolist()
    ((1, 101), [0.01])
    """
    check_draws(draws)
    if max_dim < 1:
        raise FeaturetopoError(f"max_dim={max_dim} must be at least 1: loops")
    if not 0 < max_density <= 1:
        raise FeaturetopoError(f"max_density={max_density} must lie in (0, 1]; 1 is all pairs")
    if n_rows < _LEAST:
        raise FeaturetopoError(f"n_rows={n_rows} must be at least {_LEAST}; 100 is usual")
    seed = seed_of(rng)
    distances, rows = _distances(x, metric, n_rows, stream(seed, "betti signature", "rows"))
    # pairs of one distance enter together
    order = rankdata(squareform(distances, checks=False), method="max")
    densities = np.linspace(0, max_density, 101)
    bars = _bars(order, len(rows), max_dim, max_density)
    curves = [
        ((b[:, 0] <= densities[:, None]) & (densities[:, None] < b[:, 1])).sum(axis=1) for b in bars
    ]
    shuffled = np.array(
        [
            _integrals(
                _bars(
                    stream(seed, "betti signature", draw).permutation(order),
                    len(rows),
                    max_dim,
                    max_density,
                ),
                max_density,
            )
            for draw in range(draws)
        ]
    )
    integrals = _integrals(bars, max_density)
    p_values = [
        p_value(one, null, "lower") for one, null in zip(integrals, shuffled.T, strict=True)
    ]
    return BettiSignature(
        densities, np.array(curves), integrals, shuffled, np.array(p_values), rows
    )


def _distances(
    x: Dictionary | npt.ArrayLike, metric: str, n_rows: int, rng: np.random.Generator
) -> tuple[FloatArray, IntArray]:
    if metric == "chord":
        given = as_dictionary(x).unit
    elif metric == "precomputed":
        given = distance_matrix(x)
    else:
        raise FeaturetopoError(f"metric={metric!r} must be 'chord' or 'precomputed'")
    n = len(given)
    if n < _LEAST:
        raise FeaturetopoError(f"{n} features: a loop needs at least {_LEAST}")
    rows = np.arange(n) if n <= n_rows else np.sort(rng.choice(n, n_rows, replace=False))
    if metric == "precomputed":
        return given[np.ix_(rows, rows)], rows
    return squareform(pdist(given[rows].astype(np.float64))), rows


def _bars(order: FloatArray, n: int, max_dim: int, max_density: float) -> list[FloatArray]:
    """Bars over density in dimensions 1 to `max_dim`."""
    i, j = np.triu_indices(n, 1)
    density = order / len(order)
    near = density <= max_density
    edges = Edges(np.column_stack([i, j])[near], density[near], n)
    simplices = count(edges, max_dim, _BUDGET)
    if simplices > _BUDGET:
        raise FeaturetopoError(
            f"{n} features have more than {_BUDGET:,} simplices up to density {max_density}; lower "
            "n_rows or max_density"
        )
    compute = engine(fitting_engine("auto", edges, simplices))
    return [found.bars for found in edge_bars(edges, max_dim, 2, compute)]


def _integrals(bars: list[FloatArray], max_density: float) -> FloatArray:
    return np.array([(np.minimum(b[:, 1], max_density) - b[:, 0]).sum() for b in bars])
