"""SimulatedLLM: activations are codes times dictionary, in a space of the model's own."""

import numpy as np
import pytest
from dictionary_cases import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2

from featuretopo.errors import FeaturetopoError
from featuretopo.llm import ExactlyK, Identity, Independent, PerShape, RandomRotation, SimulatedLLM
from featuretopo.truth import Blobs, Circle, GroundTruth, Sphere

TRUTH = GroundTruth([Blobs(2, 5), Circle(12), Sphere(20)], d=24, rng=0)


def model(**given):
    return SimulatedLLM(
        TRUTH, **{"cooccurrence": ExactlyK(1), "embedding": RandomRotation(), "rng": 0} | given
    )


def same_codes(a, b):
    return np.array_equal(a.indices, b.indices) and np.array_equal(a.values, b.values)


# ---- activations


@settings(max_examples=20)
@given(st.integers(1, 40), st.integers(0, 2**32))
def test_activations_are_dense_codes_times_the_dictionary(n, seed):
    source = model()
    batch = source.sample(n, rng=seed)
    expected = np.zeros((n, source.d))
    for i, (features, values) in enumerate(zip(batch.indices, batch.values, strict=True)):
        for feature, value in zip(features, values, strict=True):
            expected[i] += float(value) * source.dictionary.vectors[feature].astype(np.float64)
    assert batch.activations.dtype == np.float32
    np.testing.assert_allclose(batch.activations, expected, atol=1e-5)
    dense = batch.dense_codes()
    assert dense.shape == (n, len(TRUTH.dictionary))
    np.testing.assert_allclose(dense @ source.dictionary.vectors, expected, atol=1e-5)


def test_a_sample_in_which_nothing_fires_is_zero():
    quiet = model(frequency=PerShape(joint=1e-9, lone=1e-9))
    batch = quiet.sample(3, rng=0)
    assert not batch.values.any()
    assert not batch.activations.any()


def test_noise_has_the_level_and_the_independence_that_were_asked_for():
    noisy, clean = model(noise=0.25), model()
    codes = clean.codes(3000, rng=1)
    noise = (noisy.activations(codes, rng=2) - clean.activations(codes)).astype(np.float64)
    total = (noise / 0.25) ** 2
    low, high = chi2.ppf([1e-6, 1 - 1e-6], noise.size)
    assert low < total.sum() < high
    assert abs(noise.mean()) < 5 * 0.25 / np.sqrt(noise.size)
    correlation = np.corrcoef(noise.T) - np.eye(24)
    assert abs(correlation).max() < 5 / np.sqrt(len(noise))


def test_without_noise_the_seed_of_the_noise_is_of_no_matter():
    codes = model().codes(50, rng=1)
    first, second = (model().activations(codes, rng=seed) for seed in (2, 3))
    assert first.tobytes() == second.tobytes()


# ---- the space


def test_a_rotation_keeps_every_cosine_and_every_name():
    turned = model().dictionary
    before = TRUTH.dictionary
    np.testing.assert_allclose(turned.unit @ turned.unit.T, before.unit @ before.unit.T, atol=2e-6)
    assert abs(turned.vectors - before.vectors).max() > 0.1
    assert (turned.names, turned.label_names) == (before.names, before.label_names)
    np.testing.assert_array_equal(turned.labels, before.labels)
    np.testing.assert_array_equal(turned.coordinates, before.coordinates)


@pytest.mark.parametrize("embedding", [None, Identity()])
def test_the_space_is_the_truths_unless_it_is_turned(embedding):
    assert_same(model(embedding=embedding).dictionary, TRUTH.dictionary)


def test_every_model_has_a_rotation_of_its_own():
    rotations = [model(name=name, rng=seed).dictionary for name in ("a", "b") for seed in (0, 1)]
    for i in range(4):
        for j in range(i):
            assert abs(rotations[i].vectors - rotations[j].vectors).max() > 0.1


def test_shared_codes_are_the_same_samples_in_two_models():
    a, b = model(name="a"), model(name="b", cooccurrence=Independent())
    codes = a.codes(200, rng=3)
    in_a, in_b = a.activations(codes), b.activations(codes)
    assert abs(in_a - in_b).max() > 0.1
    # one rotation takes all samples of one model into those of the other, and the features too
    turn = np.linalg.lstsq(*(m.dictionary.vectors for m in (a, b)), rcond=None)[0]
    np.testing.assert_allclose(turn @ turn.T, np.eye(24), atol=1e-4)
    np.testing.assert_allclose(in_a @ turn, in_b, atol=1e-4)


# ---- randomness


def test_the_same_seed_and_name_give_the_same_bits():
    a, b = model(noise=0.1), model(noise=0.1)
    assert_same(a.dictionary, b.dictionary)
    b.sample(7, rng=9)  # whatever else was drawn
    first, second = a.sample(50, rng=4), b.sample(50, rng=4)
    assert same_codes(first.codes, second.codes)
    assert first.activations.tobytes() == second.activations.tobytes()


def test_another_seed_or_another_name_gives_other_samples():
    codes = [model(name=name).codes(50, rng=seed) for name, seed in [("a", 4), ("a", 5), ("b", 4)]]
    assert not any(same_codes(codes[i], codes[j]) for i in range(3) for j in range(i))


def test_codes_do_not_depend_on_the_embedding_or_the_noise():
    expected = model().codes(50, rng=4)
    assert same_codes(model(embedding=None, noise=1.0, rng=7).sample(50, rng=4).codes, expected)


def test_a_generator_moves_on_and_none_is_fresh():
    source = model()
    draw = np.random.default_rng(0)
    first, second = source.codes(50, rng=draw), source.codes(50, rng=draw)
    assert not same_codes(first, second)
    assert same_codes(source.codes(50, rng=np.random.default_rng(0)), first)
    assert not same_codes(source.codes(50), source.codes(50))


def test_the_defaults_are_those_that_the_docstring_names():
    source = SimulatedLLM(TRUTH, rng=0)
    assert (source.cooccurrence, source.frequency) == (Independent(), PerShape())
    assert (source.name, source.noise, source.d) == ("llm", 0.0, 24)
    assert source.mean_l0 == pytest.approx(3 * 0.2 + 20 * 0.02)


# ---- refusals


@pytest.mark.parametrize("n", [0, -1, 2.5])
def test_an_empty_batch_is_refused(n):
    for draw in (model().codes, model().sample):
        with pytest.raises(FeaturetopoError, match=f"n={n}: a batch holds 1 to "):
            draw(n, rng=0)


@pytest.mark.parametrize("noise", [-0.1, float("nan"), float("inf")])
def test_noise_is_a_standard_deviation(noise):
    with pytest.raises(FeaturetopoError, match=f"noise={noise} must be a standard deviation >= 0"):
        model(noise=noise)


def test_codes_of_another_truth_are_refused():
    other = SimulatedLLM(GroundTruth([Circle(12)], 24, rng=0), rng=0)
    with pytest.raises(
        FeaturetopoError, match=r"12 features for a model of 42.*another ground tru"
    ):
        model().activations(other.codes(5, rng=0))
