"""What do sweeps cost beside the work in them, and do they survive being killed? Prints a table.

    python benchmarks/sweep.py [plan] [resume] [overhead] [workers] [kills --times 50]

plan: 100,000 cells; resume: 10,000 finished ones; overhead: what 40 small cells take beyond the
bare work of their stages, wall-clock time, and CPU time of worker (files and bookkeeping, measured
in this process) and owner; workers: two against one; kills: 40 small cells, owner or one worker
killed at random moments, against the rows of a run that nobody kills.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import tomli_w

from featuretopo.bench import Processes, collect, execute, load_spec, open_store, plan
from featuretopo.bench.collect import COSTS, write_results
from featuretopo.bench.object_file import Stored
from featuretopo.bench.peak_memory import peak_memory_mb
from featuretopo.bench.plan import Plan, description
from featuretopo.bench.run import run_plan
from featuretopo.bench.spec import Spec, checked
from featuretopo.bench.stages.catalogue import Result, work_of
from featuretopo.bench.stages.row import row
from featuretopo.bench.threads import limited


def spec(n_seeds: int, steps: int = 4, **changes: Any) -> Spec:
    """One small SAE for each seed."""
    small = {"type": "Blobs", "n_blobs": 2, "per_blob": 4}
    return checked(
        {
            "format": "sweep/1",
            "name": "benchmark",
            "measures": ["mmcs", "fvu"],
            "seeds": list(range(n_seeds)),
            "width": [16],
            "training": {"steps": steps, "batch_size": 32, "held_out": 64, "shared": 64},
            "world": {"home": {"d": 16, "shapes": [small, {"type": "Sphere", "n": 4}]}},
            "llm": {"one": {"cooccurrence": {"type": "ExactlyK", "k": 1}}},
            "sae": {"topk": {"type": "TopK", "sparsity": [2]}},
        }
        | changes
    )


def report(what: str, *figures: str) -> None:
    """Print a row."""
    print(f"| {what} | {' | '.join(figures)} |", flush=True)


def timed(job: Callable[[], Any]) -> tuple[Any, float, float]:
    """Return what a job gives, its wall-clock and its CPU seconds."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = job()
    return result, time.perf_counter() - wall, time.process_time() - cpu


def planning() -> None:
    """Plan 100,000 cells: 250 seeds of 400 SAEs."""
    wide = spec(250, width=list(range(16, 416)))
    before = peak_memory_mb()
    planned, wall, cpu = timed(lambda: plan(wide))
    more = peak_memory_mb() - before
    report(
        f"plan of {len(planned.cells):,} cells, {len(planned.tasks):,} stages",
        f"{wall:.1f} s ({cpu:.1f} s CPU)",
        f"{more:.0f} MB",
    )


def resuming() -> None:
    """Go on with 10,000 cells of which all are finished: plan, look, find nothing, collect."""
    wide = spec(10_000)
    values = {"rows": [row("mmcs", 0.5), row("fvu", 0.5)]}
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "store", make=True)
        for key, task in plan(wide).tasks.items():
            about = {"key": key, "stage": task.stage}
            store.write(task.stage, key, Stored(Result({}, values), about, 0.1, 100.0))

        def resume() -> int:
            planned = plan(wide)
            found = execute(planned, store, Processes(1))
            return found.stages

        stages, wall, cpu = timed(resume)
        report(
            "resume of 10,000 finished cells", f"{wall:.1f} s ({cpu:.1f} s CPU)", f"{stages} to do"
        )

        def gather() -> int:
            table = collect(plan(wide), store)
            write_results(table, store.results("benchmark"))
            return len(table)

        rows, wall, cpu = timed(gather)
        report("collect them", f"{wall:.1f} s ({cpu:.1f} s CPU)", f"{rows:,} rows")


def run_on(workers: int, wanted: Spec) -> tuple[float, float, float]:
    """Return wall-clock and CPU seconds of the owner of warm workers, and seconds in the stages."""
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(Path(folder) / "store", make=True)
        pool = Processes(workers)
        warm = wanted.model_copy(update={"seeds": list(range(1000, 1000 + 3 * workers))})
        execute(plan(warm), store, pool, at_once=workers + 1)
        planned = plan(wanted)
        found, wall, cpu = timed(lambda: execute(planned, store, pool, at_once=workers + 1))
        pool.kill()
    return wall, cpu, found.seconds


