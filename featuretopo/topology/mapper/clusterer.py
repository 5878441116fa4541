"""Clusterer: the groups within each cell of the cover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from featuretopo.dictionary import Dictionary

IntArray = npt.NDArray[np.integer[Any]]


class Clusterer(Protocol):
    """What every clusterer can do."""

    def labels(self, x: Dictionary, cells: Sequence[IntArray]) -> list[IntArray]:
        """Return, for each cell, a label for each of its rows; -1 for noise."""
        ...
