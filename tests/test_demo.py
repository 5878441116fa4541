"""The demo: the whole road, small enough for a test, and the parts that carry it."""

from __future__ import annotations

import json
import math
import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from reference import portrait

from featuretopo.compare import Recovery, ShapeRecovery, compare
from featuretopo.demo import experiment, run
from featuretopo.demo.learn import learn
from featuretopo.demo.results import PairResult, Results, SAEResult, results
from featuretopo.demo.run import run_demo
from featuretopo.demo.workers import workers
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.sae import TopK
from featuretopo.truth import Blobs, Circle, Sphere
from featuretopo.weights import load

WORDS = Path(__file__).parents[1] / "data" / "minilm_words.safetensors"
NAMES = ["exactly-1", "exactly-2", "one-to-three", "independent", "twin", "stranger"]


class OneProcess:
    """The demo's pool without processes; what crosses between them is pickled all the same."""

    def map(
        self,
        title: str,
        job: Callable[..., Any],
        names: Sequence[str],
        arguments: Sequence[tuple[Any, ...]],
    ) -> list[Any]:
        assert len(names) == len(arguments)
        return [
            pickle.loads(pickle.dumps(job(*pickle.loads(pickle.dumps(each))))) for each in arguments
        ]

    def steps(self, name: str, total: int) -> Callable[[int], None]:
        return partial(divmod, 1)  # type: ignore[arg-type]  # a builtin: it can be pickled


@contextmanager
def one_process(count: int) -> Iterator[OneProcess]:
    yield OneProcess()


