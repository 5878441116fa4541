"""A sweep's file: what it says is taken at its word, and what is wrong is named with its remedy."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from sweep_cases import SMALL, small

from featuretopo.bench import load_spec, plan, ready
from featuretopo.bench.buildable import check_buildable
from featuretopo.bench.plan import description
from featuretopo.bench.ready_sweeps import ready_names, ready_path
from featuretopo.bench.spec import Spec, checked, json_schema
from featuretopo.bench.stages.activations import simulated_llm
from featuretopo.errors import FeaturetopoError


def changed(place: str, value: Any) -> dict[str, Any]:
    """SMALL with one value set, at a place such as "world.home.d"."""
    content = copy.deepcopy(SMALL)
    at: Any = content
    *way, last = place.split(".")
    for part in way:
        at = at[int(part) if isinstance(at, list) else part]
    at[int(last) if isinstance(at, list) else last] = value
    return content


@pytest.mark.parametrize(
    ("place", "value", "words"),
    [
        ("training.warmup", 0.9, ["warmup=0.9 and decay=0.25", "at most 1"]),
        ("sedes", [0], ["the sweep has no 'sedes'", "did you mean 'seeds'"]),
        ("training.step", 4, ["training has no 'step'", "did you mean 'steps'"]),
        ("world.home.shape", [], ["world.home has no 'shape'", "did you mean 'shapes'"]),
        ("llm.one.cooccurence", {}, ["llm.one has no", "did you mean 'cooccurrence'"]),
        ("world.home.shapes.0.type", "Blob", ["world.home.shapes.0", "did you mean 'Blobs'"]),
        ("world.home.shapes.0.radius", 1, ["Blobs has no 'radius'", "world.home.shapes.0"]),
        ("world.home.shapes.0.per_blob", 0, ["world.home.shapes.0"]),
        ("world.home.shapes", [], ["world.home.shapes is empty"]),
        (
            "world.home.shapes.0",
            {"type": "FromDictionary", "source": "/etc/passwd"},
            ["FromDictionary reads a file"],
        ),
        ("world.home.d", "16", ["world.home.d='16'", "whole number"]),
        ("world.home.magnitude", {"type": "Nothing"}, ["world.home.magnitude", "'Nothing'"]),
        ("width", 16, ["width=16", "list"]),
        ("width", [], ["width is empty", "no cell"]),
        ("width", [16, 16], ["width: 16 is there twice"]),
        ("width", [1], ["sae.topk", "k=2 of 1 latents"]),
        ("seeds", [0.5], ["seeds.0=0.5", "whole number"]),
        ("seeds", [-1], ["seeds.0=-1", "greater than or equal to 0"]),
        ("measures", ["mmsc"], ["unknown 'mmsc'", "did you mean 'mmcs'"]),
        ("measures", [], ["measures is empty"]),
        ("measures", ["cka"], ["'cka' is of two LLMs", "differ"]),
        ("draws", 3, ["draws=3", "19"]),
        ("name", "../../etc/x", ["name='../../etc/x'", "no path"]),
        ("name", "..", ["no path"]),
        ("format", "sweep/2", ["format='sweep/2'", "'sweep/1'"]),
        ("sae.topk.type", "TopKK", ["unknown architecture 'TopKK'", "did you mean 'TopK'"]),
        ("sae.topk.sparsity", [], ["sae.topk.sparsity is empty"]),
        ("sae.topk.sparsity", [2.5], ["sparsity=2.5 of TopK is its k"]),
        ("sae.topk.k", 5, ["k=5 beside sparsity, which is the k of TopK: leave it out"]),
        ("seeds", [2**70], ["seeds", "less than"]),
        ("llm.one.noise", [0.0, 0], ["llm.one.noise", "there twice"]),
        ("llm.one.cooccurrence", [{"type": "ExactlyK", "k": 1}] * 2, ["there twice"]),
        ("sae.topk.tied", True, ["TopK has no 'tied'; choose from type, sparsity"]),
        ("sae.topk.auxx", 3, ["TopK has no 'auxx'; choose from type, sparsity"]),
        ("sae.topk.sparsty", [3], ["TopK has no 'sparsty'; did you mean 'sparsity'?"]),
        ("sae.topk", {"type": "ReLU", "sparsity": [-1.0]}, ["sae.topk", "l1=-1"]),
        (
            "sae.topk",
            {"type": "ReLU", "sparsity": [0.1], "tied": "yes"},
            ["sae.topk: tied='yes' must be True or False"],
        ),
        (
            "sae.topk",
            {"type": "JumpReLU", "sparsity": [0.1], "bandwidth": [0.5]},
            ["sae.topk: bandwidth=[0.5] must be a number"],
        ),
        (
            "sae.topk",
            {"type": "Matryoshka", "sparsity": [2], "shares": 0.5},
            ["sae.topk: shares=0.5 must be a list, e.g. [0.25, 0.5, 1]"],
        ),
        (
            "sae.topk",
            {"type": "Matryoshka", "sparsity": [2], "shares": [[0.5], 1]},
            ["sae.topk: shares[0]=[0.5] must be a number"],
        ),
        ("sae.topk", {"type": "ReLU", "sparsity": [0.1], "tied": {"a": 1}}, ["True or False"]),
        ("sae", {}, ["sae is empty"]),
        ("llm.one.overlap", 0.5, ["llm.one: overlap=0.5 is of two LLMs", "differ"]),
        ("llm.one.noise", -1.0, ["noise=-1 must be at least 0"]),
        ("llm.one", {"differ": "seed", "overlap": 2.0}, ["overlap=2 must lie between 0 and 1"]),
        ("llm.one.differ", "sead", ["llm.one.differ", "'seed'"]),
        ("llm.one.noise", [], ["llm.one.noise is empty", "no cell"]),
        # places in the file's own keys, whatever types were tried there
        ("llm.one.noise", "a", ["llm.one.noise='a': must be a number or must be a list"]),
        ("llm.one.noise", [0.1, "a"], ["llm.one.noise.1='a': must be a number"]),
        ("llm.one.cooccurrence", "x", ["llm.one.cooccurrence='x': must be a table or must be a"]),
        ("llm.one.cooccurrence", [3], ["llm.one.cooccurrence.0=3: must be a table"]),
        ("world", {"a/b": SMALL["world"]["home"]}, ["world.a/b='a/b': a name is letters"]),
        ("training", 3, ["training=3: must be a table"]),
        ("sae.topk", {"sparsity": [1]}, ["sae.topk.type is missing"]),
        # a strategy of another kind
        (
            "world.home.placement",
            {"type": "ExactlyK", "k": 1},
            ["world.home.placement=ExactlyK(k=1) must be Orthogonal()"],
        ),
        ("world.home.placement", {"type": "Circle", "n": 9}, ["Orthogonal()", "not a shape"]),
        ("world.home.shapes.0", {"type": "Zipf"}, ["world.home.shapes.0=Zipf(", "a shape"]),
        ("world.home.shapes.0", {"n": 9}, ["world.home.shapes.0={'n': 9} names no type"]),
        ("world.home.shapes.0", {"type": [1]}, ["world.home.shapes.0", "cannot hold a [1]"]),
        ("world.home.magnitude", {"type": "Zipf"}, ["world.home.magnitude=Zipf(", "Constant"]),
        ("world.home.frequency", {"type": "Constant"}, ["world.home.frequency=", "PerShape"]),
        ("llm.one.rotation", {"type": "Zipf"}, ["llm.one.rotation=Zipf(", "RandomRotation()"]),
        ("llm.one.cooccurrence", [{"type": "Zipf"}], ["llm.one.cooccurrence=Zipf(", "a rule"]),
    ],
)
def test_what_is_wrong_is_named(place: str, value: Any, words: list[str]) -> None:
    with pytest.raises(FeaturetopoError) as refused:
        checked(changed(place, value))
    for word in words:
        assert word in str(refused.value)


def test_frequencies_that_are_to_differ_must_be_drawn() -> None:
    """A law that gives the same each time would make pairs that differ in nothing."""
    pair = {"differ": "frequency"}
    same, drawn = {"type": "PerShape"}, {"type": "Zipf", "exponent": 0.5, "l0": 1}
    world = SMALL["world"]["home"] | {"frequency": same}
    for table, home in ((pair, world), (pair | {"frequency": same}, SMALL["world"]["home"])):
        with pytest.raises(FeaturetopoError, match=r"llm\.pair: differ='frequency': .*PerShape"):
            small(llm={"pair": table}, world={"home": home})
    small(llm={"pair": pair}, world={"home": world | {"frequency": drawn}})
    check_buildable(small(llm={"pair": pair | {"frequency": drawn}}, world={"home": world}))


def test_an_llm_fires_as_its_own_law_says_and_not_as_its_worlds() -> None:
    laws = [{"type": "Zipf", "exponent": e, "l0": 1} for e in (0, 0.5)]
    of_llm = small(llm={"one": {"frequency": laws[1]}}, seeds=[0])
    of_world = SMALL["world"]["home"] | {"frequency": laws[0]}
    both = small(llm={"one": {"frequency": laws[1]}}, world={"home": of_world}, seeds=[0])
    found = [_frequencies(spec) for spec in (of_llm, both, small(world={"home": of_world}))]
    assert found[0] == found[1] != found[2]


def _frequencies(spec: Spec) -> list[float]:
    task = next(t for t in plan(spec).tasks.values() if t.stage == "activations")
    given = {name: json.loads(value) for name, value in description(task)}
    return simulated_llm(given).frequencies.tolist()


def test_an_llm_that_no_measure_looks_at_is_refused() -> None:
    pair = {"one": {}, "pair": {"differ": "seed"}}
    with pytest.raises(FeaturetopoError, match=r"llm\.one is one LLM.*nothing to measure.*'mmcs'"):
        small(llm=pair, measures=["cka"])
    cells = plan(small(llm=pair, measures=["cka", "mmcs"])).cells
    assert all(cell.finals for cell in cells)


def test_an_llm_of_no_cell_is_refused_beside_one_that_has_some() -> None:
    with pytest.raises(FeaturetopoError, match=r"llm\.none\.noise is empty"):
        small(llm={"one": {}, "none": {"noise": []}})


def test_what_is_missing_is_named() -> None:
    with pytest.raises(FeaturetopoError, match="seeds is missing; add it"):
        checked({key: value for key, value in SMALL.items() if key != "seeds"})


@pytest.mark.parametrize(
    ("place", "written", "words"),
    [
        ("seeds", "seedz", "the sweep has no 'seedz'; did you mean 'seeds'?"),
        ("world", "worlds", "the sweep has no 'worlds'; did you mean 'world'?"),
        ("world.home.d", "dd", "world.home has no 'dd'; did you mean 'd'?"),
        ("sae.topk.sparsity", "sparsty", "sae.topk has no 'sparsty'; did you mean 'sparsity'?"),
        ("sae.topk.type", "tpye", "sae.topk has no 'tpye'; did you mean 'type'?"),
        ("world.home.d", "size", "world.home.d is missing; add it"),
    ],
)
def test_a_key_that_is_missing_and_written_otherwise_is_told_as_that(
    place: str, written: str, words: str
) -> None:
    content = copy.deepcopy(SMALL)
    *way, last = place.split(".")
    table: dict[str, Any] = content
    for part in way:
        table = table[part]
    table[written] = table.pop(last)
    with pytest.raises(FeaturetopoError) as refused:
        checked(content)
    assert str(refused.value) == words


def test_a_file_that_is_none_or_no_toml_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(FeaturetopoError, match=r"none\.toml: no such file; featuretopo sweep init"):
        load_spec(tmp_path / "none.toml")
    for content in (b"a = [", b"\xff\xfe"):
        (tmp_path / "bad.toml").write_bytes(content)
        with pytest.raises(FeaturetopoError, match=r"bad\.toml: cannot be read as TOML"):
            load_spec(tmp_path / "bad.toml")
    (tmp_path / "bad.toml").write_text('format = "sweep/1"\nnam = "x"')
    with pytest.raises(FeaturetopoError, match=r"bad\.toml: .*"):
        load_spec(tmp_path / "bad.toml")


def test_a_list_in_an_llm_is_one_llm_for_each_combination() -> None:
    rules = [{"type": "ExactlyK", "k": 1}, {"type": "ExactlyK", "k": 2}]
    spec = small(llm={"it": {"cooccurrence": rules, "noise": [0.0, 0.1]}})
    assert {cell.llm for cell in plan(spec).cells} == {
        f"it cooccurrence=ExactlyK(k={k}) noise={noise}" for k in (1, 2) for noise in (0.0, 0.1)
    }


def test_an_llm_that_cannot_be_built_is_found_without_a_run() -> None:
    check_buildable(small())
    with pytest.raises(FeaturetopoError, match="world home, llm one"):
        check_buildable(small(llm={"one": {"cooccurrence": {"type": "ExactlyK", "k": 9}}}))


@pytest.mark.parametrize("name", ready_names())
def test_ready_sweeps_are_sound_and_named_as_their_files(name: str) -> None:
    spec = ready(name)
    assert spec.name == name
    check_buildable(spec)


def test_an_unknown_ready_sweep_is_refused() -> None:
    with pytest.raises(FeaturetopoError, match="no ready sweep 'toy'"):
        ready_path("toy")


def test_the_schema_names_every_key() -> None:
    schema = json_schema()
    assert set(schema["properties"]) == {
        "format", "name", "measures", "seeds", "width", "draws", "training", "world", "llm", "sae",
    }  # fmt: skip
    assert schema["additionalProperties"] is False
    json.dumps(schema)
