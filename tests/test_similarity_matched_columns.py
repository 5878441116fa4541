"""Soft matching, permutation angle and Gromov-Wasserstein."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog
from scipy.spatial.distance import pdist, squareform

from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import random_rotation
from featuretopo.similarity import (
    gromov_wasserstein,
    permutation_angular,
    procrustes_angular,
    soft_matching,
)

SEEDS = st.integers(0, 2**32 - 1)
theorem = settings(deadline=None, max_examples=30, derandomize=True)


def correlations(x, y):
    return np.corrcoef(x.T, y.T)[: x.shape[1], x.shape[1] :]


@theorem
@given(SEEDS, st.integers(1, 4), st.integers(1, 4))
def test_soft_matching_is_the_linear_programme(seed, d_x, d_y):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((9, d_x)), rng.standard_normal((9, d_y))
    rows = np.kron(np.eye(d_x), np.ones(d_y))
    columns = np.kron(np.ones(d_x), np.eye(d_y))
    best = linprog(
        -correlations(x, y).ravel(),
        A_eq=np.vstack([rows, columns]),
        b_eq=np.append(np.full(d_x, 1 / d_x), np.full(d_y, 1 / d_y)),
    )
    found = soft_matching(x, y)
    assert found.correlation == pytest.approx(-best.fun)
    assert found.distance == pytest.approx(np.sqrt(2 + 2 * best.fun))
    assert found.shares.sum(axis=1) == pytest.approx(np.full(d_x, 1 / d_x))


@theorem
@given(SEEDS, st.lists(st.integers(1, 4), min_size=3, max_size=3))
def test_soft_matching_distance_is_a_metric(seed, widths):
    rng = np.random.default_rng(seed)
    x, y, z = (rng.standard_normal((7, d)) for d in widths)

    def d(a, b):
        return soft_matching(a, b).distance

    assert d(x, x[:, ::-1] * 2 - 1) == pytest.approx(0, abs=1e-7)
    assert d(x, y) == pytest.approx(d(y, x), abs=1e-9)
    assert d(x, z) <= d(x, y) + d(y, z) + 1e-9


@theorem
@given(SEEDS, st.integers(1, 5))
def test_the_permutation_angle_is_the_least_of_all(seed, d):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((8, d)), rng.standard_normal((8, d))
    one, other = (z - z.mean(axis=0) for z in (x, y))
    one, other = one / np.linalg.norm(one), other / np.linalg.norm(other)
    most = max((one * other[:, list(order)]).sum() for order in permutations(range(d)))
    assert permutation_angular(x, y) == pytest.approx(np.arccos(most))
    assert procrustes_angular(x, y) <= permutation_angular(x, y) + 1e-9


@theorem
@given(SEEDS)
def test_gromov_wasserstein_needs_neither_pairs_nor_a_common_space(seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((8, 3))
    order = rng.permutation(8)
    wide = np.pad(x, ((0, 0), (0, 2)))[order] @ random_rotation(5, rng)
    assert gromov_wasserstein(x, wide, rng=0).distance < 1e-6


def test_the_distance_of_gromov_wasserstein_is_that_of_its_plan(rng):
    a, b = rng.standard_normal((6, 3)), rng.standard_normal((5, 2))
    found = gromov_wasserstein(a, b, rng=0)
    one, other = (squareform(pdist(z / np.linalg.norm(z, axis=1, keepdims=True))) for z in (a, b))
    gaps = (one[:, None, :, None] - other[None, :, None, :]) ** 2
    cost = np.einsum("ijkl,ij,kl->", gaps, found.plan, found.plan)
    assert found.distance == pytest.approx(np.sqrt(cost))
    assert found.plan.sum() == pytest.approx(1)
    assert found.distance <= gromov_wasserstein(a, b, starts=1, rng=0).distance


def test_bad_input_is_refused(rng):
    x = rng.standard_normal((6, 2))
    flat = np.column_stack([x, np.ones(6)])
    with pytest.raises(FeaturetopoError, match="column 2 of y is constant"):
        soft_matching(x, flat)
    with pytest.raises(FeaturetopoError, match="2 and 3 columns: a permutation needs as many"):
        permutation_angular(x, flat)
    with pytest.raises(FeaturetopoError, match="all 6 rows of x are equal"):
        permutation_angular(np.ones((6, 2)), x)
    with pytest.raises(FeaturetopoError, match="starts=0 must be a whole number, at least 1"):
        gromov_wasserstein(x, x, starts=0)
    with pytest.raises(FeaturetopoError, match=r"starts=1\.0 must be a whole number"):
        gromov_wasserstein(x, x, starts=1.0)
    with pytest.raises(FeaturetopoError, match=r"2,001 rows of b: .* take a sample"):
        gromov_wasserstein(x, np.ones((2001, 2)))
