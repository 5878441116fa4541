"""Clusterer: the groups within each cell of the cover."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from featuretopo.dictionary import Dictionary
from featuretopo.draws import over_draws

IntArray = npt.NDArray[np.integer[Any]]

HEAVY = 10_000_000  # pairs in all cells: above it, one cell to a core is the faster


class Clusterer(Protocol):
    """What every clusterer can do.

    It may say, in words for warnings, how it would leave out less (``less_noise``) and what would
    make its clusters smaller (``finer``), and how many features a cell must hold to have a cluster
    (``fewest``).
    """

    def labels(self, x: Dictionary, cells: Sequence[IntArray]) -> list[IntArray]:
        """Return, for each cell, a label for each of its rows; -1 for noise."""
        ...


def pairs_within(cells: Sequence[IntArray]) -> int:
    """Count the pairs of rows that share a cell, once for each cell.

    Examples
    --------
    >>> pairs_within([np.array([0, 1, 2]), np.array([1, 2])])
    4
    """
    return sum(len(rows) * (len(rows) - 1) // 2 for rows in cells)


def cell_by_cell(
    cells: Sequence[IntArray], labels_of: Callable[[IntArray], IntArray]
) -> list[IntArray]:
    """Cluster each cell by itself, side by side where it is much work.

    Examples
    --------
    >>> cells = [np.array([0, 1]), np.array([1, 2, 3])]
    >>> [labels.tolist() for labels in cell_by_cell(cells, np.zeros_like)]
    [[0, 0], [0, 0, 0]]
    """
    # the largest first: none is left over when the other cores are done
    order = sorted(range(len(cells)), key=lambda cell: -len(cells[cell]))
    found = over_draws(
        lambda place: labels_of(cells[order[place]]),
        len(cells),
        heavy=pairs_within(cells) > HEAVY,
    )
    return [labels for _, labels in sorted(zip(order, found, strict=True), key=lambda at: at[0])]
