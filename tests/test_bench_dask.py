"""Dask: the same bits as on processes, and clear words where there is no cluster to speak of."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sweep_cases import small

from featuretopo.bench import execute, open_store, plan
from featuretopo.bench.dask_cluster import dask_executor
from featuretopo.bench.errors import ExecutorError
from featuretopo.bench.execute import Progress
from featuretopo.bench.run import run_plan
from featuretopo.errors import FeaturetopoError


class Client:
    """A cluster whose workers run so many threads each."""

    threads: tuple[int, ...] = ()

    def __init__(self, address: str, timeout: str) -> None:
        if address == "tcp://nobody:1":
            raise OSError("timed out")

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def nthreads(self) -> dict[str, int]:
        return {f"worker {i}": n for i, n in enumerate(self.threads)}

    def get_executor(self, **_: Any) -> str:
        return "executor"


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Client]]:
    fake = SimpleNamespace(Client=Client, LocalCluster=None)
    monkeypatch.setitem(sys.modules, "distributed", fake)
    yield Client
    Client.threads = ()


def test_workers_of_one_thread_are_used(cluster: type[Client]) -> None:
    cluster.threads = (1, 1, 1)
    with dask_executor("tcp://somewhere:1", 2) as (executor, at_once):
        assert (executor, at_once) == ("executor", 4)


@pytest.mark.parametrize(
    ("address", "threads", "words"),
    [
        ("tcp://nobody:1", (1,), "nobody answers there"),
        ("tcp://somewhere:1", (), "the scheduler has no worker"),
        ("tcp://somewhere:1", (1, 4), "run 4 tasks in one process"),
    ],
)
def test_a_cluster_that_will_not_do_is_refused(
    cluster: type[Client], address: str, threads: tuple[int, ...], words: str
) -> None:
    cluster.threads = threads
    with pytest.raises(FeaturetopoError, match=words), dask_executor(address, 2):
        pass


def test_a_scheduler_that_is_gone_is_named(cluster: type[Client]) -> None:
    cluster.threads = (1,)
    words = "the Dask scheduler at tcp://somewhere:1 is gone.*, and the same command goes on"
    with pytest.raises(FeaturetopoError, match=words), dask_executor("tcp://somewhere:1", 2):
        raise ExecutorError("the executor is gone (lost)")


@pytest.mark.slow
def test_a_run_whose_scheduler_is_killed_goes_on_with_another(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pytest.importorskip("distributed")
    store = open_store(tmp_path / "store", make=True)
    planned = plan(small())
    with scheduler() as (address, process):

        def kill(progress: Progress) -> None:
            if progress.done == 3:
                process.kill()

        with pytest.raises(FeaturetopoError, match=f"the Dask scheduler at {address} is gone"):
            run_plan(planned, store, dask=address, watch=kill)
    assert not caplog.records  # one error says it all
    states = store.states()
    assert 3 <= len(states) < len(planned.tasks) and set(states.values()) == {"done"}
    with scheduler() as (address, _):
        progress = run_plan(planned, store, dask=address)
    assert (progress.done, progress.failed) == (len(planned.tasks) - len(states), 0)


@contextmanager
def scheduler() -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """A scheduler and one worker, in processes of their own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    with (
        started("scheduler", "--port", str(port), "--no-dashboard") as process,
        started("worker", address, "--nthreads", "1", "--no-dashboard", "--no-nanny"),
    ):
        from distributed import Client as Real

        with Real(address, timeout="60s") as client:
            client.wait_for_workers(1, timeout=60)
        yield address, process


@contextmanager
def started(*words: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "dask", *words]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.slow
def test_a_local_cluster_gives_the_same_bits(tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    planned = plan(small(seeds=[0]))
    both = [open_store(tmp_path / name, make=True) for name in ("dask", "here")]
    with dask_executor("local", 1) as (executor, at_once):
        assert execute(planned, both[0], executor, at_once=at_once).failed == 0
    with ThreadPoolExecutor(1) as thread:
        execute(planned, both[1], thread)
    for key, task in planned.tasks.items():
        a, b = (store.read(task.stage, key).result for store in both)
        assert a.values == b.values and a.arrays.keys() == b.arrays.keys()
        assert all(a.arrays[name].tobytes() == b.arrays[name].tobytes() for name in a.arrays)
