"""What ``featuretopo sweep`` prints: tables for people, JSON for scripts, progress on stderr."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import pyarrow as pa
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table

from featuretopo.bench import Plan, Store
from featuretopo.bench.collect import cell_state, failed_stage
from featuretopo.bench.differences import Differences
from featuretopo.bench.estimate import estimate
from featuretopo.bench.execute import Progress
from featuretopo.bench.leaderboard import Entry
from featuretopo.bench.place import Place
from featuretopo.bench.plan import Cell
from featuretopo.bench.store import State

_MOST_ROWS = 10


def show_validated(plan: Plan, as_json: bool) -> None:
    """Say that a sweep is sound."""
    if as_json:
        _print_json({"name": plan.spec.name, "valid": True, "cells": len(plan.cells)})
        return
    _say(f"{plan.spec.name}: sound; {_count(len(plan.cells), 'cell')}")


def show_plan(plan: Plan, store: Store | None, workers: int, as_json: bool) -> None:
    """Print the cells, how many are done, and how long the rest will take."""
    states = store.states() if store else {}
    counts = cell_counts(plan, states)
    stages = Counter(task.stage for task in plan.tasks.values())
    done = Counter(t.stage for t in plan.tasks.values() if states.get(t.key) == "done")
    took = estimate(plan, store, states)
    seconds = took.seconds / workers
    if as_json:
        _print_json(
            {
                "name": plan.spec.name,
                "cells": counts,
                "stages": {name: {"all": n, "done": done[name]} for name, n in stages.items()},
                "seconds_left": round(seconds, 1),
                "workers": workers,
                "measured_stages": took.measured,
            }
        )
        return
    _say(f"{plan.spec.name}: {_cells_in_words(counts)}")
    table = Table("stage", "all", "done", box=None, pad_edge=False)
    for name, number in stages.items():
        table.add_row(name, f"{number:,}", f"{done[name]:,}")
    Console().print(table)
    _show_cells(plan, states)
    basis = (
        f"from {_count(took.measured, 'stage')} that ran here"
        if took.measured
        else "a guess: nothing of it has run here yet"
    )
    left = f"some {_duration(seconds)} left" if seconds else "nothing left"
    _say(f"{left} with {_count(workers, 'worker')}" + (f" ({basis})" if seconds else ""))


def show_status(plan: Plan, store: Store, as_json: bool) -> None:
    """Print how many cells are done, and why others failed."""
    states = store.states()
    counts = cell_counts(plan, states)
    if as_json:
        _print_json(
            {"name": plan.spec.name, "cells": counts, "failures": failures(plan, store, states)}
        )
        return
    _say(f"{plan.spec.name}: {_cells_in_words(counts)}")
    _show_failures(plan, store, states)


def show_run(
    plan: Plan, store: Store, table: pa.Table, out: Place, as_json: bool
) -> dict[str, int]:
    """Print what a run has come to; return the number of cells by state."""
    states = store.states()
    counts = cell_counts(plan, states)
    rows = Counter(table["status"].to_pylist())
    if as_json:
        _print_json(
            {
                "name": plan.spec.name,
                "cells": counts,
                "rows": dict(rows),
                "failures": failures(plan, store, states),
                "results": str(out),
            }
        )
        return counts
    _say(f"{plan.spec.name}: {_cells_in_words(counts)}")
    _show_failures(plan, store, states)
    if counts["failed"]:
        _say("--retry-failed tries them again")
    if counts["missing"]:
        _say("the same command does what is missing")
    # their cells are done, and a measure had nothing to measure there; of a kind of shape that
    # cannot be seen there is never a share
    empty = [
        row["measure"]
        for row in (table.to_pylist() if rows["undefined"] else ())
        if row["status"] == "undefined" and not row["part"]
    ]
    if empty:
        words = ", ".join(dict.fromkeys(empty))
        _say(f"{len(empty):,} of {len(table):,} rows have no value: {words}")
    _say(f"results  {out}")
    return counts


def show_collected(table: pa.Table, out: Place, as_json: bool) -> None:
    """Print how many rows there are of each status."""
    counts = Counter(table["status"].to_pylist())
    if as_json:
        _print_json({"results": str(out), "rows": len(table), "status": dict(counts)})
        return
    words = ", ".join(f"{number:,} {status}" for status, number in sorted(counts.items()))
    _say(f"{_count(len(table), 'row')}: {words}")
    _say(f"results  {out}")


def show_differences(found: Differences, as_json: bool) -> None:
    """Print what has become worse, and how much differs otherwise."""
    if as_json:
        _print_json(
            {
                "in_common": found.in_common,
                "only_before": found.only_before,
                "only_after": found.only_after,
                "differ": len(found.differ),
                "worse": [asdict(each) for each in found.worse],
            }
        )
        return
    _say(
        f"{_count(found.in_common, 'row')} in common, {len(found.differ):,} differ, "
        f"{len(found.worse):,} worse; {found.only_before:,} only before, "
        f"{found.only_after:,} only after"
    )
    for each in found.worse[:_MOST_ROWS]:
        which = " ".join(f"{value:g}" if isinstance(value, float) else str(value)
                         for value in each.which.values() if value != "")  # fmt: skip
        values = (("-" if v is None else f"{v:.4g}") for v in (each.before, each.after))
        a, b = (f"{v} ({s})" if s != "done" else v
                for v, s in zip(values, each.status, strict=True))  # fmt: skip
        _say(f"  worse: {which}: {a} to {b}")
    if len(found.worse) > _MOST_ROWS:
        _say(f"  and {len(found.worse) - _MOST_ROWS:,} more")


def show_leaderboard(entries: Sequence[Entry]) -> None:
    """Print the leaderboard: for each world and LLM a table, in it a block for each band of L0."""
    console = Console()
    kinds = sorted({kind for entry in entries for kind in entry.by_kind})
    titles = ("", "SAE", "sparsity", "width", "L0", "shapes", *kinds, "MMCS", "FVU", "seeds")
    sweeps = {entry.sweep for entry in entries}
    for sweep, world, llm in dict.fromkeys((e.sweep, e.world, e.llm) for e in entries):
        _say(f"{f'{sweep}: ' if len(sweeps) > 1 else ''}{world}, {llm}")
        table = Table(*titles, box=None, pad_edge=False)
        table.columns[1].no_wrap = True  # it names the blocks as well
        band = None
        for entry in entries:
            if (entry.sweep, entry.world, entry.llm) != (sweep, world, llm):
                continue
            if entry.l0_band != band:
                band = entry.l0_band
                table.add_row("", f"[bold]L0 {band[0]:g} to {band[1]:g}[/]")
            of_kinds = (
                f"{entry.by_kind[kind]:.0%}" if kind in entry.by_kind else "-" for kind in kinds
            )
            others = ("-" if v is None else f"{v:.2f}" for v in (entry.mmcs, entry.fvu))
            table.add_row(
                "*" if entry.best else "",
                escape(entry.sae),
                f"{entry.sparsity:g}",
                str(entry.width),
                f"{entry.l0:.1f}",
                _share_in_range(entry),
                *of_kinds,
                *others,
                str(entry.seeds),
            )
        console.print(table)
    _say(
        "* no other recovers as many shapes with as few active latents; shapes: mean over seeds "
        "(least to most)"
        if entries
        else "nothing is done yet"
    )


def _share_in_range(entry: Entry) -> str:
    spread = f" ({entry.least:.0%} to {entry.most:.0%})" if entry.least < entry.most else ""
    return f"{entry.recovered:.0%}{spread}"


def cell_counts(plan: Plan, states: dict[str, State]) -> dict[str, int]:
    """Count the cells that are done, failed and missing."""
    found = Counter(cell_state(cell, states) for cell in plan.cells)
    return {"all": len(plan.cells)} | {s: found[s] for s in ("done", "failed", "missing")}


def failures(plan: Plan, store: Store, states: dict[str, State]) -> list[dict[str, Any]]:
    """List every stage that failed, why, and the first cell that it keeps from being done."""
    cells: dict[tuple[str, str], list[Cell]] = {}
    for cell in plan.cells:
        for final in cell.finals:
            bad = failed_stage(final.task, states)
            if bad is not None:
                held = cells.setdefault((bad.stage, bad.key), [])
                if cell not in held[-1:]:
                    held.append(cell)
    return [
        {
            "stage": stage,
            "error": store.failure(stage, key).error,
            "cells": len(held),
            "first_cell": held[0].name,
            "key": key,
        }
        for (stage, key), held in cells.items()
    ]


@contextmanager
def progress_bar() -> Iterator[Callable[[Progress], None]]:
    """Show a bar for the sweep and one for each stage at work, on stderr where somebody watches."""
    console = Console(stderr=True)
    bars = Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[note]}"),
        console=console,
        disable=not console.is_terminal,
    )
    with bars:
        bar = bars.add_task("stages", total=None, note="")
        at_work: dict[str, TaskID] = {}

        def watch(progress: Progress) -> None:
            note = f"[red]{progress.failed} failed[/]" if progress.failed else progress.last
            bars.update(
                bar, total=progress.stages, completed=progress.done + progress.failed, note=note
            )
            for key in at_work.keys() - progress.running.keys():
                bars.remove_task(at_work.pop(key))
            for key, stage in progress.running.items():
                if key not in at_work:
                    at_work[key] = bars.add_task(f"  {stage}", total=None, note="")

        yield watch


def _show_cells(plan: Plan, states: dict[str, State]) -> None:
    titles = ("world", "llm", "sae", "sparsity", "width", "seed", "")
    table = Table(*titles, box=None, pad_edge=False)
    for cell in plan.cells[:_MOST_ROWS]:
        state = cell_state(cell, states)
        words = (cell.world, cell.llm, cell.sae, f"{cell.sparsity:g}", str(cell.width))
        table.add_row(*map(escape, words), str(cell.seed), state)
    Console().print(table)
    if len(plan.cells) > _MOST_ROWS:
        _say(f"and {len(plan.cells) - _MOST_ROWS:,} more")


def _show_failures(plan: Plan, store: Store, states: dict[str, State]) -> None:
    found = failures(plan, store, states)
    for each in found[:_MOST_ROWS]:
        _say(f"  {each['stage']} of {each['first_cell']}: {each['error']}"
             + (f" ({each['cells']:,} cells)" if each["cells"] > 1 else ""))  # fmt: skip
    if len(found) > _MOST_ROWS:
        _say(f"  and {len(found) - _MOST_ROWS:,} more failures")


def _cells_in_words(counts: dict[str, int]) -> str:
    parts = [f"{counts['done']:,} done"]
    parts += [f"{counts[s]:,} {s}" for s in ("failed", "missing") if counts[s]]
    return f"{_count(counts['all'], 'cell')}, {', '.join(parts)}"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"


def _say(words: str) -> None:
    Console(soft_wrap=True).print(escape(words), highlight=False)


def _print_json(content: dict[str, Any]) -> None:
    print(json.dumps(content, indent=1))
