"""How often a Mapper graph's components or loops come out alike over a range of covers."""

from __future__ import annotations

from typing import Literal

import numpy as np
from markupsafe import Markup

from featuretopo.report.heat_figure import heat_figure
from featuretopo.topology.mapper.cover import Cubes
from featuretopo.topology.mapper.stability import MapperStability


def stability_figure(found: MapperStability, what: Literal["components", "loops"]) -> Markup:
    """Draw one count over all covers, cubes as a table of intervals by overlap.

    In each cell the smaller of the count and that of the graph asked about over the larger, 1 where
    they agree, and the count below it.

    Parameters
    ----------
    found : MapperStability
    what : {"components", "loops"}
    """
    asked, counts = getattr(found.graph, f"n_{what}"), getattr(found, f"n_{what}")
    places = [
        (_number(cover.n), _number(cover.overlap)) if isinstance(cover, Cubes) else ("", str(cover))
        for cover in found.covers
    ]
    rows, columns = (list(dict.fromkeys(each)) for each in zip(*places, strict=True))
    cubes = rows != [""]
    likeness: list[list[float | None]] = [[None] * len(columns) for _ in rows]
    small = [[""] * len(columns) for _ in rows]
    for (row, column), count in zip(places, counts.tolist(), strict=True):
        i, j = rows.index(row), columns.index(column)
        most = max(count, asked)
        likeness[i][j] = min(count, asked) / most if most else 1.0
        small[i][j] = str(count)
    return heat_figure(
        likeness,
        title=f"{what} over a range of covers",
        rows=rows,
        columns=columns,
        row_label="intervals" if cubes else "",
        column_label="overlap" if cubes else "cover",
        small=small,
    )


def _number(given: object) -> str:
    """Write one number, or one per axis."""
    return " x ".join(f"{each:g}" for each in np.atleast_1d(np.asarray(given)).tolist())
