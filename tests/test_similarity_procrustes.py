"""Procrustes: theorems of the orthogonal fit and of the shape metrics on it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import orthogonal_procrustes

from featuretopo import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import random_rotation
from featuretopo.similarity import procrustes, procrustes_angular, procrustes_euclidean

SEEDS = st.integers(0, 2**32 - 1)


def test_a_planted_rotation_is_found():
    rng = np.random.default_rng(0)
    x, q = rng.standard_normal((40, 9)), random_rotation(9, rng)
    fit = procrustes(x, x @ q)
    assert fit.rotation == pytest.approx(q)
    assert fit.residual == pytest.approx(0, abs=1e-12)


def test_it_equals_scipy_and_does_not_centre():
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((20, 5)) + 3, rng.standard_normal((20, 5)) - 1
    fit = procrustes(x, y)
    assert fit.rotation == pytest.approx(orthogonal_procrustes(x, y)[0])
    assert fit.residual == pytest.approx(np.linalg.norm(x @ fit.rotation - y))


@settings(deadline=None, max_examples=40)
@given(SEEDS, st.integers(2, 12), st.integers(1, 6), st.integers(1, 6))
def test_unequal_dimensions_give_a_partial_isometry_that_no_other_beats(seed, n, d_x, d_y):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((n, d_x)), rng.standard_normal((n, d_y))
    fit = procrustes(x, y)
    assert fit.rotation.shape == (d_x, d_y)
    narrow = fit.rotation if d_x <= d_y else fit.rotation.T
    assert narrow @ narrow.T == pytest.approx(np.eye(min(d_x, d_y)), abs=1e-9)
    for _ in range(5):
        other = random_rotation(max(d_x, d_y), rng)[:d_x, :d_y]
        left = x @ other - y if d_x <= d_y else y @ other.T - x
        assert fit.residual <= np.linalg.norm(left) + 1e-9
    assert procrustes(y, x).residual == pytest.approx(fit.residual, abs=1e-9)


def test_a_dictionary_embedded_in_a_wider_space_is_carried_without_loss():
    rng = np.random.default_rng(2)
    x = Dictionary(rng.standard_normal((30, 4)))
    wide = x.vectors @ random_rotation(7, rng)[:4]
    assert procrustes(x, wide).residual == pytest.approx(0, abs=1e-5)
    assert procrustes(wide, x).residual == pytest.approx(0, abs=1e-5)


@settings(deadline=None, max_examples=40)
@given(SEEDS, st.integers(3, 12), st.integers(1, 5))
def test_shape_distances_ignore_shift_and_rotation(seed, n, d):
    rng = np.random.default_rng(seed)
    x, shift, q = rng.standard_normal((n, d)), rng.standard_normal(d), random_rotation(d, rng)
    assert procrustes_euclidean(x, x @ q + shift) == pytest.approx(0, abs=1e-9)
    assert procrustes_angular(x, 3 * x @ q + shift) == pytest.approx(0, abs=1e-9)


def test_angles_far_under_the_rounding_of_a_cosine_are_seen():
    # x and the change are centred, orthogonal and have no rotation between them
    x = np.array([[1.0], [-1.0], [0.0], [0.0]])
    y = x + 1e-10 * np.array([[0.0], [0.0], [1.0], [-1.0]])
    assert procrustes_angular(x, y) == pytest.approx(1e-10, rel=1e-5)


@settings(deadline=None, max_examples=60)
@given(SEEDS, st.integers(3, 10), st.lists(st.integers(1, 5), min_size=3, max_size=3))
def test_shape_distances_are_symmetric_and_keep_the_triangle_inequality(seed, n, widths):
    rng = np.random.default_rng(seed)
    x, y, z = (rng.standard_normal((n, d)) for d in widths)
    for distance in (procrustes_angular, procrustes_euclidean):
        assert distance(x, y) == pytest.approx(distance(y, x))
        assert distance(x, z) <= distance(x, y) + distance(y, z) + 1e-9
    assert 0 <= procrustes_angular(x, y) <= np.pi / 2 + 1e-12


def test_without_shape_there_is_no_angle():
    flat = np.full((5, 3), 0.1)
    with pytest.raises(FeaturetopoError, match="all 5 rows of x are equal and have no shape; vary"):
        procrustes_angular(flat, np.eye(5))
    with pytest.raises(FeaturetopoError, match="all 5 rows of y"):
        procrustes_angular(np.eye(5), flat)


def test_unequal_rows_are_refused():
    for function in (procrustes, procrustes_angular, procrustes_euclidean):
        with pytest.raises(FeaturetopoError, match="5 rows of x and 4 rows of y"):
            function(np.eye(5), np.eye(4))


@pytest.mark.parametrize("power", [-600, 600, 1015])
def test_huge_and_tiny_rows_are_fitted_as_others(power, rng):
    x, y = rng.standard_normal((9, 4)), rng.standard_normal((9, 3))
    huge = np.ldexp(x, power), np.ldexp(y, power)
    assert procrustes(*huge).rotation.tolist() == procrustes(x, y).rotation.tolist()
    assert procrustes(*huge).residual == np.ldexp(procrustes(x, y).residual, power)
    assert procrustes_euclidean(*huge) == np.ldexp(procrustes_euclidean(x, y), power)
    apart = procrustes(np.ldexp(x, 600), np.ldexp(y, -600))
    assert apart.rotation.tolist() == procrustes(x, y).rotation.tolist()
