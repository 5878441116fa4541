"""circular_correlation: do two lists of angles go around together?"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featuretopo.errors import FeaturetopoError


def circular_correlation(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Correlation of two samples of angles that both go around: 1 if one is the other turned.

    -1 if it is turned and runs backwards. R(a - b) - R(a + b), with R the length of the mean
    direction: the form of the circular correlation for angles without a mean direction of their
    own.

    Source: Jammalamadaka and SenGupta 2001, Topics in Circular Statistics, section 8.2.

    Parameters
    ----------
    a, b : array_like, shape (n,)
        Angles in radians.

    Examples
    --------
    >>> angle = np.linspace(0, 6, 50)
    >>> round(circular_correlation(angle, angle + 1), 3) > 0.9
    True
    """
    first, second = np.asarray(a, np.float64), np.asarray(b, np.float64)
    if first.shape != second.shape or first.ndim != 1 or len(first) < 2:
        raise FeaturetopoError(
            f"angles of shapes {first.shape} and {second.shape} must be two lists of one length"
        )
    together, against = (abs(np.exp(1j * (first + sign * second)).mean()) for sign in (-1, 1))
    return float(together - against)
