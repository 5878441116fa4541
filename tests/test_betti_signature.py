"""Integral Betti signature: the order alone counts, and its null has none."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import betti_numbers, gaussian, seeds

from featuretopo.errors import FeaturetopoError
from featuretopo.topology import betti_signature


def distances(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points[:, None] - points[None], axis=2)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(seed=seeds, n=st.integers(4, 8))
def test_curves_are_the_betti_numbers_of_every_graph_in_turn(seed, n):
    apart = distances(gaussian(n, 2, seed))
    found = betti_signature(apart, 2, "precomputed", draws=19, rng=0)
    ordered = np.sort(apart[np.triu_indices(n, 1)])
    for density, curve in zip(found.densities, found.curves.T, strict=True):
        n_edges = int(np.floor(density * len(ordered) + 1e-9))
        scale = ordered[n_edges - 1] if n_edges else 0.0
        assert tuple(curve) == betti_numbers(apart, scale, 2, 2)[1:]


def test_any_increasing_function_gives_the_same(rng):
    apart = distances(rng.standard_normal((25, 3)))
    one = betti_signature(apart, 1, "precomputed", draws=19, rng=0)
    other = betti_signature(np.expm1(3 * apart), 1, "precomputed", draws=19, rng=0)
    np.testing.assert_array_equal(one.curves, other.curves)
    np.testing.assert_array_equal(one.shuffled, other.shuffled)


def test_geometry_leaves_fewer_cycles_open_than_a_random_order(rng):
    points = rng.standard_normal((40, 5))
    found = betti_signature(points, draws=39, rng=0)
    assert found.integrals[0] < found.shuffled.min()
    assert found.p_values.tolist() == [1 / 40]
    noise = np.triu(rng.random((40, 40)), 1)
    assert betti_signature(noise + noise.T, 1, "precomputed", draws=39, rng=0).p_values[0] > 0.05


def test_a_ring_has_one_loop_over_two_thirds_of_the_densities():
    # each of 60 is joined to the k nearest on both sides at density 2k / 59; three steps go
    # around, and fill the loop, from k = 20 on
    steps = np.abs(np.arange(60)[:, None] - np.arange(60))
    found = betti_signature(np.minimum(steps, 60 - steps), 1, "precomputed", draws=19, rng=0)
    assert found.integrals[0] == pytest.approx((2 * 20 - 2 * 1) / 59)


def test_the_curve_ends_where_it_is_asked_to(rng):
    points = rng.standard_normal((30, 3))
    whole = betti_signature(points, draws=19, rng=0)
    part = betti_signature(points, max_density=0.5, draws=19, rng=0)
    np.testing.assert_array_equal(part.curves[:, ::2][:, :50], whole.curves[:, :50])
    assert part.densities[-1] == 0.5


def test_of_more_rows_a_part_is_drawn(rng):
    points = rng.standard_normal((60, 3))
    found = betti_signature(points, n_rows=20, draws=19, rng=0)
    assert len(found.rows) == 20 == len(set(found.rows.tolist()))
    again = betti_signature(points[found.rows], n_rows=20, draws=19, rng=0)
    np.testing.assert_array_equal(found.curves, again.curves)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"max_dim": 0}, "max_dim=0 must be at least 1"),
        ({"max_density": 0.0}, r"max_density=0.0 must lie in \(0, 1\]"),
        ({"max_density": 1.5}, r"max_density=1.5 must lie in \(0, 1\]"),
        ({"n_rows": 3}, "n_rows=3 must be at least 4"),
        ({"draws": 5}, "draws=5"),
        ({"metric": "cosine"}, "metric='cosine' must be 'chord' or 'precomputed'"),
        ({"metric": "precomputed"}, "must be square"),
    ],
)
def test_bad_input_is_refused(options, words):
    with pytest.raises(FeaturetopoError, match=words):
        betti_signature(gaussian(9, 3, 0), **options)


def test_too_few_features_and_too_many_simplices_are_refused():
    with pytest.raises(FeaturetopoError, match="3 features: a loop needs at least 4"):
        betti_signature(np.eye(3))
    with pytest.raises(FeaturetopoError, match="lower n_rows or max_density"):
        betti_signature(gaussian(600, 3, 0), n_rows=600)
