"""One-to-one pairs against brute force; correlation of codes against numpy's."""

import dataclasses
import sys
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import linprog

from featuretopo import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import random_rotation
from featuretopo.similarity import (
    best_matches,
    candidates,
    choice,
    code_correlation,
    match,
    match_codes,
)
from featuretopo.similarity.match import mutual_of

SEEDS = st.integers(0, 2**32 - 1)


METHODS = ("hungarian", "greedy", "mutual", "nearest")


def codes(rng, n, n_latents, share=0.4):
    return rng.random((n, n_latents)) * (rng.random((n, n_latents)) < share)


def largest_total(score, least):
    """Largest total above `least` over all one-to-one pairings, by trying them all."""
    if score.shape[0] > score.shape[1]:
        score = score.T
    gain = np.maximum(score - least, 0)
    rows = np.arange(len(gain))
    return max(gain[rows, list(p)].sum() for p in permutations(range(gain.shape[1]), len(gain)))


def check_one_to_one(found, score, least):
    i, j = found.pairs.T
    assert len(set(i)) == len(set(j)) == len(found.pairs)
    assert (np.diff(i) > 0).all()
    assert found.score == pytest.approx(score[i, j])
    assert (found.score > least).all()
    assert found.unmatched_a == pytest.approx(1 - len(i) / score.shape[0])
    assert found.unmatched_b == pytest.approx(1 - len(i) / score.shape[1])


def test_a_shuffled_dictionary_is_matched_back():
    rng = np.random.default_rng(0)
    a = Dictionary(rng.standard_normal((30, 8)))
    order = rng.permutation(30)
    for method in METHODS:
        found = match(a, a.take(order), method)
        assert (order[found.pairs[:, 1]] == found.pairs[:, 0]).all()
        assert (len(found.pairs), found.unmatched_a, found.unmatched_b, found.hubs) == (30, 0, 0, 0)
        assert (found.hub_histogram.tolist(), found.unique_share) == ([0, 30], 1)


@settings(deadline=None, max_examples=60)
@given(SEEDS, st.integers(1, 6), st.integers(1, 6), st.sampled_from([-1.0, -0.3, 0.0, 0.5]))
def test_hungarian_is_the_best_of_all_pairings(seed, n_a, n_b, least):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((n_a, 3)), rng.standard_normal((n_b, 3))
    cos = (a / np.linalg.norm(a, axis=1)[:, None]) @ (b / np.linalg.norm(b, axis=1)[:, None]).T
    found = match(a, b, least=least)
    check_one_to_one(found, cos, least)
    assert (found.score - least).sum() == pytest.approx(largest_total(cos, least))
    favourites = cos.argmax(axis=1)[cos.max(axis=1) > least]
    assert found.hubs == (np.bincount(favourites, minlength=1) > 1).sum()
    if least == -1:
        assert len(found.pairs) == min(n_a, n_b)


@settings(deadline=None, max_examples=40)
@given(SEEDS, st.integers(1, 9), st.integers(1, 9), st.sampled_from([-1.0, 0.2]))
def test_mutual_pairs_are_each_others_best(seed, n_a, n_b, least):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((n_a, 3)), rng.standard_normal((n_b, 3))
    cos = (a / np.linalg.norm(a, axis=1)[:, None]) @ (b / np.linalg.norm(b, axis=1)[:, None]).T
    found = match(a, b, "mutual", least)
    check_one_to_one(found, cos, least)
    expected = [
        [i, j]
        for i in range(n_a)
        for j in range(n_b)
        if cos[i, j] == cos[i].max() == cos[:, j].max() and cos[i, j] > least
    ]
    assert found.pairs.tolist() == expected
    favourites = cos.argmax(axis=1)[cos.max(axis=1) > least]
    assert found.hubs == (np.bincount(favourites, minlength=1) > 1).sum()


