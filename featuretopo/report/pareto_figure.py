"""What SAEs gain against what it costs, and the front that none of them goes beyond."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup

from featuretopo.labels import Style
from featuretopo.report.svg import Point, Scale, axis_left, line, marks, picture, polyline, text
from featuretopo.report.value_axis import ValueAxis, axis_of
from featuretopo.report.wording import shortened

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 340, 250, 52, 12, 208
_LETTER, _LINE = 6.2, 13


@dataclass(frozen=True, slots=True)
class TradeOff:
    """One SAE, or the mean of several that differ in their seed alone.

    Attributes
    ----------
    kind : str
        Whose mark it gets: the architecture.
    words : str
        What is written beside it, if it is on the front.
    cost, value : float
    low, high : float
        Range of the value over seeds.
    best : bool
        Whether it is on the front.
    """

    kind: str
    words: str
    cost: float
    value: float
    low: float
    high: float
    best: bool


def pareto_figure(
    found: Sequence[TradeOff],
    *,
    title: str,
    cost: str,
    value: str,
    costs: tuple[float, float],
    limits: tuple[float, float],
    better: Literal["higher", "lower"],
    styles: Mapping[str, Style],
) -> Markup:
    """Draw each SAE at its cost, a line as long as its range over seeds, and the front.

    Parameters
    ----------
    found : sequence of TradeOff
    title, cost, value : str
        What is seen, and the words of the two axes.
    costs, limits : (float, float)
        Ends of the two axes, the same for figures that stand beside each other.
    better : {"higher", "lower"}
    styles : mapping of str to Style
        Of each kind.
    """
    # a little room, so that no mark is cut in half by the frame
    across = axis_of(costs, _LEFT + 10, _WIDTH - 14)
    up = Scale(*limits, _BOTTOM - 8, _TOP + 8)
    front = sorted((t for t in found if t.best), key=lambda t: t.cost)
    drawn: list[Markup] = [
        line(_LEFT, _BOTTOM, _LEFT, _TOP, "axis"),
        axis_left(up, _LEFT, value),
        line(_LEFT, _BOTTOM, _WIDTH - 4, _BOTTOM, "axis"),
        across.drawn(_BOTTOM, cost),
    ]
    if front:
        drawn.append(polyline(_steps(front, across, up, better), "front"))
    for each in found:
        x = across(each.cost)
        if each.low < each.high:
            class_ = f"whisker {styles[each.kind].class_}"
            drawn.append(line(x, up(each.low), x, up(each.high), class_))
    for each in sorted(found, key=lambda t: t.best):
        style = styles[each.kind]
        class_ = style.class_ if each.best else f"{style.class_} shade2"
        where = (across(each.cost), up(each.value))
        drawn.append(marks([where], style.shape, class_, size=9 if each.best else 6))
    drawn += _names(front, across, up)
    return picture(
        _WIDTH,
        _HEIGHT,
        title,
        f"{value} against {cost}; {better} is better. On the front: "
        + "; ".join(f"{t.words}, {cost} {t.cost:.3g}, {value} {t.value:.3g}" for t in front),
        *drawn,
    )


def _steps(
    front: Sequence[TradeOff], across: ValueAxis, up: Scale, better: Literal["higher", "lower"]
) -> list[Point]:
    """Go along the front: nothing more is to be had until the next SAE's cost is paid."""
    worst = up(up.low if better == "higher" else up.high)
    points: list[Point] = []
    y = worst
    for each in front:
        x = across(each.cost)
        points += [(x, y), (x, up(each.value))]
        y = up(each.value)
    return [*points, (_WIDTH - 4, y)]


def _names(front: Sequence[TradeOff], across: ValueAxis, up: Scale) -> list[Markup]:
    """Write the names of those on the front, each where no other name stands."""
    taken: list[tuple[float, float, float]] = []
    drawn = []
    for each in front:
        words = shortened(each.words, 18)
        long = _LETTER * len(words)
        x = min(across(each.cost) + 7, _WIDTH - long)
        middle = up(each.value)
        places = [middle + dy for dy in (-6, 15, -19, 28, -32, 41) if _TOP < middle + dy < _BOTTOM]
        for y in places:
            if all(abs(y - b) >= _LINE or x > end or x + long < start for start, end, b in taken):
                taken.append((x, x + long, y))
                drawn.append(text(x, y, words, class_="halo"))
                break
    return drawn
