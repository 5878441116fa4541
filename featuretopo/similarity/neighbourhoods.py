"""Neighbourhoods: does a row have the same rows around it on both sides?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featuretopo.errors import FeaturetopoError
from featuretopo.similarity.rows import Float64Array, IntArray, Rows, paired_rows, unit_rows

_BLOCK = 1024


@dataclass(frozen=True, slots=True, eq=False)
class NeighbourOverlap:
    """How much of each row's neighbourhood the two sides share.

    Attributes
    ----------
    value : float
        Mean over the rows.
    of_rows : ndarray, shape (n,)
        Of each row, in [0, 1].
    by_chance : float
        The mean that unrelated neighbourhoods would have.
    """

    value: float
    of_rows: Float64Array
    by_chance: float


def knn_jaccard(x: Rows, y: Rows, k: int = 10) -> NeighbourOverlap:
    """Jaccard index of the k nearest rows on both sides, by cosine.

    Parameters
    ----------
    x, y : Dictionary or array_like, shapes (n, d_x) and (n, d_y)
        Row i of `x` is the partner of row i of `y`.
    k : int
        Neighbours, 1 to n - 2.

    Raises
    ------
    FeaturetopoError
        If the numbers of rows differ, a row has no direction, all rows of one side are equally far
        from each other, or k is out of range.

    Examples
    --------
    >>> x = [[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]]
    >>> found = knn_jaccard(x, x, k=1)
    >>> found.value, found.by_chance
    (1.0, 0.3333333333333333)
    """
    one, other = _both(x, y)
    n = len(one)
    if not 1 <= k <= n - 2:
        raise FeaturetopoError(f"k={k} must lie between 1 and n - 2 = {n - 2}; 10 is usual")
    blocks = [slice(start, start + _BLOCK) for start in range(0, n, _BLOCK)]
    common = np.concatenate(
        [(_nearest(one, block, k) & _nearest(other, block, k)).sum(axis=1) for block in blocks]
    )
    share = common / (2 * k - common)
    return NeighbourOverlap(float(share.mean()), share, _jaccard_by_chance(n, k))


def rank_biased_overlap(x: Rows, y: Rows, p: float = 0.9) -> NeighbourOverlap:
    """Rank-biased overlap of both sides' rankings of all rows around each row, by cosine.

    The shared part of the first 1, 2, 3, ... neighbours, averaged with weights that fall by the
    factor `p`: no k to choose, near neighbours count most. Both rankings are complete, so nothing
    is extrapolated; the weights are scaled to sum to 1.

    Parameters
    ----------
    x, y : Dictionary or array_like, shapes (n, d_x) and (n, d_y)
        Row i of `x` is the partner of row i of `y`.
    p : float
        In (0, 1). The mean depth is 1 / (1 - p).

    Raises
    ------
    FeaturetopoError
        If the numbers of rows differ, there are fewer than 3, a row has no direction, all rows of
        one side are equally far from each other, or p is out of range.

    Notes
    -----
    Source: Webber, Moffat and Zobel, ACM Transactions on Information Systems 28 (2010) 20.

    Examples
    --------
    >>> x = [[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]]
    >>> rank_biased_overlap(x, x).value
    1.0
    """
    if not 0 < p < 1:
        raise FeaturetopoError(f"p={p} must lie in (0, 1); 0.9 looks some 10 neighbours deep")
    one, other = _both(x, y)
    n = len(one)
    # what is left of the weight beyond this depth rounds to nothing
    deepest = min(n - 1, max(1, int(np.ceil(np.log(1e-12) / np.log(p)))))
    depth = np.arange(1, deepest + 1)
    weight = p ** (depth - 1)
    common = _common(_ranking(one, deepest), _ranking(other, deepest), depth.tolist())
    # one order of summing above and below: whole agreement is 1 to the last bit
    shared: Float64Array = (weight * (common / depth)).sum(axis=1) / weight.sum()
    # d of n - 1 rows are the first d by chance with share d / (n - 1)
    by_chance = float((weight * depth).sum() / weight.sum() / (n - 1))
    return NeighbourOverlap(float(shared.mean()), shared, by_chance)


def _both(x: Rows, y: Rows) -> tuple[Float64Array, Float64Array]:
    paired_rows(x, y)
    one, other = (unit_rows(z, name).astype(np.float64) for z, name in ((x, "x"), (y, "y")))
    if len(one) < 3:
        raise FeaturetopoError(f"{len(one)} rows: neighbours need at least 3; give more")
    for rows, name in ((one, "x"), (other, "y")):
        # of equals the lower row is nearer: the order of the rows would agree with itself
        if _equally_far(rows):
            raise FeaturetopoError(
                f"all rows of {name} are equally far from each other, by cosine: none is nearer "
                "than another; give rows that differ"
            )
    return one, other


def _equally_far(unit: Float64Array) -> bool:
    """Whether the cosines of all pairs are one number; the first row mostly tells."""
    first = _cosines(unit, slice(0, 1))[0, 1:]
    if np.ptp(first) > 0:
        return False
    for start in range(0, len(unit), _BLOCK):
        cos = _cosines(unit, slice(start, start + _BLOCK))
        if (cos[np.isfinite(cos)] != first[0]).any():
            return False
    return True


def _ranking(unit: Float64Array, k: int) -> IntArray:
    """Rows nearest to each row, nearest first, of equals the lower row first, (n, k)."""
    found = np.empty((len(unit), k), np.int64)
    for start in range(0, len(unit), _BLOCK):
        block = slice(start, start + _BLOCK)
        found[block] = np.argsort(-_cosines(unit, block), axis=1, kind="stable")[:, :k]
    return found


def _nearest(unit: Float64Array, block: slice, k: int) -> npt.NDArray[np.bool_]:
    """Tell which rows are the k nearest, of equals the lower row, without an order, (block, n)."""
    cos = _cosines(unit, block)
    least = np.partition(cos, -k, axis=1)[:, -k, None]
    nearest, equal = cos > least, cos == least
    missing = k - nearest.sum(axis=1)
    for row in np.flatnonzero(equal.sum(axis=1) > missing):
        equal[row, np.flatnonzero(equal[row])[missing[row] :]] = False
    found: npt.NDArray[np.bool_] = nearest | equal
    return found


def _cosines(unit: Float64Array, block: slice) -> Float64Array:
    """Cosines of some rows with all, no row being its own neighbour, (block, n)."""
    cos = unit[block] @ unit.T
    own = np.arange(len(cos))
    cos[own, block.start + own] = -np.inf
    # rounded, so that equal cosines are equal whatever product they come from
    rounded: Float64Array = cos.round(12)
    return rounded


def _common(one: IntArray, other: IntArray, depths: list[int]) -> IntArray:
    """Rows that are among the first d of both, for each depth d, (n, n_depths)."""
    n, k = one.shape
    common = np.empty((n, len(depths)), np.int64)
    for row in range(n):
        place = np.full(n, k)
        place[one[row]] = np.arange(k)
        both = np.maximum(place[other[row]], np.arange(k))  # from where on each is in both
        common[row] = np.cumsum(np.bincount(both, minlength=k + 1))[np.array(depths) - 1]
    return common


def _jaccard_by_chance(n: int, k: int) -> float:
    """Mean Jaccard index of two random choices of k of n - 1 rows."""
    from scipy.stats import hypergeom

    common = np.arange(k + 1)
    return float((hypergeom.pmf(common, n - 1, k, k) * common / (2 * k - common)).sum())
