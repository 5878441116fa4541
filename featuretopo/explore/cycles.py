"""The cycle of every bar: what lights up when a bar is chosen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse.csgraph import dijkstra

from featuretopo.dictionary import FloatArray, IntArray
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.engines import engine, fitting_engine
from featuretopo.topology.filtration import edge_bars, order_of
from featuretopo.topology.landmarks import count
from featuretopo.topology.neighbourhood import walk_to_floor
from featuretopo.topology.pairs import Edges, components

_MOST = 500  # bars with a cycle, longest first: each takes a search through the edges below it
_BUDGET = 20_000_000  # edges and triangles: what loops looks at
_BATCH = 1_000_000  # edges that are searched at once


def cycles(arrangement: Arrangement) -> list[IntArray]:
    """Return a short cycle around each H1 bar, rows in order; empty where there is none.

    Parameters
    ----------
    arrangement : Arrangement
        Its loops have theirs. Of the other bars, the 500 longest get one, unless the diagram is
        of landmarks.
    """
    diagram = arrangement.diagram
    bars = diagram.bars[1] if len(diagram.bars) > 1 else np.empty((0, 2))
    known = {(loop.birth, loop.death): loop.cycle for loop in reversed(arrangement.loops)}
    found = [known.pop((birth, death), np.empty(0, np.int64)) for birth, death in bars.tolist()]
    missing = [bar for bar, cycle in enumerate(found[:_MOST]) if not len(cycle)]
    if not missing or diagram.landmarks is not None:
        return found
    edges = walk_to_floor(arrangement.dictionary, _BUDGET).edges
    born = _first_edges(edges, bars)
    if born is not None:
        for bar, cycle in zip(missing, _closed(edges, born[missing]), strict=True):
            found[bar] = cycle
    return found


def _first_edges(edges: Edges, bars: FloatArray) -> IntArray | None:
    """Row of the edge that begins each bar; None where the bars are not those of these edges."""
    by_length = np.argsort(edges.lengths)
    lengths = edges.lengths[by_length]
    if not np.isin(bars[np.isfinite(bars)], lengths).all():
        return None
    at = np.searchsorted(lengths, bars[:, 0])
    if (np.searchsorted(lengths, bars[:, 0], "right") == at + 1).all():
        first: IntArray = by_length[at]
        return first
    # which of the edges of one length begins a bar, the engine knows
    simplices = count(edges, 1, _BUDGET)
    if simplices > _BUDGET:
        return None
    again = edge_bars(edges, 1, 2, engine(fitting_engine("auto", edges, simplices)))[0]
    return again.first if np.array_equal(again.bars, bars) else None


def _closed(edges: Edges, born: IntArray) -> Iterator[IntArray]:
    """Close each of some edges by the shortest way back along those that enter before it.

    A way keeps to its component, which is small beside the whole. So for each edge its component
    is copied as it is when the edge enters, and one search goes through many copies at once.
    """
    home = components(edges)
    home_of_edge = home[edges.pairs[:, 0]]
    # points and edges, component by component, and where each component begins
    points, own = np.argsort(home, kind="stable"), np.argsort(home_of_edge, kind="stable")
    every = np.arange(home.max() + 2)
    first, begin = np.searchsorted(home[points], every), np.searchsorted(home_of_edge[own], every)
    pairs, entry = _places(points)[edges.pairs], _places(order_of(edges))
    sizes = np.diff(begin)[home_of_edge[born]]
    batch = (np.cumsum(sizes) - 1) // _BATCH
    for rows in np.split(born, np.flatnonzero(np.diff(batch)) + 1):
        parts = home_of_edge[rows]
        ends_of_copies = np.cumsum(np.diff(first)[parts])
        shift = np.append(0, ends_of_copies[:-1]) - first[parts]  # from a component to its copy
        near = [own[begin[part] : begin[part + 1]] for part in parts]
        older = [o[entry[o] < entry[row]] for o, row in zip(near, rows, strict=True)]
        copied = np.repeat(shift, [len(o) for o in older])
        held = np.concatenate(older)
        n = int(ends_of_copies[-1])
        graph = Edges(pairs[held] + copied[:, None], edges.lengths[held], n).graph()
        starts, ends = (pairs[rows] + shift[:, None]).T
        _, before, _ = dijkstra(
            graph, directed=False, indices=starts, return_predecessors=True, min_only=True
        )
        for start, end, by in zip(starts, ends, shift, strict=True):
            way = [end]
            while way[-1] != start:
                way.append(before[way[-1]])
            yield points[np.array(way) - by]


def _places(order: IntArray) -> IntArray:
    """Where each item stands in an order."""
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return places
