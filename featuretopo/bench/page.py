"""A sweep as one HTML page without scripts: every measure, means over seeds, and what failed."""

from __future__ import annotations

import os
import statistics
from typing import Any

import pyarrow as pa
from jinja2 import Environment, PackageLoader, StrictUndefined

from featuretopo.bench.leaderboard import Entry
from featuretopo.bench.measures import MEASURES
from featuretopo.files import atomic


def write_page(
    results: pa.Table,
    path: str | os.PathLike[str],
    *,
    entries: tuple[Entry, ...] = (),
    provenance: dict[str, Any],
) -> None:
    """Write the page.

    Parameters
    ----------
    results : pyarrow.Table
        Of one sweep, one row at least.
    path : path
    entries : tuple of Entry
        The leaderboard, where the sweep has one.
    provenance : dict
    """
    rows = results.to_pylist()
    page = Environment(
        loader=PackageLoader("featuretopo.bench", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template("page.html")
    text = page.render(
        name=rows[0]["sweep"],
        counts={
            status: sum(row["status"] == status for row in rows)
            for status in ("done", "undefined", "failed", "missing")
        },
        tables=[_table(name, rows) for name in MEASURES if any(r["measure"] == name for r in rows)],
        errors=sorted({row["error"] for row in rows if row["error"]}),
        entries=entries,
        provenance=provenance,
    )
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _table(measure: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Put one measure in a table: SAEs down, worlds and LLMs across."""
    own = [row for row in rows if row["measure"] == measure and not row["part"]]
    across = list(dict.fromkeys((row["world"], row["llm"]) for row in own))
    down = list(dict.fromkeys((row["sae"], row["sparsity"], row["width"]) for row in own))
    cells = {
        (a, d): _cell(
            [r for r in own if (r["world"], r["llm"]) == a
             and (r["sae"], r["sparsity"], r["width"]) == d]
        )
        for a in across
        for d in down
    }  # fmt: skip
    about = MEASURES[measure]
    return {
        "measure": measure,
        "title": about.title,
        "unit": about.unit,
        "direction": about.direction,
        "across": [f"{world}: {llm}" for world, llm in across],
        "down": [(f"{d[0]} {d[1]:g}, {d[2]} latents", [cells[a, d] for a in across]) for d in down],
    }


def _cell(rows: list[dict[str, Any]]) -> str:
    values = [row["value"] for row in rows if row["value"] is not None]
    if not values:
        words = sorted({row["note"] or row["status"] for row in rows})
        return ", ".join(words)
    spread = f" ({min(values):.3g} to {max(values):.3g})" if len(values) > 1 else ""
    return f"{statistics.fmean(values):.3g}{spread}"
