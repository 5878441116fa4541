"""How often, how strongly and in which space: frequencies, magnitudes, embeddings."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from featuretopo.errors import FeaturetopoError
from featuretopo.llm import (
    Exponential,
    ExponentialDecay,
    Given,
    HalfNormal,
    Identity,
    LogNormal,
    PerShape,
    RandomProjection,
    RandomRotation,
    Rotation,
    SimulatedLLM,
    UniformFrequency,
    Zipf,
)
from featuretopo.truth import Blobs, Circle, GroundTruth, Sphere

TRUTH = GroundTruth([Blobs(2, 5), Circle(12), Sphere(20)], d=24, rng=0)


def of(frequency, truth=TRUTH, seed=0):
    return frequency.of(truth, np.random.default_rng(seed))


# ---- frequencies


@pytest.mark.parametrize(
    "frequency", [UniformFrequency(3), Zipf(1, 3), Zipf(0.5, 3), ExponentialDecay(0.9, 3)], ids=repr
)
def test_frequencies_add_up_to_the_l0(frequency):
    found = of(frequency)
    assert found.shape == (42,)
    assert found.sum() == pytest.approx(3)
    assert ((found > 0) & (found < 1)).all()


def test_zipf_is_a_power_of_the_rank_and_the_ranks_are_random():
    found = np.sort(of(Zipf(1.5, 1)))[::-1]
    np.testing.assert_allclose(found[0] / found, np.arange(1, 43) ** 1.5)
    assert (of(Zipf(1, 3), seed=0) != of(Zipf(1, 3), seed=1)).any()


def test_the_decay_goes_down_the_rows():
    found = of(ExponentialDecay(0.9, 3))
    np.testing.assert_allclose(found[1:] / found[:-1], 0.9)
    # scaled after the decay: .99^i alone would leave .97 active features, not 5
    toy = of(ExponentialDecay(0.99, 5), GroundTruth([Sphere(512)], 8, rng=0))
    assert toy.sum() == pytest.approx(5)
    assert toy[0] == pytest.approx(5 * 0.01 / (1 - 0.99**512))


def test_a_decay_below_what_a_float_holds_is_no_zero():
    assert of(ExponentialDecay(0.5, 0.5), GroundTruth([Sphere(3000)], 8, rng=0)).min() > 0


def test_single_shapes_fire_as_often_as_they_are_told_to():
    found = of(PerShape(joint=0.3, lone=0.01, shapes={"blob": 0.1, "blob 2": 0.2, "sphere": 0.5}))
    expected = [0.02] * 5 + [0.04] * 5 + [0.025] * 12 + [0.025] * 20
    np.testing.assert_allclose(found, expected)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Zipf(-1), "exponent must be >= 0; 1 is usual"),
        (lambda: ExponentialDecay(0), r"rate must lie in \(0, 1\]; 0.99 is usual"),
        (lambda: PerShape(shapes={"blob": 0}), "'blob' fires 0 times a sample; must be positive"),
        (lambda: of(UniformFrequency(0)), "l0 must be positive; 5 to 50 is usual"),
        (lambda: of(UniformFrequency(42)), "with probability 1, which must be below 1; lower l0"),
        (lambda: of(Zipf(3, 5)), "most frequent would fire with probability 4"),
        (lambda: of(Given([0.1])), r"shape \(1,\) for 42 features: give one a feature"),
        (lambda: of(Given([0.0] + [0.1] * 41)), r"feature 0 has frequency 0, .* lie in \(0, 1\)"),
        (lambda: of(Given([0.1, np.nan] + [0.1] * 40)), "feature 1 has frequency nan"),
    ],
)
def test_frequencies_that_cannot_be_are_refused(make, message):
    with pytest.raises(FeaturetopoError, match=message):
        make()


# ---- magnitudes


@pytest.mark.parametrize(
    ("magnitude", "law"),
    [
        (HalfNormal(2.0), stats.halfnorm(scale=2)),
        (Exponential(0.5), stats.expon(scale=0.5)),
        (LogNormal(1.5, 0.4), stats.lognorm(0.4, scale=1.5)),
    ],
    ids=["half-normal", "exponential", "log-normal"],
)
def test_strengths_follow_their_law(magnitude, law, rng):
    draws = magnitude.draw(50_000, rng)
    assert draws.dtype == np.float32
    assert draws.min() > 0
    assert stats.kstest(draws, law.cdf).pvalue > 1e-4


@pytest.mark.parametrize("make", [HalfNormal, Exponential, LogNormal, lambda s: LogNormal(1, s)])
@pytest.mark.parametrize("scale", [0.0, -1.0, np.nan, np.inf])
def test_scales_must_be_positive(make, scale):
    with pytest.raises(FeaturetopoError, match="must be positive and finite"):
        make(scale)


# ---- embeddings


@settings(max_examples=30)
@given(st.integers(2, 20), st.floats(0, np.pi), st.integers(0, 2**32))
def test_a_rotation_turns_every_vector_by_its_angle(d, angle, seed):
    q = Rotation(angle).matrix(d, np.random.default_rng(seed))
    np.testing.assert_allclose(q @ q.T, np.eye(d), atol=1e-12)
    assert np.linalg.det(q) == pytest.approx(1)
    turned = np.arccos(np.clip(np.diag(q), -1, 1))
    if d % 2 == 0:
        np.testing.assert_allclose(np.cos(turned), np.cos(angle), atol=1e-12)
    values = np.sort(np.linalg.eigvals(q).real)
    assert values[0] == pytest.approx(np.cos(angle), abs=1e-9)


@settings(max_examples=30)
@given(st.integers(2, 12), st.integers(2, 24), st.integers(0, 2**32))
def test_a_projection_upwards_is_an_isometry_and_downwards_keeps_lengths_on_average(d, to, seed):
    matrix = RandomProjection(to).matrix(d, np.random.default_rng(seed))
    assert matrix.shape == (d, to)
    if to >= d:
        np.testing.assert_allclose(matrix @ matrix.T, np.eye(d), atol=1e-12)
    else:
        np.testing.assert_allclose(matrix.T @ matrix, np.eye(to) * d / to, atol=1e-12)
        assert np.trace(matrix @ matrix.T) / d == pytest.approx(1)


@pytest.mark.parametrize("embedding", [Identity(), RandomRotation(), Rotation(1.0),
                                       RandomProjection(40)])  # fmt: skip
def test_what_is_carried_comes_back(embedding):
    model = SimulatedLLM(TRUTH, embedding=embedding, rng=0)
    vectors = TRUTH.dictionary.vectors
    there = model.carry(vectors)
    np.testing.assert_allclose(there, model.dictionary.vectors, atol=1e-6)
    np.testing.assert_allclose(model.carry_back(there), vectors, atol=1e-5)


def test_what_is_flattened_does_not_come_back():
    model = SimulatedLLM(TRUTH, embedding=RandomProjection(10), rng=0)
    assert model.d == 10
    with pytest.raises(FeaturetopoError, match="takes 24 dimensions to 10 and cannot be undone"):
        model.carry_back(np.ones((2, 10)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Rotation(4), r"angle must lie between 0 and pi \(radians\)"),
        (lambda: RandomProjection(1), "d_model must be a whole number, at least 2"),
        (lambda: SimulatedLLM(TRUTH, rng=0).carry(np.ones((2, 3))), r"\(2, 3\) .*shape \(n, 24\)"),
        (lambda: SimulatedLLM(TRUTH, rng=0).carry_back(np.ones(3)), r"\(3,\) .*shape \(n, 24\)"),
        (lambda: SimulatedLLM(TRUTH, bias=[1.0, 2.0], rng=0), r"bias of shape \(2,\) must be one"),
        (lambda: SimulatedLLM(TRUTH, bias=np.inf, rng=0), "bias of shape .* must be one finite"),
    ],
)
def test_spaces_that_cannot_be_are_refused(make, message):
    with pytest.raises(FeaturetopoError, match=message):
        make()


# ---- bias


def test_a_bias_is_added_to_every_sample():
    plain = SimulatedLLM(TRUTH, rng=0)
    length = SimulatedLLM(TRUTH, bias=2.0, rng=0)
    vector = SimulatedLLM(TRUTH, bias=np.arange(24.0), rng=0)
    codes = plain.codes(20, rng=1)
    assert np.linalg.norm(length.bias) == pytest.approx(2, abs=1e-6)
    for model in (length, vector):
        moved = model.activations(codes) - plain.activations(codes)
        np.testing.assert_allclose(moved, np.broadcast_to(model.bias, (20, 24)), atol=1e-5)
    np.testing.assert_array_equal(vector.bias, np.arange(24))
