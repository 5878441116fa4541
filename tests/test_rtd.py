"""RTD: known values, what leaves it as it is, and another engine."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist, squareform

import featuretopo as ft
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.cross_barcode import cross_barcode
from featuretopo.topology.engines.gudhi_engine import bars as gudhi_bars
from featuretopo.topology.pairs import Edges
from featuretopo.topology.rtd import _scaled, rtd

TRUTH = Path(__file__).parent / "truth"
VALUES = json.loads((TRUTH / "similarity.json").read_text())
CASES = runpy.run_path(str(TRUTH / "similarity_cases.py"))["cases"]()


def cloud(n, d, seed):
    return np.random.default_rng(seed).standard_normal((n, d))


@pytest.mark.parametrize("case", CASES)
def test_known_values(case):
    found = rtd(*CASES[case])
    assert found.value == pytest.approx(
        VALUES[case]["RTD mean both ways, full batch"]["value"], abs=1e-6
    )
    assert (found.spread, found.draws, found.n_rows) == (0, 1, len(CASES[case][0]))


def plain_cross_barcode(w, v):
    """H1 bars of the complex that the paper defines, on two copies of every point, by gudhi.

    The first copies lie in one place; among the second, the nearer of both distances holds; a
    first copy is `w` from the second copies of itself and of later points, and infinitely far from
    those of earlier ones.
    """
    n = len(w)
    across = np.where(np.tri(n, dtype=bool).T, w, np.inf)
    matrix = np.block([[np.zeros((n, n)), across.T], [across, np.minimum(w, v)]])
    i, j = np.triu_indices(2 * n, 1)
    there = np.isfinite(matrix[i, j])
    edges = Edges(np.column_stack([i, j])[there], matrix[i, j][there], 2 * n)
    return gudhi_bars(edges, 1, 2)[1]


def lasting(bars):
    """Bars of more than rounding, in order."""
    bars = bars[np.isfinite(bars[:, 1]) & (bars[:, 1] - bars[:, 0] > 1e-6)]
    return bars[np.lexsort(bars.round(6).T)]


@settings(max_examples=30)
@given(st.integers(4, 16), st.sampled_from([1, 2, 5]), st.booleans(), st.integers(0, 2**32))
def test_the_cross_barcode_is_that_of_the_plain_complex(n, d, on_a_grid, seed):
    rng = np.random.default_rng(seed)
    x, y = (rng.standard_normal((n, dimension)) for dimension in (d, 3))
    if on_a_grid:  # many equal distances
        x, y = np.round(2 * x), np.round(2 * y)
    w, v = squareform(pdist(x)), squareform(pdist(y))
    found, expected = lasting(cross_barcode(w, v)), lasting(plain_cross_barcode(w, v))
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_more_loops_at_once_than_one_word_has_bits():
    # by v, every point is far from those of its own half and near all others
    half = np.arange(24) % 2
    v = np.where(half[:, None] != half, 1.0, 3.0) - 3 * np.eye(24)
    w = 2 * (1 - np.eye(24))
    bars = cross_barcode(w, v)
    np.testing.assert_allclose(bars, [[1, 2]] * 144)
    # what one has, the nearer of both has as soon: nothing is left relative to it
    assert not len(cross_barcode(np.minimum(w, v), v))


@settings(max_examples=20)
@given(st.integers(4, 14), st.integers(0, 2**32))
def test_rtd_adds_up_the_cross_barcodes_of_both_ways(n, seed):
    x, y = cloud(n, 3, seed), cloud(n, 2, seed + 1)
    total = 0.0
    for a, b in ((x, y), (y, x)):
        bars = lasting(plain_cross_barcode(_scaled(a), _scaled(b)))
        total += np.diff(bars).sum()
    assert rtd(x, y).value == pytest.approx(total / 2, abs=1e-5)


@settings(max_examples=20)
@given(st.integers(5, 30), st.floats(0.1, 10), st.integers(0, 2**32))
def test_moving_turning_and_scaling_leave_it_and_both_ways_swap(n, scale, seed):
    x, y = cloud(n, 4, seed), cloud(n, 4, seed + 1)
    q = np.linalg.qr(cloud(4, 4, seed + 2))[0]
    plain, moved, swapped = rtd(x, y), rtd(scale * x @ q + 3, y), rtd(y, x)
    assert moved.value == pytest.approx(plain.value, abs=1e-4)
    assert (swapped.a_to_b, swapped.b_to_a) == pytest.approx((plain.b_to_a, plain.a_to_b))
    assert rtd(x, x).value == pytest.approx(0, abs=1e-5)
    rows = np.random.default_rng(seed).permutation(n)
    assert rtd(x[rows], y[rows]).value == pytest.approx(plain.value, abs=1e-4)


def test_a_circle_is_nearer_to_its_noisy_self_than_to_a_shuffle():
    angle = 2 * np.pi * np.arange(60) / 60
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    noisy = circle + 0.02 * cloud(60, 2, 0)
    shuffled = circle[np.random.default_rng(0).permutation(60)]
    assert 5 * rtd(circle, noisy).value < rtd(circle, shuffled).value


def test_many_rows_are_subsampled_reproducibly():
    x, y = cloud(300, 3, 0), cloud(300, 3, 1)
    first, again, other = (rtd(x, y, n_rows=60, draws=4, rng=seed) for seed in (5, 5, 6))
    assert first == again
    assert first != other
    assert (first.n_rows, first.draws) == (60, 4)
    assert first.spread > 0


def test_dictionaries_are_taken_too():
    x = ft.Dictionary(cloud(20, 4, 0))
    assert ft.rtd(x, x).value == 0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: rtd(cloud(9, 2, 0), cloud(8, 2, 0)), "9 and 8 rows: RTD compares paired points"),
        (lambda: rtd(cloud(3, 2, 0), cloud(3, 2, 0)), "3 rows: RTD needs at least 4"),
        (lambda: rtd(cloud(9, 2, 0), cloud(9, 2, 0), n_rows=3), "3 rows: RTD needs at least 4"),
        (lambda: rtd("a", cloud(9, 2, 0)), "points must be numbers in rows of equal length"),
        (lambda: rtd(cloud(9, 2, 0) * 1e300, cloud(9, 2, 0)), "overflow; divide all points"),
        (lambda: rtd(cloud(9, 2, 0), cloud(9, 2, 0), n_rows=20.5), "n_rows=20.5 must be a whole"),
        (
            lambda: rtd(cloud(9, 2, 0), cloud(9, 2, 0), draws=0),
            "draws=0 must be a whole number, at least 1",
        ),
        (lambda: rtd(np.full((9, 2), np.nan), cloud(9, 2, 0)), r"\(9, 2\) must be finite"),
        (lambda: rtd(np.ones(9), np.ones(9)), r"points of shape \(9,\) must be finite and of shap"),
        (lambda: rtd(np.ones((9, 2)), cloud(9, 2, 0)), "nearly all points are alike"),
    ],
)
def test_what_cannot_be_compared_is_refused(make, message):
    with pytest.raises(FeaturetopoError, match=message):
        make()
