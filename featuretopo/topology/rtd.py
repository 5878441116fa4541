"""RTD: representation topology divergence between paired points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import pdist, squareform

from featuretopo.checks import as_numbers, check_count, is_whole
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.random import RngLike, seed_of, stream

FloatArray = npt.NDArray[np.floating[Any]]

_LEAST = 4  # points: fewer hold no loop
_ROUNDING = 1e-9  # of distances near 1: two clouds that are one, scaled, differ by less


@dataclass(frozen=True, slots=True)
class RTD:
    """Representation topology divergence, and its spread over subsamples.

    Attributes
    ----------
    value : float
        Mean over the subsamples of the mean of both ways; 0 if the two clouds grow together in the
        same way at every scale.
    a_to_b, b_to_a : float
        Each way, mean over the subsamples.
    spread : float
        Standard deviation of `value` over the subsamples; 0 if all rows were taken at once.
    n_rows, draws : int
        Rows in each subsample, and how many were drawn.
    """

    value: float
    a_to_b: float
    b_to_a: float
    spread: float
    n_rows: int
    draws: int


def rtd(
    a: Dictionary | npt.ArrayLike,
    b: Dictionary | npt.ArrayLike,
    *,
    n_rows: int = 400,
    draws: int = 10,
    rng: RngLike = None,
) -> RTD:
    """Representation topology divergence of two clouds whose rows are paired.

    How differently do the two grow together? Each cloud's Euclidean distances are divided by their
    .9 quantile (of the whole matrix, its diagonal included). The cross-barcode holds
    the nearer of both distances against one of them; the lengths of its H1 bars, one for every loop
    that one cloud has closed and the other has not yet, are added up, both ways. The figure grows
    with the number of points: compare like with like, and against a null.

    Source: Barannikov, Trofimov, Balabin and Burnaev 2022, Representation Topology Divergence,
    ICML.

    Parameters
    ----------
    a, b : Dictionary or array_like, shapes (n, d_a) and (n, d_b)
        Row i of one belongs to row i of the other.
    n_rows : int
        Largest number of rows that is taken at once; more are subsampled. Time grows with its
        third power or so: 400 take a tenth of a second.
    draws : int
        Number of subsamples, where there are more rows than that.
    rng : int, Generator or None

    Returns
    -------
    RTD

    Raises
    ------
    FeaturetopoError
        If the rows are not paired, fewer than 4, not finite or all alike, or an argument is out of
        range.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((40, 3))
    >>> rtd(x, 2 * x + 1).value  # what is only moved and scaled does not diverge
    0.0
    """
    x, y = _cloud(a), _cloud(b)
    if len(x) != len(y):
        raise FeaturetopoError(
            f"{len(x)} and {len(y)} rows: RTD compares paired points; take the matched rows of both"
        )
    if not is_whole(n_rows):
        raise FeaturetopoError(f"n_rows={n_rows!r} must be a whole number; 200 to 500 is usual")
    if min(n_rows, len(x)) < _LEAST:
        raise FeaturetopoError(
            f"{min(n_rows, len(x))} rows: RTD needs at least {_LEAST}; 200 to 500 is usual"
        )
    check_count("draws", draws, 1, usual=10)
    whole = len(x) <= n_rows
    draw = stream(seed_of(rng), "rtd")
    ways = []
    for _ in range(1 if whole else draws):
        rows = slice(None) if whole else draw.choice(len(x), n_rows, replace=False)
        ways.append(_both_ways(_scaled(x[rows]), _scaled(y[rows])))
    each = np.array(ways)  # (draws, 2)
    there, back = each.mean(axis=0)
    return RTD(
        value=float((there + back) / 2),
        a_to_b=float(there),
        b_to_a=float(back),
        spread=float(each.mean(axis=1).std()),
        n_rows=min(n_rows, len(x)),
        draws=len(each),
    )


def _both_ways(w: FloatArray, v: FloatArray) -> tuple[float, float]:
    return _divergence(w, v), _divergence(v, w)


def _divergence(w: FloatArray, v: FloatArray) -> float:
    """Total length of the H1 bars of the cross-barcode of `w` over the nearer of `w` and `v`."""
    from featuretopo.topology.cross_barcode import cross_barcode

    lengths = np.diff(cross_barcode(w, v))
    return float(lengths[lengths > _ROUNDING].sum())


def _cloud(points: Dictionary | npt.ArrayLike) -> FloatArray:
    rows = as_numbers("points", points.vectors if isinstance(points, Dictionary) else points)
    if rows.ndim != 2 or not np.isfinite(rows).all():
        raise FeaturetopoError(
            f"points of shape {rows.shape} must be finite and of shape (n, d): one point a row"
        )
    return rows


def _scaled(points: FloatArray) -> FloatArray:
    distances = squareform(pdist(points))
    if not np.isfinite(distances).all():
        raise FeaturetopoError("distances of the points overflow; divide all points by one scale")
    scale = np.quantile(distances, 0.9)
    if not scale > 0:
        raise FeaturetopoError("nearly all points are alike: there is no scale to divide by")
    scaled: FloatArray = distances / scale
    return scaled
