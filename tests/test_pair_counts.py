"""Counts of firings, against dense products; affinities, against other libraries."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.spatial.distance import pdist, squareform
from scipy.stats import hypergeom
from sklearn.metrics.pairwise import cosine_similarity

import featuretopo as ft
from featuretopo.errors import FeaturetopoError
from featuretopo.llm import ExactlyK
from featuretopo.topology.cooccurrence import affinity_matrix, counts, pair_counts
from featuretopo.topology.cooccurrence.affinity import Pairs, affinities, pairs_above
from featuretopo.topology.cooccurrence.forest import LEVEL, beyond_chance
from featuretopo.truth import Circle, Sphere


def drawn(n_samples, n_features, seed=0, rate=0.2):
    rng = np.random.default_rng(seed)
    fires = rng.random((n_samples, n_features)) < rate
    return np.where(fires, rng.random((n_samples, n_features)) + 0.1, 0.0)


def same(one, other):
    return (
        one.n_samples == other.n_samples
        and (one.fired == other.fired).all()
        and (one.matrix() != other.matrix()).nnz == 0
    )


@settings(max_examples=60)
@given(
    st.integers(1, 80), st.integers(2, 30), st.floats(0.02, 0.9), st.integers(0, 2**32 - 1),
    st.lists(st.integers(0, 80), max_size=4),
)  # fmt: skip
def test_counts_are_the_dense_product_however_the_samples_are_cut(
    n_samples, n_features, rate, seed, cuts
):
    x = drawn(n_samples, n_features, seed, rate)
    if not x.any():
        return
    fires = (x > 0).astype(np.int64)
    found = pair_counts(np.split(x, sorted(min(cut, n_samples) for cut in cuts)))
    assert found.n_samples == n_samples
    assert (found.matrix().toarray() == fires.T @ fires).all()
    assert found.n_pairs == (np.triu(fires.T @ fires, 1) > 0).sum()
    assert same(found, pair_counts(x[::-1]))


def test_counts_that_overflow_one_buffer_and_one_band_are_the_same(monkeypatch):
    x = drawn(500, 37)
    whole = pair_counts(x)
    monkeypatch.setattr(counts, "_FIRINGS", 64)
    monkeypatch.setattr(counts, "_TABLE", 100)
    parts = pair_counts([x[:3], x[3:]])
    assert len(parts.bands) == 19 and len(whole.bands) == 1
    assert same(parts, whole)


def test_all_forms_of_codes_count_the_same():
    x = drawn(60, 12).astype(np.float32)
    whole = pair_counts(x)
    k = int((x > 0).sum(axis=1).max())
    indices = np.argsort(-x, axis=1)[:, :k]
    values = np.take_along_axis(x, indices, axis=1)
    tensor = torch.from_numpy(x)
    for codes in (
        x.tolist(), tensor, tensor.requires_grad_(), tensor.bfloat16(), x > 0, sparse.csr_array(x),
        sparse.csc_matrix(x), sparse.coo_array(x), [tensor],
        iter([x[:20], sparse.csr_array(x[20:])]),
    ):  # fmt: skip
        assert same(pair_counts(codes), whole)
    # what fills a row up does not fire, whatever its number
    indices[values == 0] = -1
    assert same(pair_counts((indices, values), n_features=12), whole)
    halves = ((indices[part], values[part]) for part in (slice(25), slice(25, None)))
    assert same(pair_counts(halves, n_features=12), whole)
    pair = torch.from_numpy(indices), torch.from_numpy(values)
    assert same(pair_counts(pair, n_features=12), whole)


def test_samples_of_a_model_are_counted_as_they_come():
    truth = ft.GroundTruth([Circle(12), Sphere(5)], 16, rng=0)
    model = ft.SimulatedLLM(truth, cooccurrence=ExactlyK(2), rng=0)
    batches = [model.stream(200, rng=0).batch(i) for i in range(3)]
    dense = np.concatenate([batch.dense_codes() for batch in batches])
    assert same(pair_counts(batches), pair_counts(dense))
    assert same(pair_counts(batch.codes for batch in batches), pair_counts(dense))
    assert same(pair_counts(batches[0]), pair_counts(dense[:200]))
    assert same(pair_counts(batches[0].codes), pair_counts(dense[:200]))


def test_two_batches_may_be_of_whole_numbers_or_sparse():
    whole = np.array([[0, 1, 2], [3, 0, 1]])
    usual = pair_counts(np.vstack([whole, whole]))
    for form in (np.asarray, sparse.coo_array, sparse.coo_matrix):
        assert same(pair_counts([form(whole), form(whole)]), usual)


def test_a_feature_that_stands_twice_in_a_sample_fires_once():
    twice = np.array([[1, 0, 1]]), np.array([[0.5, 2.0, 1.0]])
    found = pair_counts(twice, n_features=3)
    assert found.fired.tolist() == [1, 1, 0] and found.n_pairs == 1
    entries = sparse.coo_array(([0.5, 1.0, 0.0], ([0, 0, 0], [1, 1, 2])), (1, 3))
    assert pair_counts(entries).fired.tolist() == [0, 1, 0]


def test_codes_are_left_as_they_were():
    unsorted = sparse.csr_array((np.array([1.0, 0.0, 2.0]), np.array([2, 1, 0]), [0, 3]), (1, 3))
    pair_counts(unsorted)
    assert unsorted.indices.tolist() == [2, 1, 0] and unsorted.data.tolist() == [1.0, 0.0, 2.0]


@pytest.mark.parametrize(
    ("codes", "n_features", "words"),
    [
        (np.zeros((5, 3)), None, "no feature fires in 5 samples"),
        ([], None, "codes of 0 samples"),
        (np.zeros((0, 3)), None, "codes of 0 samples"),
        (np.ones((5, 1)), None, "codes of 1 feature"),
        (np.array([[1.0, np.nan]]), None, "NaN or infinite"),
        (sparse.csr_array([[1.0, np.inf]]), None, "NaN or infinite"),
        (np.array([[1.0, -0.5]]), None, "negative value, -0.5"),
        (sparse.csr_array([[1.0, -0.5]]), None, "negative value, -0.5"),
        ([np.ones((2, 3)), np.ones((2, 4))], None, "batches of 3 and of 4 features"),
        ([np.ones(3)], None, r"shape \(3,\) must have shape"),
        (np.array([["a", "b"]]), None, "must be real numbers"),
        (np.ones((2, 2), complex), None, "must be real numbers"),
        (sparse.csr_array(np.ones((2, 2), complex)), None, "must be real numbers"),
        ([[[1.0], [1.0, 2.0]]], None, "must be an array of numbers"),
        (7, None, "codes are int"),
        (np.ones(20), None, r"shape \(20,\) must have shape .* of one sample, give codes\[None\]"),
        ([0.0, 1.0], None, r"shape \(2,\) must have shape"),
        ((np.array([[0, 1]]), np.ones((1, 2))), None, r"both of shape \(1, 2\), .* n_features="),
        ([(np.array([[0, 1]]), np.ones((1, 2)))] * 3, None, "how strongly: say how many features"),
        ([torch.tensor([[0, 1]]), torch.ones(1, 2)], None, "say how many features there are"),
        (([[0, 3]], [[1.0, 1.0]]), 3, "feature 3 fires, but there are those from 0 to 2"),
        (([[0, -1]], [[1.0, 1.0]]), 3, "feature -1 fires"),
        (([[0, 1]], [[1.0, np.nan]]), 3, "NaN or infinite"),
        (([[0, 1]], [[1.0]]), 3, "both must have shape"),
        (([[0.0, 1.0]], [[1.0, 1.0]]), 3, "must be integers"),
        ([np.ones((2, 3))], 3, "every batch is a pair"),
        (([[0]], [[1.0]]), 0, "n_features=0 must be a whole number, at least 1"),
        (([[0]], [[1.0]]), 3.0, r"n_features=3\.0 must be a whole number"),
        (([[0]], [[1.0]]), 1, "codes of 1 feature"),
    ],
)
def test_bad_codes_are_refused(codes, n_features, words):
    with pytest.raises(FeaturetopoError, match=words):
        pair_counts(codes, n_features=n_features)


def test_more_than_can_be_kept_is_refused(monkeypatch):
    monkeypatch.setattr(counts, "MOST_PAIRS", 5)
    with pytest.raises(FeaturetopoError, match="6 pairs of features fire together: 5 can be kept"):
        pair_counts(np.ones((2, 4)))
    monkeypatch.setattr(counts, "MOST_SAMPLES", 1)
    with pytest.raises(FeaturetopoError, match="2 samples: counts hold 1"):
        pair_counts(np.ones((2, 3)))


@settings(max_examples=30)
@given(st.integers(5, 100), st.integers(2, 12), st.floats(0.1, 0.9), st.integers(0, 2**32 - 1))
def test_affinities_are_those_of_dense_firings(n_samples, n_features, rate, seed):
    fires = drawn(n_samples, n_features, seed, rate) > 0
    fires = fires[:, fires.any(axis=0) & ~fires.all(axis=0)]
    if fires.shape[1] < 2:
        return
    found = pair_counts(fires)
    columns = fires.T.astype(float)
    sizes = columns.sum(axis=1)
    expected = {
        "phi": np.corrcoef(columns),
        "cosine": cosine_similarity(columns),
        "jaccard": 1 - squareform(pdist(fires.T, "jaccard")),
        "dice": 1 - squareform(pdist(fires.T, "dice")),
        "overlap": columns @ columns.T / np.minimum.outer(sizes, sizes),
    }
    for affinity, matrix in expected.items():
        np.testing.assert_allclose(affinity_matrix(found, affinity), matrix, atol=1e-12)
        above = [pairs for pairs in pairs_above(found, affinity, 0.2)]
        listed = {(i, j) for p in above for i, j in zip(p.i.tolist(), p.j.tolist(), strict=True)}
        by_hand = np.triu(affinity_matrix(found, affinity) > 0.2, 1)
        assert listed == set(zip(*map(np.ndarray.tolist, np.nonzero(by_hand)), strict=True))


def test_a_feature_that_never_or_always_fires_has_no_correlation():
    found = pair_counts([[1, 0, 1], [1, 0, 0]])
    assert affinity_matrix(found).tolist() == [[0, 0, 0], [0, 0, 0], [0, 0, 1]]
    assert affinity_matrix(found, "jaccard").tolist() == [[1, 0, 0.5], [0, 0, 0], [0.5, 0, 1]]


def test_an_unknown_affinity_or_threshold_is_refused():
    found = pair_counts(np.ones((2, 2)))
    with pytest.raises(FeaturetopoError, match="unknown affinity 'jacard'; did you mean 'jaccard'"):
        affinities("jacard", 2, 1, 1, 1)
    with pytest.raises(FeaturetopoError, match="unknown affinity 'ph'"):
        list(pairs_above(found, "ph", 0.0))
    for threshold in (-0.1, 1.0, float("nan")):
        with pytest.raises(FeaturetopoError, match=r"threshold=.* must lie in \[0, 1\)"):
            list(pairs_above(found, "phi", threshold))


@settings(max_examples=60)
@given(st.integers(3, 400), st.data())
def test_the_bound_on_chance_is_never_below_the_exact_chance(n, data):
    n_i, n_j = (data.draw(st.integers(1, n)) for _ in range(2))
    k = data.draw(st.integers(max(1, n_i + n_j - n), min(n_i, n_j)))
    one = counts.PairCounts(n, np.array([n_i, n_j]), ())
    pair = Pairs(np.array([0]), np.array([1]), np.array([k]), np.array([0.5]))
    if beyond_chance(one, pair)[0]:
        assert hypergeom(n, n_i, n_j).sf(k - 1) <= LEVEL
    expected = n_i * n_j / n
    if k > expected:
        bound = np.exp(-(k * np.log(k / expected) - k + expected))
        assert hypergeom(n, n_i, n_j).sf(k - 1) <= bound * (1 + 1e-9)
        assert beyond_chance(one, pair)[0] == (bound <= LEVEL)
