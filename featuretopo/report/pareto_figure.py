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
_FAR = 0.25  # how ill a name stands in a place, beside in the one before
_LETTER, _ABOVE, _BELOW = 6.2, 10, 3  # of a name: a letter's width, over and under its baseline


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


@dataclass(frozen=True, slots=True)
class _Box:
    """A part of the picture, in pixels."""

    left: float
    right: float
    top: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        """Whether the two have a part in common."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


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
    drawn += _names(front, found, across, up)
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


def _names(
    front: Sequence[TradeOff], found: Sequence[TradeOff], across: ValueAxis, up: Scale
) -> list[Markup]:
    """Write the names of those on the front, each where no other name stands and little else."""
    in_the_way = [(box, weight) for each in found for box, weight in _drawn(each, across, up)]
    taken: list[_Box] = []
    drawn = []
    for each in front:
        words = shortened(each.words, 18)
        places = _places(across(each.cost), up(each.value), _LETTER * len(words))
        free = [
            (sum(w for box, w in in_the_way if place.meets(box)) + _FAR * number, place)
            for number, place in enumerate(places)
            if not any(map(place.meets, taken))
        ]
        if free:
            _, best = min(free, key=lambda each: each[0])
            taken.append(best)
            drawn.append(text(best.left, best.bottom - _BELOW, words, class_="halo"))
    return drawn


def _places(x: float, y: float, long: float) -> list[_Box]:
    """Return where a name of this length may stand beside a mark, the nearest first."""
    lefts = [x + 7, x - 7 - long]
    fitting = [left for left in lefts if left >= _LEFT + 2 and left + long <= _WIDTH]
    baselines = [y + dy for dy in (-6, 15, -19, 28, -32, 41, -45, 54) if _TOP < y + dy < _BOTTOM]
    return [
        _Box(left, left + long, base - _ABOVE, base + _BELOW)
        for base in baselines
        for left in fitting or [_WIDTH - long]
    ]


def _drawn(each: TradeOff, across: ValueAxis, up: Scale) -> list[tuple[_Box, int]]:
    """Return the mark and the range line of an SAE, and how ill a name would stand on either."""
    x, y = across(each.cost), up(each.value)
    size = 5 if each.best else 3
    return [
        (_Box(x - size, x + size, y - size, y + size), 3 if each.best else 1),
        (_Box(x - 1, x + 1, up(each.high), up(each.low)), 1),
    ]
