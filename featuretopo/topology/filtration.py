"""Bars of a filtration, each with the edge that begins it and the edge that ends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.topology.engines import Engine
from featuretopo.topology.pairs import Edges

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class EdgeBars:
    """Bars of one dimension, longest first.

    Attributes
    ----------
    first, last : ndarray of int, shape (m,)
        Rows of the edges at whose lengths each bar begins and ends; -1 for one that never ends.
    bars : ndarray of float64, shape (m, 2)
        Birth and death; death inf for a bar that never ends.
    """

    first: IntArray
    last: IntArray
    bars: FloatArray


def order_of(edges: Edges) -> IntArray:
    """Rows of the edges in the order in which they enter: edges of one length by their points."""
    order: IntArray = np.lexsort((edges.pairs[:, 0], edges.pairs[:, 1], edges.lengths))
    return order


def edge_bars(edges: Edges, max_dim: int, coeff: int, engine: Engine) -> list[EdgeBars]:
    """Bars of the flag complex of `edges` in dimensions 1 to `max_dim`.

    The engine is given places in the order of entry for lengths. So an engine that computes in
    float32 loses no digit of a length, and its answer names edges.
    """
    order = order_of(edges)
    places = np.arange(1.0, len(order) + 1)
    found = []
    for places_of_bars in engine(Edges(edges.pairs[order], places, edges.n), max_dim, coeff)[1:]:
        ends = np.isfinite(places_of_bars[:, 1])
        first = order[places_of_bars[:, 0].astype(np.int64) - 1]
        last = np.full(len(first), -1)
        last[ends] = order[places_of_bars[ends, 1].astype(np.int64) - 1]
        deaths = np.where(ends, edges.lengths[last], np.inf) if len(order) else np.empty(0)
        bars = np.column_stack([edges.lengths[first], deaths])
        longest = np.argsort(bars[:, 0] - bars[:, 1], kind="stable")
        kept = longest[bars[longest, 0] < bars[longest, 1]]
        found.append(EdgeBars(first[kept], last[kept], bars[kept]))
    return found
