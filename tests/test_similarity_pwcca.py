"""PWCCA: weights from either side."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featuretopo.errors import FeaturetopoError
from featuretopo.similarity import cca, pwcca

SEEDS = st.integers(0, 2**32 - 1)


def whitened(x):
    """Columns with unit covariance, by the eigenvectors of the covariance."""
    values, vectors = np.linalg.eigh(x.T @ x)
    return x @ vectors / np.sqrt(values)


@settings(deadline=None, max_examples=40, derandomize=True)
@given(SEEDS, st.integers(1, 5), st.integers(1, 5))
def test_it_is_the_weighted_mean_of_the_papers(seed, d_x, d_y):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((30, d_x)), rng.standard_normal((30, d_y))
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    left, values, right = np.linalg.svd(whitened(x).T @ whitened(y), full_matrices=False)
    weight_x = np.abs((whitened(x) @ left).T @ x).sum(axis=1)
    weight_y = np.abs((whitened(y) @ right.T).T @ y).sum(axis=1)
    found = pwcca(x, y)
    assert found.by_x == pytest.approx((weight_x * values).sum() / weight_x.sum())
    assert found.by_y == pytest.approx((weight_y * values).sum() / weight_y.sum())
    back = pwcca(y, x)
    assert (back.by_y, back.by_x) == pytest.approx((found.by_x, found.by_y))
    least, most = cca(x, y).correlations[[-1, 0]]
    assert least - 1e-9 <= found.by_x <= most + 1e-9


def test_what_counting_forces_is_refused():
    with pytest.raises(FeaturetopoError, match="every canonical correlation is 1"):
        pwcca(np.eye(5), np.eye(5)[::-1])
