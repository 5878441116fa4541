"""A store: what is damaged, foreign, busy or full is named, and stays as it is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sweep_cases import small

from featuretopo.bench import collect, execute, open_store, plan, upkeep
from featuretopo.bench import object_file as object_module
from featuretopo.bench.errors import StoreError
from featuretopo.bench.lock import locked
from featuretopo.bench.plan import Plan
from featuretopo.bench.store import Store


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "store", make=True)


@pytest.fixture
def ran(store: Store, executor: Executor) -> Plan:
    planned = plan(small(seeds=[0]))
    upkeep.remember(planned.spec, store)
    execute(planned, store, executor)
    return planned


def path_of(stage: str, planned: Plan, store: Store) -> Path:
    (task,) = (task for task in planned.tasks.values() if task.stage == stage)
    return store.place(stage, task.key)


def everything(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def edit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def edit_about(path: Path) -> None:
    # the same length, so that it is still a safetensors file
    content = path.read_bytes()
    assert b"values" in content
    path.write_bytes(content.replace(b"features", b"faetures", 1))


def empty(path: Path) -> None:
    path.write_bytes(b"")


DAMAGES = [truncate, edit, edit_about, empty]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_input_stops_the_run_and_nothing_is_changed(
    damage: Any, store: Store, ran: Plan, executor: Executor
) -> None:
    damage(path_of("activations", ran, store))
    wider = plan(small(seeds=[0], width=[32]))
    before = everything(store.root / "objects")
    with pytest.raises(StoreError, match=r"damaged: .*featuretopo store verify --discard"):
        execute(wider, store, executor)
    assert everything(store.root / "objects") == before


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_is_found_moved_away_and_made_again(
    damage: Any, store: Store, ran: Plan, executor: Executor
) -> None:
    path = path_of("scores", ran, store)
    good = store.read("scores", path.name[:40]).result.values
    damage(path) if damage is not edit_about else path.write_bytes(
        path.read_bytes().replace(b"spurious", b"spuruois", 1)
    )
    with pytest.raises(StoreError, match="damaged"):
        collect(ran, store)
    checked, found = upkeep.verify(store)
    assert checked == 4
    assert [each.path for each in found] == [path]
    assert (upkeep.discard(store, found) / path.name).is_file()
    assert upkeep.verify(store) == (3, [])
    assert execute(ran, store, executor).stages == 1
    assert store.read("scores", path.name[:40]).result.values == good


def test_a_result_under_another_key_is_found(store: Store, ran: Plan) -> None:
    path = path_of("scores", ran, store)
    other = store.place("scores", "f" * 40)
    other.parent.mkdir(exist_ok=True)
    path.rename(other)
    with pytest.raises(StoreError, match="it is the result of"):
        store.read("scores", "f" * 40)
    assert [each.path for each in upkeep.verify(store)[1]] == [other]


def test_a_link_out_of_the_store_is_found(store: Store, ran: Plan, tmp_path: Path) -> None:
    path = path_of("scores", ran, store)
    outside = tmp_path / "outside.safetensors"
    path.rename(outside)
    path.symlink_to(outside)
    (found,) = upkeep.verify(store)[1]
    assert (found.path, found.problem) == (path, "a link, which may lead out of the store")


def test_a_damaged_failure_is_found(store: Store, ran: Plan) -> None:
    place = store.place("scores", "a" * 40, "failed")
    place.parent.mkdir(exist_ok=True)
    place.write_text("{")
    with pytest.raises(StoreError, match="damaged"):
        store.failure("scores", "a" * 40)
    assert [each.path for each in upkeep.verify(store)[1]] == [place]


def test_a_format_from_the_future_is_refused(
    store: Store, ran: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(object_module, "FORMAT", "stage/0")
    with pytest.raises(StoreError, match="is of format 'stage/1', not 'stage/0'"):
        collect(ran, store)


def test_what_is_gone_is_said_to_be_gone(store: Store) -> None:
    with pytest.raises(StoreError, match="is gone; run the sweep again"):
        store.read("scores", "0" * 40)


@pytest.mark.parametrize("key", ["../../../etc/passwd", "", "0" * 39, "G" * 40, "0" * 40 + "/x"])
def test_nothing_but_a_key_becomes_a_path(store: Store, key: str) -> None:
    with pytest.raises(StoreError, match="no stage and key of a result"):
        store.place("scores", key)
    with pytest.raises(StoreError, match="no stage and key of a result"):
        store.place("../x", "0" * 40)


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/b", ".x", "", "a\\b", "a\0b"])
def test_nothing_but_a_name_becomes_a_file(store: Store, name: str) -> None:
    for place in (store.results, store.spec):
        with pytest.raises(StoreError, match="no name of a sweep"):
            place(name)


def test_a_newer_store_is_refused_untouched(store: Store) -> None:
    (store.root / "store.json").write_text('{"format": "store", "version": 99}')
    before = everything(store.root)
    for attempt in (lambda: open_store(store.root), lambda: upkeep.upgrade(store.root)):
        with pytest.raises(StoreError, match="version 99, and this featuretopo knows 1; update"):
            attempt()
    assert everything(store.root) == before


def test_an_older_store_is_brought_up_to_date_step_by_step(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    (store.root / "store.json").write_text('{"format": "store", "version": 0}')
    with pytest.raises(StoreError, match="featuretopo store upgrade"):
        open_store(store.root)
    with pytest.raises(StoreError, match="no way is known from version 0"):
        upkeep.upgrade(store.root)
    monkeypatch.setitem(upkeep.STEPS, 0, lambda root: (root / "step").touch())
    assert upkeep.upgrade(store.root) == (0, 1)
    assert (store.root / "step").exists()
    assert open_store(store.root) == store
    assert upkeep.upgrade(store.root) == (1, 1)


@pytest.mark.parametrize("content", ["", "[]", '{"format": "x", "version": 1}', '{"version": "1"}'])
def test_a_damaged_store_file_is_named(store: Store, content: str) -> None:
    (store.root / "store.json").write_text(content)
    with pytest.raises(StoreError, match=r"store\.json: damaged"):
        open_store(store.root)


def test_a_folder_of_other_things_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(StoreError, match="is no store and not empty"):
        open_store(tmp_path, make=True)
    with pytest.raises(StoreError, match="no store; featuretopo sweep run"):
        open_store(tmp_path / "none")
    with pytest.raises(StoreError, match="no store; featuretopo sweep run"):
        upkeep.upgrade(tmp_path / "none")
    assert everything(tmp_path) == {"mine.txt": b"mine"}


def test_a_full_disk_stops_the_run_and_keeps_what_is_finished(
    store: Store, ran: Plan, executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before = everything(store.root / "objects")
    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        with pytest.raises(StoreError, match=r"No space left on device.*what is finished stays"):
            execute(plan(small(seeds=[5])), store, executor)
    assert everything(store.root / "objects") == before
    assert execute(plan(small(seeds=[5])), store, executor).done == 4


def test_a_lock_file_that_cannot_be_written_is_named(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(30, "Read-only file system")

    for name in ("open", "ftruncate"):
        with monkeypatch.context() as patched:
            patched.setattr(os, name, refuse)
            with pytest.raises(StoreError, match="Read-only file system"), locked(store):
                pass
    with locked(store):
        pass


HOLD = """
import sys, time
from featuretopo.bench import open_store
from featuretopo.bench.lock import locked
with locked(open_store(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_two_runs_do_not_share_a_store_and_a_killed_owner_holds_nothing(
    store: Store, ran: Plan, executor: Executor
) -> None:
    command = [sys.executable, "-c", HOLD, str(store.root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None and owner.stdout.readline() == "held\n"
        for attempt in (
            lambda: execute(ran, store, executor),
            lambda: upkeep.gc(store),
            lambda: upkeep.discard(store, []),
        ):
            with pytest.raises(StoreError, match=f"is in use by process {owner.pid} on"):
                attempt()
        owner.send_signal(signal.SIGKILL)
    assert execute(ran, store, executor).stages == 0


def test_gc_takes_what_no_sweep_needs_and_what_killed_runs_left(
    store: Store, ran: Plan, executor: Executor
) -> None:
    execute(plan(small(seeds=[7])), store, executor)
    assert execute(ran, store, executor).stages == 0  # the sweep of that name is the last one run
    left = path_of("scores", ran, store).parent / ".0123-abc.safetensors"
    left.write_bytes(b"half")
    assert upkeep.gc(store, dry_run=True).files == 5
    assert upkeep.gc(store).files == 5
    assert not left.exists()
    assert (upkeep.gc(store).files, upkeep.gc(store).kept) == (0, 4)
    assert execute(ran, store, executor).stages == 0
    with pytest.raises(StoreError, match="no sweep 'smal' was run here; small"):
        upkeep.forget(store, "smal")
    upkeep.forget(store, "small")
    with pytest.raises(StoreError, match="everything would go"):
        upkeep.gc(store)
    assert upkeep.verify(store) == (4, [])


def test_a_run_that_is_refused_leaves_the_store_as_it_was(
    store: Store, ran: Plan, executor: Executor
) -> None:
    before = upkeep.gc(store, dry_run=True)
    with locked(store), pytest.raises(StoreError, match="is in use"):
        execute(plan(small(seeds=[5])), store, executor)
    after = upkeep.gc(store, dry_run=True)
    assert (after.files, after.kept) == (before.files, before.kept)


def test_a_spec_that_is_remembered_is_the_same(store: Store) -> None:
    spec = small(llm={"pair": {"differ": ["seed"], "overlap": [0.5, 1.0]}}, measures=["cka"])
    upkeep.remember(spec, store)
    from featuretopo.bench import load_spec

    assert plan(load_spec(store.spec("small"))).tasks.keys() == plan(spec).tasks.keys()
