"""What of a Mapper graph is real: its null, its stability, its extended persistence."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import featuretopo as ft
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper import (
    HDBSCAN,
    Balls,
    Circular,
    Coordinates,
    CoreShare,
    Cubes,
    DensityClusters,
    FirstGap,
    MapperGraph,
    Quantiles,
    SingleLinkage,
    Whole,
    extended_persistence,
)
from featuretopo.topology.mapper.bootstrap import _best_jaccards
from featuretopo.topology.mapper.nerve import nerve
from featuretopo.topology.mapper.ranges import clusterers_around
from featuretopo.topology.mapper.structureless import groupless_graphs, loopless_graphs
from featuretopo.topology.mapper.way import Way
from featuretopo.topology.pairs import components, edges_under
from featuretopo.truth import Blobs, Circle, GroundTruth, Sphere

GROUPS = GroundTruth([Blobs(6, 12, spread=0.4), Sphere(80)], d=32, rng=0).dictionary
RING = GroundTruth([Circle(60)], d=3, rng=0).dictionary
RING_WAY = {"cover": Cubes(5, overlap=0.4), "clusterer": DensityClusters(0.5)}
N = 10


def test_planted_groups_are_more_than_chance_and_a_ring_is_a_loop() -> None:
    groups = ft.mapper_test(GROUPS, draws=39, rng=0)
    assert groups.components.value == 6 and groups.components.p_value <= 0.05
    assert groups.loop_reach.p_value > 0.05
    wide = GroundTruth([Circle(60), Sphere(60)], d=32, rng=0).dictionary
    ring = ft.mapper_test(wide, draws=39, rng=0, cover=Cubes(5, overlap=0.4))
    assert ring.graph.n_loops == 1
    assert ring.loop_reach.value > 0.9 and ring.loop_reach.p_value <= 0.05
    assert "1 loops, the longest over 0.98 of the lens" in str(ring)


def test_components_of_nothing_hold_the_level() -> None:
    # 60 sets at level .1: more than 12 false finds would be chance once in 100
    axes = np.arange(1.0, 17) ** -0.5
    false = 0
    for seed in range(60):
        x = ft.Dictionary(np.random.default_rng(seed).standard_normal((80, 16)) * axes)
        false += ft.mapper_test(x, draws=19, rng=seed).components.p_value <= 0.1
    assert false <= 12


def test_loops_that_the_cover_makes_of_groups_are_expected_by_the_null() -> None:
    false = 0
    for seed in range(10):
        many = GroundTruth([Blobs(30, 24, spread=0.4), Sphere(80)], d=64, rng=seed).dictionary
        found = ft.mapper_test(many, draws=19, rng=0, cover=Cubes(12, overlap=0.45))
        assert found.graph.n_components > 20
        false += found.loop_reach.p_value <= 0.05
    assert false <= 3  # more than 3 of 10 at level .05: once in 1,000


@pytest.mark.parametrize("clusterer", [DensityClusters(1.2), SingleLinkage()], ids=repr)
def test_a_loop_that_closes_above_the_noise_floor_is_never_significant(
    clusterer: DensityClusters | SingleLinkage,
) -> None:
    loops = 0
    for seed in range(12):
        x = np.random.default_rng(seed).standard_normal((80, 32))
        found = ft.mapper_test(x, cover=Cubes(4, 0.4), clusterer=clusterer, draws=19, rng=seed)
        loops += found.graph.n_loops > 0
        # no group is redrawn: the like is the graph itself, up to the last digits of its rows
        assert found.loop_reach.p_value == 1
    assert loops >= 3


def test_nulls_keep_what_they_say_they_keep() -> None:
    seen: list[ft.Dictionary] = []

    class Watched(Way):
        def graph(self, x: ft.Dictionary) -> MapperGraph:
            seen.append(x)
            return super().graph(x)

    groupless_graphs(GROUPS, 200, 0, Watched())
    unit = GROUPS.unit.astype(float)
    spectrum = [np.linalg.svd(x, compute_uv=False) for x in (unit, *(s.unit for s in seen))]
    # the same spread along its axes, in as many dimensions
    assert all(x.vectors.shape == GROUPS.vectors.shape for x in seen)
    assert np.allclose(np.mean(spectrum[1:], axis=0), spectrum[0], rtol=0.15)
    seen.clear()
    loopless_graphs(GROUPS, 50, 0, Watched())
    centres = [unit[GROUPS.labels == label].mean(axis=0) for label in range(6)]
    for label, centre in enumerate(centres):
        mean = np.mean([x.unit[GROUPS.labels == label].mean(axis=0) for x in seen], axis=0)
        assert np.allclose(mean, centre, atol=0.08)
    untouched = np.array(
        [np.allclose(u, v, atol=1e-6) for u, v in zip(seen[0].unit, GROUPS.unit, strict=True)]
    )
    together = components(edges_under(GROUPS.unit, ft.noise_floor(len(GROUPS), GROUPS.d)))
    assert np.array_equal(~untouched, np.bincount(together)[together] >= 4)


def test_a_test_repeats_itself_and_refuses_what_it_cannot_redo() -> None:
    one, other = (ft.mapper_test(RING, draws=19, rng=3, **RING_WAY) for _ in range(2))
    assert np.array_equal(one.loop_reach.null, other.loop_reach.null)
    with pytest.raises(FeaturetopoError, match="lens 'rank' is an array"):
        ft.mapper_test(RING, lens=Coordinates(np.arange(60.0)[:, None], "rank"))
    for draws in (5, 20.5):
        with pytest.raises(FeaturetopoError, match=f"draws={draws}"):
            ft.mapper_test(RING, draws=draws)


def test_stability_is_that_of_graphs_made_one_by_one() -> None:
    found = ft.mapper_stability(RING, **RING_WAY)
    assert len(found.covers) == 20
    assert [each.eps for each in found.clusterers] == [0.4, 0.45, 0.55, 0.625]
    ways = [RING_WAY | {"cover": each} for each in found.covers]
    ways += [RING_WAY | {"clusterer": each} for each in found.clusterers]
    for way, loops, parts, share in zip(
        ways, found.n_loops, found.n_components, found.coverage, strict=True
    ):
        graph = ft.mapper(RING, **way)
        assert (graph.n_loops, graph.n_components, graph.coverage) == (loops, parts, share)
    assert found.loops_kept == np.mean(found.n_loops == 1)
    assert found.graph.parameters == ft.mapper(RING, **RING_WAY).parameters


def test_a_graph_that_hangs_on_eps_is_found_out() -> None:
    pairs = np.repeat(np.eye(6), 2, axis=0)  # features by twos, 0.3 apart
    pairs[1::2] += 0.3 * np.roll(np.eye(6), 1, axis=0)
    way = {"cover": Cubes(2), "clusterer": DensityClusters(0.3, min_samples=2)}
    found = ft.mapper_stability(pairs, lens=np.zeros(12), covers=[Cubes(3)], **way)
    assert found.n_components.tolist() == [6, 0, 0, 6, 6]
    assert found.components_kept == 3 / 5
    assert "6 components in 60% of 1 covers and 4 clusterers" in repr(found)


@pytest.mark.parametrize(
    ("cover", "n", "some"),
    [
        (Quantiles(10), 20, Quantiles(16, 0.5)),
        (Circular(5), 18, Circular(8, 0.5)),  # 3 and 4 arcs may meet at both ends
        (Balls(1.0), 4, Balls(1.25)),
    ],
)
def test_every_cover_of_ours_has_a_range(cover: object, n: int, some: object) -> None:
    angle = np.arctan2(*RING.unit[:, :2].T) % (2 * np.pi)
    found = ft.mapper_stability(RING, lens=angle, cover=cover, clusterer=Whole())
    assert len(found.covers) == len(found.n_loops) == n and some in found.covers
    assert found.clusterers == () and "clusterers" not in repr(found)


def test_every_clusterer_with_a_scale_has_a_range() -> None:
    assert [each.cut.bins for each in clusterers_around(SingleLinkage(FirstGap(10)), RING)] == [
        5,
        20,
    ]
    sizes = [each.min_cluster_size for each in clusterers_around(HDBSCAN(), RING)]
    assert sizes == [3, 4, 6, 8]
    share = DensityClusters(CoreShare(0.9), min_samples=4)
    eps = share.eps_of(RING)
    around = clusterers_around(share, RING)
    assert [each.eps / eps for each in around] == pytest.approx([0.8, 0.9, 1.1, 1.25], abs=1e-3)
    assert {each.min_samples for each in around} == {4}
    assert [each.eps for each in clusterers_around(DensityClusters(2.0), RING)] == [1.6, 1.8, 2.0]
    given = ft.mapper_stability(RING, clusterers=[Whole()], covers=[Cubes(3)])
    assert given.clusterers == (Whole(),) and len(given.coverage) == 2
    with pytest.raises(FeaturetopoError, match=r"clusterers=Whole\(\) must be a list: clusterers="):
        ft.mapper_stability(RING, clusterers=Whole())


def test_a_range_of_covers_is_there_or_given() -> None:
    class Other:
        def cells(self, lens):
            yield np.arange(len(lens))

    with pytest.raises(FeaturetopoError, match="has no range of its own"):
        ft.mapper_stability(RING, cover=Other())
    with pytest.raises(FeaturetopoError, match="at least one cover"):
        ft.mapper_stability(RING, covers=[])
    with pytest.raises(FeaturetopoError, match=r"covers=Cubes\(n=3, .*must be a list: covers="):
        ft.mapper_stability(RING, covers=Cubes(3))
    assert len(ft.mapper_stability(RING, cover=Other(), covers=[Cubes(3)]).covers) == 1


def test_groups_stay_when_features_are_left_out() -> None:
    found = ft.mapper_bootstrap(GROUPS, times=10, rng=0)
    assert [len(each) for each in found.components] == sorted(map(len, found.components))[::-1]
    assert found.confidence.min() > 0.8
    low, high = found.interval("n_components")
    assert low <= 6 <= high
    with pytest.raises(FeaturetopoError, match="must be 'n_components' or 'n_loops'"):
        found.interval("loops")
    for times in (1, 2.5):
        with pytest.raises(FeaturetopoError, match=f"times={times} must be a whole number"):
            ft.mapper_bootstrap(GROUPS, times=times)
    with pytest.raises(FeaturetopoError, match="at least 5 features"):
        ft.mapper_bootstrap(GROUPS.take(range(4)))


def test_a_planted_circle_comes_again_and_loops_of_chance_do_not() -> None:
    ring = GroundTruth([Circle(120), Sphere(40)], d=32, rng=0).dictionary
    found = ft.mapper_bootstrap(ring, cover=Cubes(6, 0.5), times=20, rng=0)
    [loop] = found.loops
    assert set(loop.features.tolist()) == set(range(120))
    assert found.loop_confidence[0] > 0.9
    chance = 0
    for seed in range(4):
        cloud = ft.Dictionary(np.random.default_rng(seed).standard_normal((150, 6)))
        way = {"cover": Cubes(6, 0.4), "clusterer": DensityClusters(0.8)}
        found = ft.mapper_bootstrap(cloud, times=10, rng=0, **way)
        assert found.loop_confidence.shape == (len(found.loops),) == (found.graph.n_loops,)
        assert (found.loop_confidence < 0.5).all()
        chance += len(found.loops)
    assert chance > 8  # there were some


@given(
    groups=st.lists(st.sets(st.integers(0, N - 1), min_size=1), max_size=4),
    others=st.lists(st.sets(st.integers(0, N - 1), min_size=1), max_size=4),
    kept=st.sets(st.integers(0, N - 1), min_size=1),
)
def test_groups_are_held_against_the_most_like_among_what_was_kept(groups, others, kept) -> None:
    rows = sorted(kept)
    of_part = [{rows.index(row) for row in other & kept} for other in others]
    arrays = [[np.array(sorted(each), int) for each in sets] for sets in (groups, of_part)]
    found = _best_jaccards(*arrays, np.array(rows), N)
    for group, value in zip(groups, found, strict=True):
        left = group & kept
        known = [len(left & other) / len(left | (other & kept)) for other in others] if left else []
        assert value == pytest.approx(max(known, default=0)) if left else np.isnan(value)


def test_a_lens_that_is_an_array_goes_with_its_features() -> None:
    angle = np.arctan2(*RING.unit[:, :2].T)[:, None]
    lens = Coordinates(angle, "angle")
    found = ft.mapper_bootstrap(RING, lens=lens, times=5, rng=0, **RING_WAY)
    assert found.confidence.shape == (1,) and 0.7 < found.confidence[0] <= 1


def test_nothing_is_stable_in_an_empty_graph() -> None:
    nothing = GroundTruth([Sphere(60)], d=64, rng=0).dictionary
    found = ft.mapper_bootstrap(nothing, clusterer=DensityClusters(0.1), times=2, rng=0)
    assert found.components == () and found.confidence.shape == (0,)


@given(
    members=st.lists(st.sets(st.integers(0, N - 1), min_size=1), max_size=6),
    heights=st.lists(st.integers(0, 50), min_size=N, max_size=N),
)
def test_extended_bars_are_those_of_components_and_no_more_than_loops(members, heights) -> None:
    rows = tuple(np.array(sorted(held)) for held in members)
    edges, triangles = nerve(rows, N)
    lens = np.array(heights, float)[:, None]
    graph = MapperGraph(rows, edges, lens, N, {}, triangles=triangles)
    found = extended_persistence(graph)
    means = np.array([lens[held, 0].mean() for held in rows])
    reach = sorted(
        (means[list(part)].min(), means[list(part)].max())
        for part in nx.connected_components(graph.to_networkx())
    )
    long = [bar for bar in reach if bar[0] < bar[1]]
    assert np.allclose(found.components, np.array(long).reshape(-1, 2))
    assert len(found.loops) <= graph.n_loops
    assert (found.loops[:, 0] >= found.loops[:, 1]).all()


def test_a_branch_and_a_ring_have_the_bars_they_should() -> None:
    # a ring from 0 to 4 with a tail down from its side at 2 to -3
    heights = np.array([0.0, 2, 4, 2.5, -1, -3])
    edges = np.array([[0, 1], [0, 3], [1, 2], [2, 3], [1, 4], [4, 5]])
    members = tuple(np.array([i]) for i in range(6))
    found = extended_persistence(MapperGraph(members, edges, heights[:, None], 6, {}))
    assert np.allclose(found.components, [[-3, 4]])
    assert np.allclose(found.loops, [[4, 0]])
    assert np.allclose(found.branches_up, [[0, 2]])
    assert len(found.branches_down) == 0
    with pytest.raises(FeaturetopoError, match="axis=1"):
        extended_persistence(MapperGraph(members, edges, heights[:, None], 6, {}), axis=1)
    for axis in (0.5, "0", True):
        with pytest.raises(FeaturetopoError, match=f"axis={axis!r} must be a whole number: the"):
            extended_persistence(MapperGraph(members, edges, heights[:, None], 6, {}), axis=axis)
