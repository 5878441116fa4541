"""Engines: one contract, whatever the library behind it."""

from __future__ import annotations

import sys
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import ENGINES, betti_numbers, chords, crowds, needs, polygon, rank

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.engines import engine as find_engine
from featuretopo.topology.engines import fitting_engine
from featuretopo.topology.engines.gudhi_engine import betti
from featuretopo.topology.filtration import edge_bars
from featuretopo.topology.pairs import Edges, edges_under

theorem = settings(max_examples=40, deadline=None, derandomize=True)
NONE = Edges(np.empty((0, 2), np.int64), np.empty(0), 5)


@pytest.fixture(params=ENGINES, scope="module")
def engine(request: pytest.FixtureRequest) -> str:
    return needs(request.param)


def test_points_without_edges_never_meet(engine: str) -> None:
    h0, h1 = find_engine(engine)(NONE, 1, 2)
    assert (h0 == [[0, np.inf]] * 5).all() and h0.shape == (5, 2)
    assert h1.shape == (0, 2)


def test_points_alone_beside_a_loop_stay_alone(engine: str) -> None:
    unit = Dictionary(np.vstack([np.pad(polygon(12), ((0, 0), (0, 3))), np.eye(5)[2:]])).unit
    h0, h1 = find_engine(engine)(edges_under(unit, 1.0), 1, 2)
    assert np.isinf(h0[:, 1]).sum() == 4
    np.testing.assert_allclose(h1, [[2 * np.sin(np.pi / 12), np.inf]], rtol=1e-6)


def test_duplicates_merge_at_once(engine: str) -> None:
    unit = Dictionary(np.repeat(polygon(4), 2, axis=0)).unit
    h0, _ = find_engine(engine)(edges_under(unit, 0.1), 1, 2)
    assert np.isinf(h0[:, 1]).sum() == 4
    assert h0[np.isfinite(h0[:, 1]), 1].max(initial=0) < 1e-30


@theorem
@given(x=crowds(least=3, most=8), p=st.sampled_from([2, 3]))
def test_bars_are_those_of_the_boundary_matrices(engine: str, x: Dictionary, p: int) -> None:
    distances = chords(x)
    found = find_engine(engine)(edges_under(x.unit, np.inf), 1, p)
    values = np.unique(distances.round(4))
    for scale in (values[:-1] + values[1:]) / 2:
        alive = tuple(int(((b[:, 0] <= scale) & (scale < b[:, 1])).sum()) for b in found)
        assert alive == betti_numbers(distances, scale, 1, p)


def test_gudhi_and_giotto_know_other_fields_too(engine: str) -> None:
    edges = edges_under(Dictionary(polygon(9)).unit, 2.0)
    known = find_engine("ripser")(edges, 1, 2)[1].round(5)
    np.testing.assert_allclose(find_engine(engine)(edges, 1, 17)[1].round(5), known, atol=2e-5)


@theorem
@given(x=crowds(least=4, most=25), cut=st.floats(0.3, 2.0))
def test_bars_name_the_edges_that_begin_and_end_them(
    engine: str, x: Dictionary, cut: float
) -> None:
    edges = edges_under(x.unit, cut)
    [found] = edge_bars(edges, 1, 2, find_engine(engine))
    known = find_engine("gudhi")(edges, 1, 2)[1]  # float64
    np.testing.assert_array_equal(found.bars[np.lexsort(found.bars.T)], known[np.lexsort(known.T)])
    np.testing.assert_array_equal(edges.lengths[found.first], found.bars[:, 0])
    ends = found.last >= 0
    np.testing.assert_array_equal(edges.lengths[found.last[ends]], found.bars[ends, 1])
    assert np.isinf(found.bars[~ends, 1]).all()
    assert (np.diff(found.bars[:, 1] - found.bars[:, 0])[ends[1:]] <= 0).all()


def test_a_loop_without_any_triangle_is_born_all_the_same(engine: str) -> None:
    edges = edges_under(Dictionary(polygon(12)).unit, 0.6)
    [found] = edge_bars(edges, 1, 2, find_engine(engine))
    assert found.last.tolist() == [-1]
    i, j = edges.pairs[found.first[0]]
    assert abs(i - j) in (1, 11)
    np.testing.assert_allclose(found.bars, [[2 * np.sin(np.pi / 12), np.inf]])


def test_no_edges_no_bars(engine: str) -> None:
    [found] = edge_bars(NONE, 1, 2, find_engine(engine))
    assert found.bars.shape == (0, 2)


def test_more_edges_than_a_float32_tells_apart_go_to_gudhi(monkeypatch) -> None:
    edges = edges_under(Dictionary(polygon(9)).unit, 2.0)
    monkeypatch.setattr("featuretopo.topology.engines._FLOAT32_PLACES", 30)
    assert fitting_engine("auto", edges, 10**6) == "gudhi"
    with pytest.raises(FeaturetopoError, match="36 edges: ripser computes in float32"):
        fitting_engine("ripser", edges, 10**6)


@given(
    n=st.integers(1, 7),
    chosen=st.sets(st.integers(0, 20)),
    filled=st.sets(st.integers(0, 34)),
)
@theorem
def test_betti_of_a_complex_is_that_of_its_boundary_matrices(
    n: int, chosen: set[int], filled: set[int]
) -> None:
    edges = [e for i, e in enumerate(combinations(range(n), 2)) if i in chosen]
    triangles = [
        t
        for i, t in enumerate(combinations(range(n), 3))
        if i in filled and all(e in edges for e in combinations(t, 2))
    ]
    d1 = np.zeros((len(edges), n), np.int64)
    d2 = np.zeros((len(triangles), len(edges)), np.int64)
    for row, edge in enumerate(edges):
        d1[row, list(edge)] = 1
    for row, triangle in enumerate(triangles):
        d2[row, [edges.index(e) for e in combinations(triangle, 2)]] = 1
    first, second = rank(d1, 2), rank(d2, 2)
    as_array = [np.array(s, np.int64).reshape(-1, k) for s, k in ((edges, 2), (triangles, 3))]
    assert betti(n, *as_array) == (n - first, len(edges) - first - second)


def test_betti_of_nothing() -> None:
    assert betti(0, np.empty((0, 2), np.int64), np.empty((0, 3), np.int64)) == (0, 0)


def test_giotto_without_its_library_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gph", None)
    with pytest.raises(FeaturetopoError) as refused:
        find_engine("giotto")(NONE, 1, 2)
    assert str(refused.value) == (
        "engine='giotto' needs giotto-ph: pip install 'featuretopo[giotto]' (Python < 3.13)"
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("gudi", "unknown engine 'gudi'; did you mean 'gudhi'?"),
        ("dionysus", "unknown engine 'dionysus'; choose from auto, ripser, gudhi, giotto"),
    ],
)
def test_an_unknown_engine_is_refused(name: str, message: str) -> None:
    with pytest.raises(FeaturetopoError) as refused:
        find_engine(name)
    assert str(refused.value) == message
