"""A short HTML table of facts: what a notebook shows of a result."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from featuretopo.visible import visible

_MOST_ROWS, _CELL, _NOTE = 20, 160, 600  # rows, and letters


def html_table(title: str, rows: Sequence[Sequence[str]], notes: Sequence[str] = ()) -> str:
    """Return a title, a small table and notes as HTML; all words are escaped.

    Parameters
    ----------
    title : str
    rows : sequence of sequences of str
        The first is the head. Of more than 20 others the rest is counted.
    notes : sequence of str
        Sentences below the table.

    Examples
    --------
    >>> html_table("<b>", [["size"], ["3"]])
    '<p><strong>&lt;b&gt;</strong></p><table><tr><th>size</th></tr><tr><td>3</td></tr></table>'
    """
    head, *body = rows
    drawn = [_row("th", head), *(_row("td", row) for row in body[:_MOST_ROWS])]
    hidden = len(body) - _MOST_ROWS
    after = [f"and {hidden:,} more", *notes] if hidden > 0 else notes
    return (
        f"<p><strong>{_safe(title, _CELL)}</strong></p><table>{''.join(drawn)}</table>"
        f"{''.join(f'<p>{_safe(note, _NOTE)}</p>' for note in after)}"
    )


def _row(tag: str, cells: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<{tag}>{_safe(cell, _CELL)}</{tag}>' for cell in cells)}</tr>"


def _safe(words: str, limit: int) -> str:
    words = visible(words)
    short = words if len(words) <= limit else f"{words[: limit - 1]}…"
    # names come from files, and may hold half a surrogate pair, which JSON cannot carry
    return escape(short.encode("utf-8", "replace").decode())
