"""Clusters: groups of features that hang together below the noise floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class Cluster:
    """A connected group of features at one filtration scale.

    Attributes
    ----------
    members : ndarray of int
        Rows of the dictionary.
    scale : float
        The edge length at which it was cut out.
    joined_at : float
        Largest edge of its own spanning tree: the scale at which it became one piece.
    separated_until : float
        Edge length at which it joins anything else (inf if it is all there is).
    p_value : float
        Share of structureless dictionaries with a cluster at least as large.
    """

    members: npt.NDArray[np.integer[Any]]
    scale: float
    joined_at: float
    separated_until: float
    p_value: float
