"""What a worker does with one task: read its inputs, do its work, store what comes of it."""

from __future__ import annotations

import json
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from featuretopo import __version__
from featuretopo.bench.errors import StoreError, cannot_write
from featuretopo.bench.object_file import Stored
from featuretopo.bench.peak_memory import peak_memory_mb, reset_peak_memory
from featuretopo.bench.place import place_of
from featuretopo.bench.plan import Task, description, heading
from featuretopo.bench.stages.catalogue import STAGES, versions_of, work_of
from featuretopo.bench.store import Failure, Store
from featuretopo.bench.threads import limited


@dataclass(frozen=True, slots=True)
class Job:
    """One task as it is sent to a worker: a few short strings, whatever the sweep."""

    stage: str
    key: str
    heading: str
    parameters: tuple[tuple[str, str], ...]
    inputs: tuple[tuple[str, str], ...]
    root: str
    threads: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a job.

    Attributes
    ----------
    key : str
    status : {"done", "failed", "stop"}
        "stop": the store or the worker's environment is at fault, and the run must end.
    error : str
    seconds : float
        Of the stage's own work.
    """

    key: str
    status: str
    error: str
    seconds: float


def job_of(task: Task, store: Store, threads: int) -> Job:
    """Make a task ready to be sent."""
    return Job(
        task.stage,
        task.key,
        heading(task.stage),
        tuple(description(task)),
        tuple((each.stage, each.key) for each in task.inputs),
        str(store.root.resolve() if isinstance(store.root, Path) else store.root),
        threads,
    )


def carry_out(job: Job) -> Outcome:
    """Do one job. A stage that fails is a result; a store or an environment that fails is not."""
    if others := _other_versions(job):
        return Outcome(job.key, "stop", others, 0.0)
    store = Store(place_of(job.root))
    parameters = {name: json.loads(value) for name, value in job.parameters}
    about = {
        "stage": job.stage,
        "key": job.key,
        "version": STAGES[job.stage].version,
        "parameters": parameters,
        "inputs": [key for _, key in job.inputs],
        "engines": versions_of(job.stage),
        "featuretopo": __version__,
    }
    work = work_of(job.stage)  # imported before the clock starts
    start = time.perf_counter()
    try:
        inputs = [store.read(*each).result for each in job.inputs]
        reset_peak_memory()
        try:
            with limited(job.threads):
                result = work(parameters, inputs)
        except Exception as error:
            seconds = time.perf_counter() - start
            failure = Failure(
                _in_one_line(error), traceback.format_exc(), seconds, peak_memory_mb()
            )
            store.fail(job.stage, job.key, failure, about)
            return Outcome(job.key, "failed", failure.error, seconds)
        seconds = time.perf_counter() - start
        store.write(job.stage, job.key, Stored(result, about, seconds, peak_memory_mb()))
    except StoreError as error:
        return Outcome(job.key, "stop", str(error), 0.0)
    except OSError as error:
        return Outcome(job.key, "stop", cannot_write(job.root, error), 0.0)
    return Outcome(job.key, "done", "", seconds)


def _other_versions(job: Job) -> str:
    """Say where this process is of other versions than those that are in the key; "" if nowhere."""
    planned = json.loads(job.heading)
    before = {f"stage {job.stage}": planned["version"], **planned["engines"]}
    here = {f"stage {job.stage}": STAGES[job.stage].version, **versions_of(job.stage)}
    differ = [name for name in before | here if before.get(name) != here.get(name)]
    if not differ:
        return ""
    has, had = (", ".join(f"{name} {of.get(name)}" for name in differ) for of in (here, before))
    return (
        f"a worker has {has}, and the sweep was planned with {had}: give all workers one "
        "environment, and run the sweep again: what is finished stays"
    )


def _in_one_line(error: Exception) -> str:
    words = " ".join(str(error).split())
    kind = type(error).__name__
    return words if kind == "FeaturetopoError" else f"{kind}: {words}".removesuffix(": ")
