"""UMAP pictures, with how faithful they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """A picture in the plane. For the eye: no measure is ever taken on it.

    Attributes
    ----------
    xy : ndarray, shape (n_features, 2)
    trustworthiness : float
        1 when all neighbours in the picture are neighbours in the dictionary
        (Venna and Kaski 2001), at `n_neighbors` neighbours.
    n_neighbors : int
    """

    xy: npt.NDArray[np.floating[Any]]
    trustworthiness: float
    n_neighbors: int
