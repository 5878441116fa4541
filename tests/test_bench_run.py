"""Runs: what is finished is not done again, and what fails is a result like any other."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sweep_cases import small

from featuretopo.bench import collect, execute, open_store, plan
from featuretopo.bench import worker as worker_module
from featuretopo.bench.collect import COSTS
from featuretopo.bench.errors import StoreError
from featuretopo.bench.execute import Progress
from featuretopo.bench.spec import Spec
from featuretopo.bench.stages.catalogue import STAGES, Result, Stage, versions_of
from featuretopo.bench.stages.records import pack, unpack
from featuretopo.bench.store import Store

BAD = {"good": {}, "bad": {"cooccurrence": {"type": "ExactlyK", "k": 9}}}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return open_store(tmp_path / "store", make=True)


@pytest.fixture
def executor() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as threads:
        yield threads


def rows(spec: Spec, store: Store) -> list[dict[str, Any]]:
    """Return what was collected, without what differs from run to run."""
    table = collect(plan(spec), store)
    return table.drop_columns(list(COSTS)).to_pylist()


def test_a_run_gives_a_row_for_every_cell_and_measure(store: Store, executor: Executor) -> None:
    planned = plan(small())
    progress = execute(planned, store, executor)
    assert (progress.done, progress.failed) == (len(planned.tasks), 0)
    found = rows(planned.spec, store)
    assert [(row["cell"], row["measure"]) for row in found] == [
        (0, "fvu"), (0, "mmcs"), (1, "fvu"), (1, "mmcs"),
    ]  # fmt: skip
    assert all(row["status"] == "done" and 0 < row["value"] < 2 for row in found)
    assert {(row["measure"], row["direction"], row["unit"]) for row in found} == {
        ("fvu", "lower", "share"), ("mmcs", "higher", "cosine"),
    }  # fmt: skip


def test_what_is_finished_is_not_done_again(store: Store, executor: Executor) -> None:
    execute(plan(small(seeds=[0])), store, executor)
    first = {path.path: path.stat().st_mtime_ns for path in store.files()}
    assert execute(plan(small(seeds=[0])), store, executor).stages == 0
    assert execute(plan(small(seeds=[0, 1])), store, executor).stages == 4
    assert {p.path: p.stat().st_mtime_ns for p in store.files() if p.path in first} == first


def test_an_input_that_only_finished_stages_need_is_not_made_again(
    store: Store, executor: Executor
) -> None:
    planned = plan(small(seeds=[0]))
    execute(planned, store, executor)
    (truth,) = (task for task in planned.tasks.values() if task.stage == "truth")
    store.place("truth", truth.key).unlink()
    assert execute(planned, store, executor).stages == 0


def test_two_stores_hold_the_same_bits(tmp_path: Path, executor: Executor) -> None:
    planned = plan(small())
    both = [open_store(tmp_path / name, make=True) for name in "ab"]
    for each in both:
        execute(planned, each, executor)
    for key, task in planned.tasks.items():
        a, b = (each.read(task.stage, key).result for each in both)
        assert a.values == b.values
        assert a.arrays.keys() == b.arrays.keys()
        assert all(a.arrays[name].tobytes() == b.arrays[name].tobytes() for name in a.arrays)
    assert rows(planned.spec, both[0]) == rows(planned.spec, both[1])


def test_a_failure_is_a_result_and_the_rest_goes_on(store: Store, executor: Executor) -> None:
    spec = small(llm=BAD, seeds=[0])
    progress = execute(plan(spec), store, executor)
    assert progress.failed == 1
    by_llm = {row["llm"]: row for row in rows(spec, store) if row["measure"] == "mmcs"}
    assert by_llm["good"]["status"] == "done"
    assert by_llm["bad"]["status"] == "failed" and by_llm["bad"]["value"] is None
    assert by_llm["bad"]["error"].startswith("activations: ")


def test_what_failed_is_tried_again_only_when_asked(
    store: Store, executor: Executor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from featuretopo.bench.stages import scores as module

    planned = plan(small(seeds=[0]))
    whole = module.scores
    monkeypatch.setattr(module, "scores", lambda *_: 1 / 0)
    assert execute(planned, store, executor).failed == 1
    (row, _) = rows(planned.spec, store)
    assert (row["status"], row["error"]) == ("failed", "ZeroDivisionError: division by zero")
    monkeypatch.setattr(module, "scores", whole)
    assert execute(planned, store, executor).stages == 0
    progress = execute(planned, store, executor, retry_failed=True)
    assert (progress.done, progress.failed) == (1, 0)
    assert {row["status"] for row in rows(planned.spec, store)} == {"done"}


@pytest.mark.parametrize(
    ("patch", "words"),
    [
        (
            {"versions_of": lambda stage: versions_of(stage) | {"numpy": "0.1"}},
            f"a worker has numpy 0.1, and the sweep was planned with numpy {np.__version__}: give",
        ),
        ({"STAGES": STAGES | {"truth": Stage(99, ())}}, "a worker has stage truth 99, and"),
    ],
)
def test_a_worker_of_another_environment_is_refused_and_that_is_no_failure(
    store: Store,
    executor: Executor,
    monkeypatch: pytest.MonkeyPatch,
    patch: dict[str, Any],
    words: str,
) -> None:
    planned = plan(small(seeds=[0]))
    with monkeypatch.context() as patched:
        for name, value in patch.items():
            patched.setattr(worker_module, name, value)
        with pytest.raises(StoreError, match=words):
            execute(planned, store, executor)
    assert not store.states()
    assert execute(planned, store, executor).done == 4


def test_what_was_not_run_is_missing(store: Store) -> None:
    found = rows(small(), store)
    assert len(found) == 4
    assert {row["status"] for row in found} == {"missing"}
    assert {row["value"] for row in found} == {None}


def test_watchers_see_every_stage(store: Store, executor: Executor) -> None:
    seen: list[tuple[int, int, list[str]]] = []

    def watch(progress: Progress) -> None:
        seen.append((progress.done, progress.stages, list(progress.running.values())))

    execute(plan(small(seeds=[0])), store, executor, watch=watch)
    stages = ["truth", "activations", "sae", "scores"]
    begun = [(done, 4, [stage]) for done, stage in enumerate(stages)]
    ended = [(done, 4, []) for done in (1, 2, 3, 4)]
    assert seen == [each for pair in zip(begun, ended, strict=True) for each in pair]


@pytest.mark.slow
def test_a_pair_is_compared_and_each_side_held_against_its_truth(
    store: Store, executor: Executor
) -> None:
    spec = small(
        llm={"pair": {"differ": "seed", "rotation": {"type": "RandomRotation"}}},
        measures=["verdict", "cka", "shapes_recovered"],
        seeds=[0],
        draws=19,
    )
    progress = execute(plan(spec), store, executor)
    assert progress.failed == 0
    found = rows(spec, store)
    sides = {(row["side"], row["measure"]) for row in found}
    assert sides == {
        ("a", "shapes_recovered"), ("b", "shapes_recovered"), ("ab", "verdict"), ("ab", "cka")
    }  # fmt: skip
    parts = {row["part"] for row in found if row["measure"] == "shapes_recovered"}
    assert parts == {"", "blob", "sphere"}
    (cka,) = (row for row in found if row["measure"] == "cka")
    assert cka["status"] == "undefined" or cka["p"] is not None
    (topology, _) = (t for t in plan(spec).tasks.values() if t.stage == "topology")
    stored = store.read("topology", topology.key).result
    again = pack(unpack(stored))
    assert again.values == stored.values
    assert all(np.array_equal(again.arrays[n], stored.arrays[n]) for n in stored.arrays)


def test_results_of_every_kind_of_value_come_back(store: Store) -> None:
    from featuretopo.bench.object_file import Stored

    arrays = {
        "scalar": np.float32(0.5).reshape(()),
        "bool": np.array([True, False]),
        "empty": np.zeros((0, 2)),
        "turned": np.arange(6).reshape(2, 3).T,
    }
    values = {"rows": [1, None, "x", [0.1]], "inf": float("inf")}
    key = "0" * 40
    store.write("scores", key, Stored(Result(arrays, values), {"key": key}, 1.5, 2.5))
    back = store.read("scores", key)
    assert (back.seconds, back.peak_memory_mb) == (1.5, 2.5)
    assert back.result.values == values
    for name, array in arrays.items():
        assert back.result.arrays[name].dtype == array.dtype
        assert np.array_equal(back.result.arrays[name], array)


def test_an_sae_without_live_latents_is_a_result(store: Store, executor: Executor) -> None:
    measures = ["fvu", "l0", "dead_share", "mmcs", "shapes_recovered", "verdict", "cka"]
    spec = small(
        seeds=[0],
        measures=measures,
        llm={"pair": {"cooccurrence": {"type": "ExactlyK", "k": 1}, "differ": "seed"}},
        sae={"dead": {"type": "ReLU", "sparsity": [1000.0]}},
        training={
            "steps": 60,
            "batch_size": 32,
            "held_out": 64,
            "shared": 64,
            "learning_rate": 0.05,
        },
    )
    assert execute(plan(spec), store, executor).failed == 0
    rows = collect(plan(spec), store).to_pylist()
    of = {(each["measure"], each["part"], each["side"]): each for each in rows}
    assert of["dead_share", "", "a"]["value"] == 1 and of["l0", "", "a"]["value"] == 0
    assert of["fvu", "", "a"]["value"] > 0.9
    assert of["mmcs", "", "a"]["status"] == "undefined"
    assert of["shapes_recovered", "blob", "a"]["value"] == 0
    assert of["shapes_recovered", "blob", "a"]["note"] == "0 of 2"
    assert of["verdict", "", "ab"]["note"] == "cannot tell"
    assert {each["status"] for each in rows if each["measure"] == "cka"} == {"undefined"}
