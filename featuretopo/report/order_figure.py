"""Named features of one group in their principal plane, joined in their known order."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from featuretopo.report.svg import Anchor, Point, line, marks, picture, polyline, text
from featuretopo.report.wording import exact_share, p_value, share, shortened
from featuretopo.topology.order import CircularOrder

_SIZE = 380
_COUNTABLE = 10**12  # orders; beyond it a fraction says less than its size


def order_in_words(order: CircularOrder) -> str:
    """Say what the plane shows and how often chance would show as much."""
    n = len(order.names)
    if order.n_orders <= _COUNTABLE:
        p = f"p = {exact_share(order.p_value, order.n_orders)}"
        how = f"{p}, every one of {order.n_orders:,} circular orders counted"
    else:
        how = f"{p_value(order.p_value)}, all circular orders counted"
    stand = "stand in exactly" if order.perfect else "do not all stand in"
    dated = order.group in ("months", "weekdays")
    who = f"{n} {order.group}" if dated else f"{n} features of {order.group}"
    known = "calendar order" if dated else "their known circular order"
    return f"The {who} {stand} {known} around the centre ({how})."


def order_figure(order: CircularOrder) -> Markup:
    """Draw the principal plane of one group."""
    plane = np.asarray(order.plane, float)
    reach = float(np.linalg.norm(plane, axis=1).max()) or 1.0
    middle, radius = _SIZE / 2, _SIZE / 2 - 58
    at: list[Point] = [
        (middle + float(u) / reach * radius, middle - float(v) / reach * radius) for u, v in plane
    ]
    return picture(
        _SIZE,
        _SIZE,
        f"{order.group} in their principal plane",
        f"{order_in_words(order)} The plane holds {share(order.explained)} of the variance; "
        f"{order.statistic_name}: {order.statistic:.4g}.",
        line(20, middle, _SIZE - 20, middle, "guide"),
        line(middle, 20, middle, _SIZE - 20, "guide"),
        polyline(at, "order", closed=True),
        marks(at, "circle", "hue0", size=8),
        *(_name(words, point, middle) for words, point in zip(order.names, at, strict=True)),
    )


def _name(words: str, point: Point, middle: float) -> Markup:
    """Write a name on the far side of its mark, seen from the centre."""
    dx, dy = point[0] - middle, point[1] - middle
    length = float(np.hypot(dx, dy)) or 1.0
    lean = dx / length
    anchor: Anchor = "middle" if abs(lean) < 0.1 else "start" if lean > 0 else "end"
    x = point[0] + (0 if anchor == "middle" else 9 * abs(lean) ** 0.5 * np.sign(lean))
    y = point[1] + 14 * dy / length + 4
    return text(float(x), y, shortened(words, 14), anchor=anchor, class_="halo")
