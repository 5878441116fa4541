"""Families, streams, presets and descriptions of simulated LLMs."""

import json

import numpy as np
import pytest
from dictionary_cases import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.llm import (
    Between,
    Bump,
    ByShape,
    Correlated,
    ExactlyK,
    ExponentialDecay,
    Given,
    Hierarchical,
    Independent,
    LowRank,
    Mixture,
    Nested,
    PerShape,
    RandomProjection,
    RandomRotation,
    Rotation,
    SharkeyToy,
    SimulatedLLM,
    Together,
    Zipf,
    family,
    legacy_model,
    load_llm,
    sharkey_toy,
)
from featuretopo.llm.magnitude import Constant, LogNormal
from featuretopo.truth import (
    Blobs,
    Circle,
    FromDictionary,
    GroundTruth,
    LogNormalNorms,
    Overlap,
    Sphere,
    Torus,
    Tree,
)

TRUTH = GroundTruth([Blobs(4, 6), Circle(12), Circle(9), Sphere(75)], d=64, rng=0)


# ---- families


@settings(max_examples=30)
@given(st.integers(2, 4), st.floats(0, 1), st.integers(0, 2**32))
def test_a_family_deals_every_feature_out_and_keeps_shapes_whole(n, overlap, seed):
    made = family(TRUTH, n, overlap=overlap, rng=seed)
    dealt = np.concatenate([made.shared, *made.only])
    assert np.sort(dealt).tolist() == list(range(120))
    sizes = [len(model.dictionary) for model in made.models]
    assert max(sizes) - min(sizes) <= 12  # one shape
    for model, only in zip(made.models, made.only, strict=True):
        rows = np.sort(np.concatenate([made.shared, only]))
        assert model.truth.rows.tolist() == rows.tolist()
        np.testing.assert_allclose(model.dictionary.vectors, TRUTH.dictionary.vectors[rows])
        for shape in TRUTH.shapes[:6]:
            held = np.isin(shape.members, rows)
            assert held.all() or not held.any()
    # within one shape of what was asked for
    assert abs(len(made.shared) - overlap * np.mean(sizes)) <= 12


def test_the_ends_of_the_overlap():
    assert len(family(TRUTH, 2, overlap=1, rng=0).shared) == 120
    assert len(family(TRUTH, 2, overlap=0, rng=0).shared) == 0


@settings(max_examples=20)
@given(st.floats(0, 1), st.integers(0, 2**32))
def test_the_correspondence_pairs_one_feature_with_itself(overlap, seed):
    made = family(TRUTH, 3, overlap=overlap, rotation=RandomRotation(), rng=seed)
    for i, j in ((0, 1), (2, 0)):
        a, b = made.models[i], made.models[j]
        pairs = made.correspondence(i, j)
        assert len(pairs) == len(made.shared)
        names = np.array(a.dictionary.names)[pairs[:, 0]], np.array(b.dictionary.names)[pairs[:, 1]]
        assert (names[0] == names[1]).all()
    assert made.only_a is made.only[0]
    assert made.only_b is made.only[1]


def alike(a, b):
    return {
        "frequency": np.array_equal(a.frequencies, b.frequencies),
        "embedding": np.array_equal(a.dictionary.vectors, b.dictionary.vectors),
        "cooccurrence": a.cooccurrence == b.cooccurrence,
        "seed": np.array_equal(a.codes(200, rng=0).features, b.codes(200, rng=0).features),
    }


@pytest.mark.parametrize("change", ["seed", "frequency", "cooccurrence", "embedding", "covariance"])
def test_nothing_changes_but_what_is_said(change):
    rotation = RandomRotation() if change == "embedding" else None
    a, b = family(TRUTH, 2, change=change, rotation=rotation, rng=0).models
    differs = {key for key, same in alike(a, b).items() if not same}
    assert differs - {"seed"} == ({change} - {"seed", "covariance"})
    assert "seed" in differs  # every model has samples of its own


def test_another_covariance_lets_other_features_fire_together():
    a, b = family(TRUTH, 2, change="covariance", rng=0).models
    latents = [model.firing.loadings @ model.firing.loadings.T for model in (a, b)]
    off = np.triu_indices(120, 1)
    assert abs(np.corrcoef(latents[0][off], latents[1][off])[0, 1]) < 0.1


def test_every_rotation_is_its_own():
    a, b = family(TRUTH, 2, rotation=RandomRotation(), rng=0).models
    assert abs(a.dictionary.vectors - b.dictionary.vectors).max() > 0.1


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n": 1}, "n=1: a family has at least 2 models"),
        ({"overlap": 1.5}, "overlap=1.5 must lie between 0 and 1"),
        ({"change": "luck"}, "change='luck' must be one of frequency, covariance"),
        ({"change": "cooccurrence", "cooccurrence": ExactlyK(1)}, "sets the rules itself; leave"),
        (
            {"change": "frequency", "frequency": PerShape()},
            r"change='frequency': frequency=PerShape\(.*\) gives the same frequencies whenever",
        ),
        ({"change": "embedding"}, r"needs a map to draw anew; give rotation=RandomRotation\(\)"),
    ],
)
def test_families_that_cannot_be_are_refused(given, message):
    with pytest.raises(FeaturetopoError, match=message):
        family(TRUTH, **given)


