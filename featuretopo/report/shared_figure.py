"""A static picture of several dictionaries in one plane, a panel for each."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from featuretopo.labels import HUES, Labels, Style
from featuretopo.report.svg import Scale, element, marks, picture
from featuretopo.report.wording import number, shortened
from featuretopo.topology.shared_embedding import SharedEmbedding

_SIZE, _PAD, _GAP, _TOP, _KEY, _ROW = 300, 12, 16, 40, 150, 18
_INK, _QUIET, _BEHIND, _RULE = "#222", "#595959", "#dcdcdc", "#c8c8c8"


def shared_figure(found: SharedEmbedding) -> Markup:
    """Draw a joint or aligned UMAP picture: each dictionary in colour over all others in grey.

    All panels are one plane. One colour and mark per label; below, what they mean. The colours
    stand in the picture itself, so it can be used outside of a report.
    """
    labels = Labels(found.dictionaries)
    low, high = found.xy.min(axis=0), found.xy.max(axis=0)
    half = max(float((high - low).max()) / 2, 1e-9)  # one unit is as long down as across
    cx, cy = ((low + high) / 2).tolist()
    count = len(found.parts)
    width = count * _SIZE + (count - 1) * _GAP
    columns = max(1, width // _KEY)
    drawn: list[Markup] = []
    for turn, (name, part, x) in enumerate(
        zip(found.names, found.parts, found.dictionaries, strict=True)
    ):
        left = turn * (_SIZE + _GAP)
        across = Scale(cx - half, cx + half, left + _PAD, left + _SIZE - _PAD)
        down = Scale(cy - half, cy + half, _TOP + _SIZE - _PAD, _TOP + _PAD)
        drawn += [
            _words(left, 14, shortened(name, 40), _INK),
            _words(left, 30, _faith(part.trustworthiness, part.neighbour_preservation), _QUIET),
            element("rect", x=left + 0.5, y=_TOP + 0.5, width=_SIZE - 1, height=_SIZE - 1,
                    fill="none", stroke=_RULE),
            _marks(found.xy, across, down, Style("", None, "circle"), _BEHIND, 3.0),
        ]  # fmt: skip
        style_of = labels.of(x)
        for i, style in reversed(list(enumerate(labels.styles))):  # what has no label lies below
            rows = part.xy[style_of == i]
            if len(rows):
                drawn.append(_marks(rows, across, down, style, _colour(style), 4.5))
    key = _TOP + _SIZE + 20
    for i, style in enumerate(labels.styles):
        u, v = i % columns * _KEY, key + i // columns * _ROW
        at = Scale(0, 1, 0, 1)
        drawn.append(_marks(np.array([[u + 6, v - 4]]), at, at, style, _colour(style), 7.0))
        drawn.append(_words(u + 16, v, shortened(style.name, 20), _INK))
    return picture(
        width,
        key + _ROW * (-(-len(labels.styles) // columns)),
        f"{'Aligned' if found.matchings else 'Joint'} UMAP picture of {', '.join(found.names)}",
        f"{len(found.xy)} features in one plane, "
        f"{_faith(found.trustworthiness, found.neighbour_preservation)}. For the eye only.",
        *drawn,
    )


def _faith(trustworthiness: float, preserved: float) -> str:
    return f"trustworthiness {number(trustworthiness)}, neighbours kept {number(preserved)}"


def _colour(style: Style) -> str:
    return _QUIET if style.hue is None else HUES[style.hue]


def _marks(
    rows: npt.NDArray[np.floating[Any]],
    across: Scale,
    down: Scale,
    style: Style,
    ink: str,
    size: float,
) -> Markup:
    points = [(across(u), down(v)) for u, v in rows.tolist()]
    drawn = marks(points, style.shape, "mark", size=size)
    if style.shape in ("circle", "square"):  # drawn as the caps of short lines
        cap = "round" if style.shape == "circle" else "square"
        return element("g", drawn, fill="none", stroke=ink, stroke_linecap=cap)
    return element("g", drawn, fill=ink)


def _words(x: float, y: float, words: str, ink: str) -> Markup:
    return element("text", words, x=x, y=y, font_size=12, fill=ink, font_family="sans-serif")
