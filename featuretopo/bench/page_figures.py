"""The figures of a sweep's page: what is drawn of which rows."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from markupsafe import Markup

from featuretopo.bench.architectures import sparsity_name
from featuretopo.bench.front import on_front
from featuretopo.bench.measures import MEASURES
from featuretopo.bench.parameters import Rows, panels
from featuretopo.bench.spec import Spec
from featuretopo.labels import Style, styles_of
from featuretopo.report.curve_figure import curve_figure
from featuretopo.report.heat_figure import heat_figure
from featuretopo.report.pareto_figure import TradeOff, pareto_figure
from featuretopo.report.svg import marks, picture

_MARGIN = 0.04  # of the range of an axis, beyond what is drawn
_AXIS = {"shapes_recovered": "share of shapes", "fvu": "FVU"}


@dataclass(frozen=True, slots=True)
class Figures:
    """Pictures that stand beside each other, each under its words, and one key for all.

    Attributes
    ----------
    captioned : tuple of (str, Markup)
    key : tuple of (Markup, str)
        A mark, and what it stands for; empty where there is only one.
    """

    captioned: tuple[tuple[str, Markup], ...]
    key: tuple[tuple[Markup, str], ...] = ()


def pareto(rows: Rows, measure: str) -> Figures:
    """Draw a measure against L0, one picture for each world and LLM, and the front in each."""
    points: dict[tuple[str, str], list[TradeOff]] = {}
    for (world, llm, sae, sparsity, width), of_sae in _by_sae(rows).items():
        l0, values = (
            {(r["seed"], r["side"]): r["value"] for r in of_sae if r["measure"] == name}
            for name in ("l0", measure)
        )
        both = [run for run in values if run in l0]
        if both:
            known = [values[run] for run in both]
            points.setdefault((world, llm), []).append(
                TradeOff(
                    sae,
                    f"{sae} {sparsity:g}" + (f", {width:,}" if _varies(rows, "width") else ""),
                    statistics.fmean(l0[run] for run in both),
                    statistics.fmean(known),
                    min(known),
                    max(known),
                    best=False,
                )
            )
    everyone = [t for of_llm in points.values() for t in of_llm if t.cost > 0]
    if not everyone:
        return Figures(())
    better = MEASURES[measure].direction or "higher"
    styles = styles_of(t.kind for t in everyone)
    captioned = []
    for (world, llm), of_llm in points.items():
        ranked = _with_front([t for t in of_llm if t.cost > 0], better)
        if ranked:
            drawn = pareto_figure(
                ranked,
                title=f"{MEASURES[measure].title} against L0: {world}, {llm}",
                cost="L0",
                value=_AXIS.get(measure, measure),
                costs=(min(t.cost for t in everyone), max(t.cost for t in everyone)),
                limits=_limits([v for t in everyone for v in (t.low, t.high)], measure),
                better=better,
                styles=styles,
            )
            captioned.append((_where(rows, world, llm), drawn))
    return Figures(tuple(captioned), _key(styles))


def curves(rows: Rows, measure: str) -> tuple[str, Figures]:
    """Draw a measure against the parameter that varies; return the parameter's name as well."""
    x, found = panels(measure, rows)
    each = [curve for panel in found for curve in panel.curves]
    if not each:
        return "", Figures(())
    spots = [spot for curve in each for spot in curve.spots]
    numbers = [v for s in spots for v in (s.low, s.high, s.value, *(s.null or ()))]
    styles = styles_of(curve.name for curve in each)
    drawn = tuple(
        (
            panel.title,
            curve_figure(
                panel.curves,
                title=f"{MEASURES[measure].title}{f': {panel.title}' if panel.title else ''}",
                x=x,
                y=MEASURES[measure].unit or "value",
                limits=_limits(numbers, measure),
                styles=styles,
            ),
        )
        for panel in found
    )
    return x, Figures(drawn, _key(styles))


def heat(rows: Rows, measure: str, spec: Spec) -> Figures:
    """Draw a share or cosine over sparsity and width, where both vary; dead latents below."""
    if MEASURES[measure].unit not in ("share", "cosine"):
        return Figures(())
    tables: dict[tuple[str, str, str], dict[tuple[float, int], list[float]]] = {}
    dead: dict[tuple[Any, ...], list[float]] = {}
    for (world, llm, sae, sparsity, width), of_sae in _by_sae(rows).items():
        values = [r["value"] for r in of_sae if r["measure"] == measure]
        if values:
            tables.setdefault((world, llm, sae), {})[sparsity, width] = values
        shares = [r["value"] for r in of_sae if r["measure"] == "dead_share"]
        dead[world, llm, sae, sparsity, width] = shares if measure != "dead_share" else []
    captioned = []
    for (world, llm, sae), table in tables.items():
        down = sorted({sparsity for sparsity, _ in table})
        across = sorted({width for _, width in table})
        if len(down) < 2 or len(across) < 2:
            continue
        values_of = [
            [statistics.fmean(table[s, w]) if (s, w) in table else None for w in across]
            for s in down
        ]
        small = [[_dead(dead.get((world, llm, sae, s, w), ())) for w in across] for s in down]
        where = _where(rows, world, llm)
        drawn = heat_figure(
            values_of,
            title=f"{MEASURES[measure].title}: {world}, {llm}, {sae}",
            rows=[f"{s:g}" for s in down],
            columns=[f"{w:,}" for w in across],
            row_label=sparsity_name(spec.sae[sae].type),
            column_label="latents",
            small=small,
        )
        captioned.append((f"{sae}{f': {where}' if where else ''}", drawn))
    return Figures(tuple(captioned))


def _by_sae(rows: Rows) -> dict[tuple[Any, ...], list[Mapping[str, Any]]]:
    """Put together the seeds and sides of one SAE."""
    found: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        if row["side"] != "ab" and row["value"] is not None and not row["part"]:
            which = tuple(row[name] for name in ("world", "llm", "sae", "sparsity", "width"))
            found.setdefault(which, []).append(row)
    return found


def _with_front(found: Sequence[TradeOff], better: Literal["higher", "lower"]) -> list[TradeOff]:
    sign = 1 if better == "higher" else -1
    best = on_front([(t.cost, sign * t.value) for t in found])
    return [replace(t, best=b) for t, b in zip(found, best, strict=True)]


def _limits(numbers: Sequence[float], measure: str) -> tuple[float, float]:
    """Return ends for an axis: 0 and 1 for shares that fill it, else the range at hand."""
    low, high = min(numbers), max(numbers)
    if MEASURES[measure].unit == "share" and low >= 0 and 0.5 < high <= 1:
        return 0.0, 1.0
    margin = _MARGIN * (high - low) or _MARGIN * abs(high) or _MARGIN
    if MEASURES[measure].unit == "share" and low >= 0 and high <= 1:
        return max(0.0, low - margin), min(1.0, high + margin)
    return low - margin, high + margin


def _varies(rows: Rows, name: str) -> bool:
    return len({row[name] for row in rows}) > 1


def _where(rows: Rows, world: str, llm: str) -> str:
    """Name a world and an LLM, each only if there are several."""
    return ", ".join(
        value for name, value in (("world", world), ("llm", llm)) if _varies(rows, name)
    )


def _dead(shares: Sequence[float]) -> str:
    return f"{statistics.fmean(shares):.0%} dead" if shares else ""


def _key(styles: Mapping[str, Style]) -> tuple[tuple[Markup, str], ...]:
    if len(styles) < 2:
        return ()
    return tuple(
        (picture(14, 14, "mark", s.shape, marks([(7, 7)], s.shape, s.class_, size=8)), name)
        for name, s in styles.items()
    )
