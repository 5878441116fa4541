"""Nulls against what probability theory says of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import (
    noise_floor,
    p_value,
    random_directions,
    random_rotation,
)

# ---- the noise floor


@pytest.mark.parametrize(("n", "d"), [(3, 2), (20, 3), (60, 16), (100, 128)])
def test_one_pair_of_random_directions_is_expected_under_the_floor(n, d, rng):
    draws, under = 400, 0
    for _ in range(draws):
        x = random_directions(n, d, rng).astype(np.float64)
        cos = (x @ x.T)[np.triu_indices(n, 1)]
        under += int((cos > 1 - noise_floor(n, d) ** 2 / 2).sum())
    # pairs are pairwise independent, so the count has the variance of a binomial
    pairs = n * (n - 1) / 2
    assert abs(under - draws) < 4 * np.sqrt(draws * (1 - 1 / pairs))


@given(st.integers(3, 100_000))
def test_the_floor_has_a_closed_form_on_the_circle_and_on_the_sphere(n):
    share = 2 / (n * (n - 1))
    assert noise_floor(n, 2) == pytest.approx(2 * np.sin(np.pi * share / 2))  # angles are uniform
    assert noise_floor(n, 3) == pytest.approx(2 * np.sqrt(share))  # cosines are (Archimedes)


@given(st.integers(3, 10_000), st.integers(2, 1000))
def test_the_floor_falls_with_features_and_rises_with_dimensions(n, d):
    floor = noise_floor(n, d)
    assert 0 < noise_floor(n + 1, d) < floor < noise_floor(n, d + 1) < np.sqrt(2)


def test_in_high_dimension_the_floor_nears_that_of_gaussian_cosines():
    n, d = 1000, 100_000
    gaussian = norm.isf(2 / (n * (n - 1))) / np.sqrt(d)
    assert 1 - noise_floor(n, d) ** 2 / 2 == pytest.approx(gaussian, rel=1e-3)


@pytest.mark.parametrize(("n", "d"), [(2, 5), (3, 1), (0, 0)])
def test_no_floor_without_pairs_or_directions(n, d):
    with pytest.raises(FeaturetopoError, match=f"n={n}, d={d}: needs n >= 3 and d >= 2"):
        noise_floor(n, d)


# ---- directions and rotations


@pytest.mark.parametrize("d", [2, 3, 16])
def test_random_directions_are_unit_and_prefer_none(d, rng):
    n = 20_000
    x = random_directions(n, d, rng)
    assert x.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), 1, atol=1e-6)
    # mean 0 and second moment I / d, each entry within 5 of its standard errors
    assert abs(x.mean(axis=0)).max() < 5 / np.sqrt(n * d)
    assert abs(x.T @ x / n - np.eye(d) / d).max() < 5 * np.sqrt(2 / n) / d


@given(st.integers(1, 20), st.integers(0, 2**32))
def test_a_rotation_is_orthogonal(d, seed):
    q = random_rotation(d, np.random.default_rng(seed))
    np.testing.assert_allclose(q @ q.T, np.eye(d), atol=1e-12)


def test_rotations_are_haar_distributed(rng):
    draws, d = 4000, 5
    q = np.array([random_rotation(d, rng) for _ in range(draws)])
    error = 1 / np.sqrt(draws * d)  # of the mean of an entry, whose variance is 1 / d
    assert abs(q.mean(axis=0)).max() < 5 * error
    assert abs((q**2).mean(axis=0) - 1 / d).max() < 5 * error
    # trace: mean 0, variance 1. A QR whose signs are not mended fails here
    trace = np.trace(q, axis1=1, axis2=2)
    assert abs(trace.mean()) < 5 / np.sqrt(draws)
    assert trace.var() == pytest.approx(1, abs=0.15)
    reflections = (np.linalg.det(q) < 0).sum()
    assert abs(reflections - draws / 2) < 5 * np.sqrt(draws) / 2


# ---- p-values

VALUES = st.integers(-5, 5).map(float)  # few values: many ties


@given(VALUES, st.lists(VALUES, max_size=20))
def test_the_formula(observed, null):
    at_least = sum(x >= observed for x in null)
    at_most = sum(x <= observed for x in null)
    assert p_value(observed, null) == (at_least + 1) / (len(null) + 1)
    assert p_value(observed, null, "lower") == (at_most + 1) / (len(null) + 1)
    assert p_value(observed, null, "lower") == p_value(-observed, [-x for x in null])
    assert 1 / (len(null) + 1) <= p_value(observed, null) <= 1


@pytest.mark.parametrize("m", [1, 19, 100])
def test_under_the_null_every_p_value_is_as_likely(m, rng):
    draws = rng.standard_normal(m + 1)  # exchangeable: each of them might be the observed one
    found = [p_value(draws[i], np.delete(draws, i)) for i in range(m + 1)]
    assert sorted(found) == pytest.approx([(b + 1) / (m + 1) for b in range(m + 1)])


@pytest.mark.parametrize("direction", ["higher", "lower"])
def test_what_is_no_number_never_speaks_against_chance(direction):
    nan = float("nan")
    assert p_value(nan, [1.0, 2.0, 3.0], direction) == 1
    extreme = 9.0 if direction == "higher" else -9.0
    assert p_value(extreme, [nan, 2.0, nan], direction) == 3 / 4


def test_an_unknown_direction_is_refused():
    with pytest.raises(FeaturetopoError, match="direction='up' must be 'higher' or 'lower'"):
        p_value(1.0, [0.0], "up")
