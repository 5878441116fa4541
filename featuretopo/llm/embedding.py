"""Embedding: the linear map from the ground truth's space into a model's activation space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from featuretopo.checks import at_least, check_can, check_numbers
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import random_rotation


class Embedding(Protocol):
    """A linear map."""

    def matrix(self, d: int, rng: np.random.Generator) -> npt.NDArray[np.floating[Any]]:
        """Return the map, shape (d, d_model): a row vector x goes to x @ matrix."""
        ...


def check_embedding(name: str, value: object) -> None:
    """Refuse what is no map."""
    check_can(name, value, "matrix", usual="a map, e.g. RandomRotation()")


@dataclass(frozen=True)
class Identity:
    """The model's space is the truth's.

    Examples
    --------
    >>> Identity().matrix(2, np.random.default_rng(0)).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """

    def matrix(self, d: int, rng: np.random.Generator) -> npt.NDArray[np.floating[Any]]:
        """Return the identity, shape (d, d)."""
        return np.eye(d)


@dataclass(frozen=True)
class RandomRotation:
    """The model's space is the truth's, turned by a random orthogonal matrix of its own.

    Examples
    --------
    >>> q = RandomRotation().matrix(3, np.random.default_rng(0))
    >>> bool(np.allclose(q @ q.T, np.eye(3)))
    True
    """

    def matrix(self, d: int, rng: np.random.Generator) -> npt.NDArray[np.floating[Any]]:
        """Draw a Haar-distributed orthogonal matrix, shape (d, d)."""
        return random_rotation(d, rng)


@dataclass(frozen=True)
class Rotation:
    """The truth's space turned by one angle in every plane of a random set of orthogonal planes.

    Every vector turns by the angle (in an odd dimension one direction stays), so this is a step
    on the way from Identity (0) to as far as a rotation goes (pi: every vector to its opposite).

    Parameters
    ----------
    angle : float
        In radians, from 0 to pi.

    Raises
    ------
    FeaturetopoError
        If the angle is out of range.

    Examples
    --------
    >>> turned = np.array([1.0, 0.0, 0.0, 0.0]) @ Rotation(0.5).matrix(4, np.random.default_rng(0))
    >>> round(float(np.arccos(turned[0])), 6)
    0.5
    """

    angle: float

    def __post_init__(self) -> None:
        check_numbers(self, "angle")
        if not 0 <= self.angle <= np.pi:
            raise FeaturetopoError(f"{self!r}: angle must lie between 0 and pi (radians)")

    def matrix(self, d: int, rng: np.random.Generator) -> npt.NDArray[np.floating[Any]]:
        """Draw the planes and turn in each, shape (d, d)."""
        frame = random_rotation(d, rng)  # rows 2i and 2i + 1 span a plane
        first, second = frame[0 : d - 1 : 2], frame[1:d:2]
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        matrix: npt.NDArray[np.floating[Any]] = (
            np.eye(d)
            + (cos - 1) * (first.T @ first + second.T @ second)
            + sin * (first.T @ second - second.T @ first)
        )
        return matrix


@dataclass(frozen=True)
class RandomProjection:
    """Into another number of dimensions.

    Upwards it is an isometry onto a random subspace and can be undone. Downwards it is a random
    orthogonal projection, scaled so that squared lengths are kept on average; what it flattens is
    lost.

    Parameters
    ----------
    d_model : int
        Dimension of the model's space, at least 2.

    Raises
    ------
    FeaturetopoError
        If d_model < 2.

    Examples
    --------
    >>> up = RandomProjection(8).matrix(3, np.random.default_rng(0))
    >>> up.shape, bool(np.allclose(up @ up.T, np.eye(3)))
    ((3, 8), True)
    """

    d_model: int

    def __post_init__(self) -> None:
        at_least(self, d_model=(self.d_model, 2))

    def matrix(self, d: int, rng: np.random.Generator) -> npt.NDArray[np.floating[Any]]:
        """Draw the map, shape (d, d_model)."""
        largest = max(d, self.d_model)
        part = random_rotation(largest, rng)[:d, : self.d_model]
        matrix: npt.NDArray[np.floating[Any]] = part * np.sqrt(max(1.0, d / self.d_model))
        return matrix
