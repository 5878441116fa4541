"""Loops: every H1 bar below the noise floor, with the features that lie along it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """One H1 bar and its features.

    Attributes
    ----------
    cycle : ndarray of int
        Rows of the dictionary along a short representative cycle, in order.
    members : ndarray of int
        Rows that belong to the loop: the cycle and what lies within its birth scale of it.
    birth, death : float
        Filtration scales; death inf where the loop is alive at the cut.
    censored : bool
        Alive at the cut: it dies somewhere above.
    ratio : float
        death / birth, censored bars counted to the cut: the effect size.
    p_value : float
        Share of structureless dictionaries whose strongest loop has at least this ratio.
    """

    cycle: npt.NDArray[np.integer[Any]]
    members: npt.NDArray[np.integer[Any]]
    birth: float
    death: float
    censored: bool
    ratio: float
    p_value: float
