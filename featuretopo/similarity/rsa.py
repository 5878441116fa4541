"""RSA: do the two sides agree on which rows are far apart?"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.spatial.distance import pdist
from scipy.stats import kendalltau

from featuretopo.errors import FeaturetopoError
from featuretopo.similarity.ranks import average_ranks
from featuretopo.similarity.rows import (
    Float64Array,
    Rows,
    paired_rows,
    rounding,
    scaled,
    scaled_pairs,
)

Metric = Literal["euclidean", "cosine", "correlation"]

_MOST = 10_000  # rows: 50 million distances a side


def rsa(
    x: Rows,
    y: Rows,
    metric: Metric = "cosine",
    statistic: Literal["spearman", "kendall"] = "spearman",
) -> float:
    """Representational similarity: rank correlation of all distances on one side with the other's.

    Parameters
    ----------
    x, y : Dictionary or array_like, shapes (n, d_x) and (n, d_y)
        Row i of `x` is the partner of row i of `y`. At most 10,000.
    metric : {"euclidean", "cosine", "correlation"}
        Of the rows, as they are: nothing is centred but by ``"correlation"``, each row on its own.
    statistic : {"spearman", "kendall"}
        Kendall's is tau-b.

    Returns
    -------
    float
        In [-1, 1].

    Raises
    ------
    FeaturetopoError
        If the numbers of rows differ, there are fewer than 3 or more than 10,000, a value is not
        finite, an option is unknown, a row has no direction, or all distances of one side are
        equal.

    Notes
    -----
    Source: Kriegeskorte, Mur and Bandettini, Frontiers in Systems Neuroscience 2 (2008) 4.

    Examples
    --------
    >>> x = [[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 5.0]]
    >>> round(rsa(x, [[1.0], [2.0], [3.0], [9.0]], metric="euclidean"), 4)
    0.9412
    """
    if statistic not in ("spearman", "kendall"):
        raise FeaturetopoError(f"statistic={statistic!r} must be 'spearman' or 'kendall'")
    left, right = scaled_pairs(x, y) if metric == "euclidean" else paired_rows(x, y)
    n = len(left)
    if not 3 <= n <= _MOST:
        raise FeaturetopoError(
            f"{n:,} rows: RSA takes 3 to {_MOST:,}, all of whose pairs it compares; take a sample"
        )
    one = _distances(left, metric, "x", rounding(x))
    other = _distances(right, metric, "y", rounding(y))
    if statistic == "kendall":
        return float(kendalltau(one, other).statistic)
    return float(np.corrcoef(average_ranks(one), average_ranks(other))[0, 1])


def _distances(rows: Float64Array, metric: str, name: str, least: float) -> Float64Array:
    """Distances of all pairs, (n(n - 1)/2,), of the largest.

    Rounded to `least`, what is known of them: equal distances, which rounding would put in some
    order, are to have equal ranks.
    """
    if metric not in ("euclidean", "cosine", "correlation"):
        raise FeaturetopoError(f"metric={metric!r} must be 'euclidean', 'cosine' or 'correlation'")
    if metric != "euclidean":
        rows = scaled(rows, axis=1)
        moved = rows - rows.mean(axis=1, keepdims=True) if metric == "correlation" else rows
        length = np.linalg.norm(moved, axis=1)
        flat = np.flatnonzero(length <= 1e-12 * np.linalg.norm(rows, axis=1))
        if len(flat):
            what = "constant" if metric == "correlation" else "zero"
            raise FeaturetopoError(
                f"row {flat[0]} of {name} is {what} and has no {metric} with others; drop it, or "
                "take metric='euclidean'"
            )
    exact = pdist(rows, metric)
    largest = exact.max()
    # directions that differ by rounding alone have distances that are nothing else
    if (metric != "euclidean" and largest <= least) or np.ptp(exact) <= 2 * least * largest:
        raise FeaturetopoError(
            f"all distances of {name} are equal: they rank nothing; give rows that differ"
        )
    distances: Float64Array = (exact / largest).round(-round(np.log10(least)))
    return distances