@contextmanager
def shrunk() -> Iterator[None]:
    """Make the experiment small; its shape stays. Processes would not see it: there are none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "workers", one_process)
        for name, value in {
            "D": 16,
            "SHAPES": (Blobs(2, 6, spread=0.4), Circle(7), Sphere(8)),
            "N_LATENTS": 36,
            "ARCHITECTURE": TopK(3),
            "BATCH_SIZE": 256,
            "HELD_OUT": 512,
            "SHARED": 256,
        }.items():
            patch.setattr(experiment, name, value)
        yield


@pytest.fixture
def small() -> Iterator[None]:
    with shrunk():
        yield


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "runs" / "demo"
    command = "featuretopo demo --seed 3"
    with shrunk():
        page = run_demo(folder, WORDS, seed=3, steps=20, draws=19, command=command)
    assert page == folder / "report.html"
    return folder


@pytest.fixture(scope="module")
def found(out: Path) -> dict[str, Any]:
    return json.loads((out / "results.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


# What it writes


def test_it_writes_a_page_the_results_and_every_dictionary_and_nothing_else(out: Path) -> None:
    written = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    dictionaries = [f"dictionaries/{name}.safetensors" for name in [*NAMES, "the-truth-itself"]]
    assert written == sorted([*dictionaries, "report.html", "results.json"])


def test_results_are_what_the_schema_says(found: dict[str, Any]) -> None:
    Results.model_validate(found)
    assert found["schema"] == "featuretopo.demo/3"
    assert list(found["saes"]) == NAMES
    assert [(pair["a"], pair["b"]) for pair in found["pairs"]] == list(combinations(NAMES, 2))
    assert [order["group"] for order in found["words"]] == ["months", "weekdays"]
    assert all(order["perfect"] and order["p_value"] < 0.01 for order in found["words"])


def test_results_hold_what_scripts_rely_on(found: dict[str, Any]) -> None:
    for sae in [*found["saes"].values(), found["control"]]:
        assert sae.keys() >= {
            "fvu",
            "l0",
            "dead_latents",
            "mmcs_truth_to_sae",
            "mmcs_sae_to_truth",
            "nearest_neighbour_pass_share",
            "merged_latents",
            "shapes",
        }
        assert [shape["kind"] for shape in sae["shapes"]] == ["blob", "blob", "circle", "sphere"]
        for shape in sae["shapes"]:
            assert shape.keys() >= {"name", "kind", "recovered"}
    for pair in found["pairs"]:
        measures = pair["measures"]
        assert measures.keys() >= {"mmcs_before", "svcca", "mean_cca", "cka", "rsa"}
        for distance in ("bottleneck_h0", "bottleneck_h1", "wasserstein_h0", "wasserstein_h1"):
            assert 0 <= measures[distance]["low"] <= measures[distance]["high"]
        for measure in measures.values():
            p, q = measure["p_value"], measure["q_value"]
            assert (p is None and q is None) or 0.05 <= p <= q <= 1
    assert found["provenance"].keys() >= {"versions", "seed", "command", "seconds"}
    assert found["provenance"]["command"] == "featuretopo demo --seed 3"
    assert found["provenance"]["seed"] == 3


def test_numbers_are_those_of_the_files_beside_them(out: Path, found: dict[str, Any]) -> None:
    for name, sae in found["saes"].items():
        learned = load(out / "dictionaries" / f"{name}.safetensors")
        assert learned.d == 16
        assert len(learned) == sae["n_latents"] - sae["dead_latents"] <= 36 == sae["n_latents"]
        assert all(latent.startswith(f"{name} latent ") for latent in learned.names)
        assert 0 < sae["l0"] <= 3
    truth = load(out / "dictionaries" / "the-truth-itself.safetensors")
    assert len(truth) == 2 * 6 + 7 + 8


def test_the_control_is_the_truth_and_recovers_every_feature(found: dict[str, Any]) -> None:
    control = found["control"]
    assert control["nearest_neighbour_pass_share"] == 1
    assert control["mmcs_truth_to_sae"] == pytest.approx(1, abs=1e-6)
    assert (control["dead_latents"], control["merged_latents"], control["fvu"]) == (0, 0, 0)
    assert control["l0"] == control["true_l0"]


def test_the_page_opens_offline_and_holds_the_results(out: Path) -> None:
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "http://" not in page and "https://" not in page
    assert all(name in page for name in NAMES)
    assert "featuretopo demo --seed 3" in page


def test_same_seed_same_results_apart_from_provenance(
    small: None, out: Path, found: dict[str, Any], tmp_path: Path
) -> None:
    np.random.seed(99)  # the global state has no part in it
    run_demo(tmp_path, WORDS, seed=3, steps=20, draws=19)
    again = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert again.pop("provenance") and again == {
        key: value for key, value in found.items() if key != "provenance"
    }
    for path in (out / "dictionaries").iterdir():
        assert (tmp_path / "dictionaries" / path.name).read_bytes() == path.read_bytes()


# What it refuses


@pytest.mark.parametrize("kind", ["missing", "truncated", "without the groups"])
def test_words_that_cannot_be_used_leave_nothing_behind(
    kind: str, small: None, tmp_path: Path
) -> None:
    words = tmp_path / "words.safetensors"
    if kind == "truncated":
        words.write_bytes(WORDS.read_bytes()[:5000])
    if kind == "without the groups":
        Dictionary(np.eye(6), labels=[0] * 6, label_names=["month"]).save(words)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(FeaturetopoError) as refused:
        run_demo(tmp_path / "out", words)
    message = {
        "missing": f"{words}: no such file; give the path of a dictionary file",
        "truncated": "is it truncated?",
        "without the groups": "unknown group 'months'; did you mean 'month'?",
    }[kind]
    assert message in str(refused.value)
    assert str(words) in str(refused.value)
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
@pytest.mark.parametrize("existing", [True, False])
def test_a_run_that_fails_while_it_writes_leaves_things_as_they_were(
    error: type[BaseException],
    existing: bool,
    small: None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*args: object, **given: object) -> None:
        raise error

    monkeypatch.setattr(run, "report", fail)
    if existing:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "results.json").write_text("old")
    with pytest.raises(error):
        run_demo(tmp_path / "out", WORDS, seed=3, steps=2, draws=19)
    left = {f.relative_to(tmp_path).as_posix() for f in tmp_path.rglob("*")}
    assert left == ({"out", "out/results.json"} if existing else set())


def test_a_file_in_the_way_is_refused_before_the_work(small: None, tmp_path: Path) -> None:
    blocked = tmp_path / "demo"
    blocked.write_text("mine")
    with pytest.raises(FeaturetopoError) as refused:
        run_demo(blocked, WORDS)
    assert str(refused.value).startswith(f"{blocked}: cannot be written to")
    assert "choose another folder" in str(refused.value)
    assert blocked.read_text() == "mine"


# The experiment


def test_the_ground_truth_is_that_of_the_recipe() -> None:
    truth = experiment.ground_truth("home", 0)
    assert len(truth.dictionary) == 419 and truth.d == 128
    assert [shape.kind for shape in truth.shapes] == ["blob"] * 12 + ["circle"] * 4 + ["sphere"]
    sizes = [len(shape.members) for shape in truth.shapes]
    assert sizes == [16] * 12 + [7, 12, 24, 24, 160]
    abroad = experiment.ground_truth("abroad", 0).dictionary.unit
    # another truth has no feature in common: none is nearer than chance brings them
    assert (abroad @ truth.dictionary.unit.T).max() < 0.6


def test_the_ground_truth_of_seed_0_stays_the_one_that_was_published() -> None:
    held = experiment.ground_truth("home", 0).dictionary
    recorded = [
        [0.021204, -0.083107, 0.014419],
        [0.004512, -0.004874, -0.051718],
        [-0.102177, -0.1913, 0.077985],
        [-0.038045, 0.061345, -0.145654],
        [0.143375, 0.096122, -0.026175],
        [-0.025992, 0.028224, 0.077367],
    ]
    rows = [0, 191, 192, 258, 259, 418]
    np.testing.assert_allclose(held.vectors[rows, :3], recorded, atol=2e-6)
    angles = held.coordinates[[192, 198, 199, 211, 258], 0]
    np.testing.assert_allclose(angles, [5.3127, 4.41511, 3.02151, 5.64615, 0.57061], atol=2e-5)


@pytest.mark.parametrize("model", experiment.MODELS, ids=lambda model: model.name)
def test_every_model_fires_as_often_as_the_recipe_says(model: experiment.Model) -> None:
    llm = experiment.simulated_llm(model, 0)
    assert 5 <= llm.mean_l0 <= 8
    batch = llm.sample(4096, rng=0)
    fired = (batch.values > 0).sum(axis=1)
    assert fired.mean() == pytest.approx(llm.mean_l0, abs=5 * fired.std() / 64)
    assert batch.activations.shape == (4096, 128)


def test_models_differ_in_frame_and_rule_and_two_of_them_in_truth() -> None:
    models = {model.name: model for model in experiment.MODELS}
    assert list(models) == NAMES
    assert [model.truth for model in experiment.MODELS] == ["home"] * 5 + ["abroad"]
    assert models["twin"].rule == models["exactly-1"].rule == models["stranger"].rule
    carried = {name: experiment.simulated_llm(m, 0).dictionary.unit for name, m in models.items()}
    truth = experiment.ground_truth("home", 0).dictionary.unit
    for a, b in combinations(NAMES[:5], 2):
        assert not np.allclose(carried[a], carried[b], atol=0.1)
    for name in NAMES[:5]:  # a rotation: all cosines stay
        np.testing.assert_allclose(carried[name] @ carried[name].T, truth @ truth.T, atol=1e-5)


def test_models_of_one_truth_see_the_same_samples(small: None) -> None:
    codes = {m.name: experiment.shared_codes(m, 0) for m in experiment.MODELS}
    for name in NAMES[1:5]:
        np.testing.assert_array_equal(codes[name].indices, codes["exactly-1"].indices)
        np.testing.assert_array_equal(codes[name].values, codes["exactly-1"].values)
    mine, theirs = codes["exactly-1"], codes["stranger"]
    assert mine.indices.shape != theirs.indices.shape or (mine.indices != theirs.indices).any()


# The results


def test_unknown_keys_and_numbers_that_are_none_are_refused(found: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="extra"):
        Results.model_validate({**found, "more": 1})
    sae = found["saes"]["twin"]
    with pytest.raises(ValidationError, match="finite"):
        SAEResult.model_validate({**sae, "fvu": math.nan})
    with pytest.raises(ValidationError, match="measures"):
        PairResult.model_validate(
            {key: value for key, value in found["pairs"][0].items() if key != "measures"}
        )


def test_a_figure_that_could_not_be_computed_is_not_there(found: dict[str, Any]) -> None:
    x = portrait(Dictionary(np.random.default_rng(0).standard_normal((12, 6))), "x")
    y = portrait(Dictionary(np.random.default_rng(1).standard_normal((12, 6))), "y")
    shapes = tuple(ShapeRecovery(**shape) for shape in found["control"]["shapes"])
    control = Recovery(name="control", **{**found["control"], "shapes": shapes, "measures": ()})
    compared = compare(x, y, draws=19, rng=0)  # 6 pairs: too few for a rotation or for CCA
    gathered = results([], control, [compared], [], {})
    [pair] = gathered.pairs
    assert pair.verdict == "cannot tell"
    assert set(pair.measures) == {measure.name for measure in compared.measures}
    assert not {"mmcs_after", "mean_cca", "svcca", "knn_jaccard"} & set(pair.measures)
    assert {"cka", "wasserstein_h0"} <= set(pair.measures)
    text = gathered.model_dump_json(by_alias=True)
    assert Results.model_validate_json(text) == gathered


# The workers


@pytest.fixture(scope="module")
def pool() -> Iterator[Any]:
    with workers(2) as pool:
        yield pool


def test_workers_keep_the_order(pool: Any) -> None:
    names = [str(i) for i in range(7)]
    assert pool.map("powers", pow, names, [(i, 2) for i in range(7)]) == [i**2 for i in range(7)]


def test_what_a_worker_refuses_is_refused_here(pool: Any) -> None:
    with pytest.raises(FeaturetopoError, match=r"nowhere\.npy: no such file"):
        pool.map("files", load, ["nowhere"], [("nowhere.npy",)])
    assert pool.map("powers", pow, ["2"], [(2, 2)]) == [4]  # and the pool lives on


def test_a_worker_learns_what_this_process_would(pool: Any) -> None:
    model = experiment.MODELS[0]
    arguments = [(model, 0, 2, pool.steps(model.name, 2))]
    [there] = pool.map("SAEs", learn, [model.name], arguments)
    here = learn(model, 0, 2)
    np.testing.assert_allclose(there.vectors, here.vectors, atol=1e-4)
    assert there.name == model.name and there.vectors.shape == (512, 128)
    assert there.codes.shape == (4096, len(there.alive))
    assert 0 < there.l0 <= 7 and there.fvu > 0
    assert there.true_l0 == pytest.approx(here.true_l0)
