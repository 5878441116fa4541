"""How often a Mapper graph's components or loops come out alike over a range of parameters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from markupsafe import Markup

from featuretopo.report.heat_figure import heat_figure
from featuretopo.report.wording import count
from featuretopo.topology.mapper.lenses.embedded import cautions_in
from featuretopo.topology.mapper.stability import MapperStability

What: TypeAlias = Literal["components", "loops"]
Over: TypeAlias = Literal["covers", "clusterers"]

WHAT: tuple[What, ...] = get_args(What)
OVER: tuple[Over, ...] = get_args(Over)

_CALLED = {"n": "intervals"}


def stability_figure(found: MapperStability, what: What, over: Over, of: str = "") -> Markup:
    """Draw one count over all covers or clusterers, along the parameters in which they differ.

    In each cell the smaller of the count and that of the graph asked about over the larger, 1 where
    they agree, and the count below it.

    Parameters
    ----------
    found : MapperStability
    what : {"components", "loops"}
    over : {"covers", "clusterers"}
    of : str
        Name of the dictionary, for the title.
    """
    asked, strategies = getattr(found.graph, f"n_{what}"), getattr(found, over)
    axes = _axes(strategies) or [over.removesuffix("s")]
    places = [
        tuple(_told(getattr(each, axis, each)) for axis in axes) if len(axes) == 2
        else ("", _told(getattr(each, axes[0], each)))
        for each in strategies
    ]  # fmt: skip
    rows, columns = (list(dict.fromkeys(each)) for each in zip(*places, strict=True))
    likeness: list[list[float | None]] = [[None] * len(columns) for _ in rows]
    small = [[""] * len(columns) for _ in rows]
    for (row, column), number in zip(places, _counts(found, what, over), strict=True):
        i, j = rows.index(row), columns.index(column)
        most = max(number, asked)
        likeness[i][j] = min(number, asked) / most if most else 1.0
        small[i][j] = str(number)
    labels = [_CALLED.get(axis, axis) for axis in axes]
    return heat_figure(
        likeness,
        title=f"{of}{': ' if of else ''}{what} over a range of {over}",
        rows=rows,
        columns=columns,
        row_label=labels[0] if len(axes) == 2 else "",
        column_label=labels[-1],
        small=small,
    )


def stability_in_words(found: MapperStability, what: What, over: Over) -> str:
    """Say how many of a range keep the count; nothing of an empty range."""
    asked, counts = getattr(found.graph, f"n_{what}"), _counts(found, what, over)
    if not counts:
        return ""
    kept = counts.count(asked) / len(counts)
    of = count(len(counts), over.removesuffix("s"))
    said = "".join(f"; {caution}" for caution in cautions_in(found.graph.warnings))
    return f"{count(asked, what.removesuffix('s'))}, kept by {kept:.0%} of {of}{said}"


def _counts(found: MapperStability, what: What, over: Over) -> list[int]:
    counts: list[int] = getattr(found, f"n_{what}").tolist()
    of_covers = len(found.covers)
    return counts[:of_covers] if over == "covers" else counts[of_covers:]


def _axes(strategies: Sequence[Any]) -> list[str]:
    """Name the parameters, two at most, in which strategies of one kind differ."""
    first = strategies[0]
    if not is_dataclass(first) or len({type(each) for each in strategies}) > 1:
        return []
    axes = [
        field.name
        for field in fields(first)
        if any(getattr(each, field.name) != getattr(first, field.name) for each in strategies)
    ]
    return axes if len(axes) <= 2 else []


def _told(given: object) -> str:
    """Write one number, or one per axis; anything else as it is."""
    try:
        return " x ".join(f"{each:g}" for each in np.atleast_1d(np.asarray(given)).tolist())
    except (TypeError, ValueError):
        return str(given)
