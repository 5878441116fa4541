"""The cycle of every bar: what lights up when a bar is chosen."""

from __future__ import annotations

import numpy as np

from featuretopo.dictionary import IntArray
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.engines import engine, fitting_engine
from featuretopo.topology.filtration import edge_bars, order_of
from featuretopo.topology.landmarks import count
from featuretopo.topology.loops import cycle_of
from featuretopo.topology.neighbourhood import walk_to_floor
from featuretopo.topology.pairs import Edges, components

_MOST = 500  # bars with a cycle, longest first: each takes a search through the edges below it
_BUDGET = 20_000_000  # edges and triangles: what loops looks at


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
    simplices = count(edges, 1, _BUDGET)
    if simplices > _BUDGET:
        return found
    again = edge_bars(edges, 1, 2, engine(fitting_engine("auto", edges, simplices)))[0]
    if not np.array_equal(again.bars, bars):
        return found  # a diagram of something else than this dictionary to its floor
    home = components(edges)[edges.pairs[:, 0]]  # component of each edge
    by_home = np.argsort(home, kind="stable")
    for bar in missing:
        born = int(again.first[bar])
        # a cycle keeps to its component, which is small beside the whole
        first, last = np.searchsorted(home, [home[born], home[born] + 1], sorter=by_home)
        own = by_home[first:last]
        points, part = _alone(edges, own)
        cycle = cycle_of(part, order_of(part), int(np.searchsorted(own, born)))
        found[bar] = points[cycle]
    return found


def _alone(edges: Edges, own: IntArray) -> tuple[IntArray, Edges]:
    """Some edges by themselves, and which points they have."""
    points, pairs = np.unique(edges.pairs[own], return_inverse=True)
    return points, Edges(pairs.reshape(-1, 2), edges.lengths[own], len(points))
