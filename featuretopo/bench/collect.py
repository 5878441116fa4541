"""collect: one long row for every cell and measure, out of the store and into parquet."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from featuretopo.bench.errors import StoreError
from featuretopo.bench.measures import MEASURES
from featuretopo.bench.place import Url, write_whole
from featuretopo.bench.plan import Cell, Final, Plan, Task
from featuretopo.bench.store import State, Store
from featuretopo.bench.table_digest import with_digest

FORMAT = "sweep-results/1"

SCHEMA = pa.schema(
    [
        ("sweep", pa.string()),
        ("cell", pa.int64()),
        ("world", pa.string()),
        ("llm", pa.string()),
        ("sae", pa.string()),
        ("sparsity", pa.float64()),
        ("width", pa.int64()),
        ("seed", pa.int64()),
        ("side", pa.string()),
        ("measure", pa.string()),
        ("part", pa.string()),
        ("value", pa.float64()),
        ("unit", pa.string()),
        ("direction", pa.string()),
        ("low", pa.float64()),
        ("high", pa.float64()),
        ("p", pa.float64()),
        ("q", pa.float64()),
        ("effect", pa.float64()),
        ("null_low", pa.float64()),
        ("null_high", pa.float64()),
        ("note", pa.string()),
        ("status", pa.string()),
        ("error", pa.string()),
        ("seconds", pa.float64()),
        ("peak_memory_mb", pa.float64()),
        ("key", pa.string()),
    ],
    metadata={"format": FORMAT},
)
#: Columns that differ from run to run; all others are the same to the bit.
COSTS = ("seconds", "peak_memory_mb")
#: What the rows of stages without a null lack.
_NO_NULL = dict.fromkeys(("null_low", "null_high"))


def collect(plan: Plan, store: Store) -> pa.Table:
    """Return every row of a sweep, cell by cell.

    A row is "done", "undefined" (the measure has no value here), "failed" (the error says why) or
    "missing" (not yet run).

    Parameters
    ----------
    plan : Plan
    store : Store

    Returns
    -------
    pyarrow.Table

    Raises
    ------
    StoreError
        If a result is damaged.
    """
    states = store.states()
    columns: dict[str, list[Any]] = {name: [] for name in SCHEMA.names}
    names = set(plan.spec.measures)
    known: dict[str, Sequence[dict[str, Any]]] = {}
    for number, cell in enumerate(plan.cells):
        about = {
            "sweep": plan.spec.name,
            "cell": number,
            "world": cell.world,
            "llm": cell.llm,
            "sae": cell.sae,
            "sparsity": cell.sparsity,
            "width": cell.width,
            "seed": cell.seed,
        }
        for final in cell.finals:
            for row in _rows(final, store, states, names, known):
                full = about | row
                for name, column in columns.items():
                    column.append(full[name])
    return pa.table(columns, schema=SCHEMA)


def write_results(table: pa.Table, path: str | os.PathLike[str] | Url) -> None:
    """Write rows as parquet, whole or not at all, with a digest that is checked on reading.

    Raises
    ------
    StoreError
        If the file cannot be written; one that was there before is as it was.
    """
    content = io.BytesIO()
    pq.write_table(with_digest(table), content)
    place = path if isinstance(path, Url) else Path(path)
    try:
        write_whole(place, content.getvalue())
    except OSError as error:
        raise StoreError(
            f"{path}: cannot be written ({error.strerror or error}); make room, or give another "
            "--out to: featuretopo sweep collect"
        ) from error


def cell_state(cell: Cell, states: dict[str, State]) -> str:
    """Tell whether a cell is "done", "failed" (some stage of it) or "missing"."""
    found = {_state(final.task, states) for final in cell.finals}
    return next((word for word in ("failed", "missing") if word in found), "done")


def failed_stage(task: Task, states: dict[str, State]) -> Task | None:
    """Find the stage that failed, of a task or what it rests on."""
    state = states.get(task.key)
    if state == "done":
        return None
    if state == "failed":
        return task
    return next((bad for each in task.inputs if (bad := failed_stage(each, states))), None)


def _state(task: Task, states: dict[str, State]) -> str:
    if states.get(task.key) == "done":
        return "done"
    return "failed" if failed_stage(task, states) else "missing"


def _rows(
    final: Final,
    store: Store,
    states: dict[str, State],
    names: set[str],
    known: dict[str, Sequence[dict[str, Any]]],
) -> Iterator[dict[str, Any]]:
    task = final.task
    if task.key not in known:
        known[task.key] = list(_of_task(task, store, states, names))
    for row in known[task.key]:
        yield row | {"side": final.side}


def _of_task(
    task: Task, store: Store, states: dict[str, State], names: set[str]
) -> Iterator[dict[str, Any]]:
    asked = [name for name in names if MEASURES[name].stage == task.stage]
    asked.sort(key=list(MEASURES).index)
    if states.get(task.key) == "done":
        stored = store.read(task.stage, task.key)
        given = [row for row in stored.result.values["rows"] if row["measure"] in asked]
        for name in asked:
            rows = [row for row in given if row["measure"] == name]
            for row in rows or [empty_row(name, "undefined")]:
                yield _full(task, row, "", stored.seconds, stored.peak_memory_mb)
        return
    bad = failed_stage(task, states)
    if bad is None:
        for name in asked:
            yield _full(task, empty_row(name, "missing"), "", None, None)
        return
    failure = store.failure(bad.stage, bad.key)
    error = failure.error if bad is task else f"{bad.stage}: {failure.error}"
    for name in asked:
        yield _full(task, empty_row(name, "failed"), error, failure.seconds, failure.peak_memory_mb)


def empty_row(measure: str, status: str) -> dict[str, Any]:
    """Return what a stage says of a measure that it has no value of."""
    nothing = dict.fromkeys(("value", "low", "high", "p", "q", "effect"))
    return {"measure": measure, "part": "", "note": "", "status": status, **nothing}


def _full(
    task: Task, row: dict[str, Any], error: str, seconds: float | None, memory: float | None
) -> dict[str, Any]:
    of_measure = MEASURES[row["measure"]]
    return {**_NO_NULL, **row} | {
        "unit": of_measure.unit,
        "direction": of_measure.direction,
        "error": error,
        "seconds": seconds,
        "peak_memory_mb": memory,
        "key": task.key,
    }
