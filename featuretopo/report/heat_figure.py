"""A table of colour: a share for each row and column."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from featuretopo.report.svg import element, picture, text
from featuretopo.report.wording import shortened

_CELL_WIDTH, _CELL_HEIGHT, _GUTTER, _TOP, _BOTTOM = 66, 38, 70, 24, 38
_LETTER = 6.5  # width of one, about, in the size of ticks


def heat_figure(
    values: Sequence[Sequence[float | None]],
    *,
    title: str,
    rows: Sequence[str],
    columns: Sequence[str],
    row_label: str,
    column_label: str,
    small: Sequence[Sequence[str]] | None = None,
) -> Markup:
    """Draw shares from 0 to 1, darker where higher, the number in each cell.

    Parameters
    ----------
    values : sequence of sequences of float or None
        Row by row; None where there is none.
    title : str
    rows, columns : sequence of str
        Their names.
    row_label, column_label : str
        What they are.
    small : sequence of sequences of str, optional
        What to write below each number.
    """
    columns = [shortened(name, 26) for name in columns]
    wide = max(_CELL_WIDTH, *(_LETTER * len(name) + 8 for name in columns))  # of a column
    width = _GUTTER + wide * len(columns) + 8
    height = _TOP + _CELL_HEIGHT * len(rows) + _BOTTOM
    middle = _TOP + _CELL_HEIGHT * len(rows) / 2
    drawn = [
        text(14, middle, row_label, anchor="middle", class_="label", turned=True),
        text(
            _GUTTER + wide * len(columns) / 2,
            height - 8,
            column_label,
            anchor="middle",
            class_="label",
        ),
    ]
    for j, name in enumerate(columns):
        x = _GUTTER + wide * (j + 0.5)
        drawn.append(text(x, height - _BOTTOM + 14, name, anchor="middle", class_="tick"))
    for i, (name, of_row) in enumerate(zip(rows, values, strict=True)):
        y = _TOP + _CELL_HEIGHT * i
        words = shortened(name, 8)
        drawn.append(
            text(_GUTTER - 6, y + _CELL_HEIGHT / 2 + 4, words, anchor="end", class_="tick")
        )
        for j, value in enumerate(of_row):
            below = small[i][j] if small else ""
            drawn += _cell(_GUTTER + wide * j, y, wide, value, below)
    return picture(
        width,
        height,
        title,
        (f"{row_label} down, " if row_label else "")
        + f"{column_label} across. "
        + "; ".join(
            f"{name}: " + ", ".join("none" if v is None else f"{v:.2f}" for v in of_row)
            for name, of_row in zip(rows, values, strict=True)
        ),
        *drawn,
    )


def _cell(x: float, y: float, wide: float, value: float | None, below: str) -> list[Markup]:
    # its colours stand in the picture itself: a heat map is read the same on dark and on white
    share = 0.0 if value is None else min(1.0, max(0.0, value))
    fill = "none" if value is None else f"hsl(215 60% {97 - 62 * share:.0f}%)"
    ink = "var(--ink)" if value is None else "#fff" if share > 0.55 else "#333"
    words = "-" if value is None else f"{value:.2f}"
    size = (wide - 2, _CELL_HEIGHT - 2)
    return [
        element("rect", x=x + 1, y=y + 1, width=size[0], height=size[1], fill=fill),
        *_line(x + wide / 2, y + (17 if below else 24), words, 13, ink),
        *_line(x + wide / 2, y + 31, below, 10, ink),
    ]


def _line(middle: float, y: float, words: str, size: int, ink: str) -> list[Markup]:
    style = f"font-size: {size}px; fill: {ink}"
    return [element("text", words, x=middle, y=y, text_anchor="middle", style=style)] * bool(words)
