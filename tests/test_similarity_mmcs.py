"""MMCS and the blocked pass under it, against the whole matrix."""

import tracemalloc
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featuretopo import Dictionary, similarity
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import random_directions, random_rotation
from featuretopo.similarity import chance_cosine, nearest, one_to_one_share


def whole_cosines(a, b):
    u, v = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (a, b))
    return u @ v.T


@pytest.fixture(params=[3, 1024])
def block(request, monkeypatch):
    monkeypatch.setattr(nearest, "_BLOCK", request.param)


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize(("n_a", "n_b"), [(1, 1), (7, 3), (3, 8), (10, 10)])
def test_best_matches_are_those_of_the_whole_matrix(n_a, n_b):
    rng = np.random.default_rng(n_a)
    a, b = rng.standard_normal((n_a, 4)), rng.standard_normal((n_b, 4))
    cos = whole_cosines(a, b)
    best = similarity.best_matches(a, b)
    assert best.b_of_a.tolist() == cos.argmax(axis=1).tolist()
    assert best.a_of_b.tolist() == cos.argmax(axis=0).tolist()
    assert best.cosine_of_a == pytest.approx(cos.max(axis=1))
    assert best.cosine_of_b == pytest.approx(cos.max(axis=0))
    found = similarity.mmcs(a, b)
    assert found.a_to_b == pytest.approx(cos.max(axis=1).mean())
    assert found.b_to_a == pytest.approx(cos.max(axis=0).mean())


@pytest.mark.usefixtures("block")
def test_of_equal_matches_the_first_is_taken():
    best = similarity.best_matches(np.ones((5, 2)), np.ones((6, 2)))
    assert best.b_of_a.tolist() == [0] * 5
    assert best.a_of_b.tolist() == [0] * 6


@pytest.mark.usefixtures("block")
def test_nearest_other_leaves_out_the_feature_itself():
    x = np.random.default_rng(0).standard_normal((11, 3))
    cos = whole_cosines(x, x)
    np.fill_diagonal(cos, -np.inf)
    assert nearest.nearest_others(x).tolist() == cos.argmax(axis=1).tolist()


def test_the_two_ways_differ_and_have_names():
    found = similarity.mmcs([[1.0, 0.0]], [[1.0, 0.0], [0.0, 1.0]])
    assert (found.a_to_b, found.b_to_a, found.symmetric) == (1.0, 0.5, 0.75)
    assert float(found) == found.a_to_b


def test_mmcs_is_signed():
    assert similarity.mmcs(np.eye(2), -np.eye(2)).a_to_b == 0.0


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 20), st.integers(1, 20), st.integers(2, 8))
def test_shuffles_common_rotations_and_lengths_change_nothing(seed, n_a, n_b, d):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((n_a, d)), rng.standard_normal((n_b, d))
    expected = similarity.mmcs(a, b)
    rotation = random_rotation(d, rng)
    lengths = rng.uniform(0.1, 10, (n_a, 1))
    found = similarity.mmcs((a * lengths @ rotation)[rng.permutation(n_a)], b @ rotation)
    assert found.a_to_b == pytest.approx(expected.a_to_b)
    assert found.b_to_a == pytest.approx(expected.b_to_a)
    swapped = similarity.mmcs(b, a)
    assert (swapped.a_to_b, swapped.b_to_a) == pytest.approx((found.b_to_a, found.a_to_b))
    assert similarity.mmcs(a, a).symmetric == pytest.approx(1.0)
    assert -1 <= found.a_to_b <= 1


def test_dictionaries_are_taken_and_never_exceed_one():
    a = Dictionary(np.random.default_rng(0).standard_normal((50, 7)))
    assert 1 - 1e-6 < similarity.mmcs(a, a).symmetric <= 1


def test_the_matrix_of_all_pairs_is_never_stored():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 6000, 8)).astype(np.float32)  # all pairs: 144 MB
    tracemalloc.start()
    similarity.mmcs(a, b)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30e6


def test_different_dimensions_are_refused():
    with pytest.raises(FeaturetopoError, match="dimensions 2 and 3 differ"):
        similarity.mmcs(np.eye(2), np.eye(3))


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize(("n", "d"), [(1, 1), (3, 1), (1, 2), (3, 2), (20, 3), (300, 40)])
def test_chance_is_what_random_directions_give(n, d, absolute):
    rng = np.random.default_rng(0)
    cosines = random_directions(n * 4000, d, rng)[:, 0].reshape(4000, n)
    largest = (np.abs(cosines) if absolute else cosines).max(axis=1)
    error = 5 * largest.std() / np.sqrt(len(largest)) + 1e-9
    assert abs(chance_cosine(n, d, absolute) - largest.mean()) < error


def test_chance_of_no_directions_is_refused():
    with pytest.raises(FeaturetopoError, match="0 random directions in 3 dimensions"):
        chance_cosine(0, 3)


def test_corrected_for_chance_sizes_can_be_compared():
    rng = np.random.default_rng(1)
    truth = random_directions(100, 16, rng)
    few, many = (similarity.mmcs(truth, random_directions(n, 16, rng)) for n in (50, 5000))
    assert many.symmetric > few.symmetric + 0.1
    assert abs(few.corrected) < 0.05 and abs(many.corrected) < 0.05
    assert similarity.mmcs(truth, truth).corrected == pytest.approx(1)
    assert np.isnan(similarity.mmcs([[1.0]], [[2.0]], absolute=True).corrected)


def test_the_sign_is_left_out_on_request():
    a, b = [[1.0, 0.0], [0.0, 1.0]], [[-1.0, 0.0], [0.6, 0.8]]
    found = similarity.mmcs(a, b, absolute=True)
    assert (found.a_to_b, found.b_to_a) == (pytest.approx(0.9), pytest.approx(0.9))
    assert similarity.mmcs(a, b).a_to_b == pytest.approx(0.7)
    signs = np.array([[1], [-1]])
    assert similarity.mmcs(a * signs, b, absolute=True) == found


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 6), st.floats(-1, 0.9))
def test_one_to_one_share_is_the_largest_of_all_pairings(seed, n_a, n_b, least):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((n_a, 2)), rng.standard_normal((n_b, 2))
    above = whole_cosines(a, b) > least
    above = above if n_a <= n_b else above.T
    rows = np.arange(len(above))
    most = max(above[rows, list(p)].sum() for p in permutations(range(max(n_a, n_b)), len(rows)))
    assert one_to_one_share(a, b, least) == most / min(n_a, n_b)


def test_a_bound_out_of_range_is_refused():
    with pytest.raises(FeaturetopoError, match=r"least=1 must lie in \[-1, 1\); .9 is usual"):
        one_to_one_share(np.eye(2), np.eye(2), 1)
