"""Landmarks: the budget is kept, the error bound holds, and distances are widened by it."""

from __future__ import annotations

import logging
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import gaussian, polygon, seeds
from scipy import sparse

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology import bottleneck, bottleneck_of_bars, persistence, wasserstein
from featuretopo.topology.landmarks import count
from featuretopo.topology.pairs import edges_under
from featuretopo.truth import Circle, GroundTruth, Sphere

theorem = settings(max_examples=40, deadline=None, derandomize=True)


def crowd(n: int, seed: int) -> np.ndarray:
    """Unit vectors in a few dimensions."""
    return Dictionary(gaussian(n, 3, seed)).unit.astype(float)


def matrix(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points[:, None] - points, axis=2)


@theorem
@given(n=st.integers(3, 14), seed=seeds, scale=st.floats(0.1, 2), max_dim=st.integers(0, 2))
def test_simplices_are_counted_as_one_by_one(n: int, seed: int, scale: float, max_dim: int) -> None:
    points = crowd(n, seed)
    near = matrix(points) <= scale
    known = sum(
        all(near[i, j] for i, j in combinations(simplex, 2))
        for size in range(2, max_dim + 3)
        for simplex in combinations(range(n), size)
    )
    edges = edges_under(points, scale)
    assert count(edges, max_dim, 10**6) == known
    for most in (0, 5, known - 1):
        assert count(edges, max_dim, most) == min(known, most + 1) or known <= most


@theorem
@given(seed=seeds, budget=st.sampled_from([60, 300, 2000]), cut=st.sampled_from([0.8, 1.4, 2.0]))
def test_the_budget_is_kept_and_the_error_bound_holds(seed: int, budget: int, cut: float) -> None:
    points = crowd(40, seed)
    whole, part = (
        persistence(points, max_scale=cut),
        persistence(points, max_scale=cut, budget=budget),
    )
    np.testing.assert_array_equal(part.bars[0], whole.bars[0])  # H0 is exact in any case
    if part.landmarks is None:
        assert count(edges_under(points, cut), 1, 10**6) <= budget
        np.testing.assert_array_equal(part.bars[1], whole.bars[1])
        return
    chosen = points[part.landmarks]
    assert count(edges_under(chosen, cut), 1, 10**6) <= budget
    distances = matrix(points)
    connected = (distances <= cut).sum(axis=1) > 1
    reach = distances[connected][:, part.landmarks].min(axis=1).max()
    assert part.cover_radius >= reach - 1e-6

    # cut alike, the two diagrams lie within the bound of each other
    def known(diagram):
        bars = diagram.bars[1].copy()
        bars[:, 1] = np.minimum(bars[:, 1], cut)
        return bars[bars[:, 0] < bars[:, 1]]

    assert bottleneck_of_bars(known(part), known(whole)) <= part.error_bound + 1e-6


@theorem
@given(first=seeds, second=seeds, cut=st.sampled_from([0.9, 2.0]))
def test_widened_distances_hold_those_of_all_points(first: int, second: int, cut: float) -> None:
    a, b = crowd(30, first), crowd(35, second)
    whole = [persistence(x, max_scale=2.0) for x in (a, b)]
    cut_short = [persistence(x, max_scale=cut) for x in (a, b)]
    part = [persistence(x, max_scale=cut, budget=150) for x in (a, b)]
    # what is born above the cut is in neither: the exact distance of what is born below it
    for known in (whole, [part[0], whole[1]]) if cut == 2.0 else (cut_short,):
        exact = bottleneck(*known, 1)
        found = bottleneck(*part, 1)
        assert found.low <= exact.high + 1e-6
        assert found.high >= exact.low - 1e-6
    assert not bottleneck(*part, 1).exact
    assert bottleneck(*part, 0).exact
    summed = wasserstein(*part, 1)
    assert summed.high == np.inf
    assert summed.low == pytest.approx(bottleneck(*part, 1).low, abs=1e-9)


def test_a_landmark_diagram_is_not_exactly_like_itself() -> None:
    part = persistence(crowd(40, 0), max_scale=2.0, budget=300)
    found = bottleneck(part, part, 1)
    assert found.low == 0 and 0 < found.high == pytest.approx(min(1.0, 2 * part.error_bound))


