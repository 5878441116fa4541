"""CKA: centred kernel alignment of paired rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.spatial.distance import pdist, squareform

from featuretopo.checks import check_can, check_number
from featuretopo.errors import FeaturetopoError
from featuretopo.similarity.rows import Float64Array, Rows, centred, paired_rows, rounding, scaled


class Kernel(Protocol):
    """How alike the rows of one side are."""

    def __call__(self, rows: Float64Array) -> Float64Array:
        """Return the (n, n) kernel of (n, d) rows."""
        ...


@dataclass(frozen=True, slots=True)
class Linear:
    """Dot products, of rows in a unit of their own."""

    def __call__(self, rows: Float64Array) -> Float64Array:
        """Return the (n, n) kernel."""
        small = scaled(rows)
        product: Float64Array = small @ small.T
        return product


@dataclass(frozen=True, slots=True)
class Gaussian:
    """exp(-distance^2 / (2 width^2)).

    Attributes
    ----------
    width : float
        In units of the median distance of the rows; positive.
    """

    width: float = 1.0

    def __post_init__(self) -> None:
        check_number("width", self.width)
        if not 0 < self.width < np.inf:
            raise FeaturetopoError(
                f"width={self.width} must be positive and finite; 0.2 to 2 median distances are "
                "usual"
            )

    def __call__(self, rows: Float64Array) -> Float64Array:
        """Return the (n, n) kernel."""
        distances = pdist(scaled(rows))
        median = float(np.median(distances))
        if median == 0:
            raise FeaturetopoError(
                "half of all pairs of rows are equal: their median distance is 0 and no unit for a "
                "Gaussian's width; drop duplicates"
            )
        kernel: Float64Array = np.exp(-squareform((distances / (self.width * median)) ** 2) / 2)
        return kernel


def cka(x: Rows, y: Rows, debiased: bool = False, kernel: Kernel | None = None) -> float:
    """Centred kernel alignment of two sets of paired rows.

    The cosine between the two centred kernels. It does not see a rotation or a common scale of
    either side, unlike CCA it does see how columns are stretched. With few rows for their
    dimensions it is near 1 whatever the data; the debiased one is near 0 by chance, and may be
    below.

    Parameters
    ----------
    x, y : Dictionary or array_like, shapes (n, d_x) and (n, d_y)
        Row i of `x` is the partner of row i of `y`.
    debiased : bool
        Unbiased estimates of the three products (at least 4 rows, where else 3 are enough).
    kernel : Kernel, optional
        ``Linear()`` (the default) or ``Gaussian(width)``.

    Raises
    ------
    FeaturetopoError
        If the numbers of rows differ, a value is not finite, there are too few rows, or one side
        does not vary.

    Notes
    -----
    Source: Kornblith, Norouzi, Lee and Hinton (ICML 2019); debiased: Song, Smola, Gretton,
    Bedo and Borgwardt, JMLR 13 (2012) 1393.

    Examples
    --------
    >>> x = [[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 5.0], [4.0, 2.0]]
    >>> y = [[5.0], [4.0], [2.0], [3.0], [1.0]]
    >>> round(cka(x, x), 6), round(cka(x, y), 4), round(cka(x, y, debiased=True), 4)
    (1.0, 0.4407, 0.4852)
    """
    left, right = paired_rows(x, y)
    n = len(left)
    if n < (4 if debiased else 3):
        what, least = ("debiased CKA", 4) if debiased else ("CKA", 3)
        # what is centred of two rows is one number: it is that of any other two
        raise FeaturetopoError(f"{n} rows: the {what} needs at least {least}; give more")
    of = Linear() if kernel is None else kernel
    check_can("kernel", of, "__call__", usual="Linear() or Gaussian(width)")
    sides = []
    for rows, name, given in ((left, "x", x), (right, "y", y)):
        # of centred rows, the linear kernel loses no digits to their mean
        gram = of(centred(rows))
        if not np.isfinite(gram).all():
            raise FeaturetopoError(
                f"the kernel of {name} is not finite: its entries are too large; divide all rows "
                "by one number"
            )
        gram = scaled(gram)
        middle = _debiased_centre(gram) if debiased else _centre(gram)
        # what is left is rounding: of the debiased one, rows equally far from each other too
        if np.abs(middle).max() <= rounding(given) * np.abs(gram).max():
            raise FeaturetopoError(f"all {n} rows of {name} are alike: nothing to align; vary them")
        sides.append(middle)
    one, other = sides
    # (n(n - 3) stands in all three debiased products, and cancels)
    norms = (one * one).sum() * (other * other).sum()
    return float((one * other).sum() / np.sqrt(norms))


def _centre(kernel: Float64Array) -> Float64Array:
    means = kernel.mean(axis=0)
    middle: Float64Array = kernel - means - means[:, None] + means.mean()
    return middle


def _debiased_centre(kernel: Float64Array) -> Float64Array:
    """U-centring: without the diagonal, each row's sum over n - 2, all over (n - 1)(n - 2)."""
    n = len(kernel)
    off = kernel.copy()
    np.fill_diagonal(off, 0.0)
    sums = off.sum(axis=0)
    middle: Float64Array = (
        off - sums / (n - 2) - sums[:, None] / (n - 2) + sums.sum() / ((n - 1) * (n - 2))
    )
    np.fill_diagonal(middle, 0.0)
    return middle
