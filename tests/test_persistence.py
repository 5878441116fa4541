"""Persistence: known answers, invariances, stability, the cut, and what is refused."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import (
    ENGINES,
    betti_numbers,
    chords,
    crowds,
    gaussian,
    needs,
    polygon,
    rotation,
    seeds,
)
from scipy import sparse
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import noise_floor
from featuretopo.topology.diagram import Diagram
from featuretopo.topology.distances import bottleneck
from featuretopo.topology.persistence import persistence
from featuretopo.truth import Blobs, Circle, GroundTruth, Sphere

theorem = settings(max_examples=40, deadline=None, derandomize=True)
PLANE = "012 023 034 045 051 124 235 341 452 513"  # facets of the projective plane
SQUARE = np.array([[0, 0], [1, 1], [-1, 1], [0, 2]], dtype=float)


@pytest.fixture(params=ENGINES, scope="module")
def engine(request: pytest.FixtureRequest) -> str:
    return needs(request.param)


def euclidean(points: np.ndarray) -> np.ndarray:
    return np.linalg.norm(points[:, None] - points[None], axis=2)


def symmetric(values: np.ndarray, n: int) -> np.ndarray:
    """Matrix of distances with `values` above the diagonal."""
    matrix = np.zeros((n, n))
    matrix[np.triu_indices(n, 1)] = values
    return matrix + matrix.T


@st.composite
def matrices(draw: st.DrawFn, least: int = 2, most: int = 9) -> np.ndarray:
    """Distances, no metric in general, in eighths: exact in float32, and often equal."""
    n = draw(st.integers(least, most))
    top = draw(st.sampled_from([2, 6, 40]))
    values = st.lists(st.integers(0, top), min_size=n * (n - 1) // 2, max_size=n * (n - 1) // 2)
    return symmetric(np.array(draw(values)) / 8, n)


def in_order(bars: np.ndarray) -> np.ndarray:
    return bars[np.lexsort(bars.T)]


def clear(bars: np.ndarray, least: float = 1e-4) -> np.ndarray:
    """Bars that rounding cannot have made, in an order that it cannot change."""
    return in_order(bars[bars[:, 1] - bars[:, 0] > least].round(4))


def assert_same(a: Diagram, b: Diagram) -> None:
    for of_a, of_b in zip(a.bars, b.bars, strict=True):
        np.testing.assert_allclose(clear(of_a), clear(of_b), atol=2.1e-4)


# Known answers, by every engine


@pytest.mark.parametrize("n", [4, 5, 6, 7, 12, 24, 31])
def test_a_regular_polygon_has_one_loop(n: int, engine: str) -> None:
    steps = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    exact = 2 * np.sin(np.pi * np.minimum(steps, n - steps) / n)
    known = [[2 * np.sin(np.pi / n), 2 * np.sin(np.pi * np.ceil(n / 3) / n)]]
    found = persistence(exact, metric="precomputed", max_scale=np.inf, engine=engine)
    np.testing.assert_allclose(found.bars[1], known, rtol=1e-6)
    placed = polygon(n) @ rotation(20, n)[:2]
    np.testing.assert_allclose(
        clear(persistence(placed, max_scale=2, engine=engine).bars[1]), known, atol=1e-4
    )


def test_four_points_have_one_loop(engine: str) -> None:
    found = persistence(euclidean(SQUARE), metric="precomputed", max_scale=np.inf, engine=engine)
    root = np.sqrt(2)
    np.testing.assert_allclose(found.bars[0], [[0, np.inf], *[[0, root]] * 3])
    np.testing.assert_allclose(found.bars[1], [[root, 2]])
    assert not found.censored[1].any()


@pytest.mark.parametrize(("coeff", "known"), [(2, [[1, 2]]), (3, np.empty((0, 2)))])
def test_projective_plane_has_torsion(coeff: int, known: list[list[int]], engine: str) -> None:
    faces = {
        face
        for facet in PLANE.split()
        for size in (1, 2, 3)
        for face in combinations(sorted(facet), size)
    }
    assert len(faces) == 31
    matrix = np.array(
        [[0 if a == b else 1 if set(a) <= set(b) or set(b) <= set(a) else 2 for a in faces]
         for b in faces], dtype=float
    )  # fmt: skip
    found = persistence(
        matrix, max_dim=2, metric="precomputed", coeff=coeff, max_scale=2, engine=engine
    )
    for dim in (1, 2):
        np.testing.assert_array_equal(found.bars[dim], known)
    assert (found.coeff, found.engine) == (coeff, engine)


@pytest.mark.parametrize(
    ("shape", "scale"),
    [
        (Circle(7), 1.0),
        (Circle(12), 0.8),
        (Circle(24), 0.8),
        (Blobs(1, 16, spread=0.5), 0.9),
        (Sphere(30), 0.9),
    ],
)
def test_ground_truth_shapes_have_their_betti_numbers(shape: object, scale: float) -> None:
    truth = GroundTruth([shape], d=128, rng=0)  # type: ignore[list-item]
    known = truth.shapes[0].betti
    assert persistence(truth.dictionary, max_scale=scale).betti(scale) == known


# Engines agree with each other, and with linear algebra


@pytest.fixture(params=[name for name in ENGINES if name != "ripser"], scope="module")
def other(request: pytest.FixtureRequest) -> str:
    return needs(request.param)


@theorem
@given(
    matrix=matrices(),
    coeff=st.sampled_from([2, 3, 5]),
    cut=st.sampled_from([0.25, 1.0, 3.0, np.inf]),
)
def test_engines_agree(other: str, matrix: np.ndarray, coeff: int, cut: float) -> None:
    a, b = (
        persistence(matrix, 2, "precomputed", coeff=coeff, max_scale=cut, engine=name)
        for name in ("auto", other)
    )
    for dim in range(3):
        np.testing.assert_array_equal(in_order(a.bars[dim]), in_order(b.bars[dim]))
        assert a.censored[dim].sum() == b.censored[dim].sum()


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=seeds)
def test_engines_agree_on_directions(other: str, seed: int) -> None:
    x = Dictionary(gaussian(40, 4, seed))
    assert_same(persistence(x, max_scale=1.0), persistence(x, max_scale=1.0, engine=other))


@theorem
@given(matrix=matrices(most=7), p=st.sampled_from([2, 3]), scale=st.integers(0, 48))
def test_betti_numbers_are_those_of_the_boundary_matrices(
    matrix: np.ndarray, p: int, scale: int
) -> None:
    found = persistence(matrix, 1, "precomputed", coeff=p, max_scale=np.inf)
    assert found.betti(scale / 8) == betti_numbers(matrix, scale / 8, 1, p)


# Dimension 0


@theorem
@given(x=crowds(), cut=st.sampled_from(["floor", 0.1, 2.0]))
def test_h0_is_single_linkage_at_any_cut(x: Dictionary, cut: float) -> None:
    found = persistence(x, max_dim=0, max_scale=cut)
    heights = linkage(squareform(chords(x), checks=False), "single")[:, 2]
    assert len(found.bars) == 1
    assert not found.bars[0][:, 0].any() and not found.censored[0].any()
    assert found.bars[0][0, 1] == np.inf
    np.testing.assert_allclose(found.bars[0][1:, 1], heights[::-1], atol=1e-6)


@theorem
@given(matrix=matrices(most=12))
def test_h0_of_a_matrix_is_single_linkage(matrix: np.ndarray) -> None:
    found = persistence(matrix, 0, "precomputed", max_scale=1)
    heights = linkage(squareform(matrix), "single")[:, 2]
    np.testing.assert_array_equal(found.bars[0][1:, 1], heights[::-1])


# Invariance and stability


@theorem
@given(x=crowds(least=4), seed=seeds, scale=st.floats(0.1, 10))
def test_rotating_scaling_and_shuffling_change_nothing(
    x: Dictionary, seed: int, scale: float
) -> None:
    moved = scale * x.vectors @ rotation(x.d, seed)
    moved = Dictionary(moved[np.random.default_rng(seed).permutation(len(x))])
    assert_same(persistence(x, max_scale=2), persistence(moved, max_scale=2))


@theorem
@given(
    x=crowds(least=4, most=20),
    size=st.floats(0, 0.5),
    more=st.integers(0, 4),
    seed=seeds,
    dim=st.sampled_from([0, 1]),
)
def test_bottleneck_is_at_most_twice_hausdorff(
    x: Dictionary, size: float, more: int, seed: int, dim: int
) -> None:
    rows = x.unit + size * gaussian(len(x), x.d, seed) / np.sqrt(x.d)
    moved = Dictionary(np.vstack([rows, rows[:more] + 0.1 * gaussian(len(rows[:more]), x.d, seed)]))
    across = np.linalg.norm(x.unit[:, None].astype(float) - moved.unit[None], axis=2)
    hausdorff = max(across.min(axis=0).max(), across.min(axis=1).max())
    distance = bottleneck(persistence(x, max_scale=2), persistence(moved, max_scale=2), dim)
    assert distance.low <= distance.high <= 2 * hausdorff + 1e-6


# The cut


@theorem
@given(matrix=matrices(most=10), cut=st.integers(1, 40))
def test_the_cut_clips_the_full_diagram(matrix: np.ndarray, cut: int) -> None:
    scale = cut / 8
    full = persistence(matrix, 2, "precomputed", max_scale=np.inf)
    found = persistence(matrix, 2, "precomputed", max_scale=scale)
    assert found.max_scale == scale
    for dim in (1, 2):
        clipped = full.bars[dim][full.bars[dim][:, 0] <= scale]
        clipped[clipped[:, 1] > scale, 1] = np.inf
        np.testing.assert_array_equal(in_order(found.bars[dim]), in_order(clipped))
        assert (found.censored[dim] == np.isinf(found.bars[dim][:, 1])).all()
    assert not full.censored[1].any()  # every loop is filled once all edges are there


@theorem
@given(x=crowds(least=4))
def test_longest_bars_come_first(x: Dictionary) -> None:
    for bars in persistence(x, max_scale=1.5).bars:
        # of two bars that never end, the one born first is the longer
        length = np.minimum(bars[:, 1], 9) - bars[:, 0]
        assert (np.diff(length) <= 1e-9).all()


def test_a_loop_alive_at_the_cut_is_censored_and_one_below_it_is_not() -> None:
    alive, filled = (persistence(polygon(12), max_scale=cut) for cut in (1.0, 1.8))
    assert alive.censored[1].tolist() == [True] and np.isinf(alive.bars[1][0, 1])
    assert filled.censored[1].tolist() == [False] and filled.bars[1][0, 1] < 1.8
    assert "1 alive at the cut" in repr(alive) and "0 alive at the cut" in repr(filled)


def test_the_floor_is_the_usual_cut() -> None:
    x = gaussian(50, 16, 0)
    assert persistence(x).max_scale == noise_floor(50, 16)
    assert persistence(Dictionary(x)).n_points == 50


# What is refused

MATRIX = euclidean(SQUARE)


def changed(i: int, j: int, value: float) -> np.ndarray:
    matrix = MATRIX.copy()
    matrix[i, j] = value
    return matrix


@pytest.mark.parametrize(("coeff", "engine"), [(127, "ripser"), (131, "auto"), (46337, "auto")])
def test_a_field_as_large_as_an_engine_takes(coeff: int, engine: str) -> None:
    rng = np.random.default_rng(0)
    points = rng.standard_normal((30, 6))
    # many simplices to an edge, which is where "auto" takes ripser of small fields
    known = persistence(points, 1, max_scale=2)
    found = persistence(points, 1, max_scale=2, coeff=coeff, engine=engine)
    assert (known.engine, found.engine) == ("ripser", "ripser" if coeff <= 127 else "gudhi")
    np.testing.assert_allclose(found.bars[1], known.bars[1])  # no torsion here


def test_features_that_are_all_one() -> None:
    found = persistence(np.ones((6, 3)))
    assert found.bars[0].tolist() == [[0, np.inf], *[[0, 0]] * 5]
    assert len(found.bars[1]) == 0


def test_two_features_have_no_floor() -> None:
    with pytest.raises(FeaturetopoError, match="needs 3 features in 2 dimensions; name a scale"):
        persistence(polygon(6)[:2])
    assert len(persistence(polygon(6)[:2], max_scale=2).bars[0]) == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"max_dim": -1}, "max_dim=-1 must be 0, 1 (loops) or 2 (voids)"),
        ({"max_dim": 3}, "max_dim=3 must be 0, 1 (loops) or 2"),
        ({"max_dim": 1.5}, "max_dim=1.5 must be 0, 1"),
        ({"max_dim": "1"}, "max_dim='1' must be 0, 1"),
        ({"budget": np.nan}, "budget=nan must be a whole number"),
        ({"coeff": 4}, "coeff=4 must be a prime up to 46337: 2, 3, 5"),
        ({"coeff": 2.5}, "coeff=2.5 must be a prime"),
        ({"coeff": "2"}, "coeff='2' must be a prime"),
        ({"coeff": 46349}, "coeff=46349 must be a prime up to 46337"),
        ({"coeff": 2**61 - 1}, "must be a prime up to 46337"),
        ({"coeff": 131, "engine": "ripser"}, "coeff=131: ripser takes primes up to 127"),
        ({"coeff": 257, "engine": "giotto"}, "coeff=257: giotto takes primes up to 251"),
        ({"coeff": 1}, "coeff=1 must be a prime"),
        ({"coeff": 0}, "coeff=0 must be a prime"),
        ({"coeff": 121}, "coeff=121 must be a prime"),
        ({"max_scale": 0}, "max_scale=0 must be positive, or 'floor', or inf"),
        ({"max_scale": -1.5}, "max_scale=-1.5 must be positive"),
        ({"max_scale": None}, "max_scale=None must be positive"),
        ({"max_scale": np.nan}, "max_scale=nan must be positive"),
        ({"max_scale": "flor"}, "max_scale='flor' must be positive, or 'floor', or inf"),
        ({"metric": "cosine"}, "metric='cosine' must be 'chord' or 'precomputed'"),
        ({"engine": "riser"}, "unknown engine 'riser'; did you mean 'ripser'?"),
        ({"engine": "javaplex"}, "unknown engine 'javaplex'; choose from auto, ripser"),
    ],
)
def test_options_out_of_range_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(FeaturetopoError) as refused:
        persistence(polygon(6), **options)  # type: ignore[arg-type]
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("x", "cut", "message"),
    [
        (MATRIX, "floor", "max_scale='floor' is for directions; give a number (or inf)"),
        (Dictionary(polygon(4)), 1, "takes a matrix of distances, not a Dictionary"),
        (MATRIX[:3], 1, "a distance matrix of shape (3, 4) must be square, n >= 2"),
        (MATRIX[0], 1, "a distance matrix of shape (4,) must be square"),
        (MATRIX[:1, :1], 1, "a distance matrix of shape (1, 1) must be square, n >= 2"),
        (changed(0, 1, np.nan), 1, "finite and >= 0, with zeros on the diagonal"),
        (changed(0, 1, np.inf), 1, "finite and >= 0"),
        (changed(0, 1, -1), 1, "finite and >= 0"),
        (changed(2, 2, 1), 1, "zeros on the diagonal"),
        (changed(0, 1, 7), 1, "not symmetric; average it with its transpose"),
        (1e-9 * changed(0, 1, 7), 1, "not symmetric"),
        ([["a", "b"], ["c", "d"]], 1, "must be numbers in rows of equal length"),
    ],
)
def test_what_is_no_distance_matrix_is_refused(x: object, cut: object, message: str) -> None:
    with pytest.raises(FeaturetopoError) as refused:
        persistence(x, metric="precomputed", max_scale=cut)  # type: ignore[arg-type]
    assert message in str(refused.value)


def test_a_budget_of_nothing_is_refused() -> None:
    with pytest.raises(FeaturetopoError, match="budget=0 must be a whole number, from 1"):
        persistence(polygon(12), max_scale=2, budget=0)


def test_a_loop_that_no_triangle_of_an_uncut_graph_fills_never_dies():
    square = np.array([[0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0]], float)
    graph = sparse.csr_array(square)
    whole = persistence(graph, metric="precomputed", max_scale=np.inf)
    assert whole.bars[1].tolist() == [[1, np.inf]] and not whole.censored[1].any()
    assert bottleneck(whole, whole, 1).exact
    assert persistence(graph, metric="precomputed", max_scale=2).censored[1].all()