def test_points_on_their_own_need_no_landmark_near_them() -> None:
    truth = GroundTruth([Circle(60), Sphere(40)], 64, rng=0).dictionary
    whole = persistence(truth)
    part = persistence(truth, budget=3000)
    assert part.landmarks is not None and set(part.landmarks) <= set(range(60))
    assert part.error_bound < 0.6
    assert not part.vacuous  # the circle's bar is longer than twice the bound
    assert len(part.bars[1]) == len(whole.bars[1]) == 1
    assert "landmarks, off by at most" in repr(part) and "landmarks" not in repr(whole)


def test_a_vacuous_bound_is_called_so() -> None:
    part = persistence(crowd(60, 0), max_scale=2.0, budget=20)
    assert part.vacuous
    assert repr(part).endswith("so that no bar is certain)")


def test_the_choice_is_logged_before_the_work(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="featuretopo.topology"):
        persistence(polygon(12), max_scale=2)
        persistence(polygon(40), max_scale=2, budget=100)
    assert caplog.messages[:2] == [
        "all 12 points: 286 simplices",
        "gudhi, 4.3 simplices to an edge: 0.0 s or more",
    ]
    assert "more than budget=100 simplices:" in caplog.messages[2]
    assert "off by at most" in caplog.messages[2]


def test_matrices_have_landmarks_and_graphs_have_not() -> None:
    points = crowd(40, 0)
    by_points = persistence(points, max_scale=1.4, budget=300)
    by_matrix = persistence(matrix(points), metric="precomputed", max_scale=1.4, budget=300)
    assert by_matrix.landmarks.tolist() == by_points.landmarks.tolist()
    np.testing.assert_allclose(by_matrix.bars[1], by_points.bars[1], atol=1e-5)
    graph = edges_under(points, 1.4).graph()
    with pytest.raises(FeaturetopoError, match=r"more than budget=300 simplices .* a graph has no"):
        persistence(graph, metric="precomputed", max_scale=1.4, budget=300)


@theorem
@given(n=st.integers(3, 20), seed=seeds, cut=st.sampled_from([0.5, 1.0, 1.6]))
def test_a_sparse_graph_gives_the_diagram_of_its_points(n: int, seed: int, cut: float) -> None:
    points = crowd(n, seed)
    known = persistence(points, max_scale=cut)
    for make in (sparse.csr_array, sparse.csr_matrix, sparse.coo_array):
        graph = make(edges_under(points, cut).graph())
        found = persistence(graph, metric="precomputed", max_scale=np.inf)
        np.testing.assert_allclose(found.bars[1], known.bars[1], atol=1e-5)
        merges = known.bars[0][known.bars[0][:, 1] <= cut]
        apart = np.isinf(found.bars[0][:, 1])
        assert apart.sum() == n - len(merges)  # what no edge joins never merges
        np.testing.assert_allclose(found.bars[0][~apart], merges, atol=1e-5)


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        (sparse.coo_array((2, 3)), "must be square"),
        (sparse.coo_array([[0, 1.0], [0, 0]]), "not symmetric; store every edge in both"),
        (sparse.coo_array([[0, 1.0], [2.0, 0]]), "not symmetric"),
        (sparse.coo_array([[1.0, 1.0], [1.0, 0]]), "at distance 0 from itself"),
        (sparse.coo_array([[0, -1.0], [-1.0, 0]]), "lengths must be finite and >= 0"),
        (sparse.coo_array([[0, np.inf], [np.inf, 0]]), "lengths must be finite and >= 0"),
        (
            sparse.coo_array(([1.0] * 4, ([0, 0, 1, 1], [1, 1, 0, 0])), shape=(2, 2)),
            "an edge is stored twice",
        ),
    ],
)
def test_what_is_no_graph_of_distances_is_refused(graph: object, message: str) -> None:
    with pytest.raises(FeaturetopoError, match=message):
        persistence(graph, metric="precomputed", max_scale=2.0)


def test_too_small_a_budget_is_refused() -> None:
    with pytest.raises(FeaturetopoError, match="budget=2 simplices: not even 3 points keep it"):
        persistence(polygon(12), max_scale=2, budget=2)


def test_landmarks_of_distances_that_are_none_are_refused() -> None:
    rng = np.random.default_rng(0)
    matrix = np.triu(rng.random((25, 25)) ** 3 * 3, 1)
    matrix += matrix.T
    with pytest.raises(FeaturetopoError, match="farther than the triangle inequality allows"):
        persistence(matrix, metric="precomputed", max_scale=4.0, budget=600)
    points = rng.standard_normal((25, 3))
    metric = np.linalg.norm(points[:, None] - points, axis=2)
    found = persistence(metric, metric="precomputed", max_scale=9.0, budget=600)
    assert found.landmarks is not None