def test_a_model_without_features_is_refused():
    with pytest.raises(FeaturetopoError, match="model 1 would get 0 features; needs at least 2"):
        family(GroundTruth([Circle(12)], 8, rng=0), 2, overlap=0, rng=0)


def test_a_rule_for_a_shape_that_a_model_did_not_get_is_no_mistake():
    rule = ByShape({"circle of 12": ExactlyK(2)}, otherwise=ExactlyK(1))
    made = family(TRUTH, 2, overlap=0, cooccurrence=rule, frequency=PerShape(shapes={"blob": 0.1}),
                  rng=0)  # fmt: skip
    has = ["circle of 12" in [s.name for s in model.truth.shapes] for model in made.models]
    assert sorted(has) == [False, True]
    with pytest.raises(FeaturetopoError, match="no shape 'circle of 21'; did you mean 'circle of"):
        family(TRUTH, 2, cooccurrence=ByShape({"circle of 21": ExactlyK(2)}), rng=0)


# ---- streams


def test_any_batch_of_a_stream_can_be_made_anywhere():
    model = SimulatedLLM(TRUTH, noise=0.1, rng=0)
    stream = model.stream(50, rng=7)
    first = [batch for batch, _ in zip(stream, range(4), strict=False)]
    elsewhere = SimulatedLLM(TRUTH, noise=0.1, rng=0).stream(50, rng=7).batch(3)
    assert first[3].activations.tobytes() == elsewhere.activations.tobytes()
    assert first[0].activations.tobytes() != first[1].activations.tobytes()
    with pytest.raises(FeaturetopoError, match="batch_size=0: a batch holds 1 to "):
        model.stream(0)
    for number in (-1, 1.5):
        with pytest.raises(FeaturetopoError, match=f"batch {number}: batches are numbered from 0"):
            stream.batch(number)


def test_a_tensor_shares_the_memory_of_the_activations():
    batch = SimulatedLLM(TRUTH, rng=0).sample(3, rng=0)
    tensor = batch.tensor()
    tensor[0, 0] = 42
    assert batch.activations[0, 0] == 42


# ---- presets


def test_the_toy_is_the_published_one():
    toy = sharkey_toy(rng=0)
    assert (len(toy.dictionary), toy.d) == (512, 256)
    assert toy.mean_l0 == pytest.approx(5)
    np.testing.assert_allclose(toy.frequencies[1:] / toy.frequencies[:-1], 0.99)
    batch = toy.sample(20_000, rng=0)
    l0 = (batch.values > 0).sum(axis=1)
    assert abs(l0.mean() - 5) < 5 * l0.std() / np.sqrt(20_000)
    strengths = batch.values[batch.values > 0]
    assert 0 < strengths.min() < 0.001
    assert 0.999 < strengths.max() <= 1
    assert strengths.mean() == pytest.approx(0.5, abs=0.01)


def test_the_legacy_model_fires_k_features_in_every_sample():
    model = legacy_model(TRUTH, k=4, rng=0)
    assert model.frequency is None
    assert ((model.sample(100, rng=0).values > 0).sum(axis=1) == 4).all()


# ---- descriptions

MODELS = {
    "plain": lambda: SimulatedLLM(TRUTH, rng=3),
    "rules": lambda: SimulatedLLM(
        TRUTH,
        cooccurrence=ByShape({"blob": ExactlyK(2), "circle of 12": Bump(0.5)}, Between(1, 2)),
        frequency=PerShape(0.3, 0.01, {"circle": 0.1}),
        magnitude=LogNormal(1.0, 0.3),
        embedding=Rotation(0.3),
        noise=0.05,
        bias=1.5,
        name="with rules",
        rng=np.random.default_rng(1),
    ),
    "mixture": lambda: SimulatedLLM(
        TRUTH,
        cooccurrence=Mixture((ExactlyK(1), Nested(Correlated(0.1), ExactlyK(2))), (1.0, 2.0)),
        embedding=RandomProjection(80),
        rng=0,
    ),
    "matrix": lambda: SimulatedLLM(
        GroundTruth([Sphere(3)], 8, rng=1),
        cooccurrence=Together(Correlated(np.array([[1, 0.1, 0], [0.1, 1, 0], [0, 0, 1.0]]))),
        frequency=Given((0.1, 0.2, 0.3)),
        magnitude=Constant(2.0),
        rng=0,
    ),
    "tree": lambda: SimulatedLLM(
        GroundTruth([Tree(2, 3, 0.8, noise=0.1), Torus(5, 6, tilt=0.2)], 32, rng=1),
        cooccurrence=ByShape({"tree": Hierarchical(roots=Independent(), conditional=True)}),
        frequency=Zipf(0.5, 3),
        rng=0,
    ),
    "overlap": lambda: SimulatedLLM(
        GroundTruth(
            [Circle(12, norms=LogNormalNorms(0.2)), Circle(12)], 32, placement=Overlap(0.5), rng=1
        ),
        cooccurrence=Together(LowRank(3)),
        frequency=ExponentialDecay(0.9, 2),
        rng=0,
    ),
    "toy": lambda: sharkey_toy(40, 16, l0=2, rng=5),
    "legacy": lambda: legacy_model(TRUTH, k=3, rng=0),
    "part": lambda: family(TRUTH, 2, overlap=0.5, rng=2).models[1],
}


