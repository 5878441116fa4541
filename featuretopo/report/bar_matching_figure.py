"""Which loop of one dictionary became which of the other: the matching behind the H1 distance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from featuretopo.errors import FeaturetopoError
from featuretopo.report.svg import (
    Point,
    Scale,
    axis_bottom,
    axis_left,
    compact,
    element,
    marks,
    picture,
    text,
)
from featuretopo.report.wording import number, shortened
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.diagram import Diagram
from featuretopo.topology.matching import DiagramMatching, diagram_matching

_WIDTH, _HEIGHT, _LEFT, _TOP = 460, 200, 50, 26
_MOST = 400  # bars on a side: beyond, the matching takes long and the picture shows a cloud


@dataclass(frozen=True, slots=True)
class Matched:
    """The figure of one pair, and what it shows in numbers.

    `longest` is the longest move of a bar that has a partner.
    """

    picture: Markup
    n_matched: int
    n_alone: int
    longest: float
    distance: float


def matched_loops(a: Arrangement, b: Arrangement) -> Matched | None:
    """Draw both H1 diagrams over each other, a line from each bar to what it is matched with.

    None where a side has no H1 bars or more than 400, or where nothing bounds a death.
    """
    bars = [_bars(side.diagram) for side in (a, b)]
    if not all(0 < len(each) <= _MOST for each in bars):
        return None
    try:
        found = diagram_matching(a.diagram, b.diagram, dim=1, order=1)
    except FeaturetopoError:
        return None
    return Matched(
        _figure(a, b, bars, found),
        len(found.pairs),
        len(found.alone_a) + len(found.alone_b),
        float(found.moves.max(initial=0.0)),
        found.distance,
    )


def _bars(diagram: Diagram) -> npt.NDArray[np.floating[Any]]:
    """Birth and death minus birth; what is alive at the cut is counted to it."""
    if len(diagram.bars) < 2:
        return np.empty((0, 2))
    birth, death = diagram.bars[1].T
    return np.column_stack([birth, np.minimum(death, diagram.max_scale) - birth])


def _figure(
    a: Arrangement,
    b: Arrangement,
    bars: list[npt.NDArray[np.floating[Any]]],
    found: DiagramMatching,
) -> Markup:
    everything = np.concatenate(bars)
    low, high = everything[:, 0].min(), everything[:, 0].max()
    margin = 0.04 * (high - low) or 0.05
    x = Scale(float(low - margin), float(high + margin), _LEFT, _LEFT + _WIDTH)
    top = float(everything[:, 1].max()) * 1.08 or 1.0
    y = Scale(0, top, _TOP + _HEIGHT, _TOP)

    def at(side: int, row: int) -> Point:
        birth, length = bars[side][row].tolist()
        return x(birth), y(length)

    def fall(side: int, row: int) -> tuple[Point, Point]:
        birth, length = bars[side][row].tolist()
        return at(side, row), (x(birth + length / 2), y(0))  # the nearest point of the diagonal

    moves = [(at(0, i), at(1, j)) for i, j in found.pairs.tolist()]
    alone = [found.alone_a.tolist(), found.alone_b.tolist()]
    falls = [fall(side, row) for side in (0, 1) for row in alone[side]]
    drawn = []
    for side, (arrangement, shape) in enumerate(((a, "circle"), (b, "diamond"))):
        places = [at(side, row) for row in range(len(bars[side]))]
        left = _LEFT + side * _WIDTH / 2
        drawn += [
            marks(places, shape, f"hue{side}", size=7),
            marks([(left + 6, 12)], shape, f"hue{side}", size=8),
            text(left + 16, 16, shortened(arrangement.name, 28), class_="name"),
        ]
    return picture(
        _LEFT + _WIDTH + 12,
        _TOP + _HEIGHT + 40,
        f"H1 bars of {a.name} matched with those of {b.name}",
        f"{len(moves)} matched, {len(falls)} shrink to nothing; Wasserstein distance "
        f"{number(found.distance)}.",
        _lines(falls, "guide"),
        _lines(moves, "edge"),
        *drawn,
        axis_bottom(x, _TOP + _HEIGHT, "birth"),
        axis_left(y, _LEFT, "death minus birth", count=3),
    )


def _lines(ends: list[tuple[Point, Point]], class_: str) -> Markup:
    d = "".join(f"M{compact(u)} {compact(v)}L{compact(s)} {compact(t)}" for (u, v), (s, t) in ends)
    return element("path", d=d, class_=class_) if d else Markup("")
