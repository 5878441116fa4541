"""Killed and resumed: nothing is lost, nothing finished is done twice, the rows are the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sweep_cases import small

from featuretopo.bench import Processes, collect, execute, open_store, plan, write_results
from featuretopo.bench.collect import COSTS
from featuretopo.bench.damage import verify
from featuretopo.bench.errors import ExecutorError, StoreError
from featuretopo.bench.store import Store

# 10 cells, 40 stages
SPEC = small(seeds=list(range(10)))
RUN = """
import sys
from featuretopo.bench import load_spec, open_store, plan
from featuretopo.bench.run import run_plan
if __name__ == "__main__":
    print(run_plan(plan(load_spec(sys.argv[1])), open_store(sys.argv[2])).done, flush=True)
"""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The rows of a run that nobody interrupts."""
    store = open_store(tmp_path_factory.mktemp("whole") / "store", make=True)
    with ThreadPoolExecutor(1) as executor:
        execute(plan(SPEC), store, executor)
    return rows(store)


def rows(store: Store) -> list[dict[str, Any]]:
    return collect(plan(SPEC), store).drop_columns(list(COSTS)).to_pylist()


def finished(store: Store) -> dict[str, int]:
    """Every result, and when it was written."""
    return {
        entry.name: entry.stat().st_mtime_ns
        for entry in store.files()
        if not entry.name.startswith(".")
    }


