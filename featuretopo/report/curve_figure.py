"""A measure against a parameter: a line through means, bars over seeds, and what chance gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from featuretopo.labels import Style
from featuretopo.report.svg import Scale, axis_left, element, line, marks, picture, polyline
from featuretopo.report.value_axis import axis_of

_WIDTH, _HEIGHT, _LEFT, _TOP, _BOTTOM = 300, 200, 52, 10, 158
_APART = 3  # pixels between the bars of curves that share a parameter


@dataclass(frozen=True, slots=True)
class Spot:
    """A measure at one value of a parameter.

    Attributes
    ----------
    x, value : float
        The parameter, and the mean of the measure.
    low, high : float
        Its interval.
    null : (float, float) or None
        Between what chance gives.
    """

    x: float
    value: float
    low: float
    high: float
    null: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """Spots in the order of the parameter, under one name."""

    name: str
    spots: tuple[Spot, ...]


def curve_figure(
    curves: Sequence[Curve],
    *,
    title: str,
    x: str,
    y: str,
    limits: tuple[float, float],
    styles: Mapping[str, Style],
) -> Markup:
    """Draw curves over one parameter.

    Parameters
    ----------
    curves : sequence of Curve
    title, x, y : str
        What is seen, and the words of the axes.
    limits : (float, float)
        Ends of the vertical axis, the same for figures that stand beside each other.
    styles : mapping of str to Style
        Of each curve, by name.
    """
    at = sorted({spot.x for curve in curves for spot in curve.spots})
    across = axis_of(at, _LEFT + 16, _WIDTH - 14, at=True)
    up = Scale(*limits, _BOTTOM - 6, _TOP + 6)
    drawn: list[Markup] = [
        line(_LEFT, _BOTTOM, _LEFT, _TOP, "axis"),
        axis_left(up, _LEFT, y, count=3),
        line(_LEFT, _BOTTOM, _WIDTH - 4, _BOTTOM, "axis"),
        across.drawn(_BOTTOM, x),
    ]
    for curve in curves:
        known = [(across(s.x), *map(up, s.null)) for s in curve.spots if s.null]
        if known:
            area = [(x, low) for x, low, _ in known] + [(x, high) for x, _, high in known[::-1]]
            shape = "M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in area) + "Z"
            # of a single spot the area has no width: its outline is seen
            drawn.append(element("path", d=shape, class_="chance"))
    for number, curve in enumerate(curves):
        style = styles[curve.name]
        shift = (number - (len(curves) - 1) / 2) * _APART
        where = [(across(spot.x) + shift, up(spot.value)) for spot in curve.spots]
        drawn.append(polyline(where, f"curve {style.class_}"))
        for (px, _), spot in zip(where, curve.spots, strict=True):
            if spot.low < spot.high:
                drawn.append(line(px, up(spot.low), px, up(spot.high), f"whisker {style.class_}"))
        drawn.append(marks(where, style.shape, style.class_, size=6))
    return picture(
        _WIDTH,
        _HEIGHT,
        title,
        f"{y} against {x}. " + "; ".join(map(_in_words, curves)),
        *drawn,
    )


def _in_words(curve: Curve) -> str:
    return f"{curve.name}: " + ", ".join(f"{s.value:.3g} at {s.x:g}" for s in curve.spots)
