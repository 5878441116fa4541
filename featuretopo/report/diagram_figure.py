"""Persistence diagrams, all on one scale."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from featuretopo.compare.verdict import LEVEL
from featuretopo.report.svg import (
    Point,
    Scale,
    axis_bottom,
    axis_left,
    element,
    line,
    marks,
    picture,
    rectangle,
    text,
)
from featuretopo.report.wording import count, number
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.diagram import Diagram

_SIZE, _STRIP, _LEFT, _TOP = 240, 44, 50, 22


def common_scale(arrangements: Sequence[Arrangement]) -> float:
    """Return the largest value that any of the diagrams has to show."""
    largest = [1e-9]
    for a in arrangements:
        deaths = np.concatenate([bars[:, 1] for bars in a.diagram.bars])
        largest.extend(deaths[np.isfinite(deaths)].tolist())
        if np.isfinite(a.diagram.max_scale):
            largest.append(float(a.diagram.max_scale))
    return max(largest) * 1.04


def diagram_figure(arrangement: Arrangement, top: float) -> Markup:
    """Draw one diagram: H0 deaths in the strip at the left, H1 as points.

    Parameters
    ----------
    arrangement : Arrangement
    top : float
        End of both axes, the same for every diagram of a page.
    """
    diagram = arrangement.diagram
    left = _LEFT + _STRIP + 12
    x = Scale(0, top, left, left + _SIZE)
    y = Scale(0, top, _TOP + _SIZE, _TOP)
    cut = y(min(diagram.max_scale, top))
    loops = diagram.bars[1] if len(diagram.bars) > 1 else np.empty((0, 2))
    censored = diagram.censored[1] if len(diagram.bars) > 1 else np.empty(0, bool)
    strong = [loop for loop in arrangement.loops if loop.p_value <= LEVEL]
    bars = [(b, d, bool(alive)) for (b, d), alive in zip(loops.tolist(), censored, strict=True)]
    found = [(float(loop.birth), float(loop.death), loop.censored) for loop in strong]

    def points(alive: bool, source: Sequence[tuple[float, float, bool]]) -> list[Point]:
        return [(x(b), cut if alive else y(d)) for b, d, censored in source if censored == alive]

    return picture(
        left + _SIZE + 12,
        _TOP + _SIZE + 40,
        f"Persistence diagram of {arrangement.name}",
        _in_words(diagram, len(strong)),
        rectangle(left, _TOP, _SIZE, cut - _TOP, "unseen"),
        line(x(0), y(0), x(top), y(top), "diagonal"),
        line(left, cut, left + _SIZE, cut, "cut"),
        text(left + _SIZE, cut - 5, f"cut {diagram.max_scale:.2f}", anchor="end", class_="tick"),
        axis_left(y, _LEFT, f"death ({diagram.metric})"),
        axis_bottom(x, _TOP + _SIZE, f"birth ({diagram.metric})"),
        _strip(diagram, y),
        text(_LEFT + _STRIP / 2, _TOP - 8, "H0", anchor="middle", class_="label"),
        text(left + _SIZE / 2, _TOP - 8, "H1", anchor="middle", class_="label"),
        marks(points(False, bars), "circle", "quiet", size=6),
        marks(points(True, bars), "triangle", "quiet", size=9),
        marks(points(False, found), "circle", "hue1", size=7),
        marks(points(True, found), "triangle", "hue1", size=10),
    )


def _strip(diagram: Diagram, y: Scale) -> Markup:
    """H0 deaths as ticks beside the death axis; all are born at 0, so a place says it all."""
    deaths = diagram.bars[0][:, 1]
    pixels, counts = _stacked(y, deaths[np.isfinite(deaths)])
    if not len(pixels):
        return Markup("")
    lengths = 4 + (_STRIP - 4) * (counts - 1) / max(1, counts.max() - 1)
    ticks = zip(pixels.tolist(), lengths.tolist(), strict=True)
    d = "".join(f"M{_LEFT + 1} {pixel}h{length:.0f}" for pixel, length in ticks)
    return element("path", d=d, class_="h0")


def _stacked(
    y: Scale, deaths: npt.NDArray[np.floating[npt.NBitBase]]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    pixels = np.array([2 * round(y(v) / 2) for v in deaths.tolist()], np.int64)
    rows, counts = np.unique(pixels, return_counts=True)
    return rows, counts.astype(np.int64)


def _in_words(diagram: Diagram, n_strong: int) -> str:
    deaths = diagram.bars[0][:, 1]
    finite = deaths[np.isfinite(deaths)]
    median = f", half of them dead by {number(float(np.median(finite)))}" if len(finite) else ""
    n_loops = len(diagram.bars[1]) if len(diagram.bars) > 1 else 0
    alive = int(diagram.censored[1].sum()) if len(diagram.bars) > 1 else 0
    return (
        f"H0: {count(len(deaths), 'bar')}{median}. "
        f"H1: {count(n_loops, 'bar')} born below the cut at "
        f"{number(diagram.max_scale)}, {alive} of them alive there (censored); "
        f"{n_strong} stand out from structureless dictionaries."
    )
