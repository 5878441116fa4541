"""RTD: known values, what leaves it as it is, and another engine."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import featuretopo as ft
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.engines.gudhi_engine import bars as gudhi_bars
from featuretopo.topology.pairs import Edges
from featuretopo.topology.rtd import _scaled, cross_matrix, rtd

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


@settings(max_examples=20)
@given(st.integers(4, 14), st.integers(0, 2**32))
def test_the_plain_complex_by_another_engine_gives_the_same(n, seed):
    x, y = cloud(n, 3, seed), cloud(n, 2, seed + 1)
    total = 0.0
    for a, b in ((x, y), (y, x)):
        matrix = cross_matrix(_scaled(a), _scaled(b))
        i, j = np.triu_indices(2 * n, 1)
        there = np.isfinite(matrix[i, j])
        edges = Edges(np.column_stack([i, j])[there], matrix[i, j][there], 2 * n)
        bars = gudhi_bars(edges, 1, 2)[1]
        total += (bars[:, 1] - bars[:, 0])[np.isfinite(bars[:, 1])].sum()
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
        (lambda: rtd(cloud(9, 2, 0), cloud(9, 2, 0), draws=0), "draws=0 must be at least 1"),
        (lambda: rtd(np.full((9, 2), np.nan), cloud(9, 2, 0)), r"\(9, 2\) must be finite"),
        (lambda: rtd(np.ones(9), np.ones(9)), r"points of shape \(9,\) must be finite and of shap"),
        (lambda: rtd(np.ones((9, 2)), cloud(9, 2, 0)), "nearly all points are alike"),
    ],
)
def test_what_cannot_be_compared_is_refused(make, message):
    with pytest.raises(FeaturetopoError, match=message):
        make()
