"""Neighbourhoods: does a row have the same rows around it on both sides?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featuretopo.checks import check_number, is_whole
from featuretopo.errors import FeaturetopoError
from featuretopo.similarity.rows import (
    Float64Array,
    IntArray,
    Rows,
    paired_rows,
    rounding,
    unit_rows,
)

BoolArray = npt.NDArray[np.bool_]

_BLOCK = 1024


@dataclass(frozen=True, slots=True, eq=False)
class NeighbourOverlap:
    """How much of each row's neighbourhood the two sides share.

    Attributes
    ----------
    value : float
        Mean over the rows.
    of_rows : ndarray, shape (n,)
        Of each row, in [0, 1]. Of one whose nearest rows are more than are asked for and all
        equally far, on either side, `by_chance`: none of them is nearer than another.
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
        If the numbers of rows differ, a row has no direction, no row of one side has nearest ones
        (all are equally far from each other, or equal), or k is out of range.

    Examples
    --------
    >>> x = [[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]]
    >>> found = knn_jaccard(x, x, k=1)
    >>> found.value, found.by_chance
    (1.0, 0.3333333333333333)
    """
    one, other = _both(x, y)
    n = len(one)
    if not is_whole(k):
        raise FeaturetopoError(f"k={k!r} must be a whole number; 10 is usual")
    if not 1 <= k <= n - 2:
        usual = "; 10 is usual" if n >= 12 else f", of {n} rows; give more rows or a smaller k"
        raise FeaturetopoError(f"k={k} must lie between 1 and n - 2 = {n - 2}{usual}")
    common, tied = np.empty(n, np.int64), np.empty((2, n), np.bool_)
    for start in range(0, n, _BLOCK):
        block = slice(start, start + _BLOCK)
        of_one, of_other = _cosines(one, block), _cosines(other, block)
        common[block] = (_nearest(of_one, k) & _nearest(of_other, k)).sum(axis=1)
        tied[0, block] = _tied(of_one, k, rounding(x))
        tied[1, block] = _tied(of_other, k, rounding(y))
    return _overlap(common / (2 * k - common), tied, _jaccard_by_chance(n, k))


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
        If the numbers of rows differ, there are fewer than 3, a row has no direction, no row of one
        side has nearest ones (all are equally far from each other, or equal), or p is out of range.

    Notes
    -----
    Source: Webber, Moffat and Zobel, ACM Transactions on Information Systems 28 (2010) 20.

    Examples
    --------
    >>> x = [[1.0, 0.0], [0.9, 0.1], [0.0, 1.0], [0.1, 0.9]]
    >>> rank_biased_overlap(x, x).value
    1.0
    """
    check_number("p", p)
    if not 0 < p < 1:
        raise FeaturetopoError(f"p={p} must lie in (0, 1); 0.9 looks some 10 neighbours deep")
    one, other = _both(x, y)
    n = len(one)
    # what is left of the weight beyond this depth rounds to nothing
    deepest = min(n - 1, max(1, int(np.ceil(np.log(1e-12) / np.log(p)))))
    depth = np.arange(1, deepest + 1)
    weight = p ** (depth - 1)
    many = min(n - 2, int(np.ceil(1 / (1 - p))))  # neighbours that most of the weight is on
    first, first_tied = _ranking(one, deepest, many, rounding(x))
    second, second_tied = _ranking(other, deepest, many, rounding(y))
    common = _common(first, second, depth.tolist())
    # one order of summing above and below: whole agreement is 1 to the last bit
    shared: Float64Array = (weight * (common / depth)).sum(axis=1) / weight.sum()
    # d of n - 1 rows are the first d by chance with share d / (n - 1)
    by_chance = float((weight * depth).sum() / weight.sum() / (n - 1))
    return _overlap(shared, np.stack([first_tied, second_tied]), by_chance)


def _both(x: Rows, y: Rows) -> tuple[Float64Array, Float64Array]:
    paired_rows(x, y)
    one, other = (unit_rows(z, name).astype(np.float64) for z, name in ((x, "x"), (y, "y")))
    if len(one) < 3:
        raise FeaturetopoError(f"{len(one)} rows: neighbours need at least 3; give more")
    return one, other


def _overlap(share: Float64Array, tied: BoolArray, by_chance: float) -> NeighbourOverlap:
    """Take the mean over the rows; `tied` says of either side which have no nearest, (2, n)."""
    for name, none_nearer in zip("xy", tied.all(axis=1), strict=True):
        if none_nearer:
            raise FeaturetopoError(
                f"the rows nearest to any row of {name} are all equally far, by cosine: none is "
                "nearer than another; give rows that differ"
            )
    # of equals the lower row is nearer: the order of the rows would agree with itself
    of_rows = np.where(tied.any(axis=0), by_chance, share)
    return NeighbourOverlap(float(of_rows.mean()), of_rows, by_chance)


def _tied(cos: Float64Array, k: int, least: float) -> BoolArray:
    """Whether more than k rows are nearest, up to `least`, to each of some rows, (block,)."""
    nearest = cos.max(axis=1, keepdims=True)
    tied: BoolArray = (cos >= nearest - least).sum(axis=1) > k
    return tied


def _ranking(unit: Float64Array, k: int, many: int, least: float) -> tuple[IntArray, BoolArray]:
    """Rows nearest to each row, nearest first, of equals the lower row first, (n, k).

    And whether more than `many` are nearest, (n,).
    """
    found, tied = np.empty((len(unit), k), np.int64), np.empty(len(unit), np.bool_)
    for start in range(0, len(unit), _BLOCK):
        block = slice(start, start + _BLOCK)
        cos = _cosines(unit, block)
        found[block] = np.argsort(-cos, axis=1, kind="stable")[:, :k]
        tied[block] = _tied(cos, many, least)
    return found, tied


def _nearest(cos: Float64Array, k: int) -> BoolArray:
    """Tell which rows are the k nearest, of equals the lower row, without an order, (block, n)."""
    least = np.partition(cos, -k, axis=1)[:, -k, None]
    nearest, equal = cos > least, cos == least
    missing = k - nearest.sum(axis=1)
    for row in np.flatnonzero(equal.sum(axis=1) > missing):
        equal[row, np.flatnonzero(equal[row])[missing[row] :]] = False
    found: BoolArray = nearest | equal
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
