"""Planning: cells are all combinations, stages are shared, and keys tell what decides a result."""

from __future__ import annotations

import copy
from collections import Counter
from importlib import import_module
from itertools import product

import pytest
from sweep_cases import SMALL, small

from featuretopo.bench.plan import description, plan
from featuretopo.bench.spec import Spec, checked
from featuretopo.bench.stages import catalogue

plan_module = import_module("featuretopo.bench.plan")  # the package has a function of this name


def keys(spec: Spec) -> set[str]:
    return set(plan(spec).tasks)


def stages(spec: Spec) -> Counter[str]:
    return Counter(task.stage for task in plan(spec).tasks.values())


def test_cells_are_every_combination_once() -> None:
    spec = small(
        seeds=[0, 1, 2],
        width=[16, 32],
        sae={
            "topk": {"type": "TopK", "sparsity": [2, 3]},
            "relu": {"type": "ReLU", "sparsity": [0.1]},
        },
        llm={"one": {}, "two": {"noise": [0.1, 0.2]}},
    )
    cells = plan(spec).cells
    found = [(c.world, c.llm, c.sae, c.sparsity, c.width, c.seed) for c in cells]
    expected = product(
        ["home"],
        ["one", "two noise=0.1", "two noise=0.2"],
        [("topk", 2), ("topk", 3), ("relu", 0.1)],
        [16, 32],
        [0, 1, 2],
    )
    assert sorted(found) == sorted((w, n, *s, width, seed) for w, n, s, width, seed in expected)


def test_what_cells_share_is_there_once() -> None:
    assert stages(small(width=[16, 32])) == {
        "truth": 2, "activations": 2, "sae": 4, "scores": 4
    }  # fmt: skip
    pair = {"pair": {"differ": "seed"}}
    assert stages(small(llm=pair, measures=["cka", "mmcs", "shapes_recovered"], seeds=[0])) == {
        "truth": 1, "activations": 2, "sae": 2, "scores": 2, "topology": 2, "recovery": 2,
        "comparison": 1,
    }  # fmt: skip


def test_what_nobody_asked_for_is_not_planned() -> None:
    assert "topology" not in stages(small())
    assert "scores" not in stages(small(measures=["shapes_recovered"]))


def test_inputs_come_first() -> None:
    seen: set[str] = set()
    pair = {"pair": {"differ": "seed"}}
    for key, task in plan(small(llm=pair, measures=["cka"])).tasks.items():
        assert {each.key for each in task.inputs} <= seen
        seen.add(key)


def test_names_and_spelling_are_not_in_the_keys() -> None:
    renamed = copy.deepcopy(SMALL)
    renamed["name"] = "other"
    renamed["world"] = {"elsewhere": renamed["world"]["home"]}
    renamed["llm"] = {"another": renamed["llm"]["one"]}
    renamed["sae"] = {"kind": renamed["sae"]["topk"]}
    # defaults spelled out, a whole number as a float
    renamed["world"]["elsewhere"]["magnitude"] = {"type": "UniformMagnitude", "low": 0.5}
    renamed["world"]["elsewhere"]["shapes"][1]["noise"] = 0
    renamed["sae"]["kind"]["sparsity"] = [2.0]
    renamed["training"]["warmup"] = 0.02
    assert keys(checked(renamed)) == keys(small())


@pytest.mark.parametrize(
    ("kind", "default", "other"),
    [
        ("ReLU", {"tied": False}, {"tied": True}),
        ("ReLU", {"decoder_bias": True}, {"decoder_bias": False}),
        ("JumpReLU", {"threshold": 0.1, "bandwidth": 0.5}, {"bandwidth": 0.25}),
        ("Matryoshka", {"shares": [0.0625, 0.125, 0.25, 0.5, 1.0]}, {"shares": [0.5, 1]}),
    ],
)
def test_an_architecture_shares_its_keys_with_one_whose_defaults_are_written_out(
    kind: str, default: dict[str, object], other: dict[str, object]
) -> None:
    given = {"type": kind, "sparsity": [1]}
    short, full, changed = (keys(small(sae={"it": given | more})) for more in ({}, default, other))
    assert short == full
    assert short != changed


@pytest.mark.parametrize(
    ("change", "stay"),
    [
        ({"width": [32]}, {"truth", "activations"}),
        ({"sae": {"topk": {"type": "TopK", "sparsity": [3]}}}, {"truth", "activations"}),
        ({"training": SMALL["training"] | {"steps": 5}}, {"truth", "activations"}),
        ({"training": SMALL["training"] | {"held_out": 65}}, {"truth"}),
        ({"llm": {"one": {"noise": 0.1}}}, {"truth"}),
        ({"seeds": [2, 3]}, set()),
        ({"measures": ["l0"]}, {"truth", "activations", "sae", "scores"}),
    ],
)
def test_a_key_changes_with_what_decides_the_result_and_with_nothing_else(
    change: dict[str, object], stay: set[str]
) -> None:
    before, after = plan(small()), plan(small(**change))
    kept = {before.tasks[key].stage for key in before.tasks.keys() & after.tasks.keys()}
    assert kept == stay


def test_a_new_engine_or_stage_is_a_new_key(monkeypatch: pytest.MonkeyPatch) -> None:
    before = keys(small())
    monkeypatch.setattr(plan_module, "_headings", {})
    newer = catalogue.Stage(2, catalogue.STAGES["scores"].engines)
    monkeypatch.setitem(catalogue.STAGES, "scores", newer)
    assert len(before & keys(small())) == 6
    monkeypatch.setattr(plan_module, "_headings", {})
    monkeypatch.setattr(plan_module, "versions_of", lambda stage: {"numpy": "99"})
    assert not before & keys(small())


def test_planning_twice_gives_the_same() -> None:
    assert list(plan(small()).tasks) == list(plan(small()).tasks)


def test_a_task_can_be_told_in_full() -> None:
    task = plan(small()).cells[0].finals[0].task
    assert {"world", "llm", "seed", "member", "architecture", "width", "steps"} <= {
        name for name, _ in description(task)
    }
