"""An eps for DBSCAN, read off the distances to nearest neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featuretopo.checks import check_number
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.neighbourhood import nearest

_ROUNDING = 1e-6  # distances of neighbours are found in single precision


@dataclass(frozen=True)
class CoreShare:
    """The least eps at which this share of the features are cores.

    A feature is a core where DBSCAN's `min_samples` features, itself included, lie within eps: so
    eps is a quantile of the distances to the nearest neighbour of that rank. It says how much is to
    be kept, not how near is nearer than chance: directions without any group get an eps too.

    Source: Ester, Kriegel, Sander and Xu 1996, section 4.2 (the sorted distances to the k-th
    nearest, of which they take a threshold by eye).

    Parameters
    ----------
    share : float
        In (0, 1].

    Raises
    ------
    FeaturetopoError
        If `share` is out of range.

    Examples
    --------
    >>> x = Dictionary([[1, 0], [1, 0.1], [1, 0.2], [0, 1]])
    >>> round(CoreShare(0.75).eps(x, min_samples=3), 3), round(CoreShare(1.0).eps(x, 2), 3)
    (0.197, 1.268)
    """

    share: float = 0.9

    def __post_init__(self) -> None:
        check_number("share", self.share)
        if not 0 < self.share <= 1:
            raise FeaturetopoError(f"share={self.share} must lie in (0, 1]; 0.9 is usual")

    def eps(self, x: Dictionary, min_samples: int) -> float:
        """Return the chord distance.

        Raises
        ------
        FeaturetopoError
            If `min_samples` is 1, which makes every feature a core at any eps, or there are fewer
            features.
        """
        if not 2 <= min_samples <= len(x):
            raise FeaturetopoError(
                f"{self!r} with min_samples={min_samples} of {len(x)} features: from 2 to so many "
                "are needed; or give eps as a number"
            )
        chords = nearest(x, min_samples - 1)[1][:, -1]
        found = float(np.quantile(chords, self.share, method="inverted_cdf"))
        return min(2.0, found * (1 + _ROUNDING) + _ROUNDING)
