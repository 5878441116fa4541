"""Angle: how far each feature is from a given direction."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from featuretopo.checks import as_numbers, check_truth
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.lens import FloatArray


@dataclass(frozen=True, eq=False)
class Angle:
    """Angle between each feature and a direction, in radians.

    Parameters
    ----------
    direction : ndarray, shape (d,)
        Of any length but 0, such as a probe's weights.
    name : str
        What the direction is, for the graph's parameters.
    signed : bool
        From 0 to pi, where a feature and its negative differ. Otherwise the principal angle, from 0
        to pi/2: that between the lines on which the two lie.

    Raises
    ------
    FeaturetopoError
        If the direction is not finite, is zero or has another number of dimensions, or `signed`
        is neither True nor False.

    Examples
    --------
    >>> up = Angle(np.array([0.0, 2.0]), "up")
    >>> (up.values(Dictionary([[0.0, 1.0], [1.0, 0.0], [0.0, -3.0]])) / np.pi).round(6).tolist()
    [[0.0], [0.5], [1.0]]
    >>> either = Angle(np.array([0.0, 2.0]), "up or down", signed=False)
    >>> (either.values(Dictionary([[0.0, 1.0], [0.0, -3.0]])) / np.pi).round(6).tolist()
    [[0.0], [0.0]]
    """

    direction: FloatArray = field(repr=False)
    name: str = "direction"
    signed: bool = True

    def __post_init__(self) -> None:
        check_truth("signed", self.signed)

    def values(self, x: Dictionary) -> FloatArray:
        """Return the angles, shape (n_features, 1)."""
        direction = as_numbers("direction", self.direction)
        if direction.shape != (x.d,):
            raise FeaturetopoError(
                f"{self!r} of shape {direction.shape} must have shape ({x.d},), as each feature has"
            )
        length = np.linalg.norm(direction)
        if not 0 < length < np.inf:
            raise FeaturetopoError(f"{self!r} must be finite and not zero; its length is {length}")
        # by the chord: the cosine of a small angle has lost half its digits
        chord = np.linalg.norm(x.unit - direction / length, axis=1)
        if not self.signed:
            chord = np.minimum(chord, np.linalg.norm(x.unit + direction / length, axis=1))
        angles: FloatArray = 2 * np.arcsin(np.minimum(chord / 2, 1))[:, None]
        return angles