class Here(Executor):
    """An executor that does everything at once, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Do it."""
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def bare(planned: Plan) -> None:
    """Do the stages' work and nothing else: no store, no other process, no bookkeeping."""
    results: dict[str, Result] = {}
    for key, task in planned.tasks.items():
        parameters = {name: json.loads(value) for name, value in description(task)}
        inputs = [results[each.key] for each in task.inputs]
        results[key] = work_of(task.stage)(parameters, inputs)


def overhead(n: int = 40) -> None:
    """Run small cells on one worker; then in this process, beside their bare work, by turns."""
    wanted, stored, alone = spec(n), [], []
    planned = plan(wanted)
    bare(planned)  # imports, and what numba compiles
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            store = open_store(Path(folder) / "store", make=True)
            stored.append(timed(lambda s=store: execute(planned, s, Here()))[2])
        with limited(1):  # as every stage is
            alone.append(timed(lambda: bare(planned))[2])
    worker = min(stored) - min(alone)
    wall, cpu, work = run_on(1, wanted)
    each = 1000 / n
    report(
        "overhead of a cell (4 stages)",
        f"{each * (wall - work):.1f} ms",
        f"CPU: worker {each * worker:.1f} ms, owner {each * cpu:.1f} ms",
    )


def two_workers() -> None:
    """Run the same cells on one worker and on two, by turns."""
    wanted = spec(12, steps=3000, width=[64])
    one, two = zip(*[(run_on(1, wanted), run_on(2, wanted)) for _ in range(2)], strict=True)
    ratio = min(wall for wall, *_ in one) / min(wall for wall, *_ in two)
    report("two workers against one", f"{ratio:.2f} times as fast", "")


def kills(times: int) -> None:
    """Kill owner or worker at random moments; resume; compare with an uninterrupted run."""
    wanted = spec(40)

    def rows(store: Any) -> Any:
        return collect(plan(wanted), store).drop_columns(list(COSTS))

    draw = random.Random(0)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        whole = open_store(root / "whole", make=True)
        _, wall, _ = timed(lambda: run_plan(plan(wanted), whole))
        expected = rows(whole)
        path = root / "spec.toml"
        path.write_text(tomli_w.dumps(wanted.model_dump(exclude_none=True)))
        done, twice, same, round_ = 0, 0, 0, 0
        while done < times:
            store = open_store(root / f"store {round_}", make=True)
            round_ += 1
            while True:
                before = written(store)
                command = [sys.executable, __file__, "--child", str(path), str(store.root)]
                with subprocess.Popen(command) as owner:
                    try:
                        owner.wait(draw.uniform(0.2, 1.0) * wall if done < times else None)
                    except subprocess.TimeoutExpired:
                        done += 1
                        workers = workers_of(owner.pid)
                        target = draw.choice([owner.pid, *workers])
                        os.kill(target, signal.SIGKILL)
                        owner.wait()
                now = written(store)
                twice += sum(now.get(name) != stamp for name, stamp in before.items())
                if owner.returncode == 0:
                    break
            same += rows(store).equals(expected)
        report(
            f"{done} kills in {round_} sweeps",
            f"{twice} finished stages lost or done twice",
            f"{same} of {round_} with the same rows",
        )


def written(store: Any) -> dict[str, int]:
    """Every result, and when it was written."""
    return {
        entry.name: entry.stat().st_mtime_ns
        for entry in store.files()
        if not entry.name.startswith(".")
    }


def workers_of(pid: int) -> list[int]:
    """Return the worker processes of a run."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [
            int(child)
            for child in children
            if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text()
        ]
    except OSError:
        return []


def main() -> None:
    """Measure what is asked for."""
    parts = {
        "plan": planning, "resume": resuming, "overhead": overhead, "workers": two_workers,
        "kills": lambda: kills(given.times),
    }  # fmt: skip
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("parts", nargs="*", metavar="PART", help=", ".join(parts))
    options.add_argument("--times", type=int, default=50)
    options.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.child:
        source, folder = given.child
        run_plan(plan(load_spec(source)), open_store(folder))
        return
    if unknown := set(given.parts) - set(parts):
        options.error(f"no part {', '.join(unknown)}: there are {', '.join(parts)}")
    print("| what | | |\n|---|---|---|")
    for name in given.parts or [name for name in parts if name != "kills"]:
        parts[name]()


if __name__ == "__main__":
    main()
