"""kNN-Jaccard and rank-biased overlap."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import random_rotation
from featuretopo.similarity import knn_jaccard, rank_biased_overlap

SEEDS = st.integers(0, 2**32 - 1)
theorem = settings(deadline=None, max_examples=30, derandomize=True)


def ranking(x, row):
    """All other rows, nearest first."""
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    order = np.argsort(-(unit @ unit[row]).round(12), kind="stable")
    return [i for i in order.tolist() if i != row]


def tied(x, row, k):
    """Whether more than k others are nearest."""
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    cos = np.delete(unit @ unit[row], row).round(12)
    return (cos == cos.max()).sum() > k


@theorem
@given(SEEDS, st.integers(3, 12), st.integers(1, 5))
def test_jaccard_is_that_of_the_neighbour_sets(seed, n, k):
    k = min(k, n - 2)
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((n, 3)), rng.standard_normal((n, 2))
    found = knn_jaccard(x, y, k)
    for row in range(n):
        one, other = set(ranking(x, row)[:k]), set(ranking(y, row)[:k])
        assert found.of_rows[row] == pytest.approx(len(one & other) / len(one | other))
    assert found.value == pytest.approx(found.of_rows.mean())


@theorem
@given(SEEDS, st.integers(4, 30), st.integers(1, 5))
def test_of_equal_cosines_the_lower_row_is_nearer(seed, n, k):
    k = min(k, n - 2)
    rng = np.random.default_rng(seed)
    x, y = (
        rng.integers(-1, 2, (n, 2)) + np.array([0.0, 3.0]) for _ in "xy"
    )  # 9 directions at most
    for side in (x, y):
        assume(not all(tied(side, row, k) for row in range(n)))
    found = knn_jaccard(x, y, k)
    for row in range(n):
        one, other = set(ranking(x, row)[:k]), set(ranking(y, row)[:k])
        expected = len(one & other) / len(one | other)
        if tied(x, row, k) or tied(y, row, k):
            expected = found.by_chance
        assert found.of_rows[row] == pytest.approx(expected)


@theorem
@given(SEEDS, st.integers(3, 12), st.floats(0.05, 0.99))
def test_overlap_is_the_weighted_share_at_every_depth(seed, n, p):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((n, 3)), rng.standard_normal((n, 2))
    found = rank_biased_overlap(x, y, p)
    weights = np.array([p**depth for depth in range(n - 1)])
    for row in range(n):
        one, other = ranking(x, row), ranking(y, row)
        shares = [len(set(one[:d]) & set(other[:d])) / d for d in range(1, n)]
        assert found.of_rows[row] == pytest.approx((weights * shares).sum() / weights.sum())


@pytest.mark.parametrize("measure", [knn_jaccard, rank_biased_overlap])
def test_a_rotation_changes_nothing_and_chance_is_as_said(measure, rng):
    x = rng.standard_normal((80, 6))
    assert measure(x, 2 * x @ random_rotation(6, rng)).value == 1
    chance = [measure(x, rng.standard_normal((80, 6))) for _ in range(30)]
    values = [each.value for each in chance]
    error = np.std(values) / np.sqrt(len(values))
    assert abs(np.mean(values) - chance[0].by_chance) < 5 * error


def test_bad_input_is_refused(rng):
    x = rng.standard_normal((5, 2))
    with pytest.raises(FeaturetopoError, match="k=4 must lie between 1 and n - 2 = 3"):
        knn_jaccard(x, x, 4)
    with pytest.raises(FeaturetopoError, match=r"k=1\.0 must be a whole number"):
        knn_jaccard(x, x, 1.0)
    with pytest.raises(FeaturetopoError, match="p='deep' must be a number"):
        rank_biased_overlap(x, x, "deep")
    with pytest.raises(FeaturetopoError, match="k=0"):
        knn_jaccard(x, x, 0)
    with pytest.raises(FeaturetopoError, match=r"p=1 must lie in \(0, 1\)"):
        rank_biased_overlap(x, x, 1)
    with pytest.raises(FeaturetopoError, match="2 rows: neighbours need at least 3"):
        rank_biased_overlap(x[:2], x[:2])
    with pytest.raises(FeaturetopoError, match="row 1 of y is zero"):
        knn_jaccard(x, x * [[1], [0], [1], [1], [1]], 2)
