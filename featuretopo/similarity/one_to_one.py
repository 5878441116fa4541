"""One-to-one share: how many features have a counterpart of their own."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import maximum_bipartite_matching

from featuretopo.checks import check_number
from featuretopo.errors import FeaturetopoError
from featuretopo.similarity.candidates import cosines_above
from featuretopo.similarity.nearest import BestMatches, best_matches
from featuretopo.similarity.rows import FloatArray, Rows, unit_pair


def one_to_one_share(a: Rows, b: Rows, least: float = 0.9) -> float:
    """Share of the smaller side's features that find a partner of their own above a cosine.

    The most pairs that can be made at once, no feature in two of them, each with a cosine above
    `least` (Hopcroft and Karp's maximum matching). MMCS counts a latent that stands for sixteen
    features sixteen times; this counts it once.

    Parameters
    ----------
    a, b : Dictionary or array_like, shapes (n_a, d) and (n_b, d)
        Features as rows.
    least : float
        In [-1, 1).

    Raises
    ------
    FeaturetopoError
        If the dimensions differ, a row has no direction, `least` is out of range, or more than 50
        million pairs lie above it.

    Examples
    --------
    >>> truth = [[1.0, 0.1], [1.0, 0.0], [0.0, 1.0]]
    >>> one_to_one_share(truth, [[1.0, 0.05], [0.0, 1.0], [-1.0, 0.0]])
    0.6666666666666666
    """
    check_number("least", least)
    if not -1 <= least < 1:
        raise FeaturetopoError(f"least={least} must lie in [-1, 1); .9 is usual")
    return one_to_one_of(best_matches(a, b), *unit_pair(a, b), least)


def one_to_one_of(best: BestMatches, u: FloatArray, v: FloatArray, least: float = 0.9) -> float:
    """Take the same share of unit rows whose best matches are at hand.

    Features without a match above `least` are not looked at again; where every other one is its
    match's best match, none is.

    Parameters
    ----------
    best : BestMatches
        Of `u` and `v`.
    u, v : ndarray, shapes (n_a, d) and (n_b, d)
        Unit rows.
    least : float
        In [-1, 1).

    Examples
    --------
    >>> u, v = np.eye(3), np.eye(3)[:2]
    >>> one_to_one_of(best_matches(u, v), u, v)
    1.0
    """
    near_a = np.flatnonzero(best.cosine_of_a > least)
    near_b = np.flatnonzero(best.cosine_of_b > least)
    fewer = min(len(u), len(v))
    mutual = int((best.a_of_b[best.b_of_a[near_a]] == near_a).sum())
    if mutual == min(len(near_a), len(near_b)):  # no more can be made
        return mutual / fewer
    found = cosines_above(u[near_a], v[near_b], least)
    there = np.ones(len(found.rows), bool)
    graph = sparse.csr_array((there, (found.rows, found.columns)), found.sizes)
    partner = maximum_bipartite_matching(graph, perm_type="column")
    return float((partner >= 0).sum() / fewer)
