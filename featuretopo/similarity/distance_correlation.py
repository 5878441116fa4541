"""Distance correlation: 0 for independent rows, whatever the dependence."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import pdist, squareform

from featuretopo.similarity.cka import cka
from featuretopo.similarity.rows import Float64Array, Rows, scaled


def distance_correlation(x: Rows, y: Rows, debiased: bool = False) -> float:
    """Distance correlation of two sets of paired rows.

    The correlation of centred Euclidean distances. In the limit of many rows it is 0 for
    independent sides only; with few rows for their dimension it is near 1 for all, and the
    debiased one is not.

    Parameters
    ----------
    x, y : Dictionary or array_like, shapes (n, d_x) and (n, d_y)
        Row i of `x` is the partner of row i of `y`.
    debiased : bool
        The bias-corrected *squared* distance correlation, near 0 by chance, maybe below.

    Returns
    -------
    float
        In [0, 1]; debiased in [-1, 1].

    Raises
    ------
    FeaturetopoError
        As :func:`cka`.

    Notes
    -----
    Source: Szekely, Rizzo and Bakirov, Annals of Statistics 35 (2007) 2769; debiased: Szekely and
    Rizzo, Journal of Multivariate Analysis 117 (2013) 193.

    Examples
    --------
    >>> x = [[-2.0], [-1.0], [0.0], [1.0], [2.0]]
    >>> round(distance_correlation(x, [[4.0], [1.0], [0.0], [1.0], [4.0]]), 4)
    0.5159
    """
    found = cka(x, y, debiased, _Distances())
    return found if debiased else float(np.sqrt(max(0.0, found)))


class _Distances:
    """Distances as a kernel: centring turns the sign of both sides."""

    def __call__(self, rows: Float64Array) -> Float64Array:
        distances: Float64Array = squareform(pdist(scaled(rows)))
        return distances
