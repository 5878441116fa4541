"""Circular order: do features that have a known cyclic order lie in it, around the origin?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class CircularOrder:
    """Features of one group seen in their principal plane, against their cyclic order.

    Attributes
    ----------
    group : str
        Name of the group, e.g. ``"months"``.
    names : tuple of str
        In their known cyclic order.
    plane : ndarray, shape (n, 2)
        Centred features projected on their first two principal axes.
    explained : float
        Share of the variance that lies in that plane.
    statistic : float
        How well the angles follow the known order; its name is in `statistic_name`.
    statistic_name : str
    p_value : float
        Share of the circular orders with a statistic at least as large.
    n_orders : int
        Number of circular orders compared.
    exact : bool
        True if every circular order was counted, False if they were sampled.
    perfect : bool
        Whether the angles stand in exactly the known cyclic order (either direction).
    """

    group: str
    names: tuple[str, ...]
    plane: npt.NDArray[np.floating[Any]]
    explained: float
    statistic: float
    statistic_name: str
    p_value: float
    n_orders: int
    exact: bool
    perfect: bool