def test_a_hub_is_told_and_serves_one():
    a = [[1.0, 0.1], [1.0, 0.0], [1.0, -0.1]]
    b = [[1.0, 0.0], [0.0, 1.0]]
    for method, n in (("hungarian", 2), ("greedy", 2), ("mutual", 1), ("nearest", 3)):
        found = match(a, b, method)
        assert (found.hubs, len(found.pairs)) == (1, n)
        assert (found.hub_histogram.tolist(), found.unique_share) == ([1, 0, 0, 1], 0)


def greedily(score, least):
    """The largest score that is left, again and again."""
    left, pairs = score.copy(), []
    while left.size and left.max() > least:
        i, j = np.unravel_index(left.argmax(), left.shape)
        pairs.append([i, j])
        left[i], left[:, j] = -np.inf, -np.inf
    return sorted(pairs)


@settings(deadline=None, max_examples=60)
@given(SEEDS, st.integers(1, 9), st.integers(1, 9), st.sampled_from([-1.0, 0.0, 0.4]))
def test_greedy_takes_the_largest_that_is_left_and_nearest_the_best(seed, n_a, n_b, least):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((n_a, 3)), rng.standard_normal((n_b, 3))
    cos = (a / np.linalg.norm(a, axis=1)[:, None]) @ (b / np.linalg.norm(b, axis=1)[:, None]).T
    found = match(a, b, "greedy", least)
    check_one_to_one(found, cos, least)
    assert found.pairs.tolist() == greedily(cos, least)
    nearest = match(a, b, "nearest", least)
    close = np.flatnonzero(cos.max(axis=1) > least)
    assert nearest.pairs.tolist() == [[i, cos[i].argmax()] for i in close.tolist()]
    assert (
        nearest.followers.tolist() == np.bincount(cos.argmax(axis=1)[close], minlength=n_b).tolist()
    )
    assert nearest.unmatched_a == pytest.approx(1 - len(close) / n_a)
    assert nearest.unmatched_b == pytest.approx((nearest.followers == 0).mean())


@settings(deadline=None, max_examples=40)
@given(SEEDS, st.integers(1, 6), st.integers(1, 6), st.sampled_from(METHODS[1:]))
def test_codes_are_matched_by_the_same_rules(seed, n_a, n_b, method):
    rng = np.random.default_rng(seed)
    a, b = codes(rng, 12, n_a), codes(rng, 12, n_b)
    score = code_correlation(sparse.csr_array(a), sparse.csr_array(b))
    found = match_codes(sparse.csr_array(a), sparse.csr_array(b), method=method)
    if method == "greedy":
        assert found.pairs.tolist() == greedily(score, 0)
    elif method == "nearest":
        assert [j for _, j in found.pairs] == score.argmax(axis=1)[score.max(axis=1) > 0].tolist()
    else:
        for i, j in found.pairs:
            assert score[i, j] == score[i].max() == score[:, j].max() > 0
    assert found.score == pytest.approx(score[tuple(found.pairs.T)])
    assert len(found.followers) == n_b


@settings(deadline=None, max_examples=60)
@given(
    SEEDS,
    st.integers(1, 8),
    st.integers(1, 8),
    st.sampled_from(METHODS),
    st.sampled_from([0.0, 0.3]),
)
def test_what_is_above_the_bound_decides_alone(seed, n_a, n_b, method, least):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((n_a, 3)), rng.standard_normal((n_b, 3))
    samples = (sparse.csr_array(codes(rng, 20, n)) for n in (n_a, n_b))
    given_twice = (match, (a, b, method, least)), (match_codes, (*samples, least))
    for function, arguments in given_twice:
        options = {"method": method} if function is match_codes else {}
        whole = function(*arguments, **options)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(choice, "DENSE", 0)
            listed = function(*arguments, **options)
        assert listed.pairs.tolist() == whole.pairs.tolist()
        assert listed.score == pytest.approx(whole.score)
        assert listed.followers.tolist() == whole.followers.tolist()
        assert (listed.method, listed.unmatched_b) == (whole.method, whole.unmatched_b)


