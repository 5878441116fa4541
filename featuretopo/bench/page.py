"""A sweep as one HTML page without scripts: what came of it first, every measure below."""

from __future__ import annotations

import os
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

import pyarrow as pa
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from featuretopo.bench.leaderboard import NEEDED, Entry, leaderboard
from featuretopo.bench.measures import MEASURES
from featuretopo.bench.page_figures import Figures, curves, heat, pareto
from featuretopo.bench.parameters import with_settings
from featuretopo.bench.sight import sights
from featuretopo.bench.spec import Spec
from featuretopo.files import atomic
from featuretopo.labels import HUES
from featuretopo.report.provenance import provenance_rows
from featuretopo.visible import visible


@dataclass(frozen=True, slots=True)
class _Section:
    """One measure: what it is, its curves or tables of colour, and every figure in words."""

    name: str
    title: str
    about: str
    parameter: str
    curves: Figures
    heat: Figures
    across: Sequence[str]
    down: Sequence[tuple[str, Sequence[str]]]


def write_page(
    results: pa.Table,
    spec: Spec,
    path: str | os.PathLike[str],
    *,
    provenance: Mapping[str, Any],
) -> None:
    """Write the page.

    Parameters
    ----------
    results : pyarrow.Table
        Of one sweep, one row at least.
    spec : Spec
        That sweep.
    path : path
    provenance : mapping
    """
    rows = with_settings(spec, results.to_pylist())
    entries = leaderboard(results) if set(NEEDED) <= set(spec.measures) else ()
    page = Environment(
        loader=PackageLoader("featuretopo.bench", "."),
        autoescape=True,  # names come from a file that may be a stranger's
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    ).get_template("page.html")
    style = resources.files("featuretopo.report") / "page"
    cells = _worst_status(rows)
    text = page.render(
        name=spec.name,
        style=Markup("").join(
            Markup((style / name).read_text("utf-8")) for name in ("style.css", "figures.css")
        ),
        hues=HUES,
        n_saes=len({(r["sae"], r["sparsity"], r["width"]) for r in rows}),
        n_llms=len({(r["world"], r["llm"]) for r in rows}),
        n_seeds=len(spec.seeds),
        n_cells=len(cells),
        unfinished={
            status: n
            for status in ("failed", "missing")
            if (n := sum(each == status for each in cells))
        },
        errors=sorted({row["error"] for row in rows if row["error"]}),
        winners=_winners(entries),
        entries=entries,
        kinds=sorted({kind for entry in entries for kind in entry.by_kind}),
        fronts=[
            (MEASURES[name].title, figures)
            for name in ("shapes_recovered", "fvu")
            if {name, "l0"} <= set(spec.measures) and (figures := pareto(rows, name)).captioned
        ],
        sights=_sights(rows),
        maps=[
            (MEASURES[name].title, figures)
            for name in ("mmcs",)
            if name in spec.measures and (figures := heat(rows, name, spec)).captioned
        ],
        sections=[_section(name, rows, spec) for name in MEASURES if name in spec.measures],
        provenance=list(provenance_rows(provenance)),
    )
    with atomic(path) as temporary:
        temporary.write_text(visible(text), encoding="utf-8")


def _worst_status(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what has become of each cell: failed, if any row of it has."""
    found: dict[int, set[str]] = {}
    for row in rows:
        found.setdefault(row["cell"], set()).add(row["status"])
    order = ("failed", "missing")
    return [next((word for word in order if word in each), "done") for each in found.values()]


def _winners(entries: Sequence[Entry]) -> list[Entry]:
    """For each world and LLM: who recovers the most, with as few active latents as that takes."""
    best: dict[tuple[str, str], Entry] = {}
    for entry in entries:
        which = (entry.world, entry.llm)
        if which not in best or (-entry.recovered, entry.l0) < (
            -best[which].recovered,
            best[which].l0,
        ):
            best[which] = entry
    return list(best.values())


def _sights(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    """Put what each measure sees in a table: measures down, settings across."""
    found = sights(rows)
    if not found:
        return None
    settings = list(dict.fromkeys(each.setting for each in found))
    by_place = {(each.measure, each.setting): each for each in found}
    measures = list(dict.fromkeys(each.measure for each in found))
    return {
        "overlaps": found[0].overlaps,
        "settings": settings,
        "rows": [
            (MEASURES[m].title, MEASURES[m].direction, [by_place.get((m, s)) for s in settings])
            for m in measures
        ],
    }


def _section(measure: str, rows: Sequence[Mapping[str, Any]], spec: Spec) -> _Section:
    """Gather one measure; its table has SAEs one way, worlds and LLMs the other."""
    own = [row for row in rows if row["measure"] == measure and not row["part"]]
    across = list(dict.fromkeys((row["world"], row["llm"]) for row in own))
    down = list(dict.fromkeys((row["sae"], row["sparsity"], row["width"]) for row in own))
    cells: dict[Any, list[Mapping[str, Any]]] = {}
    for row in own:
        place = (row["world"], row["llm"], row["sae"], row["sparsity"], row["width"])
        cells.setdefault(place, []).append(row)
    heads = [f"{world}: {llm}" for world, llm in across]
    names = [f"{sae} {sparsity:g}, {width:,} latents" for sae, sparsity, width in down]
    table = [[_cell(cells.get((*a, *d), ())) for a in across] for d in down]
    if len(heads) > len(names):  # a long table is read more easily than a wide one
        heads, names, table = names, heads, [list(column) for column in zip(*table, strict=True)]
    about = MEASURES[measure]
    better = f"{about.direction} is {'more alike' if about.stage == 'comparison' else 'better'}"
    x, drawn = curves(rows, measure)
    return _Section(
        measure,
        about.title,
        ", ".join(filter(None, (measure, about.unit, better if about.direction else ""))),
        x,
        drawn,
        heat(rows, measure, spec),
        heads,
        list(zip(names, table, strict=True)),
    )


def _cell(rows: Sequence[Mapping[str, Any]]) -> str:
    values = [row["value"] for row in rows if row["value"] is not None]
    if not values:
        words = sorted({row["note"] or row["status"] for row in rows})
        return ", ".join(words) or "-"
    spread = f" ({min(values):.3g} to {max(values):.3g})" if min(values) < max(values) else ""
    return f"{statistics.fmean(values):.3g}{spread}"
