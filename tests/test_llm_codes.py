"""Who fires with whom, how often and how strongly: rules against the probabilities they promise."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featuretopo.errors import FeaturetopoError
from featuretopo.llm import (
    Between,
    Codes,
    Constant,
    ExactlyK,
    Independent,
    PerShape,
    SimulatedLLM,
    UniformMagnitude,
)
from featuretopo.llm.codes import gather
from featuretopo.llm.cooccurrence import Fired
from featuretopo.llm.cooccurrence.active import active_samples
from featuretopo.truth import Blobs, Circle, GroundTruth, Sphere

NAN, INF = float("nan"), float("inf")
RULES = [ExactlyK(1), ExactlyK(2), ExactlyK(8), Between(1, 3), Between(2, 2), Independent()]
N, JOINT, LONE = 60_000, 0.3, 0.04


def ids(rule):
    return repr(rule)


@pytest.fixture(scope="module", params=RULES, ids=ids)
def fired(request):
    """Return a rule, its truth of a circle, a blob and a sphere, and who fired: (N, 26) bool."""
    truth = GroundTruth([Circle(12), Blobs(1, 8), Sphere(6)], 32, rng=0)
    model = SimulatedLLM(
        truth,
        cooccurrence=request.param,
        frequency=PerShape(joint=JOINT, lone=LONE),
        name="marginals",
        rng=0,
    )
    return request.param, truth, model.codes(N, rng=1).dense() > 0, model.mean_l0


def assert_binomial(counts, trials, probability):
    """Fail if a count is further than 5 standard deviations from its mean."""
    error = np.sqrt(trials * probability * (1 - probability))
    assert (abs(np.asarray(counts) - trials * probability) <= 5 * error).all()


# ---- rules of co-occurrence


def test_every_rule_gives_every_feature_the_same_frequency(fired):
    _, truth, codes, _ = fired
    for shape in truth.shapes:
        frequency = JOINT / len(shape.members) if shape.joint else LONE
        assert_binomial(codes[:, shape.members].sum(axis=0), N, frequency)


def test_the_mean_l0_is_what_the_model_says(fired):
    _, _, codes, mean_l0 = fired
    l0 = codes.sum(axis=1)
    assert mean_l0 == pytest.approx(2 * JOINT + 6 * LONE)
    assert abs(l0.mean() - mean_l0) < 5 * l0.std() / np.sqrt(N)


def test_an_active_shape_fires_the_counts_of_its_rule_each_as_likely(fired):
    rule, truth, codes, _ = fired
    for shape in truth.shapes[:2]:
        counts = codes[:, shape.members].sum(axis=1)
        if isinstance(rule, ExactlyK):
            allowed = [rule.k]
        elif isinstance(rule, Between):
            allowed = list(range(rule.low, rule.high + 1))
        else:
            pairs, p = comb(len(shape.members), 2), JOINT / len(shape.members)
            rest = (1 - p) ** (len(shape.members) - 2)
            assert_binomial((counts == 2).sum(), N, pairs * p**2 * rest)
            continue
        assert set(counts) == {0, *allowed}
        assert_binomial([(counts == c).sum() for c in allowed], N, JOINT / sum(allowed))


def test_pairs_of_one_shape_fire_together_as_often_as_the_rule_gives(fired):
    rule, truth, codes, _ = fired
    for shape in truth.shapes[:2]:
        size = len(shape.members)
        if isinstance(rule, Independent):
            together = (JOINT / size) ** 2
        else:
            low, high = (rule.k, rule.k) if isinstance(rule, ExactlyK) else (rule.low, rule.high)
            counts = range(low, high + 1)
            activity = JOINT / np.mean(counts)
            together = activity * np.mean([c * (c - 1) for c in counts]) / (size * (size - 1))
        found = [(codes[:, i] & codes[:, j]).sum() for i, j in combinations(shape.members, 2)]
        assert_binomial(found, N, together)  # 0 of 0, if the rule forbids it


def test_shapes_and_lone_features_fire_independently_of_each_other(fired):
    _, truth, codes, _ = fired
    active = [codes[:, shape.members].any(axis=1) for shape in truth.shapes[:2]]
    active += list(codes[:, truth.shapes[2].members].T)
    for a, b in combinations(active, 2):
        # given how often each is active, the overlap has mean a b / N and at most this deviation
        assert abs((a & b).sum() - a.sum() * b.sum() / N) < 5 * np.sqrt(a.sum() * b.sum() / N)


def test_samples_are_independent_of_each_other(fired):
    _, _, codes, _ = fired
    l0 = codes.sum(axis=1) - codes.sum(axis=1).mean()
    for lag in (1, 2, 7):
        assert abs((l0[lag:] * l0[:-lag]).mean() / l0.var()) < 5 / np.sqrt(N)


@settings(max_examples=50)
@given(st.integers(1, 500), st.floats(1e-19, 1), st.integers(0, 2**32))
def test_active_samples_come_in_order_and_once(n, activity, seed):
    samples = active_samples(n, activity, np.random.default_rng(seed))
    assert (np.diff(samples) > 0).all()
    assert ((samples >= 0) & (samples < n)).all()


@pytest.mark.parametrize("activity", [1e-18, 0.001, 0.5, 0.999, 1.0])
def test_every_sample_is_active_as_often(activity, rng):
    n, draws = 10, 4000
    samples = np.concatenate([active_samples(n, activity, rng) for _ in range(draws)])
    assert_binomial(np.bincount(samples, minlength=n), draws, activity)


# ---- magnitudes


def test_uniform_strengths_fill_their_interval_and_are_never_zero(rng):
    x = UniformMagnitude(0.0, 2.0).draw(100_000, rng)
    assert x.dtype == np.float32
    assert 0 < x.min() < 1e-3 < 2 - 1e-3 < x.max() <= 2
    assert_binomial(np.histogram(x, 10, (0, 2))[0], len(x), 0.1)


def test_constant_strengths_are_constant(rng):
    assert Constant(0.7).draw(3, rng).tolist() == [np.float32(0.7)] * 3


@pytest.mark.parametrize(
    ("magnitude", "low", "high"), [(Constant(2.5), 2.5, 2.5), (UniformMagnitude(1, 3), 1, 3)]
)
def test_the_strengths_are_the_models(magnitude, low, high):
    truth = GroundTruth([Circle(12), Sphere(40)], 8, rng=0)
    values = SimulatedLLM(truth, magnitude=magnitude, rng=0).codes(500, rng=0).values
    assert low <= values[values > 0].min() <= values.max() <= high


# ---- the two forms of codes


@st.composite
def triples(draw):
    n_samples, n_features = draw(st.integers(1, 6)), draw(st.integers(1, 8))
    places = st.tuples(st.integers(0, n_samples - 1), st.integers(0, n_features - 1))
    chosen = draw(st.lists(places, unique=True, max_size=20))
    values = draw(
        st.lists(st.floats(0.125, 8, width=32), min_size=len(chosen), max_size=len(chosen))
    )
    return chosen, values, n_samples, n_features


def codes_of(drawn):
    """Return codes made of triples, and the dense matrix that they should be."""
    chosen, values, n_samples, n_features = drawn
    expected = np.zeros((n_samples, n_features), np.float32)
    for (sample, feature), value in zip(chosen, values, strict=True):
        expected[sample, feature] = value
    samples, features = np.array(chosen, np.int32).reshape(-1, 2).T
    starts, features = gather(Fired(samples, features), n_samples)
    rows = np.repeat(np.arange(n_samples), np.diff(starts))
    return Codes(starts, features, expected[rows, features], n_features), expected


@given(triples())
def test_codes_are_the_same_dense_sparse_and_padded(drawn):
    codes, expected = codes_of(drawn)
    np.testing.assert_array_equal(codes.dense(), expected)
    np.testing.assert_array_equal(codes.sparse().toarray(), expected)
    assert len(codes) == len(expected)
    assert codes.sparse().nnz == len(drawn[0])
    width = max(1, (expected > 0).sum(axis=1).max())
    assert codes.indices.shape == codes.values.shape == (len(expected), width)
    assert not codes.indices[codes.values == 0].any()  # padding
    padded = np.zeros_like(expected)
    np.add.at(padded, (np.arange(len(expected))[:, None], codes.indices), codes.values)
    np.testing.assert_array_equal(padded, expected)


@given(triples(), st.integers(1, 40), st.integers(0, 2**32))
def test_decoding_is_the_matrix_product(drawn, d, seed):
    codes, expected = codes_of(drawn)
    rows = np.random.default_rng(seed).standard_normal((codes.n_features, d)).astype(np.float32)
    np.testing.assert_allclose(codes.decode(rows), expected @ rows, rtol=1e-5, atol=1e-4)


def test_a_dictionary_beyond_the_cache_is_decoded_slab_by_slab_to_the_same(monkeypatch, rng):
    truth = GroundTruth([Sphere(300)], 16, rng=0)
    codes = SimulatedLLM(truth, frequency=PerShape(lone=0.1), rng=0).codes(200, rng=0)
    rows = rng.standard_normal((300, 16)).astype(np.float32)
    monkeypatch.setattr("featuretopo.llm.codes._SLAB_BYTES", 7 * 4 * 16)  # seven rows
    np.testing.assert_allclose(codes.decode(rows), codes.dense() @ rows, rtol=1e-5, atol=1e-5)


# ---- refusals


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: ExactlyK(0), r"ExactlyK\(k=0\): k must be a whole number, at least 1"),
        (lambda: Between(0, 2), r"Between\(low=0, high=2\) must hold 1 <= low <= high"),
        (lambda: Between(3, 2), r"Between\(low=3, high=2\) must hold 1 <= low <= high"),
        (lambda: PerShape(joint=0), "joint=0 must be positive; 0.05 to 0.5 is usual"),
        (lambda: PerShape(joint=NAN), "joint=nan must be positive; 0.05 to 0.5 is usual"),
        (lambda: PerShape(lone=0), r"lone=0 must lie in \(0, 1\); 0.001 to 0.05 is usual"),
        (lambda: PerShape(lone=1), r"lone=1 must lie in \(0, 1\); 0.001 to 0.05 is usual"),
        (lambda: PerShape(lone=NAN), r"lone=nan must lie in \(0, 1\); 0.001 to 0.05 is usual"),
        (lambda: Constant(0.0), r"Constant\(value=0.0\): .* must be positive and finite"),
        (lambda: Constant(INF), r"Constant\(value=inf\): .* must be positive and finite"),
        (lambda: Constant(NAN), r"Constant\(value=nan\): .* must be positive and finite"),
        (lambda: UniformMagnitude(2, 1), r"\(low=2, high=1\) must hold 0 <= low < high"),
        (lambda: UniformMagnitude(-1, 1), r"\(low=-1, high=1\) must hold 0 <= low < high"),
        (lambda: UniformMagnitude(1, INF), r"\(low=1, high=inf\) must hold 0 <= low < high"),
    ],
)
def test_values_out_of_range_are_refused(make, message):
    with pytest.raises(FeaturetopoError, match=message):
        make()


@pytest.mark.parametrize(
    ("rule", "joint", "message"),
    [
        (ExactlyK(9), 0.3, r"ExactlyK\(k=9\) asks for 9 of the 8 features of blob; ask for fewer"),
        (Between(1, 9), 0.3, r"Between\(low=1, high=9\) asks for 9 of the 8 features of blob; ask"),
        (
            ExactlyK(1),
            1.5,
            r"ExactlyK\(k=1\) on circle of 12: .* probability 1.5, .* lower the fre",
        ),
        (Between(1, 2), 3, r"Between\(low=1, high=2\) on circle of 12: .* probability 2, .* lower"),
        (ExactlyK(1), INF, r"inf firings .* circle of 12: .* probability inf, .*\(0, 1\); lower"),
        (Independent(), 8, r"8 firings .* of blob: .* probability 1, .*\(0, 1\); lower the freq"),
        (Independent(), 18, r"18 firings .* probability 1.5, .*\(0, 1\); lower the frequency"),
    ],
)
def test_a_rule_that_asks_too_much_is_refused_before_any_sample_is_drawn(rule, joint, message):
    truth = GroundTruth([Circle(12), Blobs(1, 8)], 16, rng=0)
    with pytest.raises(FeaturetopoError, match=message):
        SimulatedLLM(truth, cooccurrence=rule, frequency=PerShape(joint=joint), rng=0)


def test_a_shape_may_fire_in_every_sample():
    truth = GroundTruth([Circle(12)], 16, rng=0)
    model = SimulatedLLM(truth, cooccurrence=ExactlyK(2), frequency=PerShape(joint=2), rng=0)
    assert set((model.codes(100, rng=0).dense() > 0).sum(axis=1)) == {2}