def test_a_large_part_of_the_graph_is_solved_sparsely(monkeypatch):
    rng = np.random.default_rng(4)
    a, b = rng.standard_normal((40, 3)), rng.standard_normal((50, 3))
    whole = match(a, b, least=0.5)
    monkeypatch.setattr(choice, "DENSE", 0)
    monkeypatch.setattr(candidates, "_DENSE", 0)
    assert match(a, b, least=0.5).pairs.tolist() == whole.pairs.tolist()


def test_too_much_to_choose_among_is_refused(monkeypatch):
    monkeypatch.setattr(choice, "DENSE", 8)
    x = np.eye(3)
    with pytest.raises(FeaturetopoError, match="transport between 3 and 3 features weighs every"):
        match(x, x, "transport")
    with pytest.raises(FeaturetopoError, match=r"least=-0.5 with 4 and 4 latents: only those that"):
        match_codes(EYE, EYE, -0.5)
    monkeypatch.setattr(candidates, "MOST", 2)
    monkeypatch.setattr(sys.modules[code_correlation.__module__], "MOST", 2)
    with pytest.raises(FeaturetopoError, match="more than 2 pairs of features have a cosine above"):
        match(x, x, least=0.5)
    with pytest.raises(FeaturetopoError, match="4 pairs of latents correlate by more than 0"):
        match_codes(EYE, EYE)


@settings(deadline=None, max_examples=40)
@given(SEEDS, st.integers(1, 5), st.integers(1, 5))
def test_transport_is_the_linear_programme(seed, n_a, n_b):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((n_a, 3)), rng.standard_normal((n_b, 3))
    cos = (a / np.linalg.norm(a, axis=1)[:, None]) @ (b / np.linalg.norm(b, axis=1)[:, None]).T
    found = match(a, b, "transport")
    shares = np.zeros((n_a, n_b))
    shares[tuple(found.pairs.T)] = found.share
    assert shares.sum(axis=1) == pytest.approx(np.ones(n_a))
    assert shares.sum(axis=0) == pytest.approx(np.full(n_b, n_a / n_b))
    assert found.score == pytest.approx(cos[tuple(found.pairs.T)])
    rows, columns = np.kron(np.eye(n_a), np.ones(n_b)), np.kron(np.ones(n_a), np.eye(n_b))
    bounds = np.concatenate([np.ones(n_a), np.full(n_b, n_a / n_b)])
    best = linprog(-cos.ravel(), A_eq=np.vstack([rows, columns]), b_eq=bounds)
    assert (found.share * found.score).sum() == pytest.approx(-best.fun)
    if n_a == n_b:
        assert found.pairs.tolist() == match(a, b).pairs.tolist()


@settings(deadline=None, max_examples=40)
@given(SEEDS, st.lists(st.integers(0, 20), min_size=1, max_size=5))
def test_a_stream_of_blocks_is_one_set_of_samples(seed, lengths):
    rng = np.random.default_rng(seed)
    a, b = codes(rng, 3 + sum(lengths), 5), codes(rng, 3 + sum(lengths), 4)
    a[:, 0] = 0.1  # always on, equally, in every block
    cuts = np.cumsum(lengths)
    stream_a, stream_b = (map(sparse.csr_array, np.split(x, cuts)) for x in (a, b))
    streamed = code_correlation(stream_a, stream_b)
    assert streamed == pytest.approx(
        code_correlation(sparse.csr_array(a), sparse.csr_array(b)), abs=1e-9
    )
    assert (streamed[0] == 0).all()


def test_without_any_best_match_there_is_no_unique_share():
    assert np.isnan(match([[1.0, 0.0]], [[-1.0, 0.0]], least=0.0).unique_share)


def test_a_common_rotation_leaves_the_matching():
    rng = np.random.default_rng(3)
    a, b, q = rng.standard_normal((20, 6)), rng.standard_normal((25, 6)), random_rotation(6, rng)
    assert match(a, b).pairs.tolist() == match(a @ q, b @ q).pairs.tolist()


