"""What is read off a Mapper graph: statistics, shared features, loops, branches."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import rank

from featuretopo.topology.mapper import (
    Coordinates,
    Cubes,
    DensityClusters,
    MapperGraph,
    graph_loops,
    mapper,
    mapper_branches,
    mapper_loops,
)
from featuretopo.topology.mapper.nerve import nerve
from featuretopo.truth import Circle, GroundTruth

theorem = settings(max_examples=80, deadline=None, derandomize=True)
N = 9
members = st.lists(st.sets(st.integers(0, N - 1), min_size=1, max_size=4), max_size=8)
RING = GroundTruth([Circle(24)], d=16, rng=0).dictionary.renamed([f"hour {i}" for i in range(24)])


def graph_of(members: list[set[int]]) -> MapperGraph:
    rows = tuple(np.array(sorted(held)) for held in members)
    edges, triangles = nerve(rows, N)
    lens = np.column_stack([np.arange(N) % 4, -np.arange(N)]).astype(float)
    names = tuple("abcdefghi"[:N])
    return MapperGraph(rows, edges, lens, N, {}, triangles=triangles, names=names)


@theorem
@given(members=members)
def test_statistics_and_shared_features_are_those_of_the_definition(
    members: list[set[int]],
) -> None:
    graph = graph_of(members)
    assert graph.sizes.tolist() == [len(rows) for rows in members]
    found = graph.lens_statistics()
    assert found.mean.shape == found.low.shape == found.high.shape == (len(members), 2)
    for node, rows in enumerate(members):
        values = np.array([graph.lens[row] for row in rows])
        np.testing.assert_allclose(found.mean[node], values.mean(axis=0))
        np.testing.assert_array_equal(found.low[node], values.min(axis=0))
        np.testing.assert_array_equal(found.high[node], values.max(axis=0))
    known = [sorted(members[i] & members[j]) for i, j in graph.edges.tolist()]
    assert [rows.tolist() for rows in graph.shared()] == known
    plain = nx.Graph(graph.edges.tolist())
    plain.add_nodes_from(range(len(members)))
    parts = sorted(sorted(part) for part in nx.connected_components(plain))
    assert [part.tolist() for part in graph.components] == parts
    assert graph.betti_numbers == (len(parts), graph.n_loops)
    exported = graph.to_networkx()
    assert [exported.nodes[i]["size"] for i in range(len(members))] == graph.sizes.tolist()
    assert [exported.nodes[i]["lens"] for i in range(len(members))] == found.mean.tolist()
    assert [exported.edges[i, j]["shared"] for i, j in graph.edges.tolist()] == known


def boundary(graph: MapperGraph) -> tuple[dict[tuple[int, int], int], np.ndarray]:
    place = {(i, j): k for k, (i, j) in enumerate(graph.edges.tolist())}
    sides = np.zeros((len(graph.triangles), len(place)), np.int64)
    for row, triangle in enumerate(graph.triangles.tolist()):
        sides[row, [place[pair] for pair in itertools.combinations(triangle, 2)]] = 1
    return place, sides


def as_row(place: dict[tuple[int, int], int], nodes: tuple[int, ...]) -> np.ndarray:
    row = np.zeros(len(place), np.int64)
    for pair in zip(nodes, (*nodes[1:], nodes[0]), strict=True):
        row[place[min(pair), max(pair)]] = 1  # KeyError: no edge there
    return row


@pytest.mark.parametrize("small", [True, False])
@theorem
@given(members=members)
def test_loops_are_independent_and_as_many_as_the_nerve_has(
    small: bool, members: list[set[int]]
) -> None:
    graph = graph_of(members)
    with pytest.MonkeyPatch.context() as patch:
        if not small:
            patch.setattr(graph_loops, "_SMALL", -1)
        found = mapper_loops(graph)
    assert found.shortest == small
    place, sides = boundary(graph)
    rows = [as_row(place, loop.nodes) for loop in found.loops]
    assert all(len(set(loop.nodes)) == len(loop.nodes) >= 3 for loop in found.loops)
    assert len(rows) == graph.n_loops
    together = np.array([*sides, *rows]).reshape(len(sides) + len(rows), len(place))
    assert rank(together, 2) == len(rows) + rank(sides, 2)
    lengths = [len(loop.nodes) for loop in found.loops]
    assert lengths == sorted(lengths)
    if small:  # no choice among all cycles has shorter ones
        plain = nx.Graph(graph.edges.tolist())
        best, held = [], sides
        for nodes in sorted(nx.simple_cycles(plain), key=len):
            if len(best) == graph.n_loops:
                break
            trial = np.vstack([held, as_row(place, tuple(nodes))])
            if rank(trial, 2) > rank(held, 2):
                held, best = trial, [*best, len(nodes)]
        assert lengths == best
    for loop in found.loops:
        assert set(loop.features.tolist()) == set().union(*(members[i] for i in loop.nodes))
        assert len(set(loop.features.tolist())) == len(loop.features)
        assert loop.names == tuple("abcdefghi"[row] for row in loop.features)


def test_a_ring_of_features_is_named_in_order() -> None:
    graph = mapper(RING, cover=Cubes(4, overlap=0.3), clusterer=DensityClusters(0.3))
    [loop] = mapper_loops(graph).loops
    assert set(loop.names) == set(RING.names)
    angle = np.unwrap(np.arctan2(*(RING.unit @ RING.unit[[0, 6]].T).T)[loop.features])
    steps = np.diff(angle)
    assert abs(angle[-1] - angle[0]) > 5 and abs(np.sign(steps).sum()) > 12
    assert mapper_loops(graph).loops[0].nodes[0] == min(loop.nodes)


def test_a_loop_that_is_filled_is_none_and_a_graph_without_nodes_has_none() -> None:
    cone = graph_of([{0, 1, 8}, {1, 2, 8}, {2, 3, 8}, {3, 0, 8}])
    assert mapper_loops(cone).loops == () and len(cone.edges) == 6
    assert mapper_loops(graph_of([])).loops == ()


def test_edges_that_a_graph_from_elsewhere_lacks_are_there_where_a_triangle_has_them() -> None:
    whole = graph_of([{0, 1}, {1, 2}, {2, 3}, {3, 0}, {0, 1, 8}])
    lacking = MapperGraph(
        whole.members, whole.edges[1:], whole.lens, N, {}, triangles=whole.triangles
    )
    assert len(mapper_loops(lacking).loops) == lacking.n_loops == whole.n_loops == 1
    assert mapper_loops(lacking).loops[0].names[0] == "0"  # without names, the number of the row


@theorem
@given(members=members)
def test_branches_are_the_ways_from_leaves_to_junctions(members: list[set[int]]) -> None:
    graph = graph_of(members)
    plain = nx.Graph(graph.edges.tolist())
    leaves = {node for node in plain if plain.degree[node] == 1}
    found = mapper_branches(graph)
    for branch in found:
        assert all(plain.has_edge(*pair) for pair in itertools.pairwise(branch.nodes))
        inner = branch.nodes[1:] if branch.junction is not None else branch.nodes[1:-1]
        assert all(plain.degree[node] == 2 for node in inner)
        if branch.junction is None:
            assert branch.nodes[-1] in leaves
        else:
            assert plain.has_edge(branch.nodes[-1], branch.junction)
            assert plain.degree[branch.junction] >= 3
        held = set().union(*(members[node] for node in branch.nodes))
        assert sorted(branch.features.tolist()) == sorted(held)
        assert branch.names == tuple("abcdefghi"[row] for row in branch.features)
    ends = [branch.nodes[0] for branch in found]
    ends += [branch.nodes[-1] for branch in found if branch.junction is None]
    assert sorted(ends) == sorted(leaves)


def test_a_star_has_its_arms_and_a_single_way_is_one() -> None:
    way = graph_of([{0, 1}, {1, 2}, {2, 3}])
    [branch] = mapper_branches(way)
    assert (branch.nodes, branch.junction, branch.names) == ((0, 1, 2), None, tuple("abcd"))
    star = graph_of([{0, 1}, {1, 2}, {2, 3, 4, 5}, {3, 6}, {4, 7}, {7, 8}])
    arms = [(branch.nodes, branch.junction) for branch in mapper_branches(star)]
    assert arms == [((0, 1), 2), ((3,), 2), ((5, 4), 2)]
    assert mapper_branches(graph_of([{0}, {1}])) == []


def test_names_of_the_dictionary_are_those_of_the_graph() -> None:
    assert mapper(RING).names == RING.names
    assert mapper(RING).name(3) == "hour 3"


class Apart:
    """Two halves that share nothing."""

    def cells(self, lens):
        yield np.arange(len(lens) // 2)
        yield np.arange(len(lens) // 2, len(lens))


def test_a_cover_without_overlap_is_told_with_its_remedy() -> None:
    told = "no two cells share a feature, so that there can be no edges: raise the overlap"
    assert any(told in each for each in mapper(RING, cover=Apart()).warnings)
    rank_of = Coordinates(np.arange(24.0)[:, None], "rank")
    assert any(told in each for each in mapper(RING, lens=rank_of, cover=Cubes(8, 0.01)).warnings)
    for cover in (Cubes(8, 0.4), Cubes(1)):
        assert not any(told in each for each in mapper(RING, cover=cover).warnings)
