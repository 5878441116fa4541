"""Spectrum: turn one of two dictionaries of a space, but leave which directions both prefer.

An offset, or a few directions that most features prefer, bring any two dictionaries of one space
near each other. A rotation of one of them takes that away too, and so does not tell it from
features in common.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from featuretopo.nulls import FloatArray, random_rotation

_MANY = 1 / 4  # participation ratio below which an axis is one of a group, not of the space
_BAND = 2.0  # how much more energy an axis may have than another that it is turned into
_LEAST = 1e-6  # energy of a unit vector below which it has none


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """The principal axes of a space, and which of them may be turned into each other.

    Attributes
    ----------
    axes : ndarray, shape (d, d)
        As columns: first those that stay.
    bounds : tuple of int
        Where the bands of the others begin and end: from how many stay to d.
    """

    axes: FloatArray
    bounds: tuple[int, ...]

    def turn(self, rng: np.random.Generator) -> FloatArray:
        """Draw a rotation within each band, shape (d, d), float32, for rows: ``x @ turn``."""
        turned = self.axes.copy()
        for start, end in pairwise(self.bounds):
            turned[:, start:end] = self.axes[:, start:end] @ random_rotation(end - start, rng)
        return (self.axes @ turned.T).astype(np.float32)


def spectrum_in_common(x: FloatArray, y: FloatArray) -> Spectrum:
    """Find the principal axes of unit vectors x (n_a, d) and y (n_b, d) together.

    An axis stays if both sides have more energy there than structureless directions have on any
    (the upper edge of Marchenko and Pastur), and it is not that of a few features: the
    participation ratio of their energies, 1/3 of Gaussian coordinates, is more than 1/4. The others
    are turned in bands of at most twice the energy.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x, y = (v / np.linalg.norm(v, axis=1, keepdims=True)
    ...         for v in 1 + rng.standard_normal((2, 100, 8)))
    >>> spectrum_in_common(x, y).bounds  # the offset stays
    (1, 8)
    """
    sides = [side.astype(np.float64) for side in (x, y)]
    energy, axes = np.linalg.eigh(sum(side.T @ side / len(side) for side in sides) / 2)
    energy, axes = np.maximum(energy[::-1], _LEAST), axes[:, ::-1]
    stays = np.all([_preferred(side @ axes) for side in sides], axis=0)
    kept = int(stays.sum())
    return Spectrum(
        np.column_stack([axes[:, stays], axes[:, ~stays]]),
        tuple(kept + start for start in _bands(energy[~stays])),
    )


def _preferred(coordinates: FloatArray) -> npt.NDArray[np.bool_]:
    """Tell on which axes many features have more than structureless directions would."""
    n, d = coordinates.shape
    energy = (coordinates**2).mean(axis=0)
    carried_by = energy**2 / np.maximum((coordinates**4).mean(axis=0), np.finfo(float).tiny)
    preferred: npt.NDArray[np.bool_] = (energy > (1 + np.sqrt(d / n)) ** 2 / d) & (
        carried_by > _MANY
    )
    return preferred


def _bands(energy: FloatArray) -> list[int]:
    """Return where bands of falling energies begin, and their end."""
    bounds = [0]
    for place, each in enumerate(energy):
        if each < energy[bounds[-1]] / _BAND:
            bounds.append(place)
    return [*bounds, len(energy)]
