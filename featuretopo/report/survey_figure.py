"""All pairs of many dictionaries in one picture: a mark for each, some ten bytes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from markupsafe import Markup

from featuretopo.compare.comparison import Comparison
from featuretopo.compare.measure import Measure
from featuretopo.compare.verdict import LEVEL
from featuretopo.report.svg import Point, marks, picture, rectangle, text
from featuretopo.report.wording import count, interval, shortened

#: Of each verdict: shape, class and size of its mark. Read without colour by size.
VERDICT_MARKS = {
    "shared": ("square", "yes", 9.0),
    "partly shared": ("diamond", "partly", 8.0),
    "not shared": ("circle", "no", 5.0),
    "cannot tell": ("circle", "unknown", 2.0),
}
_PITCH, _MOST, _LETTER = 12.0, 20, 6.2  # cell, letters of a name, width of one
_SMALL, _SIDE = 290.0, 7.0  # most of a map of one measure, and of its cells
_SHADES = 4


def verdict_map(comparisons: Sequence[Comparison]) -> Markup:
    """Draw a mark for each pair: the first dictionary down, the second across.

    Parameters
    ----------
    comparisons : sequence of Comparison
    """
    down, across = _ends(comparisons)
    left, top = (_room(names) for names in (down, across))
    drawn = [
        text(left - 8, top + _PITCH * (i + 0.5) + 4, _short(name), anchor="end", class_="tick")
        for i, name in enumerate(down)
    ]
    drawn += [
        text(left + _PITCH * (j + 0.5) + 4, top - 8, _short(name), class_="tick", turned=True)
        for j, name in enumerate(across)
    ]
    width, height = _PITCH * len(across), _PITCH * len(down)
    drawn.append(rectangle(left, top, width, height, "frame"))
    at: dict[str, list[Point]] = {}
    for c in comparisons:
        place = (
            left + _PITCH * (across[c.b.name] + 0.5),
            top + _PITCH * (down[c.a.name] + 0.5),
        )
        at.setdefault(c.verdict.judgement, []).append(place)
    for words, (shape, class_, size) in VERDICT_MARKS.items():
        if words in at:
            drawn.append(marks(at[words], shape, class_, size=size))
    judged = Counter[str](c.verdict.judgement for c in comparisons)
    return picture(
        left + width + 8,
        top + height + 8,
        f"The verdict on {count(len(comparisons), 'pair')}",
        ", ".join(f"{words}: {judged[words]}" for words in VERDICT_MARKS if judged[words]),
        *drawn,
    )


def measure_map(name: str, comparisons: Sequence[Comparison]) -> Markup:
    """Draw one measure of each pair in the places of the verdicts, the fuller the more alike.

    Parameters
    ----------
    name : str
        Of the measure; a pair that lacks it stays empty.
    comparisons : sequence of Comparison
    """
    down, across = _ends(comparisons)
    side = min(_SIDE, _SMALL / max(len(down), len(across)))
    found: list[tuple[Point, Measure]] = []
    for c in comparisons:
        place = (side * (across[c.b.name] + 0.5) + 1, side * (down[c.a.name] + 0.5) + 1)
        found += [(place, m) for m in c.measures if m.name == name]
    of = [m for _, m in found]
    values = [m.low for m in of if math.isfinite(m.low)]
    low, high = (min(values), max(values)) if values else (0.0, 0.0)
    at: dict[str, list[Point]] = {}
    for place, m in found:
        at.setdefault(_look(m, low, high), []).append(place)
    return picture(
        side * len(across) + 2,
        side * len(down) + 2,
        f"{of[0].title}: every pair",
        f"{interval(low, high)}; {sum(beyond(m) for m in of)} of {count(len(of), 'pair')} beyond "
        "their null",
        rectangle(0.5, 0.5, side * len(across) + 1, side * len(down) + 1, "frame"),
        *(marks(places, "square", look, size=side * 0.8) for look, places in sorted(at.items())),
    )


def beyond(measure: Measure) -> bool:
    """Whether a figure stands out from its null, p <= .05."""
    return measure.p_value is not None and measure.p_value <= LEVEL


def _ends(comparisons: Sequence[Comparison]) -> tuple[dict[str, int], dict[str, int]]:
    """Which row and which column each dictionary has."""
    sides = ([c.a.name for c in comparisons], [c.b.name for c in comparisons])
    down, across = ({name: i for i, name in enumerate(dict.fromkeys(side))} for side in sides)
    return down, across


def _look(measure: Measure, low: float, high: float) -> str:
    share = (measure.low - low) / (high - low) if high > low else 1.0
    share = 1 - share if measure.direction == "lower" and high > low else share
    if not math.isfinite(share):
        return "grey full1"
    level = 1 + min(_SHADES - 1, math.floor(share * _SHADES))
    return f"{'hue0' if beyond(measure) else 'grey'} full{level}"


def _short(name: str) -> str:
    return shortened(name, _MOST)


def _room(names: Iterable[str]) -> float:
    return 14 + _LETTER * max(len(_short(name)) for name in names)
