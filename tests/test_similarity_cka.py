"""CKA and distance correlation: plain references, what they see and what they do not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from featuretopo import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import random_rotation
from featuretopo.similarity import Gaussian, Linear, cka, distance_correlation

SEEDS = st.integers(0, 2**32 - 1)
theorem = settings(deadline=None, max_examples=30, derandomize=True)
KERNELS = [Linear(), Gaussian(), Gaussian(0.3)]


def hsic(k, m):
    """Trace of K H L H."""
    n = len(k)
    h = np.eye(n) - 1 / n
    return np.trace(k @ h @ m @ h)


def unbiased_hsic(k, m):
    """Equation 5 of Song et al. 2012."""
    n = len(k)
    k, m = k - np.diag(np.diag(k)), m - np.diag(np.diag(m))
    one = np.ones(n)
    inside = np.trace(k @ m) + (one @ k @ one) * (one @ m @ one) / ((n - 1) * (n - 2))
    return (inside - 2 / (n - 2) * one @ k @ m @ one) / (n * (n - 3))


def gaussian_kernel(x, width):
    squared = ((x[:, None] - x[None]) ** 2).sum(axis=2)
    median = np.median(np.sqrt(squared[np.triu_indices(len(x), 1)]))
    return np.exp(-squared / (2 * (width * median) ** 2))


@theorem
@given(SEEDS, st.integers(4, 15), st.sampled_from([None, 1.0, 0.3]))
def test_it_is_the_formula(seed, n, width):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((n, 3)) + 2, rng.standard_normal((n, 5))
    k, m = (z @ z.T if width is None else gaussian_kernel(z, width) for z in (x, y))
    kernel = Linear() if width is None else Gaussian(width)
    for debiased, product in ((False, hsic), (True, unbiased_hsic)):
        squares = product(k, k) * product(m, m)
        if squares > 0:
            found = cka(x, y, debiased, kernel)
            assert found == pytest.approx(product(k, m) / np.sqrt(squares))


@theorem
@given(SEEDS, st.sampled_from(KERNELS), st.booleans())
def test_rotation_shift_and_size_are_not_seen(seed, kernel, debiased):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((12, 4)), rng.standard_normal((12, 3))
    moved = 3 * x @ random_rotation(4, rng) + 5
    assert cka(moved, y, debiased, kernel) == pytest.approx(cka(x, y, debiased, kernel))
    assert cka(x, moved, debiased, kernel) == pytest.approx(1)
    order = rng.permutation(12)
    assert cka(x[order], y[order], debiased, kernel) == pytest.approx(cka(x, y, debiased, kernel))


def test_with_few_rows_only_the_debiased_one_is_near_0_by_chance(rng):
    found = [
        [cka(rng.standard_normal((20, 200)), rng.standard_normal((20, 200)), d) for d in (0, 1)]
        for _ in range(40)
    ]
    biased, debiased = np.mean(found, axis=0)
    assert biased > 0.8 and abs(debiased) < 0.02


def pairs_of(x):
    return np.linalg.norm(x[:, None] - x[None], axis=2)


@theorem
@given(SEEDS, st.integers(4, 15))
def test_distance_correlation_is_that_of_centred_distances(seed, n):
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((n, 2)), rng.standard_normal((n, 3))
    h = np.eye(n) - 1 / n
    a, b = h @ pairs_of(x) @ h, h @ pairs_of(y) @ h
    expected = np.sqrt((a * b).sum() / np.sqrt((a * a).sum() * (b * b).sum()))
    assert distance_correlation(x, y) == pytest.approx(expected)
    a, b = pairs_of(x), pairs_of(y)
    squares = unbiased_hsic(a, a) * unbiased_hsic(b, b)
    assert distance_correlation(x, y, debiased=True) == pytest.approx(
        unbiased_hsic(a, b) / np.sqrt(squares)
    )


def test_distance_correlation_sees_what_correlation_does_not():
    x = np.linspace(-1, 1, 201)[:, None]
    assert abs(np.corrcoef(x[:, 0], x[:, 0] ** 2)[0, 1]) < 1e-12
    # the value of the population, Edelmann, Mori and Szekely 2021
    assert distance_correlation(x, x**2) == pytest.approx(0.4909, abs=0.01)
    assert distance_correlation(x, 3 - 2 * x) == pytest.approx(1)


def test_dictionaries_are_taken_as_they_are(rng):
    x, y = rng.standard_normal((9, 4)).astype("f"), rng.standard_normal((9, 4)).astype("f")
    assert cka(Dictionary(x), Dictionary(y)) == pytest.approx(cka(x, y))


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_side_that_does_not_vary_is_refused(kernel, rng):
    y = rng.standard_normal((6, 2))
    with pytest.raises(FeaturetopoError, match=r"rows of x are alike|half of all pairs"):
        cka(np.full((6, 3), 0.1), y, kernel=kernel)


def test_bad_input_is_refused(rng):
    x = rng.standard_normal((3, 2))
    with pytest.raises(FeaturetopoError, match="3 rows: the debiased CKA needs at least 4"):
        cka(x, x, debiased=True)
    with pytest.raises(FeaturetopoError, match="3 rows of x and 2 rows of y"):
        cka(x, x[:2])
    with pytest.raises(FeaturetopoError, match=r"width=0 must be positive"):
        Gaussian(0)
    with pytest.raises(FeaturetopoError, match="all 5 rows of y are alike"):
        distance_correlation(rng.standard_normal((5, 2)), np.ones((5, 2)))


def test_a_kernel_by_name_is_refused():
    with pytest.raises(FeaturetopoError, match=r"kernel='rbf' must be Linear\(\) or Gaussian"):
        cka(np.eye(5), np.eye(5), kernel="rbf")
    with pytest.raises(FeaturetopoError, match=r"kernel=Gaussian is a class: call it"):
        cka(np.eye(5), np.eye(5), kernel=Gaussian)
    with pytest.raises(FeaturetopoError, match=r"width='wide' must be a number"):
        Gaussian("wide")


def test_a_kernel_that_overflows_is_refused():
    with (
        np.errstate(over="ignore"),
        pytest.raises(FeaturetopoError, match="the kernel of x is not finite"),
    ):
        cka(1e200 * np.eye(5), np.eye(5), kernel=lambda rows: rows @ rows.T)
