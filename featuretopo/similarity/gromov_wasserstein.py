"""Gromov-Wasserstein distance: two clouds compared without knowing which row is which."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import pdist, squareform

from featuretopo.checks import check_count
from featuretopo.errors import FeaturetopoError
from featuretopo.random import RngLike, seed_of, stream
from featuretopo.similarity.rows import Float64Array, Rows, unit_rows

_MOST = 2000  # rows a side: a step costs their product times the larger
_STARTS = 5


@dataclass(frozen=True, slots=True, eq=False)
class GromovWasserstein:
    """The best plan found, and what it costs.

    Attributes
    ----------
    distance : float
        Root of the mean squared difference between distances of rows that are matched: an upper
        bound on the Gromov-Wasserstein distance, since the problem has many local optima.
    plan : ndarray, shape (n_a, n_b)
        Share of each row of a that goes to each row of b.
    """

    distance: float
    plan: Float64Array


def gromov_wasserstein(
    a: Rows, b: Rows, *, starts: int = _STARTS, rng: RngLike = None
) -> GromovWasserstein:
    """Match two sets of directions by their chord distances within each side alone.

    Neither a common space nor pairs are needed. Solved by conditional gradients from several
    starts (rows by their mean distance to all others, and random plans); the best is given.

    Parameters
    ----------
    a, b : Dictionary or array_like, shapes (n_a, d_a) and (n_b, d_b)
        Features as rows, at most 2,000.
    starts : int
        At least 1.
    rng : int, Generator or None
        Seed of the random starts.

    Raises
    ------
    FeaturetopoError
        If a row has no direction, there are fewer than 2 rows or more than 2,000, all of one side
        point the same way, or there is no start.

    Notes
    -----
    Source: Memoli, Foundations of Computational Mathematics 11 (2011) 417; solver: POT.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((12, 3))
    >>> round(gromov_wasserstein(x, x[::-1] @ np.diag([1, -1, 1]), rng=0).distance, 6)
    0.0
    """
    check_count("starts", starts, 1, usual=_STARTS)
    one, other = _chords(a, "a"), _chords(b, "b")
    of_one, of_other = (np.full(len(side), 1 / len(side)) for side in (one, other))
    random = stream(seed_of(rng), "gromov-wasserstein")
    return best_plan(one, other, of_one, of_other, starts, random)


def best_plan(
    one: Float64Array,
    other: Float64Array,
    of_one: Float64Array,
    of_other: Float64Array,
    starts: int,
    rng: np.random.Generator,
) -> GromovWasserstein:
    """Match two spaces by their distances: the best local optimum of several starts.

    Parameters
    ----------
    one, other : ndarray, shapes (n_a, n_a) and (n_b, n_b)
        Distances within each.
    of_one, of_other : ndarray, shapes (n_a,) and (n_b,)
        What each point weighs; either adds up to 1.
    starts : int
    rng : Generator
        Of all starts but the first.
    """
    import ot

    best = GromovWasserstein(np.inf, np.empty((0, 0)))
    for start in range(starts):
        if start == 0:  # central points to central points
            cost = np.abs((one @ of_one)[:, None] - other @ of_other)
        else:
            cost = rng.random((len(one), len(other)))
        plan = ot.gromov.gromov_wasserstein(
            one,
            other,
            of_one,
            of_other,
            "square_loss",
            G0=ot.emd(of_one, of_other, cost),
            symmetric=True,
        )
        distance = _cost(one, other, plan)
        if distance < best.distance:
            best = GromovWasserstein(distance, plan)
    return best


def _chords(rows: Rows, name: str) -> Float64Array:
    unit = unit_rows(rows, name).astype(np.float64)
    n = len(unit)
    if not 2 <= n <= _MOST:
        raise FeaturetopoError(
            f"{n:,} rows of {name}: Gromov-Wasserstein takes 2 to {_MOST:,}; take a sample"
        )
    chords: Float64Array = squareform(pdist(unit))
    if chords.max() < 1e-6:  # what single precision knows of a direction
        raise FeaturetopoError(
            f"all {n:,} rows of {name} point the same way: a single point is like any other; vary "
            "them"
        )
    return chords


def _cost(one: Float64Array, other: Float64Array, plan: Float64Array) -> float:
    """Root of the sum over pairs of pairs of the squared difference of their distances."""
    mass_a, mass_b = plan.sum(axis=1), plan.sum(axis=0)
    squares = mass_a @ one**2 @ mass_a + mass_b @ other**2 @ mass_b
    return float(np.sqrt(max(0.0, squares - 2 * ((one @ plan @ other) * plan).sum())))
