"""Single linkage within cells, cut where the heights of its merges leave a gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from featuretopo.checks import at_least, check_can
from featuretopo.dictionary import Dictionary
from featuretopo.topology.mapper.clusterer import IntArray, cell_by_cell
from featuretopo.topology.metric import chord
from featuretopo.topology.pairs import precise_chord
from featuretopo.topology.spanning import spanning_tree

FloatArray = npt.NDArray[np.floating[Any]]

_MATRIX = 2048  # features in a cell whose cosines are held at once
_ALIKE = 1e-5  # heights that differ by less are equal but for rounding


class Cut(Protocol):
    """Where a dendrogram is cut."""

    def scale(self, heights: FloatArray, diameter: float) -> float:
        """Return the height up to which merges are kept.

        Parameters
        ----------
        heights : ndarray, shape (m - 1,)
            Chord distances of the merges in a cell, ascending; at least two, not all alike.
        diameter : float
            Largest chord distance in the cell.
        """
        ...


@dataclass(frozen=True)
class LargestGap:
    """Below the largest gap between one merge and the next.

    The cell's diameter counts as one more height: where the gap between the last merge and the
    diameter is the largest, the cell is one cluster. Of equal gaps the highest is taken.

    Examples
    --------
    >>> LargestGap().scale(np.array([0.1, 0.2, 0.9]), 1.2)
    0.2
    """

    def scale(self, heights: FloatArray, diameter: float) -> float:
        """Return the height below the gap."""
        gaps = np.diff(np.append(heights, diameter))
        return float(heights[len(gaps) - 1 - np.argmax(gaps[::-1])])


@dataclass(frozen=True)
class FirstGap:
    """Below the first empty bin of a histogram of the heights.

    The bins are of equal width, from the first merge to the cell's diameter. Without an empty one
    the cell is one cluster.

    Source: Singh, Memoli and Carlsson 2007, section 3.1.

    Parameters
    ----------
    bins : int
        At least 2. More bins give more clusters.

    Raises
    ------
    FeaturetopoError
        With fewer than 2 bins.

    Examples
    --------
    >>> round(FirstGap(5).scale(np.array([0.1, 0.2, 0.9]), 1.1), 3)
    0.3
    """

    bins: int = 10

    def __post_init__(self) -> None:
        at_least(self, bins=(self.bins, 2))

    def scale(self, heights: FloatArray, diameter: float) -> float:
        """Return the lower end of the bin."""
        end = max(diameter, float(heights[-1]))
        held, edges = np.histogram(np.append(heights, end), self.bins, (heights[0], end))
        empty = np.flatnonzero(held == 0)
        return float(edges[empty[0]]) if len(empty) else np.inf


@dataclass(frozen=True)
class SingleLinkage:
    """Single linkage on chord distance, each cell cut by itself.

    Every feature is in a cluster, if of itself alone: there is no noise. In a cell where all
    merges and the diameter are equal, as of one or two features, nothing stands apart, and the
    cell is one cluster.

    Parameters
    ----------
    cut : Cut
        ``LargestGap()`` or ``FirstGap(bins)``.

    Examples
    --------
    >>> x = Dictionary([[1, 0], [1, 0.1], [1, 0.2], [0, 1]])
    >>> SingleLinkage().labels(x, [np.arange(4)])[0].tolist()
    [0, 0, 0, 1]
    """

    cut: Cut = field(default_factory=LargestGap)

    finer: ClassVar[str] = "another cut, such as FirstGap with more bins"

    def __post_init__(self) -> None:
        check_can("cut", self.cut, "scale", usual="LargestGap() or FirstGap(10)")

    def labels(self, x: Dictionary, cells: Sequence[IntArray]) -> list[IntArray]:
        """Cluster each cell."""
        return cell_by_cell(cells, lambda rows: single_linkage(x.unit[rows], self.cut))


def single_linkage(unit: FloatArray, cut: Cut) -> IntArray:
    """Single linkage of unit vectors.

    Parameters
    ----------
    unit : ndarray, shape (m, d)
    cut : Cut

    Returns
    -------
    ndarray of int, shape (m,)
        Cluster of each vector, numbered by first member.
    """
    m = len(unit)
    one = np.zeros(m, np.int64)
    if m < 3:
        return one
    pairs, diameter = _tree(unit)
    lengths = precise_chord(unit, pairs)
    heights = np.sort(lengths)
    if diameter - heights[0] < _ALIKE:
        return one
    i, j = pairs[lengths <= cut.scale(heights, diameter)].T
    kept = sparse.coo_array((np.ones(len(i)), (i, j)), shape=(m, m))
    labels: IntArray = connected_components(kept, directed=False)[1].astype(np.int64)
    return labels


def _tree(unit: FloatArray) -> tuple[IntArray, float]:
    """Minimum spanning tree and diameter."""
    m = len(unit)
    if m > _MATRIX:
        blocks = range(0, m, _MATRIX)
        least = min(float((unit[b : b + _MATRIX] @ unit[b:].T).min()) for b in blocks)
        return spanning_tree(unit).pairs, float(chord(least))
    from featuretopo.topology.mapper.compiled import tree_of_cosines

    pairs, least = tree_of_cosines(unit, unit @ unit.T)
    return pairs, float(chord(least))
