"""A store behind a URL: what holds of a folder holds there."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sweep_cases import small

from featuretopo.bench import collect, damage, execute, open_store, plan, upkeep, write_results
from featuretopo.bench.collect import COSTS
from featuretopo.bench.differences import read_results
from featuretopo.bench.errors import StoreError
from featuretopo.bench.lock import locked
from featuretopo.bench.place import Url, place_of
from featuretopo.bench.run import run_plan
from featuretopo.bench.store import STEPS, Store

SPEC = small(seeds=[0])


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


@pytest.fixture
def store() -> Store:
    return open_store(f"memory://{uuid.uuid4().hex}/store", make=True)


def rows(store: Store) -> list[dict[str, Any]]:
    return collect(plan(SPEC), store).drop_columns(list(COSTS)).to_pylist()


def test_the_rows_are_those_of_a_folder_and_nothing_is_done_twice(
    store: Store, executor: Executor, tmp_path: Path
) -> None:
    assert execute(plan(SPEC), store, executor).done == 4
    assert open_store(str(store.root)) == store
    assert execute(plan(SPEC), open_store(str(store.root)), executor).stages == 0
    folder = open_store(tmp_path / "store", make=True)
    execute(plan(SPEC), folder, executor)
    assert rows(store) == rows(folder)
    for each in (store, folder):
        write_results(collect(plan(SPEC), each), each.results("small"))
        assert each.tables() == ["small"]
        assert read_results(each.results("small")).num_rows == 2


def test_damage_is_found_moved_away_and_made_again(store: Store, executor: Executor) -> None:
    execute(plan(SPEC), store, executor)
    (task,) = (task for task in plan(SPEC).tasks.values() if task.stage == "scores")
    place = store.place("scores", task.key)
    assert isinstance(place, Url)
    place.system.pipe_file(place.path, place.read_bytes()[:-3])
    with pytest.raises(StoreError, match=r"memory:.*damaged: .*--discard"):
        rows(store)
    checked, found = damage.verify(store)
    assert (checked, [each.path for each in found]) == (5, [place])
    assert (damage.discard(store, found) / place.name).is_file()
    assert damage.verify(store) == (4, [])
    assert execute(plan(SPEC), store, executor).stages == 1


def test_gc_takes_what_no_sweep_needs(store: Store, executor: Executor) -> None:
    upkeep.remember(SPEC, store)
    for spec in (SPEC, small(seeds=[7])):
        execute(plan(spec), store, executor)
    assert store.sweeps() == ["small"]
    assert (upkeep.gc(store, dry_run=True).files, upkeep.gc(store).files) == (4, 4)
    assert (upkeep.gc(store).files, upkeep.gc(store).kept) == (0, 4)
    assert upkeep.gc(store, forget=["small"]).files == 4
    assert (store.sweeps(), list(store.files())) == ([], [])


def test_failures_are_kept_and_tried_again(
    store: Store, executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from featuretopo.bench.stages import scores as module

    with monkeypatch.context() as patched:
        patched.setattr(module, "scores", lambda *_: 1 / 0)
        assert execute(plan(SPEC), store, executor).failed == 1
    assert {row["error"] for row in rows(store)} == {"ZeroDivisionError: division by zero"}
    assert execute(plan(SPEC), store, executor, retry_failed=True).done == 1
    assert {row["status"] for row in rows(store)} == {"done"}


def test_versions_are_told_apart(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    about = store.root / "store.json"
    about.write_bytes(b'{"format": "store", "version": 99}')
    for attempt in (open_store, upkeep.upgrade):
        with pytest.raises(StoreError, match="version 99, and this featuretopo knows 1; update"):
            attempt(str(store.root))
    about.write_bytes(b'{"format": "store", "version": 0}')
    monkeypatch.setitem(STEPS, 0, lambda root: (root / "step").write_bytes(b"done"))
    assert upkeep.upgrade(str(store.root)) == (0, 1)
    assert (store.root / "step").read_bytes() == b"done"
    assert upkeep.upgrade(str(store.root)) == (1, 1)
    with pytest.raises(StoreError, match="is a folder of other things"):
        open_store(str(store.root / "objects").removesuffix("/store/objects"), make=True)


def test_two_runs_of_one_machine_are_kept_apart(store: Store) -> None:
    with locked(store):
        with pytest.raises(StoreError, match="is in use by process"), locked(store):
            pass
        with locked(open_store(f"memory://{uuid.uuid4().hex}", make=True)):
            pass


def test_the_memory_of_one_process_is_no_place_for_workers(store: Store) -> None:
    with pytest.raises(StoreError, match="which workers do not see; give a folder"):
        run_plan(plan(SPEC), store)


def test_a_file_url_is_a_folder(tmp_path: Path) -> None:
    assert place_of(tmp_path.as_uri()) == tmp_path
    assert open_store(tmp_path.as_uri() + "/store", make=True).root == tmp_path / "store"


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("nosuch://bucket/store", r"nosuch://bucket/store: cannot be opened .*Protocol not known"),
        ("memory://a/../../b", r"climbs out with '\.\.'"),
    ],
)
def test_a_url_that_will_not_do_is_refused(url: str, words: str) -> None:
    with pytest.raises(StoreError, match=words):
        open_store(url, make=True)