@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.csr_matrix, sparse.coo_array])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_code_correlation_is_pearson(kind, dtype):
    rng = np.random.default_rng(1)
    a, b = codes(rng, 80, 7).astype(dtype), codes(rng, 80, 9).astype(dtype)
    expected = np.corrcoef(a.T.astype(float), b.T.astype(float))[:7, 7:]
    assert code_correlation(kind(a), kind(b)) == pytest.approx(expected, abs=1e-12)


@settings(deadline=None, max_examples=60)
@given(SEEDS, st.integers(3, 30), st.integers(1, 6), st.integers(1, 6), st.floats(0, 1))
def test_code_correlation_equals_numpy_where_that_is_defined(seed, n, n_a, n_b, share):
    rng = np.random.default_rng(seed)
    a, b = codes(rng, n, n_a, share), codes(rng, n, n_b, share)
    found = code_correlation(sparse.csr_array(a), sparse.csr_array(b))
    assert found.shape == (n_a, n_b)
    assert (np.abs(found) <= 1).all()
    live = np.outer(np.ptp(a, axis=0) > 0, np.ptp(b, axis=0) > 0)
    assert (found[~live] == 0).all()
    with np.errstate(all="ignore"):
        expected = np.corrcoef(a.T, b.T)[:n_a, n_a:]
    assert found[live] == pytest.approx(expected[live], abs=1e-9)


@settings(deadline=None, max_examples=60)
@given(SEEDS, st.integers(1, 6), st.integers(1, 6), st.sampled_from([-0.5, 0.0, 0.3]))
def test_matched_codes_are_the_best_of_all_pairings(seed, n_a, n_b, least):
    rng = np.random.default_rng(seed)
    a, b = codes(rng, 12, n_a), codes(rng, 12, n_b)
    a[:, rng.random(n_a) < 0.2] = 0  # dead
    b[:, rng.random(n_b) < 0.2] = 0.7  # always on, equally
    correlation = code_correlation(sparse.csr_array(a), sparse.csr_array(b))
    found = match_codes(sparse.csr_array(a), sparse.csr_array(b), least)
    check_one_to_one(found, correlation, least)
    live_a, live_b = np.ptp(a, axis=0) > 0, np.ptp(b, axis=0) > 0
    assert live_a[found.pairs[:, 0]].all() and live_b[found.pairs[:, 1]].all()
    live = correlation[live_a][:, live_b]
    best = largest_total(live, least) if live.size else 0
    assert (found.score - least).sum() == pytest.approx(best)


def test_shuffled_latents_are_matched_back_and_dead_ones_are_not():
    rng = np.random.default_rng(5)
    a = codes(rng, 300, 20, 0.1)
    a[:, [3, 8]] = 0
    order = rng.permutation(20)
    found = match_codes(sparse.csr_matrix(a), sparse.csr_matrix(2.5 * a[:, order]))
    assert (order[found.pairs[:, 1]] == found.pairs[:, 0]).all()
    assert len(found.pairs) == 18
    assert found.score == pytest.approx(np.ones(18))
    assert (found.unmatched_a, found.unmatched_b, found.hubs) == (pytest.approx(0.1),) * 2 + (0,)


def test_codes_of_other_samples_match_no_better_than_chance():
    rng = np.random.default_rng(6)
    a = sparse.csr_array(codes(rng, 500, 20, 0.1))
    assert match_codes(a, a).score.min() > 0.99
    assert match_codes(a, a[rng.permutation(500)]).score.max() < 0.3


def test_duplicate_entries_add_up_and_the_callers_codes_stay():
    twice = sparse.csr_array(([1.0, 1.0, 5.0], [0, 0, 1], [0, 2, 2, 3]), shape=(3, 2))
    once = sparse.csr_array(([2.0, 5.0], [0, 1], [0, 1, 1, 2]), shape=(3, 2))
    assert code_correlation(twice, once) == pytest.approx(code_correlation(once, once))
    assert twice.nnz == 3


def test_stored_zeros_are_zeros():
    padded = sparse.csr_array(([2.0, 0.0, 0.0, 5.0], [0, 1, 0, 1], [0, 2, 3, 4]), shape=(3, 2))
    plain = sparse.csr_array(([2.0, 5.0], [0, 1], [0, 1, 1, 2]), shape=(3, 2))
    assert code_correlation(padded, plain) == pytest.approx(code_correlation(plain, plain))


