"""CCA and SVCCA: theorems, and the traps that public code fell into."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featuretopo import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import random_rotation
from featuretopo.similarity import cca, cca_of_bases, column_basis, svcca
from featuretopo.similarity.cca import surely_forced

SEEDS = st.integers(0, 2**32 - 1)


def plain_cca(x, y):
    """Eigenvalues of Sxx^-1 Sxy Syy^-1 Syx: the textbook, for full column rank."""
    x, y = x - x.mean(axis=0), y - y.mean(axis=0)
    product = np.linalg.solve(x.T @ x, x.T @ y) @ np.linalg.solve(y.T @ y, y.T @ x)
    squares = np.sort(np.linalg.eigvals(product).real)[::-1][: min(x.shape[1], y.shape[1])]
    return np.sqrt(np.clip(squares, 0, 1))


@settings(deadline=None, max_examples=40)
@given(SEEDS, st.integers(1, 5), st.integers(1, 5))
def test_it_is_the_textbooks(seed, d_x, d_y):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((30, d_x)), rng.standard_normal((30, d_y))
    found = cca(x, y)
    assert found.correlations == pytest.approx(plain_cca(x, y), abs=1e-6)
    assert found.mean == found.correlations.mean()
    assert found.mean_squared == (found.correlations**2).mean()
    assert (found.dimensions, found.forced) == ((d_x, d_y), 0)


@settings(deadline=None, max_examples=40)
@given(SEEDS, st.integers(1, 6))
def test_any_invertible_map_gives_one_and_a_rotation_does_for_svcca(seed, d):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((40, d))
    q = random_rotation(d, rng)
    stretched = x @ q * np.geomspace(1, 1e4, d) + 5
    assert cca(x, stretched).correlations == pytest.approx(np.ones(d))
    assert svcca(x, 2 * x @ q + 1).mean == pytest.approx(1)


@pytest.mark.parametrize("narrowest", [1, 0.02, 0.005, 1e-4])
def test_it_is_the_textbooks_however_narrow_the_data(narrowest):
    rng = np.random.default_rng(0)
    turn = random_rotation(5, rng)  # so that no column alone is narrow
    x = rng.standard_normal((300, 5)) * np.geomspace(narrowest, 1, 5) @ turn
    y = x @ rng.standard_normal((5, 5)) + rng.standard_normal((300, 5))
    basis = column_basis(x)
    assert basis.shape == (300, 5)
    np.testing.assert_allclose(basis.T @ basis, np.eye(5), atol=1e-10)
    np.testing.assert_allclose(cca(x, y).correlations, plain_cca(x, y), atol=1e-7)


def test_columns_of_wildly_different_scale_all_count():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((50, 6)), rng.standard_normal((50, 4))
    scaled = x * np.geomspace(1e-12, 1e12, 6)
    assert cca(scaled, y).correlations == pytest.approx(cca(x, y).correlations, abs=1e-9)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_constant_and_dependent_columns_add_nothing(dtype):
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((60, 4)).astype(dtype), rng.standard_normal((60, 3)).astype(dtype)
    extended = np.hstack([x, np.full((60, 2), dtype(0.1)), x[:, :2], x @ x[:4]])
    found = cca(extended, y)
    assert found.dimensions == (4, 3)
    assert found.correlations == pytest.approx(cca(x, y).correlations, abs=1e-5)
    assert svcca(extended, y, variance=1.0).dimensions == (4, 3)


def test_a_large_offset_does_not_hide_what_varies():
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((40, 3)), rng.standard_normal((40, 3))
    assert cca(x + 1e6, y).correlations == pytest.approx(cca(x, y).correlations, abs=1e-6)


@settings(deadline=None, max_examples=60)
@given(SEEDS, st.integers(4, 14), st.integers(1, 10), st.integers(1, 10))
def test_forced_correlations_are_counted_or_refused(seed, n, d_x, d_y):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((n, d_x)), rng.standard_normal((n, d_y))
    if max(d_x, d_y) >= n - 1:
        with pytest.raises(FeaturetopoError, match="every canonical correlation is 1 whatever"):
            cca(x, y)
        return
    found = cca(x, y)
    assert found.forced == max(0, d_x + d_y - (n - 1)) < len(found.correlations)
    assert found.correlations[: found.forced] == pytest.approx(np.ones(found.forced))
    assert (found.correlations[found.forced :] < 1 - 1e-9).all()


def test_the_refusal_names_rows_dimensions_and_remedy():
    rng = np.random.default_rng(3)
    x, y = rng.standard_normal((20, 30)), rng.standard_normal((20, 5))
    with pytest.raises(
        FeaturetopoError, match=r"20 different rows that vary in 19 and 5.*at least 25 rows"
    ):
        cca(x, y)
    main = x[:, :2] @ rng.standard_normal((2, 30)) * 100 + x
    assert svcca(main, y).forced == 0


def test_svcca_keeps_the_fewest_components_that_hold_the_share():
    # the trap: a normalised spectrum compared with 0.99 of the raw total keeps one component
    rng = np.random.default_rng(4)
    x = np.linalg.qr(rng.standard_normal((100, 4)))[0]
    x -= x.mean(axis=0)
    x = np.linalg.svd(x, full_matrices=False)[0] * np.sqrt([80.0, 15.0, 4.5, 0.5])
    for variance, kept in ((0.5, 1), (0.8, 1), (0.81, 2), (0.95, 2), (0.99, 3), (0.996, 4), (1, 4)):
        assert svcca(x, 1000 * x, variance).dimensions == (kept, kept)


def test_svcca_of_the_whole_variance_is_cca():
    rng = np.random.default_rng(5)
    x, y = rng.standard_normal((80, 6)), rng.standard_normal((80, 9))
    assert svcca(x, y, 1.0).correlations == pytest.approx(cca(x, y).correlations)


def test_correlation_and_its_square_are_two_figures():
    rng = np.random.default_rng(6)
    found = cca(rng.standard_normal((80, 6)), rng.standard_normal((80, 6)))
    assert found.mean_squared < found.mean


def test_repaired_rows_need_no_new_basis():
    rng = np.random.default_rng(7)
    x, y, order = rng.standard_normal((50, 6)), rng.standard_normal((50, 4)), rng.permutation(50)
    again = cca_of_bases(column_basis(x), column_basis(y)[order])
    assert again.correlations == pytest.approx(cca(x, y[order]).correlations)
    kept = cca_of_bases(column_basis(x, 0.9), column_basis(y, 0.9)[order])
    assert kept.correlations == pytest.approx(svcca(x, y[order], 0.9).correlations)


def test_a_basis_is_orthonormal_and_centred():
    basis = column_basis(np.random.default_rng(8).standard_normal((30, 5)) + 4)
    assert basis.T @ basis == pytest.approx(np.eye(5), abs=1e-12)
    assert basis.sum(axis=0) == pytest.approx(np.zeros(5), abs=1e-12)


def test_dictionaries_and_integers_are_taken():
    rng = np.random.default_rng(9)
    x = rng.integers(-9, 9, (30, 3))
    assert cca(x, Dictionary(x)).correlations == pytest.approx(np.ones(3))


@pytest.mark.parametrize("function", [cca, svcca])
def test_nothing_that_varies_is_refused(function):
    y = np.random.default_rng(0).standard_normal((9, 2))
    with pytest.raises(FeaturetopoError, match="none of the 3 columns varies"):
        function(np.full((9, 3), 0.1), y)
    with pytest.raises(FeaturetopoError, match="9 rows of x and 8 rows of y"):
        function(y, y[:8])


@pytest.mark.parametrize("variance", [0.0, 1.01, float("nan")])
def test_variance_out_of_range_is_refused(variance):
    x = np.random.default_rng(0).standard_normal((9, 2))
    with pytest.raises(FeaturetopoError, match=r"variance=.* must lie in \(0, 1\]; 0.99 is usual"):
        svcca(x, x, variance)


@settings(deadline=None)
@given(n=st.integers(4, 12), d=st.integers(1, 14), rank=st.integers(1, 14), seed=SEEDS)
def test_what_is_surely_forced_is_refused(n, d, rank, seed):
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, min(rank, d))) @ rng.standard_normal((min(rank, d), d))
    y = rng.standard_normal((n, 2))
    if surely_forced(x, y):
        with pytest.raises(FeaturetopoError, match="whatever the data"):
            cca(x, y)
    if min(rank, d) < n - 1:
        assert not surely_forced(x, y)
