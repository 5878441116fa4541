"""Two Gaussians below two thresholds, and correlation matrices near to what is none."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr, ndtri
from scipy.stats import multivariate_normal

from featuretopo.errors import FeaturetopoError
from featuretopo.llm.cooccurrence.bivariate_normal import (
    both_below,
    feasible_range,
    firing_correlation,
    latent_correlation,
)
from featuretopo.llm.cooccurrence.latent_gaussian import cholesky_of, latent_blocks
from featuretopo.llm.cooccurrence.nearest_correlation import nearest_correlation

probabilities = st.floats(0.001, 0.6)


@settings(max_examples=60)
@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(-0.99, 0.99))
def test_both_below_agrees_with_scipy(h, k, rho):
    expected = multivariate_normal.cdf([h, k], cov=[[1, rho], [rho, 1]])
    found = both_below(np.array([h]), np.array([k]), np.array([rho]))[0]
    assert found == pytest.approx(expected, abs=2e-6)


@pytest.mark.parametrize("rho", [-0.9, -0.3, 0.0, 0.5, 0.99])
def test_at_the_medians_it_is_sheppards_formula(rho):
    found = both_below(np.zeros(1), np.zeros(1), np.array([rho]))[0]
    assert found == pytest.approx(0.25 + np.arcsin(rho) / (2 * np.pi), abs=1e-10)


def test_latents_that_correlate_by_four_tenths_rarely_fire_together():
    # two features of marginal p = .05: .0094 together, .0025 if they were independent
    z = ndtri(np.array([0.05]))
    assert both_below(z, z, np.array([0.4]))[0] == pytest.approx(0.0094, abs=5e-5)
    assert both_below(z, z, np.array([0.0]))[0] == pytest.approx(0.0025, abs=1e-12)


@settings(max_examples=60)
@given(probabilities, probabilities, st.floats(0.02, 0.98))
def test_the_latent_correlation_gives_back_the_firing_correlation(p, q, share):
    p, q = np.array([p]), np.array([q])
    low, high = feasible_range(p, q)
    target = low + share * (high - low)
    latent = latent_correlation(p, q, target)
    assert -1 <= latent[0] <= 1
    np.testing.assert_allclose(firing_correlation(p, q, latent), target, atol=1e-6)


@settings(max_examples=60)
@given(probabilities, probabilities)
def test_the_feasible_range_is_reached_by_the_extreme_events(p, q):
    # the largest correlation: one event inside the other; the smallest: as disjoint as can be
    u = (np.arange(200_000) + 0.5) / 200_000
    a = u < p
    low, high = feasible_range(np.array([p]), np.array([q]))
    assert np.corrcoef(a, u < q)[0, 1] == pytest.approx(high[0], abs=2e-3)
    assert np.corrcoef(a, u > 1 - q)[0, 1] == pytest.approx(low[0], abs=2e-3)


def test_highams_example():
    asked = np.array([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]])
    expected = [[1, 0.7607, 0.1573], [0.7607, 1, 0.7607], [0.1573, 0.7607, 1]]
    np.testing.assert_allclose(nearest_correlation(asked), expected, atol=5e-5)


@settings(max_examples=30)
@given(st.integers(2, 12), st.integers(0, 2**32))
def test_the_nearest_is_a_correlation_matrix_and_no_random_one_is_nearer(m, seed):
    rng = np.random.default_rng(seed)
    asked = rng.uniform(-1, 1, (m, m))
    asked = (asked + asked.T) / 2
    np.fill_diagonal(asked, 1)
    found = nearest_correlation(asked)
    assert (np.diag(found) == 1).all()
    assert np.linalg.eigvalsh(found)[0] > 0
    distance = np.linalg.norm(found - asked)
    for _ in range(20):  # on the way to any correlation matrix it only gets worse
        loadings = rng.standard_normal((m, m))
        other = np.corrcoef(loadings)
        nearby = found + 0.05 * (other - found)
        assert np.linalg.norm(nearby - asked) >= distance - 1e-5


def test_what_is_a_correlation_matrix_stays():
    matrix = np.array([[1.0, 0.3], [0.3, 1.0]])
    assert nearest_correlation(matrix).tolist() == matrix.tolist()


def test_a_search_that_does_not_end_is_refused(monkeypatch):
    monkeypatch.setattr("featuretopo.llm.cooccurrence.nearest_correlation._STEPS", 1)
    with pytest.raises(FeaturetopoError, match="in 1 steps; ask for weaker correlations"):
        nearest_correlation(np.array([[1.0, 1, 0], [1, 1, 1], [0, 1, 1]]))


@pytest.mark.parametrize("m", [1, 3, 9])
def test_latent_blocks_have_the_correlations_asked_for(m, rng, monkeypatch):
    monkeypatch.setattr("featuretopo.llm.cooccurrence.latent_gaussian._BLOCK_BYTES", 4 * m * 1000)
    correlation = np.full((m, m), 0.5) + 0.5 * np.eye(m)
    drawn = latent_blocks(50_500, cholesky_of(correlation), rng)
    blocks = [(start, values.copy()) for start, values in drawn]
    assert [start for start, _ in blocks] == list(range(0, 50_500, 1000))
    latent = np.concatenate([values for _, values in blocks])
    assert latent.shape == (50_500, m)
    np.testing.assert_allclose(np.cov(latent.T).reshape(m, m), correlation, atol=0.04)
    assert abs(ndtr(latent).mean() - 0.5) < 0.02
