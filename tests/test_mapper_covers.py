"""Covers against their definitions, row by row."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from reference import gaussian, polygon, seeds
from scipy.stats import rankdata

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper import (
    Balls,
    Circular,
    Coordinates,
    Cubes,
    DensityClusters,
    Directions,
    Quantiles,
    Whole,
    mapper,
)
from featuretopo.topology.mapper.cover import product_cells
from featuretopo.truth import Blobs, GroundTruth

theorem = settings(max_examples=40, deadline=None, derandomize=True)


def lists(cells: object) -> list[list[int]]:
    return [cell.tolist() for cell in cells]  # type: ignore[attr-defined]


@theorem
@given(
    n=st.integers(1, 6),
    overlap=st.floats(0.05, 0.8),
    rows=st.integers(1, 40),
    ties=st.booleans(),
    seed=seeds,
)
def test_quantiles_are_cubes_of_ranks(
    n: int, overlap: float, rows: int, ties: bool, seed: int
) -> None:
    lens = gaussian(rows, 2, seed)
    lens = np.round(lens) if ties else np.exp(5 * lens)
    ranks = np.column_stack([rankdata(values) for values in lens.T])
    assert lists(Quantiles(n, overlap).cells(lens)) == lists(Cubes(n, overlap).cells(ranks))


@theorem
@given(n=st.integers(2, 8), overlap=st.floats(0.05, 0.8), seed=seeds)
def test_quantiles_hold_as_many_each_whatever_the_values(n: int, overlap: float, seed: int) -> None:
    lens = np.random.default_rng(seed).pareto(1.0, (2000, 1))
    cells = [set(cell) for cell in lists(Quantiles(n, overlap).cells(lens))]
    assert len(cells) == n
    assert max(map(len, cells)) - min(map(len, cells)) <= 2
    for one, following in itertools.pairwise(cells):
        assert len(one & following) / len(one) == pytest.approx(overlap, abs=0.02)


@theorem
@given(n=st.integers(3, 9), overlap=st.floats(0.05, 0.8), rows=st.integers(1, 40), seed=seeds)
def test_arcs_are_those_of_the_definition(n: int, overlap: float, rows: int, seed: int) -> None:
    assume((1 - overlap) * np.ceil(n / 2) > 1.001)
    lens = 2 * np.pi * np.random.default_rng(seed).random((rows, 2))
    width = 2 * np.pi / n / (1 - overlap)
    known = []
    for corner in itertools.product(range(n), repeat=2):
        start = 2 * np.pi / n * np.array(corner)
        inside = np.flatnonzero(((lens - start) % (2 * np.pi) <= width).all(axis=1))
        if len(inside):
            known.append(inside.tolist())
    assert lists(Circular(n, overlap).cells(lens)) == known
    assert set(itertools.chain(*known)) == set(range(rows))


@pytest.mark.parametrize(("n", "overlap"), [(3, 0.4), (4, 0.45), (5, 0.6), (12, 0.3), (12, 0.8)])
def test_arcs_keep_the_loop_of_a_circle_and_intervals_cut_it(n: int, overlap: float) -> None:
    x = Dictionary(polygon(240))
    lens = Coordinates((2 * np.pi * np.arange(240) / 240)[:, None], "angle")
    rule = DensityClusters(2.0)
    arcs = mapper(x, lens=lens, cover=Circular(n, overlap), clusterer=rule)
    assert (arcs.n_nodes, arcs.n_components, arcs.n_loops) == (n, 1, 1)
    assert mapper(x, lens=lens, cover=Cubes(n, overlap), clusterer=rule).n_loops == 0


@theorem
@given(
    rows=st.integers(1, 60), axes=st.integers(1, 5), radius=st.floats(0.05, 3), seed=seeds,
    block=st.sampled_from([4, 256]),
)  # fmt: skip
def test_balls_are_those_of_the_definition(
    rows: int, axes: int, radius: float, seed: int, block: int
) -> None:
    lens = gaussian(rows, axes, seed) + 100
    distances = np.linalg.norm(lens[:, None] - lens, axis=2)
    assume(not (np.abs(distances - radius) < 1e-6).any())
    centres: list[int] = []
    for row in range(rows):
        if not any(distances[row, centre] <= radius for centre in centres):
            centres.append(row)
    known = [np.flatnonzero(distances[centre] <= radius).tolist() for centre in centres]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("featuretopo.topology.mapper.covers.balls._BLOCK", block)
        assert lists(Balls(radius).cells(lens)) == known


def test_ball_mapper_of_the_features_themselves() -> None:
    blobs = GroundTruth([Blobs(3, 10, spread=0.3)], d=32, rng=0).dictionary
    graph = mapper(blobs, lens=Directions(), cover=Balls(0.6), clusterer=Whole())
    assert graph.n_components == 3 and graph.coverage == 1
    assert all(len(set(blobs.labels[rows])) == 1 for rows in graph.members)
    ring = mapper(Dictionary(polygon(60)), lens=Directions(), cover=Balls(0.5), clusterer=Whole())
    assert (ring.n_components, ring.n_loops) == (1, 1)


def test_a_ball_holds_its_own_centre_whatever_rounding_says() -> None:
    lens = np.random.default_rng(0).standard_normal((60, 8)) + 100
    assert [rows.tolist() for rows in Balls(1e-8).cells(lens)] == [[row] for row in range(60)]
    assert len(list(Balls(1e199).cells(lens))) == 1


def test_too_many_axes_are_refused_before_the_last_is_looked_at() -> None:
    def axes() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for _ in range(11):  # 60 times 2 ** 11 products
            yield np.zeros(60, np.int64), np.full(60, 2)
        pytest.fail("one more axis was asked for")

    with pytest.raises(FeaturetopoError, match="60 features lie in more than 100,000 products"):
        list(product_cells(60, axes()))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Quantiles(0), "n=0 must be a whole number, at least 1; 5 to 20 is usual"),
        (lambda: Quantiles(3, 1.0), "overlap=1.0 must lie in (0, 1); 0.2 to 0.5 is usual"),
        (lambda: Cubes(10**12), "n=1000000000000: 1,000,000 intervals at most"),
        (
            lambda: list(Cubes(5, 0.4).cells(np.random.default_rng(0).random((60, 64)))),
            "60 features lie in more than 100,000 products of intervals: give a lens of fewer axes",
        ),
        (
            lambda: list(Quantiles(5).cells(np.random.default_rng(0).random((2000, 64)))),
            "2,000 features lie in more than 200,000 products of intervals",
        ),
        (lambda: Circular(0), "n=0 must be a whole number, at least 1"),
        (lambda: Circular(8, 0.0), "overlap=0.0 must lie in (0, 1)"),
        (lambda: Circular(2, 0.1), "Circular(n=2, overlap=0.1): arcs meet at both ends"),
        (lambda: Circular(4, 0.5), "use more arcs or less overlap"),
        (lambda: Balls(0), "radius=0 must be positive and finite; 1 is usual for directions"),
        (lambda: Balls("wide"), "radius='wide' must be a number"),
        (lambda: Balls(np.nan), "radius=nan must be positive"),
        (
            lambda: Circular(8).cells(np.array([[0.5], [2 * np.pi]])),
            "lens value 6.283 is no angle in [0, 2 pi): take it modulo 2 pi",
        ),
        (lambda: Circular(8).cells(np.array([[-0.5]])), "lens value -0.5 is no angle"),
    ],
)
def test_a_cover_out_of_range_is_refused(make: object, message: str) -> None:
    with pytest.raises(FeaturetopoError) as refused:
        make()  # type: ignore[operator]
    assert message in str(refused.value)
