"""The nearest-neighbour test against its definition, feature by feature."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featuretopo import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import random_rotation
from featuretopo.similarity import nearest_neighbour_test


def by_definition(truth, learned):
    truth, learned = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (truth, learned))
    best, passed = [], []
    for i, x in enumerate(truth):
        to_learned = [np.linalg.norm(x - f) for f in learned]
        to_others = [np.linalg.norm(x - t) for j, t in enumerate(truth) if j != i]
        best.append(int(np.argmin(to_learned)))
        passed.append(bool(min(to_learned) < min(to_others)))
    return best, passed


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(2, 12), st.integers(1, 12), st.floats(0.01, 1))
def test_it_is_the_definition(seed, n_truth, n_learned, noise):
    rng = np.random.default_rng(seed)
    truth = rng.standard_normal((n_truth, 4))
    learned = truth[rng.integers(n_truth, size=n_learned)]
    learned = learned + noise * rng.standard_normal(learned.shape)
    found = nearest_neighbour_test(truth, learned)
    best, passed = by_definition(truth, learned)
    assert (found.best.tolist(), found.passed.tolist()) == (best, passed)
    assert found.pass_share == pytest.approx(np.mean(passed))
    assert found.merged.tolist() == [j for j in range(n_learned) if best.count(j) > 1]
    nearest = {  # of the features that share a best, the one most like it has it as its own
        j: max((i for i in range(n_truth) if best[i] == j), key=lambda i: found.cosine[i])
        for j in set(best)
    }
    assert found.own.tolist() == [j if nearest[j] == i else -1 for i, j in enumerate(best)]
    q = random_rotation(4, rng)
    assert nearest_neighbour_test(truth @ q, 3 * learned @ q).passed.tolist() == passed


def test_a_learned_mean_of_two_neighbours_is_merged():
    truth = [[1.0, 0.0, 0.0], [0.9, 0.5, 0.0], [0.0, 0.0, 1.0]]
    found = nearest_neighbour_test(truth, [[1.9, 0.5, 0.0], [0.0, 0.1, 1.0]])
    assert found.best.tolist() == [0, 0, 1]
    assert found.merged.tolist() == [0]
    assert found.pass_share == 1.0


def test_a_high_cosine_in_a_tight_cluster_does_not_pass():
    rng = np.random.default_rng(0)
    cluster = np.eye(64)[0] + 0.01 * rng.standard_normal((20, 64))
    found = nearest_neighbour_test(cluster, cluster + 0.03 * rng.standard_normal((20, 64)))
    assert found.cosine.min() > 0.9
    assert found.pass_share < 0.2


def test_the_truth_passes_against_itself_unless_it_is_doubled():
    truth = np.random.default_rng(1).standard_normal((10, 6))
    assert nearest_neighbour_test(truth, truth).pass_share == 1
    assert nearest_neighbour_test(Dictionary(truth), Dictionary(truth)).pass_share == 1
    doubled = np.vstack([truth, 3 * truth[:1]])
    for given_truth in (doubled, Dictionary(doubled)):
        found = nearest_neighbour_test(given_truth, truth)
        assert found.passed.tolist() == [False] + [True] * 9 + [False]
        assert found.merged.tolist() == [0]


def test_one_true_feature_is_refused():
    with pytest.raises(FeaturetopoError, match=r"1 true feature has no other.*at least 2 rows"):
        nearest_neighbour_test([[1.0, 0.0]], np.eye(2))


def test_different_dimensions_are_refused():
    with pytest.raises(FeaturetopoError, match="dimensions 2 and 3 differ"):
        nearest_neighbour_test(np.eye(2), np.eye(3))
