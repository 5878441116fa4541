"""Sparsity against width as two tables of colour: MMCS to the truth, and to the next larger SAE."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from markupsafe import Markup

from featuretopo.report.svg import element, picture, text

if TYPE_CHECKING:
    from featuretopo.sae.width_map import FloatArray, WidthMap

_CELL_WIDTH, _CELL_HEIGHT, _GUTTER, _TOP, _GAP = 62, 36, 150, 44, 24


def width_map_figure(found: WidthMap) -> Markup:
    """Draw a WidthMap: darker is higher, on one scale from 0 to 1; dead latents in small print.

    The colours stand in the picture itself, so it can be used outside of a report.
    """
    block = _CELL_WIDTH * len(found.widths)
    width = _GUTTER + 2 * block + _GAP
    height = _TOP + _CELL_HEIGHT * len(found.rows) + 30
    drawn: list[Markup] = []
    for row, name in enumerate(found.rows):
        y = _TOP + _CELL_HEIGHT * (row + 0.5) + 4
        drawn.append(text(_GUTTER - 8, y, _short(name), anchor="end", class_="tick"))
    titles = ("MMCS of the truth", "MMCS to the next larger")
    for turn, (title, values) in enumerate(
        zip(titles, (found.to_truth, found.to_next), strict=True)
    ):
        left = _GUTTER + turn * (block + _GAP)
        drawn.append(text(left + block / 2, 16, title, anchor="middle", class_="label"))
        drawn += _table(found, values, left)
    return picture(
        width,
        height,
        "MMCS by sparsity and width",
        "Two tables, a row for each sparsity and a column for each number of latents: mean "
        "over true features of the best cosine to a latent, and over latents to those of the next "
        "larger SAE. Below each, how many latents are dead.",
        *drawn,
    )


def _table(found: WidthMap, values: FloatArray, left: float) -> list[Markup]:
    drawn = []
    for column, latents in enumerate(found.widths):
        x = left + _CELL_WIDTH * column
        middle = x + _CELL_WIDTH / 2
        drawn.append(text(middle, _TOP - 8, f"{latents:,}", anchor="middle", class_="tick"))
        for row in range(len(found.rows)):
            y, value = _TOP + _CELL_HEIGHT * row, float(values[row, column])
            known = math.isfinite(value)
            fill = f"hsl(215 60% {97 - 62 * max(0.0, value):.0f}%)" if known else "none"
            ink = "#fff" if known and value > 0.6 else "#333"
            cell = element(
                "rect", x=x + 1, y=y + 1, width=_CELL_WIDTH - 2, height=_CELL_HEIGHT - 2, fill=fill
            )
            words = f"{value:.2f}" if known else "-"
            dead = f"{found.dead[row, column]:g} dead"
            drawn += [
                cell,
                _ink(middle, y + 17, words, 12, ink),
                _ink(middle, y + 30, dead, 9, ink),
            ]
    return drawn


def _ink(x: float, y: float, words: str, size: float, ink: str) -> Markup:
    return element(
        "text", words, x=x, y=y, text_anchor="middle", font_size=size, fill=ink,
        font_family="sans-serif",
    )  # fmt: skip


def _short(words: str) -> str:
    return words if len(words) <= 24 else words[:23] + "…"
