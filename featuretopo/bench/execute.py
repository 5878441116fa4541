"""execute: carry a plan out on any executor; what is in the store is not done again."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, wait
from dataclasses import dataclass, field
from typing import Any

from featuretopo.bench.errors import ExecutorError, StoreError, cannot_write
from featuretopo.bench.lock import locked
from featuretopo.bench.plan import Plan, Task
from featuretopo.bench.store import Failure, State, Store
from featuretopo.bench.upkeep import remember
from featuretopo.bench.worker import Job, Outcome, carry_out, job_of

#: How often a task is given to a worker that then dies, before it is called the cause.
_DEATHS = 2


@dataclass(slots=True)
class Progress:
    """Where a run stands; handed to whoever watches, whenever a stage begins or ends.

    Attributes
    ----------
    stages, done, failed : int
        Stages to carry out in this run, and what came of them so far.
    seconds : float
        Work done by the workers, all together.
    last : str
        The stage that ended last.
    running : dict of str to str
        What the workers are at, and what waits for the next that is free: stages by key.
    """

    stages: int
    done: int = 0
    failed: int = 0
    seconds: float = 0.0
    last: str = ""
    running: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Queue:
    """Tasks that wait for their inputs, and those that wait for nothing."""

    ready: deque[Task] = field(default_factory=deque)
    suspects: deque[Task] = field(default_factory=deque)
    missing: dict[str, int] = field(default_factory=dict)
    readers: dict[str, list[Task]] = field(default_factory=dict)
    deaths: dict[str, int] = field(default_factory=dict)


def execute(
    plan: Plan,
    store: Store,
    executor: Executor,
    *,
    at_once: int = 2,
    threads: int = 1,
    retry_failed: bool = False,
    watch: Callable[[Progress], None] | None = None,
) -> Progress:
    """Carry out what is not yet in the store, and write down there what it belongs to.

    Parameters
    ----------
    plan : Plan
    store : Store
        On a file system that the executor's workers see under the same path.
    executor : concurrent.futures.Executor
        E.g. :class:`~featuretopo.bench.Processes`, or Dask's ``client.get_executor()``.
    at_once : int
        Tasks handed to the executor at a time: a few more than it has workers.
    threads : int
        BLAS threads of each stage. Results are the same to the bit for the same number.
    retry_failed : bool
        Whether stages that failed before are tried again.
    watch : callable, optional
        Called when stages begin and after every one that ended.

    Returns
    -------
    Progress

    Raises
    ------
    StoreError
        If another run holds the store, it cannot be written to, a result in it is damaged, or a
        worker's packages are of other versions than those in the keys that it would store under.
    ExecutorError
        If the executor is gone, e.g. because its scheduler died. No stage is to blame for that.
    """
    with locked(store):
        states = store.states()
        remember(plan.spec, store)  # not before: a run that is refused leaves the store as it was
        if retry_failed:
            for key, task in plan.tasks.items():
                if states.get(key) == "failed":
                    store.forget_failure(task.stage, key)
                    del states[key]
        tasks = to_do(plan, states)
        queue, progress = _queue(tasks), Progress(len(tasks))
        running: dict[Future[Any], Task] = {}
        try:
            while queue.ready or queue.suspects or running:
                _hand_out(queue, running, store, executor, at_once, threads)
                progress.running = {task.key: task.stage for task in running.values()}
                if watch:
                    watch(progress)
                ended, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in ended:
                    task = running.pop(future)
                    del progress.running[task.key]
                    outcome = _outcome(future, task, queue, store, threads)
                    if outcome is None:
                        continue
                    if outcome.status == "stop":
                        raise StoreError(outcome.error)
                    progress.seconds += outcome.seconds
                    progress.last = task.stage
                    if outcome.status == "done":
                        progress.done += 1
                        _release(queue, task)
                    else:
                        progress.failed += 1
                    if watch:
                        watch(progress)
        finally:
            for future in running:
                future.cancel()
        return progress


def to_do(plan: Plan, states: dict[str, State]) -> list[Task]:
    """Return the tasks that a run would carry out, inputs first.

    What is there is not done again, nor what only it needs; what rests on a failure waits until
    that is retried.
    """
    wanted: set[str] = set()
    waiting = [final.task for cell in plan.cells for final in cell.finals]
    while waiting:
        task = waiting.pop()
        if task.key not in states and task.key not in wanted:
            wanted.add(task.key)
            waiting += task.inputs
    blocked = {key for key, state in states.items() if state == "failed"}
    found = []
    for key, task in plan.tasks.items():
        if key in wanted:
            if any(each.key in blocked for each in task.inputs):
                blocked.add(key)
            else:
                found.append(task)
    return found


def _queue(tasks: list[Task]) -> _Queue:
    """Sort what is to be done: what can start, and what waits for how many others."""
    wanted = {task.key for task in tasks}
    queue = _Queue()
    for task in tasks:
        open_inputs = {each.key for each in task.inputs if each.key in wanted}
        for key in open_inputs:
            queue.readers.setdefault(key, []).append(task)
        if open_inputs:
            queue.missing[task.key] = len(open_inputs)
        else:
            queue.ready.append(task)
    return queue


def _release(queue: _Queue, task: Task) -> None:
    """Let go of what waited for nothing but this; a cell begun is finished before the next."""
    for reader in queue.readers.pop(task.key, ()):
        queue.missing[reader.key] -= 1
        if not queue.missing[reader.key]:
            del queue.missing[reader.key]
            queue.ready.appendleft(reader)


def _hand_out(
    queue: _Queue,
    running: dict[Future[Any], Task],
    store: Store,
    executor: Executor,
    at_once: int,
    threads: int,
) -> None:
    """Submit what can start. A task that was running when a worker died runs alone."""
    while len(running) < at_once:
        if queue.suspects:
            if running:
                return
            task = queue.suspects.popleft()
            running[_submitted(executor, job_of(task, store, threads))] = task
            return
        if not queue.ready:
            return
        task = queue.ready.popleft()
        running[_submitted(executor, job_of(task, store, threads))] = task


def _submitted(executor: Executor, job: Job) -> Future[Outcome]:
    try:
        return executor.submit(carry_out, job)
    except Exception as error:  # every executor has its own word for being closed
        raise _gone(error) from error


def _gone(error: Exception) -> ExecutorError:
    return ExecutorError(
        f"the executor is gone ({_in_one_line(error)}); what is finished is kept: open another and "
        "run the sweep again"
    )


def _in_one_line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split()).removesuffix(":")


def _outcome(
    future: Future[Any], task: Task, queue: _Queue, store: Store, threads: int
) -> Outcome | None:
    """Return what came of a task; None if its worker died and it is to be tried once more."""
    try:
        outcome: Outcome = future.result()
        return outcome
    except CancelledError as error:  # not by us: an executor gives up its tasks when it is gone
        raise _gone(error) from error
    except Exception as error:  # every executor has its own word for a worker that is gone
        how = _in_one_line(error)
        queue.deaths[task.key] = queue.deaths.get(task.key, 0) + 1
        if queue.deaths[task.key] < _DEATHS:
            queue.suspects.append(task)
            return None
    job: Job = job_of(task, store, threads)
    failure = Failure(
        f"the worker died {_DEATHS} times at this stage, killed or out of memory ({how}); give it "
        "more memory or fewer --workers, and --retry-failed",
        "",
        0.0,
        0.0,
    )
    about = {"stage": job.stage, "key": job.key}
    try:
        store.fail(task.stage, task.key, failure, about)
    except OSError as error:
        raise StoreError(cannot_write(store.root, error)) from error
    return Outcome(task.key, "failed", failure.error, 0.0)