@pytest.mark.parametrize("suffix", [".toml", ".json"])
@pytest.mark.parametrize("name", MODELS)
def test_a_description_builds_the_same_model_to_the_last_bit(name, suffix, tmp_path):
    model = MODELS[name]()
    path = tmp_path / f"model{suffix}"
    model.save(path)
    again = load_llm(path)
    assert_same(again.dictionary, model.dictionary)
    assert again.sample(50, rng=1).activations.tobytes() == (
        model.sample(50, rng=1).activations.tobytes()
    )
    again.save(tmp_path / f"again{suffix}")
    assert (tmp_path / f"again{suffix}").read_bytes() == path.read_bytes()


def test_features_from_a_file_are_described_by_its_path(tmp_path):
    Dictionary(np.eye(4)).save(tmp_path / "eye.safetensors")
    truth = GroundTruth([FromDictionary(tmp_path / "eye.safetensors")], 4, rng=0)
    SimulatedLLM(truth, rng=0).save(tmp_path / "model.toml")
    assert_same(load_llm(tmp_path / "model.toml").dictionary, truth.dictionary)
    held = GroundTruth([FromDictionary(Dictionary(np.eye(4)))], 4, rng=0)
    with pytest.raises(FeaturetopoError, match="a description cannot hold a 'Dictionary'"):
        SimulatedLLM(held, rng=0).save(tmp_path / "other.toml")
    assert not (tmp_path / "other.toml").exists()


def test_a_rule_of_ones_own_cannot_be_described(tmp_path):
    class Own(SharkeyToy):
        pass

    truth = GroundTruth([Sphere(4)], 8, rng=0)
    model = SimulatedLLM(truth, cooccurrence=Together(Own()), rng=0)
    with pytest.raises(FeaturetopoError, match="a description cannot hold a 'Own'"):
        model.save(tmp_path / "model.json")


def changed(tmp_path, change):
    path = tmp_path / "model.json"
    MODELS["rules"]().save(path)
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(nose=1), "nose: Extra inputs are not permitted; did you mean 'noise'?"),
        (lambda c: c["truth"].update(sed=1), "truth.sed: .*; did you mean 'seed'?"),
        (lambda c: c.pop("truth"), "truth: Field required"),
        (lambda c: c.update(seed="x"), "seed: Input should be a valid integer"),
        (lambda c: c.update(format="simulated-llm/9"), "format: Input should be 'simulated-llm/1'"),
        (lambda c: c["embedding"].update(type="Rotaton"), "a 'Rotaton'; did you mean 'Rotation'"),
        (lambda c: c["embedding"].update(angel=1), "Rotation has no 'angel'; did you mean 'angle'"),
        (lambda c: c["embedding"].pop("angle"), "Rotation: .*missing.*'angle'.*it takes"),
        (lambda c: c["embedding"].update(angle=9), "angle must lie between 0 and pi"),
        (lambda c: c["embedding"].update(type="Batch"), "a description cannot hold a 'Batch'"),
        (
            lambda c: c["truth"]["shapes"][0].update(n_blobs=0),
            "n_blobs must be a whole number, at least 1",
        ),
    ],
)
def test_a_description_that_is_wrong_is_refused_by_name(change, message, tmp_path):
    path = changed(tmp_path, change)
    with pytest.raises(FeaturetopoError, match=rf"model\.json: .*{message}"):
        load_llm(path)


def test_files_that_are_no_description(tmp_path):
    with pytest.raises(FeaturetopoError, match=r"no such file; give a \.toml or \.json"):
        load_llm(tmp_path / "none.toml")
    for name, text in (("a.toml", "x = ["), ("a.json", "{"), ("b.toml", "\udcff")):
        (tmp_path / name).write_text(text, errors="surrogateescape")
        with pytest.raises(FeaturetopoError, match=rf"{name}: cannot be read as"):
            load_llm(tmp_path / name)
    (tmp_path / "a.yaml").write_text("x")
    with pytest.raises(FeaturetopoError, match=r"a description ends in \.toml or \.json"):
        load_llm(tmp_path / "a.yaml")
    with pytest.raises(FeaturetopoError, match=r"is saved as \.toml or \.json; end its name so"):
        SimulatedLLM(TRUTH, rng=0).save(tmp_path / "model.txt")
