"""No clustering: each cell is one node."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from featuretopo.dictionary import Dictionary
from featuretopo.topology.mapper.clusterer import IntArray


@dataclass(frozen=True)
class Whole:
    """Each cell as it is, as in Ball Mapper: the cover alone makes the nodes.

    Examples
    --------
    >>> Whole().labels(Dictionary(np.eye(3)), [np.array([0, 2])])[0].tolist()
    [0, 0]
    """

    def labels(self, x: Dictionary, cells: Sequence[IntArray]) -> list[IntArray]:
        """Give all rows of a cell one label."""
        return [np.zeros(len(rows), np.int64) for rows in cells]
