"""Named features of one group in their principal plane, joined in their known order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from markupsafe import Markup
from sklearn.isotonic import isotonic_regression

from featuretopo.report.svg import Anchor, Point, line, marks, picture, polyline, text
from featuretopo.report.wording import exact_share, p_value, share, shortened
from featuretopo.topology.order import CircularOrder

_SIZE = 380
_LINE = 12.0
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
        *_names(order.names, at, middle),
    )


def _names(names: Sequence[str], at: Sequence[Point], middle: float) -> list[Markup]:
    """Write each name on the far side of its mark, seen from the centre; none over another."""
    out = np.asarray(at) - middle
    lean, rise = (out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)).T
    side = np.where(abs(lean) < 0.1, 0, np.sign(lean)).astype(int)
    x = middle + out[:, 0] + 9 * side * abs(lean) ** 0.5
    y = middle + out[:, 1] + 14 * rise + 4
    for each in (-1, 1):
        rows = np.flatnonzero(side == each)
        if not len(rows):
            continue
        rows = rows[np.argsort(y[rows], kind="stable")]
        y[rows] = _apart(y[rows])
    anchors: dict[int, Anchor] = {-1: "end", 0: "middle", 1: "start"}
    return [
        text(float(u), float(v), shortened(words, 14), anchor=anchors[int(s)], class_="halo")
        for words, u, v, s in zip(names, x, y, side, strict=True)
    ]


def _apart(heights: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Move heights, which ascend, as little as makes them a line apart (least squares)."""
    lines = _LINE * np.arange(len(heights))
    moved: npt.NDArray[np.float64] = isotonic_regression(heights - lines) + lines
    return moved
