"""Embedding: the linear map from the ground truth's space into a model's activation space."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from featuretopo.nulls import random_rotation


class Embedding(Protocol):
    """A linear map."""

    def matrix(self, d: int, rng: np.random.Generator) -> npt.NDArray[np.floating[Any]]:
        """Return the map, shape (d, d_model): a row vector x goes to x @ matrix."""
        ...


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
