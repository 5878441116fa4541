"""Values inside their null distributions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from markupsafe import Markup

from featuretopo.compare.measure import Measure
from featuretopo.compare.verdict import LEVEL, only_bounded
from featuretopo.report.svg import (
    Scale,
    axis_bottom,
    element,
    line,
    marks,
    picture,
    rectangle,
    text,
)
from featuretopo.report.wording import interval, number, p_of, shortened_pair

_ROW, _GUTTER, _WIDTH = 17, 166, 352
_STRIP_WIDTH, _STRIP_HEIGHT, _BINS = 250, 46, 40


def domain(measures: Iterable[Measure]) -> tuple[float, float]:
    """Return the range that holds every value and every null draw, with a margin."""
    numbers = [v for m in measures for v in (*m.against_null, *m.null) if math.isfinite(v)]
    low, high = (min(numbers), max(numbers)) if numbers else (0.0, 1.0)
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 0.05
    return low - margin, high + margin


def overview_figure(
    rows: Sequence[tuple[tuple[str, str], Measure]], limits: tuple[float, float]
) -> Markup:
    """Draw one measure for many pairs: the middle 90% of each null, and the value."""
    scale = Scale(*limits, _GUTTER, _WIDTH - 14)
    bottom = 6 + _ROW * len(rows)
    drawn: list[Markup] = []
    for i, (ends, measure) in enumerate(rows):
        y = 6 + _ROW * (i + 0.5)
        drawn += [
            line(scale.start, y, scale.end, y, "guide"),
            text(_GUTTER - 8, y + 4, shortened_pair(ends, 26), anchor="end", class_="tick"),
        ]
        null = [v for v in measure.null if math.isfinite(v)]
        if null:
            low, middle, high = np.quantile(null, [0.05, 0.5, 0.95]).tolist()
            width = max(scale(high) - scale(low), 1.5)
            drawn += [
                rectangle(scale(low), y - 4, width, 8, "null"),
                line(scale(middle), y - 4, scale(middle), y + 4, "median"),
            ]
        drawn.append(_value(measure, scale, y, 4.5))
    toward = "right" if rows[0][1].direction == "higher" else "left"
    return picture(
        _WIDTH,
        bottom + 36,
        f"{rows[0][1].title}: every pair inside its null",
        "; ".join(f"{a} / {b}: {interval(m.low, m.high)}, {p_of(m)}" for (a, b), m in rows),
        *drawn,
        axis_bottom(scale, bottom, f"more alike to the {toward}"),
    )


def strip_figure(measure: Measure, limits: tuple[float, float], of: str = "") -> Markup:
    """Draw one value over the histogram of its null draws; `of` says of which pair."""
    scale = Scale(*limits, 8, _STRIP_WIDTH - 8)
    base = _STRIP_HEIGHT - 16
    null = [v for v in measure.null if math.isfinite(v)]
    drawn: list[Markup] = []
    if null:
        counts, edges = np.histogram(null, bins=_BINS, range=limits)
        unit = (base - 8) / counts.max()
        width = scale(edges[1]) - scale(edges[0])
        d = "".join(
            f"M{scale(edge):.1f} {base}v-{max(1.0, n * unit):.1f}h{width:.1f}V{base}z"
            for n, edge in zip(counts.tolist(), edges.tolist(), strict=False)
            if n
        )
        drawn.append(element("path", d=d, class_="null"))
    drawn_range = f"null draws {number(min(null))} to {number(max(null))}" if null else "no draws"
    return picture(
        _STRIP_WIDTH,
        _STRIP_HEIGHT,
        f"{of}{': ' if of else ''}{measure.title}: {interval(measure.low, measure.high)}",
        f"{drawn_range}; {p_of(measure)}.",
        *drawn,
        line(scale.start, base, scale.end, base, "axis"),
        text(scale.start, _STRIP_HEIGHT - 3, f"{limits[0]:.3g}", class_="tick"),
        text(scale.end, _STRIP_HEIGHT - 3, f"{limits[1]:.3g}", anchor="end", class_="tick"),
        _value(measure, scale, base - 7, 4.5, stem=base),
    )


def _value(
    measure: Measure, scale: Scale, y: float, r: float, *, stem: float | None = None
) -> Markup:
    """Filled: beyond its null. Hollow: within it. Diamond: without one. A bar: an interval.

    What is only bounded has a colour of its own.
    """
    if not (math.isfinite(measure.low) and math.isfinite(measure.high)):
        return text(scale.start, y + 4, "not finite", class_="tick")
    beyond = measure.p_value is not None and measure.p_value <= LEVEL
    look = "beyond" if beyond else "bounded" if only_bounded(measure) else "within"
    low, high = (scale(end) for end in measure.against_null)
    if low != high:
        ends = Markup("").join(line(x, y - r, x, y + r, f"bar {look}") for x in (low, high))
        return line(low, y, high, y, f"bar {look}") + ends
    drop = line(low, y, low, stem, f"bar {look}") if stem is not None else Markup("")
    if measure.p_value is None:
        return drop + marks([(low, y)], "diamond", look, size=2 * r)
    return drop + element("circle", cx=low, cy=y, r=r, class_=f"dot {look}")
