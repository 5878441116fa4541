"""RSA: ranks of distances."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import kendalltau, rankdata, spearmanr

from featuretopo import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import random_rotation
from featuretopo.similarity import rsa
from featuretopo.similarity.ranks import average_ranks

SEEDS = st.integers(0, 2**32 - 1)


def plain(x, metric):
    """Distances of all pairs, one by one."""
    found = []
    for i in range(len(x)):
        for j in range(i):
            a, b = x[i], x[j]
            if metric == "euclidean":
                found.append(np.sqrt(((a - b) ** 2).sum()))
                continue
            if metric == "correlation":
                a, b = a - a.mean(), b - b.mean()
            found.append(1 - a @ b / np.sqrt((a @ a) * (b @ b)))
    return found


@settings(deadline=None, max_examples=30, derandomize=True)
@given(
    SEEDS,
    st.sampled_from(["euclidean", "cosine", "correlation"]),
    st.sampled_from(["spearman", "kendall"]),
)
def test_it_is_the_rank_correlation_of_distances(seed, metric, statistic):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((9, 4)), rng.standard_normal((9, 5))
    rank = spearmanr if statistic == "spearman" else kendalltau
    expected = rank(plain(x, metric), plain(y, metric)).statistic
    assert rsa(x, y, metric, statistic) == pytest.approx(expected)


@settings(max_examples=30, derandomize=True)
@given(SEEDS, st.integers(1, 60), st.sampled_from([2, 10, 10**6]))
def test_ranks_are_scipys_with_and_without_ties(seed, n, different):
    values = np.random.default_rng(seed).integers(0, different, n) / different
    assert average_ranks(values).tolist() == rankdata(values).tolist()


def test_a_rotation_is_not_seen(rng):
    x = rng.standard_normal((20, 6))
    turned = 2 * x @ random_rotation(6, rng)
    assert rsa(x, turned) == pytest.approx(1)
    assert rsa(x, turned + 4, "euclidean") == pytest.approx(1)
    assert rsa(x, turned + 4) < 0.99  # cosine has an origin


@pytest.mark.parametrize(
    ("x", "options", "words"),
    [
        (np.eye(4), {"metric": "chord"}, "metric='chord' must be"),
        (np.eye(4), {"statistic": "pearson"}, "statistic='pearson' must be"),
        (np.eye(4), {}, "all distances of x are equal"),
        (np.diag([1.0, 1, 1, 0]), {}, "row 3 of x is zero and has no cosine"),
        (np.vstack([np.eye(3), [[0.1] * 3]]), {"metric": "correlation"}, "row 3 of x is constant"),
        (np.eye(4)[:2], {}, "2 rows: RSA takes 3 to 10,000"),
        (np.zeros((10_001, 1)), {}, "10,001 rows: RSA takes"),
    ],
)
def test_bad_input_is_refused(x, options, words, rng):
    y = rng.standard_normal((len(x), 3))
    with pytest.raises(FeaturetopoError, match=words):
        rsa(x, y, **options)


@pytest.mark.parametrize("statistic", ["spearman", "kendall"])
def test_equal_distances_keep_equal_ranks_in_another_frame(statistic):
    angle = 2 * np.pi * np.arange(12) / 12
    circle = np.column_stack([np.cos(angle), np.sin(angle), np.zeros(12)])
    turned = circle @ random_rotation(3, np.random.default_rng(0))
    assert rsa(circle, turned, statistic=statistic) == pytest.approx(1, abs=1e-12)
    pair = Dictionary(circle), Dictionary(turned)
    assert rsa(*pair, statistic=statistic) == pytest.approx(1, abs=1e-12)
