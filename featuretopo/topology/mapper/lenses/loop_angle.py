"""LoopAngle: where along a loop each feature stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.circular_coordinate import circular_coordinate
from featuretopo.topology.loops import Loop
from featuretopo.topology.mapper.lens import FloatArray


@dataclass(frozen=True, eq=False, repr=False)
class LoopAngle:
    """Circular coordinate of a loop, in [0, 2 pi): for a cover that goes around, ``Circular(n)``.

    Parameters
    ----------
    loop : Loop
        From :func:`featuretopo.loops` of the same dictionary.

    Raises
    ------
    FeaturetopoError
        If features are not near the loop, and as in :func:`featuretopo.circular_coordinate`.

    Examples
    --------
    >>> import featuretopo as ft
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> circle = GroundTruth([Circle(12)], d=16, rng=0).dictionary
    >>> [loop] = ft.loops(circle, rng=0)
    >>> angles = np.sort(LoopAngle(loop).values(circle), axis=0)
    >>> bool(np.allclose(np.diff(angles, axis=0), 2 * np.pi / 12, atol=1e-3))
    True
    """

    loop: Loop

    def __post_init__(self) -> None:
        if not isinstance(self.loop, Loop):
            raise FeaturetopoError(
                f"loop={self.loop!r} must be a Loop: ft.loops(x) finds those of a dictionary"
            )

    def values(self, x: Dictionary) -> FloatArray:
        """Return the angles, shape (n_features, 1)."""
        angles = circular_coordinate(x, self.loop).angles
        far = int(np.isnan(angles).sum())
        if far:
            raise FeaturetopoError(
                f"{far} of {len(x)} features are not near the loop and have no angle along it: "
                "take() those whose circular_coordinate(x, loop).angles are finite, and give "
                "these angles as the lens"
            )
        return angles[:, None]

    def __repr__(self) -> str:
        return f"LoopAngle(loop of {len(self.loop.members)} features born at {self.loop.birth:.4g})"
