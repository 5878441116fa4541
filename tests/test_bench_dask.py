"""Dask: the same bits as on processes, and clear words where there is no cluster to speak of."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sweep_cases import small

from featuretopo.bench import execute, open_store, plan
from featuretopo.bench.dask_cluster import dask_executor
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
