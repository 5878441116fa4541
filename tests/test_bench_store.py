"""A store: what is damaged, foreign, busy or full is named, and stays as it is."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sweep_cases import small

from featuretopo.bench import collect, execute, open_store, plan, upkeep, write_results
from featuretopo.bench import damage as damage_module
from featuretopo.bench import object_file as object_module
from featuretopo.bench.collect import FORMAT
from featuretopo.bench.differences import read_results
from featuretopo.bench.errors import StoreError
from featuretopo.bench.lock import locked
from featuretopo.bench.plan import Plan
from featuretopo.bench.store import STEPS, Store, store_if_any
from featuretopo.errors import FeaturetopoError


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
    checked, found = damage_module.verify(store)
    assert checked == 5  # one is the sweep
    assert [each.path for each in found] == [path]
    assert (damage_module.discard(store, found) / path.name).is_file()
    assert damage_module.verify(store) == (4, [])
    assert execute(ran, store, executor).stages == 1
    assert store.read("scores", path.name[:40]).result.values == good


def test_a_result_under_another_key_is_found(store: Store, ran: Plan) -> None:
    path = path_of("scores", ran, store)
    other = store.place("scores", "f" * 40)
    other.parent.mkdir(exist_ok=True)
    path.rename(other)
    with pytest.raises(StoreError, match="it is the result of"):
        store.read("scores", "f" * 40)
    assert [each.path for each in damage_module.verify(store)[1]] == [other]


def test_a_link_out_of_the_store_is_found(store: Store, ran: Plan, tmp_path: Path) -> None:
    path = path_of("scores", ran, store)
    outside = tmp_path / "outside.safetensors"
    path.rename(outside)
    path.symlink_to(outside)
    (found,) = damage_module.verify(store)[1]
    assert (found.path, found.problem) == (path, "a link, which may lead out of the store")


def test_a_damaged_failure_is_found(store: Store, ran: Plan) -> None:
    place = store.place("scores", "a" * 40, "failed")
    place.parent.mkdir(exist_ok=True)
    place.write_text("{")
    with pytest.raises(StoreError, match="damaged"):
        store.failure("scores", "a" * 40)
    assert [each.path for each in damage_module.verify(store)[1]] == [place]


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
    for attempt in (lambda: open_store(store.root), lambda: upkeep.upgrade(store.root)):
        with pytest.raises(StoreError, match=r"version 0, and no way .* in another --store"):
            attempt()
    monkeypatch.setitem(STEPS, 0, lambda root: (root / "step").touch())
    with pytest.raises(StoreError, match="featuretopo store upgrade"):
        open_store(store.root)
    assert upkeep.upgrade(store.root) == (0, 1)
    assert (store.root / "step").exists()
    assert open_store(store.root) == store
    assert upkeep.upgrade(store.root) == (1, 1)


@pytest.mark.parametrize("content", ["", "[]", '{"format": "x", "version": 1}', '{"version": "1"}'])
def test_a_damaged_store_file_is_named(store: Store, content: str) -> None:
    (store.root / "store.json").write_text(content)
    with pytest.raises(StoreError, match=r"store\.json: damaged"):
        open_store(store.root)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_text("mine"), "is a file, and a store is a folder; give another"),
        (lambda path: (path / "mine").mkdir(parents=True), "is a folder of other things and no st"),
    ],
)
def test_what_is_no_store_is_named_and_stays_as_it_is(
    make: Any, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "it"
    make(path)
    before = sorted(tmp_path.rglob("*"))
    for attempt in (
        lambda: open_store(path),
        lambda: open_store(path, make=True),
        lambda: store_if_any(path),
        lambda: upkeep.upgrade(path),
    ):
        with pytest.raises(StoreError, match=words):
            attempt()
    assert sorted(tmp_path.rglob("*")) == before


def test_where_no_store_is_yet_the_command_that_makes_one_is_named(tmp_path: Path) -> None:
    for path, state in ((tmp_path, "is empty"), (tmp_path / "none", "no store is there")):
        words = f"{path}: {state}; featuretopo sweep run SPEC --store {path} makes one"
        with pytest.raises(StoreError, match=words):
            open_store(path)
        with pytest.raises(StoreError, match=words):
            upkeep.upgrade(path)
        assert store_if_any(path) is None
    assert store_if_any(open_store(tmp_path, make=True).root) is not None


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
            lambda: damage_module.discard(store, []),
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


def test_gc_forgets_a_sweep_and_what_only_it_needs(
    store: Store, ran: Plan, executor: Executor
) -> None:
    execute(plan(small(name="other", seeds=[0], width=[32])), store, executor)  # 2 in common
    with pytest.raises(StoreError, match="no sweep 'smal' was run here; other, small"):
        upkeep.gc(store, forget=["small", "smal"])
    assert upkeep.gc(store, forget=["small"], dry_run=True).files == 2
    assert store.sweeps() == ["other", "small"]
    assert upkeep.gc(store, forget=["small"]).files == 2
    assert store.sweeps() == ["other"]
    assert upkeep.gc(store, forget=["other"]).files == 4  # the last one
    assert (store.sweeps(), list(store.files())) == ([], [])
    with pytest.raises(StoreError, match="everything would go"):
        upkeep.gc(store)


def test_gc_that_is_killed_while_it_forgets_goes_on(
    store: Store, ran: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", killed)
        with pytest.raises(KeyboardInterrupt):
            upkeep.gc(store, forget=["small"])
    assert upkeep.gc(store, forget=["small"]).files == 4


def test_a_folder_among_results_is_left_alone_by_gc_and_found_by_verify(
    store: Store, ran: Plan
) -> None:
    stray = path_of("scores", ran, store).parent / "mine"
    stray.mkdir()
    (stray / "notes.txt").write_text("mine")
    assert (upkeep.gc(store).files, upkeep.gc(store).kept) == (0, 4)
    assert (stray / "notes.txt").read_text() == "mine"
    assert [each.path for each in damage_module.verify(store)[1]] == [stray]


def test_gc_names_a_sweep_that_cannot_be_read_and_can_leave_it_out(store: Store, ran: Plan) -> None:
    store.spec("broken").write_text("format = 3")
    with pytest.raises(StoreError, match=r"broken\.toml: .*store gc --forget 'broken'"):
        upkeep.gc(store)
    assert upkeep.gc(store, forget=["broken"]).kept == 4
    assert store.sweeps() == ["small"]


@pytest.fixture
def table(store: Store, ran: Plan) -> Path:
    write_results(collect(ran, store), store.results("small"))
    assert damage_module.verify(store) == (6, [])
    path = store.results("small")
    assert isinstance(path, Path)
    return path


def changed(table: pa.Table, column: str, value: Any) -> pa.Table:
    """The table with the first value of a column set."""
    place = table.schema.get_field_index(column)
    values = [value, *table[column].to_pylist()[1:]]
    field = table.schema.field(place)
    return table.set_column(place, field, pa.array(values, field.type))


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("value", 0.123, r"its fvu of cell 0 is not that of [0-9a-f]{40}"),
        ("value", None, "its fvu of cell 0 is not that"),
        ("status", "undefined", "its fvu of cell 0 is not that"),
        ("note", "mine", "its fvu of cell 0 is not that"),
        ("measure", "mmsc", "there is no measure 'mmsc'"),
        ("key", "../../x", "no stage and key of a result"),
        ("sweep", "other", "it is the table of the sweep 'other'"),
    ],
)
def test_a_table_that_contradicts_the_results_is_found(
    store: Store, table: Path, column: str, value: Any, words: str
) -> None:
    write_results(changed(pq.read_table(table), column, value), table)
    (found,) = damage_module.verify(store)[1]
    assert found.path == table
    assert re.search(words, found.problem)


@pytest.mark.parametrize(
    "edit_rows",
    [
        lambda rows: changed(rows, "sae", "other"),
        lambda rows: changed(rows, "sparsity", 3.0),
        lambda rows: changed(rows, "seconds", 0.0),
        lambda rows: changed(rows, "status", "failed"),
        lambda rows: rows.slice(1),
        lambda rows: pa.concat_tables([rows, rows]),
        lambda rows: rows.append_column("at", pa.array([date(2020, 1, 1)] * len(rows))),
    ],
)
def test_a_table_that_was_edited_is_found_and_not_read(
    store: Store, table: Path, ran: Plan, edit_rows: Any
) -> None:
    pq.write_table(edit_rows(pq.read_table(table)), table)
    (found,) = damage_module.verify(store)[1]
    assert found.path == table and "was edited: its digest is not" in found.problem
    with pytest.raises(FeaturetopoError, match=r"was edited.*featuretopo sweep collect makes it"):
        read_results(table)
    write_results(collect(ran, store), table)
    assert damage_module.verify(store) == (6, [])


def test_a_table_without_a_digest_is_read_and_told(
    store: Store, table: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = pq.read_table(table).replace_schema_metadata({"format": FORMAT})
    pq.write_table(rows, table)
    assert read_results(table).equals(rows)
    assert not caplog.records
    assert damage_module.verify(store) == (6, [])
    assert f"{table}: has no digest" in caplog.text


def test_a_table_that_is_cut_short_or_has_other_columns_is_found_and_moved_away(
    store: Store, table: Path
) -> None:
    good = pq.read_table(table)
    for damage, words in (
        (lambda: truncate(table), "cannot be read as parquet"),
        (lambda: write_results(good.drop_columns(["note"]), table), "its columns are not those"),
        (lambda: pq.write_table(pa.table({"a": [1]}), table), "no results of a sweep"),
    ):
        damage()
        (found,) = damage_module.verify(store)[1]
        assert found.path == table and words in found.problem
    damage_module.discard(store, [found])
    assert damage_module.verify(store) == (5, [])


def test_a_table_of_results_that_are_gone_or_were_not_there_yet_is_sound(
    store: Store, table: Path, ran: Plan
) -> None:
    early = plan(small(seeds=[0, 5]))
    write_results(collect(early, store), table)  # half of it missing
    assert damage_module.verify(store) == (6, [])
    upkeep.gc(store, forget=["small"])
    assert damage_module.verify(store) == (1, [])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"format = ", "cannot be read as TOML"),
        (b"\xff", "cannot be read as TOML"),
        (b'format = "sweep/1"', "is missing"),
        (None, "it is the sweep 'other'"),
    ],
)
def test_a_sweep_that_cannot_be_read_or_is_another_is_found(
    store: Store, ran: Plan, content: bytes | None, words: str
) -> None:
    path = store.spec("small")
    upkeep.remember(small(name="other"), store)
    path.write_bytes(content or store.spec("other").read_bytes())
    (found,) = damage_module.verify(store)[1]
    assert found.path == path and words in found.problem
    assert "small.toml" not in found.problem


def test_links_are_found_wherever_they_are(store: Store, table: Path, tmp_path: Path) -> None:
    for path in (table, store.spec("small")):
        assert isinstance(path, Path)
        outside = tmp_path / path.name
        path.rename(outside)
        path.symlink_to(outside)
    found = damage_module.verify(store)[1]
    assert {each.path for each in found} == {table, store.spec("small")}
    assert {each.problem for each in found} == {"a link, which may lead out of the store"}


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
