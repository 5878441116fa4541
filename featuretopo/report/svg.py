"""SVG as text: elements, scales and axes. Whatever goes in as a plain string is escaped."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup, escape

_DIGIT = 6.2  # width of one in a tick's words, about

Point = tuple[float, float]
Anchor = Literal["start", "middle", "end"]


def element(tag: str, *children: str, **attributes: str | float | None) -> Markup:
    """Return one SVG element.

    Parameters
    ----------
    tag : str
    *children : str or Markup
        Plain strings are escaped, markup is kept.
    **attributes : str, float or None
        ``class_`` becomes class, other underscores hyphens; None leaves the attribute out.

    Examples
    --------
    >>> print(element("text", "a < b", x=1.26, text_anchor="end"))
    <text x="1.3" text-anchor="end">a &lt; b</text>
    """
    words = [tag]
    for name, value in attributes.items():
        if value is not None:
            shown = value if isinstance(value, str) else compact(value)
            words.append(f'{name.rstrip("_").replace("_", "-")}="{escape(shown)}"')
    inner = Markup("").join(children)
    return Markup(f"<{' '.join(words)}>{inner}</{tag}>" if children else f"<{' '.join(words)}/>")


def picture(width: float, height: float, title: str, description: str, *children: str) -> Markup:
    """Return a whole ``<svg>`` that names and describes itself to a screen reader."""
    return element(
        "svg",
        element("title", title),
        element("desc", description),
        *children,
        role="img",
        viewBox=f"0 0 {compact(width)} {compact(height)}",
        width=width,
        height=height,
    )


def text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: Anchor = "start",
    class_: str | None = None,
    turned: bool = False,
) -> Markup:
    """Return words at (x, y); `turned` writes them upwards, as along a vertical axis."""
    return element(
        "text",
        words,
        x=x,
        y=y,
        text_anchor=None if anchor == "start" else anchor,
        class_=class_,
        transform=f"rotate(-90 {compact(x)} {compact(y)})" if turned else None,
    )


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """Return a straight line."""
    return polyline([(x1, y1), (x2, y2)], class_)


def rectangle(x: float, y: float, width: float, height: float, class_: str) -> Markup:
    """Return a rectangle."""
    return element("rect", x=x, y=y, width=width, height=height, class_=class_)


def polyline(points: Sequence[Point], class_: str, *, closed: bool = False) -> Markup:
    """Return straight lines through `points`."""
    d = "M" + "L".join(f"{compact(x)} {compact(y)}" for x, y in points)
    return element("path", d=d + ("Z" if closed else ""), class_=class_)


def marks(points: Iterable[Point], shape: str, class_: str, *, size: float = 4.5) -> Markup:
    """Return one path that holds a mark at each point: a few bytes per feature, not a tag.

    Parameters
    ----------
    points : iterable of (x, y)
        Points that round to the same tenth of a pixel are drawn once.
    shape : {"circle", "square", "triangle", "diamond"}
    class_ : str
        CSS class of the path.
    size : float
        Width of a mark in pixels.
    """
    seen = dict.fromkeys((compact(x), compact(y)) for x, y in points)
    if shape in ("circle", "square"):  # a dot is the cap of a line too short to be seen
        d = "".join(f"M{x} {y}h.01" for x, y in seen)
        return element("path", d=d, class_=f"cap {shape} {class_}", stroke_width=size)
    r = compact(size * 0.62)
    if shape == "triangle":
        outline = f"m0 -{r}l{r} {compact(size * 1.1)}h-{compact(size * 1.24)}z"
    else:
        outline = f"m0 -{r}l{r} {r}l-{r} {r}l-{r} -{r}z"
    d = "".join(f"M{x} {y}{outline}" for x, y in seen)
    return element("path", d=d, class_=f"fill {class_}")


@dataclass(frozen=True, slots=True)
class Scale:
    """A linear map from values to pixels.

    Examples
    --------
    >>> scale = Scale(0, 2, start=10, end=110)
    >>> scale(1), scale.ticks(4)
    (60.0, (0.0, 0.5, 1.0, 1.5, 2.0))
    """

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        width = self.high - self.low or 1.0
        return float(self.start + (value - self.low) / width * (self.end - self.start))

    def ticks(self, count: int = 4) -> tuple[float, ...]:
        """Round values inside the scale, about `count` steps apart."""
        width = self.high - self.low
        if width <= 0 or not math.isfinite(width):
            return (self.low,)
        power: float = 10.0 ** math.floor(math.log10(width / count))
        step = next(power * f for f in (1, 2, 2.5, 5, 10) if width / (power * f) <= count + 1e-9)
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return tuple(round(i * step, 12) for i in range(first, last + 1))


def axis_bottom(scale: Scale, y: float, label: str, *, count: int = 4) -> Markup:
    """Return a horizontal axis: a base line, ticks with their values, and what is measured."""
    ticks = [(scale(t), f"{t:g}") for t in scale.ticks(count)]
    middle = (scale.start + scale.end) / 2
    return Markup("").join(
        [
            line(scale.start, y, scale.end, y, "axis"),
            *(line(x, y, x, y + 4, "axis") for x, _ in ticks),
            *(text(x, y + 16, words, anchor="middle", class_="tick") for x, words in ticks),
            text(middle, y + 32, label, anchor="middle", class_="label"),
        ]
    )


def axis_left(scale: Scale, x: float, label: str, *, count: int = 4) -> Markup:
    """Return a vertical axis, its label written upwards."""
    ticks = [(scale(t), f"{t:g}") for t in scale.ticks(count)]
    middle = (scale.start + scale.end) / 2
    longest = max((len(words) for _, words in ticks), default=0)
    away = max(36, 11 + _DIGIT * longest)
    return Markup("").join(
        [
            line(x, scale.start, x, scale.end, "axis"),
            *(line(x - 4, y, x, y, "axis") for y, _ in ticks),
            *(text(x - 7, y + 4, words, anchor="end", class_="tick") for y, words in ticks),
            text(x - away, middle, label, anchor="middle", class_="label", turned=True),
        ]
    )


def compact(value: float) -> str:
    """Return a coordinate to a tenth of a pixel, in as few characters as that takes."""
    shown = f"{value:.1f}"
    shown = shown[:-2] if shown.endswith(".0") else shown
    return "0" if shown == "-0" else shown
