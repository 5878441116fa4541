"""A pool of single-threaded processes, and their progress on stderr."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, wait
from contextlib import contextmanager
from functools import partial
from threading import Thread
from typing import Any, TypeVar

from rich.progress import Progress

from featuretopo.progress import bars as progress_bars

T = TypeVar("T")

# Linear algebra on one thread in every worker: two workers on two threads each would fight over
# two cores, and the same seed must give the same bits whatever the machine.
_ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")

_queue: Any = None  # a worker's way to report; set once when it starts


class Workers:
    """Runs jobs in processes and shows a bar for each."""

    def __init__(self, executor: ProcessPoolExecutor, progress: Progress, bars: dict[str, Any]):
        self._executor = executor
        self._progress = progress
        self._bars = bars

    def map(
        self,
        title: str,
        job: Callable[..., T],
        names: Sequence[str],
        arguments: Sequence[tuple[Any, ...]],
    ) -> list[T]:
        """Run `job` on each tuple of arguments, in order; one bar counts the finished ones."""
        bar = self._progress.add_task(title, total=len(names))
        futures = [self._executor.submit(job, *each) for each in arguments]
        for future in futures:
            future.add_done_callback(lambda _: self._progress.advance(bar))
        wait(futures, return_when="FIRST_EXCEPTION")
        return [future.result() for future in futures]

    def steps(self, name: str, total: int) -> Callable[[int], None]:
        """Open a bar that a worker moves by itself; pass what is returned to its job."""
        self._bars[name] = self._progress.add_task(f"  {name}", total=total)
        return partial(_report, name)


@contextmanager
def workers(count: int) -> Iterator[Workers]:
    """Open a pool of `count` fresh processes."""
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    bars: dict[str, Any] = {}
    progress = progress_bars()

    def listen() -> None:
        for name, done in iter(queue.get, None):
            progress.update(bars[name], completed=done)

    listener = Thread(target=listen, daemon=True)
    with _one_thread_each(), progress:
        listener.start()
        executor = ProcessPoolExecutor(
            count, mp_context=context, initializer=_start, initargs=(queue,)
        )
        try:
            yield Workers(executor, progress, bars)
        finally:
            executor.shutdown(cancel_futures=True)
            queue.put(None)
            listener.join()


def _start(queue: Any) -> None:
    global _queue
    _queue = queue
    import torch

    torch.set_num_threads(1)


def _report(name: str, done: int) -> None:
    _queue.put((name, done))


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Set what child processes read when they start; put it back afterwards."""
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(dict.fromkeys(_ONE_THREAD, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
