"""Processes: a pool of single-purpose worker processes that outlives the death of a worker."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from threading import Thread
from typing import Any

from featuretopo.bench.threads import VARIABLES


class Processes(Executor):
    """An executor of `workers` processes, each on `threads` threads.

    When a worker is killed, whatever the pool was at fails with BrokenProcessPool; the next
    submission opens a new pool. When the parent is killed, its workers end themselves.

    Parameters
    ----------
    workers, threads : int
        Both at least 1.
    """

    def __init__(self, workers: int, threads: int = 1) -> None:
        self.workers = workers
        self.threads = threads
        self._pool: ProcessPoolExecutor | None = None

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run a function in a worker."""
        # a worker inherits the environment of the moment in which it is started: on submission
        variables = dict.fromkeys(VARIABLES, str(self.threads))
        with _environment(variables | {"PYTHONWARNINGS": _quiet()}):
            try:
                return self._open().submit(fn, *args, **kwargs)
            except BrokenProcessPool:
                self._pool = None
                return self._open().submit(fn, *args, **kwargs)

    def _open(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self.workers,
                mp_context=multiprocessing.get_context("spawn"),
                initializer=_start,
            )
        return self._pool

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Close the pool."""
        if self._pool is not None:
            self._pool.shutdown(wait=wait, cancel_futures=cancel_futures)

    def kill(self) -> None:
        """End the workers at once, whatever they are at."""
        pool, self._pool = self._pool, None
        if pool is not None:
            for process in list((pool._processes or {}).values()):
                process.kill()
            pool.shutdown(wait=True, cancel_futures=True)


def _start() -> None:
    """Leave interrupts to the parent, and end when it does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None

    def follow() -> None:
        parent.join()
        os._exit(1)

    Thread(target=follow, daemon=True).start()


def _quiet() -> str:
    """Warnings that a worker is not to show, with those that the user has chosen."""
    # the locks of a worker that was killed are taken away by a process whose job that is, and
    # which says so on stderr: nothing that anybody needs to know
    chosen = os.environ.get("PYTHONWARNINGS")
    return ",".join(filter(None, (chosen, "ignore:resource_tracker")))


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
