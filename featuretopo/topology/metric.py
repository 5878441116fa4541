"""The metric: chord = sqrt(2 - 2 cos), between unit vectors.

Cosine distance breaks the triangle inequality; chord does not, and maps monotonically to
cosine distance (chord^2 / 2) and to the angle (2 arcsin(chord / 2)).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.floating[Any]]


def chord(cos: npt.ArrayLike) -> FloatArray:
    """Chord distance of cosines, elementwise.

    Examples
    --------
    >>> chord([1.0, 0.5, -1.0]).tolist()
    [0.0, 1.0, 2.0]
    """
    # rounding can carry a cosine past 1; a distance must not become NaN for it
    distance: FloatArray = np.sqrt(np.maximum(2 - 2 * np.asarray(cos, dtype=np.float64), 0))
    return distance


def cosine(chord_distance: npt.ArrayLike) -> FloatArray:
    """Cosine at a chord distance, elementwise: the inverse of :func:`chord`.

    Examples
    --------
    >>> float(cosine(1.0))
    0.5
    """
    return 1 - np.asarray(chord_distance, dtype=np.float64) ** 2 / 2