@pytest.mark.slow
def test_a_run_whose_owner_is_killed_goes_on_where_it_was(
    tmp_path: Path, whole: list[dict[str, Any]]
) -> None:
    import tomli_w

    store = open_store(tmp_path / "store", make=True)
    spec, script = tmp_path / "spec.toml", tmp_path / "run.py"
    spec.write_text(tomli_w.dumps(SPEC.model_dump(exclude_none=True)))
    script.write_text(RUN)
    command = [sys.executable, str(script), str(spec), str(store.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as owner:
        while len(finished(store)) < 9 and owner.poll() is None:
            time.sleep(0.002)
        workers = children(owner.pid)
        owner.send_signal(signal.SIGKILL)
    for worker in workers:  # they follow by themselves
        for _ in range(1000):
            if not alive(worker):
                break
            time.sleep(0.01)
        assert not alive(worker)
    done = finished(store)
    assert 9 <= len(done) < len(plan(SPEC).tasks)
    last = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(last.stdout) == len(plan(SPEC).tasks) - len(done)
    assert done.items() <= finished(store).items()
    assert rows(store) == whole


@pytest.mark.slow
def test_a_run_outlives_its_workers(tmp_path: Path, whole: list[dict[str, Any]]) -> None:
    store = open_store(tmp_path / "store", make=True)
    executor = Processes(2)
    kills = iter([3, 17])
    at = next(kills)

    def kill_one(progress: Any) -> None:
        nonlocal at
        if progress.done >= at:
            at = next(kills, 10**9)
            os.kill(children(os.getpid())[-1], signal.SIGKILL)

    try:
        progress = execute(plan(SPEC), store, executor, at_once=3, watch=kill_one)
    finally:
        executor.kill()
    assert (progress.done, progress.failed, at) == (40, 0, 10**9)
    assert rows(store) == whole


@pytest.mark.slow
def test_a_run_outlives_a_dask_worker(tmp_path: Path, whole: list[dict[str, Any]]) -> None:
    pytest.importorskip("distributed", reason="dask.distributed is not installed")
    from featuretopo.bench.dask_cluster import dask_executor

    store = open_store(tmp_path / "store", make=True)
    killed: list[int] = []
    with dask_executor("local", 2) as (executor, at_once):

        def kill_one(progress: Any) -> None:
            # the worker itself, not the nanny that starts another in its place
            if progress.done >= 7 and not killed:
                killed.append(executor.submit(os.getpid, pure=False).result())
                os.kill(killed[0], signal.SIGKILL)

        progress = execute(plan(SPEC), store, executor, at_once=at_once, watch=kill_one)
        last = executor.submit(os.getpid, pure=False).result()
    assert (progress.done, progress.failed) == (40, 0)
    assert killed and last not in killed
    assert rows(store) == whole


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own that holds about half of what SPEC leaves."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if sys.platform != "linux" or not mounted(disk, "96k"):
        pytest.skip("a small disk needs the right to mount one")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def mounted(disk: Path, size: str, *more: str) -> bool:
    options = ",".join((f"size={size}", *more))
    command = ["mount", "-t", "tmpfs", "-o", options, "none", str(disk)]
    return subprocess.run(command, capture_output=True).returncode == 0


def test_a_run_on_a_full_disk_stops_and_goes_on_when_there_is_room(
    small_disk: Path, whole: list[dict[str, Any]], thread: Executor
) -> None:
    store = open_store(small_disk / "store", make=True)
    for _ in range(2):  # it stays full, and a second try changes nothing
        with (
            pytest.raises(StoreError, match=r"cannot be written to \(No space left on device\)"),
            ThreadPoolExecutor(1) as until_idle,  # what runs beside the stage that fails ends too
        ):
            execute(plan(SPEC), store, until_idle)
    done = finished(store)
    assert 5 < len(done) < len(plan(SPEC).tasks)
    assert verify(store) == (len(done) + 1, [])  # one is the sweep
    assert not [entry for entry in store.files() if entry.name.startswith(".")]
    assert mounted(small_disk, "10m", "remount")
    assert execute(plan(SPEC), store, thread).done == len(plan(SPEC).tasks) - len(done)
    assert done.items() <= finished(store).items()
    assert rows(store) == whole


class Deadly(Executor):
    """Runs everything in a thread, but dies of one stage, as a worker without memory would."""

    def __init__(self, stage: str, inner: Executor) -> None:
        self.stage = stage
        self.inner = inner

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        from concurrent.futures.process import BrokenProcessPool

        if args[0].stage != self.stage:
            return self.inner.submit(fn, *args, **kwargs)
        future: Future[Any] = Future()
        future.set_exception(BrokenProcessPool("a worker died"))
        return future


@pytest.fixture
def thread() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


def test_a_stage_that_kills_its_worker_twice_is_a_failure(tmp_path: Path, thread: Executor) -> None:
    store = open_store(tmp_path / "store", make=True)
    planned = plan(small())
    progress = execute(planned, store, Deadly("scores", thread), at_once=4)
    assert (progress.done, progress.failed) == (6, 2)
    found = collect(planned, store).to_pylist()
    assert {row["status"] for row in found} == {"failed"}
    assert "the worker died 2 times at this stage" in found[0]["error"]
    progress = execute(planned, store, thread, retry_failed=True)
    assert (progress.done, progress.failed) == (2, 0)


class Gone(Executor):
    """Does some tasks, and is then gone: gives up those that it has, or takes no more."""

    def __init__(self, inner: Executor, tasks: int, *, takes: bool) -> None:
        self.inner = inner
        self.tasks = tasks
        self.takes = takes

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
        self.tasks -= 1
        if self.tasks >= 0:
            return self.inner.submit(fn, *args, **kwargs)
        if not self.takes:
            raise RuntimeError("cannot schedule new futures after shutdown")
        future: Future[Any] = Future()
        future.cancel()
        future.set_running_or_notify_cancel()  # as Dask's does for those who wait
        return future


@pytest.mark.parametrize("takes", [True, False])
def test_an_executor_that_is_gone_stops_the_run_and_is_no_failure_of_a_stage(
    tmp_path: Path, thread: Executor, takes: bool
) -> None:
    store = open_store(tmp_path / "store", make=True)
    planned = plan(small())
    with pytest.raises(ExecutorError, match="the executor is gone"):
        execute(planned, store, Gone(thread, 3, takes=takes), at_once=1)
    assert list(store.states().values()) == ["done"] * 3
    assert execute(planned, store, thread).done == len(planned.tasks) - 3


def test_results_are_written_whole_or_not_at_all(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    store = open_store(tmp_path / "store", make=True)
    table = collect(plan(small()), store)
    write_results(table, store.results("small"))
    assert pq.read_table(store.results("small")).equals(table)
    with pytest.raises(AttributeError):
        write_results(None, store.results("small"))
    assert pq.read_table(store.results("small")).equals(table)
    assert [path.name for path in store.results("small").parent.iterdir()] == ["small.parquet"]


def children(pid: int) -> list[int]:
    """Worker processes of a process, the last started last (not its resource tracker)."""
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(each) for each in found if "spawn_main" in command_line(int(each))]


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def alive(pid: int) -> bool:
    return "spawn_main" in command_line(pid)