def test_all_latents_dead_leaves_no_pair():
    dead, alive = sparse.csr_array((4, 3)), sparse.csr_array(np.eye(4))
    for a, b in ((dead, alive), (alive, dead), (dead, dead)):
        found = match_codes(a, b)
        assert (len(found.pairs), found.unmatched_a, found.unmatched_b) == (0, 1, 1)


EYE = sparse.csr_array(np.eye(4))


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        (np.eye(4), EYE, r"codes_a is ndarray, must be sparse: scipy\.sparse\.csr_array"),
        (EYE, np.eye(4), "codes_b is ndarray"),
        (EYE, EYE[:3], "4 and 3 samples: both sides must see the same samples"),
        ([EYE, EYE], [EYE], "4 and 0 samples: both sides must see the same samples"),
        ([EYE, EYE[:, :3]], [EYE, EYE], "codes_a has blocks of 4 and of 3 latents"),
        ([EYE], [np.eye(4)], "codes_b is ndarray"),
        (3, EYE, "codes_a is int, must be sparse codes or blocks"),
        ([], [], "0 shared samples"),
        (EYE[:2], EYE[:2], "2 shared samples; a correlation needs at least 3: encode more"),
        (-EYE, EYE, "codes_a holds negative, NaN or infinite values"),
        (EYE, EYE * 1j, "codes_b holds complex128; codes are real numbers"),
        (EYE, EYE * np.nan, "codes_b holds negative, NaN or infinite values"),
    ],
)
def test_bad_codes_are_refused(a, b, words):
    for function in (code_correlation, match_codes):
        with pytest.raises(FeaturetopoError, match=words):
            function(a, b)


@pytest.mark.parametrize("least", [-1.1, 1.0, float("nan")])
def test_least_out_of_range_is_refused(least):
    words = r"least=.* must lie in \[-1, 1\)"
    with pytest.raises(FeaturetopoError, match=words):
        match(np.eye(3), np.eye(3), least=least)
    with pytest.raises(FeaturetopoError, match=words):
        match_codes(EYE, EYE, least)


def test_an_unknown_method_is_refused():
    with pytest.raises(FeaturetopoError, match="unknown method 'gredy'; did you mean 'greedy'"):
        match(np.eye(3), np.eye(3), "gredy")


@pytest.mark.parametrize("method", METHODS)
def test_different_dimensions_are_refused(method):
    with pytest.raises(FeaturetopoError, match="dimensions 2 and 3 differ"):
        match(np.eye(2), np.eye(3), method)


@given(seed=SEEDS)
def test_mutual_partners_of_best_matches_at_hand_are_those_of_match(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.standard_normal((12, 3)), rng.standard_normal((9, 3))
    one, other = mutual_of(best_matches(a, b)), match(a, b, "mutual")
    assert one.pairs.tolist() == other.pairs.tolist()
    assert one.score == pytest.approx(other.score)
    assert one.followers.tolist() == other.followers.tolist()
    assert (one.unmatched_a, one.unmatched_b) == (other.unmatched_a, other.unmatched_b)
    assert one.method == other.method


def test_hubs_are_told_in_words():
    found = match(
        np.array([[1.0, 0.0], [1.0, 0.1], [0.9, 0.1], [0.0, 1.0]]), np.eye(2, 2), "nearest"
    )
    assert found.hubs_in_words == (
        "best matches of 4 features: 25% have one for themselves; of 2 features of the other side "
        "0 are nobody's; 1 are that of several (1 of 3)"
    )
    many = dataclasses.replace(found, followers=np.arange(12))
    assert many.hubs_in_words.endswith("(1 of 2, 1 of 3, 1 of 4, 1 of 5, 1 of 6, ..., 1 of 11)")
    none = dataclasses.replace(found, followers=np.zeros(3, int))
    assert none.hubs_in_words == "no feature has a best match"
