"""Two Mapper graphs beside each other: what they share, and what chance would share."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import hypergeom

import featuretopo as ft
from featuretopo.compare.mapper_shape import graph_distance
from featuretopo.compare.shared_subgraph import shared_subgraph
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper import (
    PCA,
    UMAP,
    Cubes,
    MapperGraph,
    Stack,
    extended_persistence,
    from_kmapper,
    from_networkx,
    load_graphml,
    load_json,
    save_graphml,
    save_json,
    to_kmapper,
)
from featuretopo.topology.mapper.nerve import nerve
from featuretopo.truth import Blobs, GroundTruth, Sphere

N = 12
SAME = np.array([[i, i] for i in range(N)])
covers = st.lists(st.sets(st.integers(0, N - 1), min_size=1), max_size=5)


def graph_of(members) -> MapperGraph:
    rows = tuple(np.array(sorted(held)) for held in members)
    edges, triangles = nerve(rows, N)
    return MapperGraph(rows, edges, np.zeros((N, 1)), N, {}, triangles=triangles)


RING = graph_of([{i, (i + 1) % N, (i + 2) % N} for i in range(0, N, 2)])


@given(one=covers, other=covers, partners=st.permutations(range(N)))
def test_the_shared_part_is_in_both_graphs(one, other, partners) -> None:
    a, b = graph_of(one), graph_of(other)
    pairs = np.column_stack([np.arange(N), partners])
    found = shared_subgraph(a, b, pairs)
    carried = dict(pairs.tolist())
    with_common = sum(bool({carried[i] for i in u} & set(v)) for u in one for v in other)
    for u, v in found.nodes.tolist():
        there, here = {carried[i] for i in one[u]}, set(other[v])
        chance = hypergeom.sf(len(there & here) - 1, N, len(there), len(here))
        assert chance <= 0.05 / with_common
    assert len(set(found.nodes[:, 0].tolist())) == len(found.nodes)
    assert len(set(found.nodes[:, 1].tolist())) == len(found.nodes)
    shared = {tuple(edge) for edge in found.edges.tolist()}
    for i, j in combinations(range(len(found.nodes)), 2):
        (u, v), (s, t) = found.nodes[i], found.nodes[j]
        both = a.to_networkx().has_edge(u, s) and b.to_networkx().has_edge(v, t)
        assert ((i, j) in shared) == both
    if len(found.nodes):
        whole = nx.Graph(sorted(shared))
        whole.add_nodes_from(range(len(found.nodes)))
        assert nx.is_connected(whole)
    assert 0 <= found.share <= 1 and 0 <= found.corresponding <= 1


def test_a_ring_is_wholly_in_itself_and_half_a_ring_in_the_ring() -> None:
    ring = graph_of([{i, (i + 1) % N, (i + 2) % N, (i + 3) % N} for i in range(0, N, 2)])
    whole = shared_subgraph(ring, ring, SAME)
    assert (whole.share, whole.n_cycles, len(whole.nodes)) == (1, 1, 6)
    arc = graph_of([{i, i + 1, i + 2, i + 3} for i in range(0, 7, 2)])
    part = shared_subgraph(ring, arc, SAME)
    assert (part.share, part.n_cycles, len(part.nodes)) == (1, 0, 4)
    nothing = shared_subgraph(ring, graph_of([]), SAME)
    assert (nothing.share, nothing.n_cycles, len(nothing.nodes)) == (0, 0, 0)


def test_graphs_are_at_no_distance_from_themselves_and_a_ring_is_far_from_a_star() -> None:
    rng = np.random.default_rng(0)
    star = graph_of([{0, 1, 2, 3, 4}, {0, 5, 6}, {1, 7}, {2, 8}, {3, 9}, {4, 10, 11}])
    turned = MapperGraph(RING.members[::-1], 5 - RING.edges, RING.lens, N, {})
    assert graph_distance(RING, turned, rng) == pytest.approx(0, abs=1e-7)
    assert graph_distance(RING, star, rng) > 0.1
    assert graph_distance(RING, graph_of([]), rng) is None
    many = ft.mapper(truth(0), cover=Cubes(5, 0.4))
    order = np.random.default_rng(1).permutation(many.n_nodes)
    place = np.argsort(order)
    shuffled = replace(
        many, members=tuple(many.members[node] for node in order), edges=place[many.edges]
    )
    assert many.n_components > 3 and graph_distance(many, shuffled, rng) == 0
    # many alike components, and as many nodes, edges and neighbours in both, but not the same
    rings = [
        MapperGraph(
            tuple(np.array([row]) for row in range(48)),
            np.vstack([_ring(4 * place, 4) for place in range(10)] + last),
            np.zeros((48, 1)), 48, {},
        )
        for last in ([_ring(40, 4), _ring(44, 4)], [_ring(40, 3), _ring(43, 5)])
    ]  # fmt: skip
    assert graph_distance(rings[0], rings[0], rng) == 0 < graph_distance(*rings, rng)
    chain, cherry = ([{0, 1}, {1, 2}, {2, 3}], [{0, 1}, {0, 2, 3}, {0, 4}])
    assert graph_distance(graph_of(chain), graph_of(cherry), rng) > 0
    # one node against two that are as far apart as can be: a plan sends half to either
    one, two = graph_of([set(range(N))]), graph_of([set(range(6)), set(range(6, N))])
    assert graph_distance(one, two, rng) == pytest.approx(np.sqrt(0.5) * 2)


def _ring(start: int, n: int) -> np.ndarray:
    """Edges of a ring."""
    return np.sort([[start + i, start + (i + 1) % n] for i in range(n)], axis=1)


def truth(seed: int) -> ft.Dictionary:
    shapes = [Blobs(6, 12, spread=0.35), Sphere(60)]
    return GroundTruth(shapes, d=32, rng=seed).dictionary


def unnamed(x: ft.Dictionary, noise: float) -> ft.Dictionary:
    rng = np.random.default_rng(0)
    return ft.Dictionary(x.vectors + noise * rng.standard_normal(x.vectors.shape) / np.sqrt(x.d))


def test_a_noisy_copy_shares_nodes_and_paths_and_nothing_does_not() -> None:
    x = unnamed(truth(0), 0)
    ways = {"cover": Cubes(6, 0.4), "draws": 39, "rng": 0}
    copy = ft.compare_mappers(x, unnamed(truth(0), 0.1), **ways)
    for name in ("mapper_nodes", "mapper_paths", "mapper_gromov_wasserstein"):
        assert copy[name].p_value <= 0.05, name
    assert copy["mapper_nodes"].low > 0.3
    assert copy.subgraph is not None and len(copy.subgraph.nodes)
    nothing = ft.compare_mappers(x, GroundTruth([Sphere(132)], d=32, rng=1).dictionary, **ways)
    assert nothing["mapper_components"].p_value > 0.5
    assert "mapper_gromov_wasserstein" not in {m.name for m in nothing.measures}  # no graph at all
    with pytest.raises(KeyError, match="mapper_components"):
        nothing["mmcs"]


def test_two_empty_graphs_differ_in_nothing_and_have_no_distance() -> None:
    x, y = (ft.Dictionary(np.eye(30)[order]) for order in (range(30), range(29, -1, -1)))
    found = ft.compare_mappers(x, y, draws=19, rng=0)
    assert found.a.n_nodes == found.b.n_nodes == 0
    assert {m.name: m.low for m in found.measures} == {"mapper_components": 0, "mapper_loops": 0}
    assert "the graph is empty" in found.a.warnings[0]


def test_what_is_measured_over_an_embedding_says_so() -> None:
    x, lens = truth(0).take(range(60)), Stack(PCA(1), UMAP(1))
    found = ft.compare_mappers(x, x, lens=lens, cover=Cubes(4, 0.4), draws=19, rng=0)
    words = "over an embedding, UMAP(n_components=1"
    assert len(found.measures) > 3 and all(words in m.note for m in found.measures)
    assert words in found.a.warnings[-1]
    assert words in str(ft.mapper_test(x, lens=lens, cover=Cubes(4, 0.4), draws=19, rng=0))
    assert words in ft.mapper_stability(x, lens=lens, covers=[Cubes(4, 0.4)]).graph.warnings[-1]
    redone = ft.mapper_bootstrap(x, lens=lens, cover=Cubes(4, 0.4), times=2, rng=0)
    assert words in repr(redone)
    assert words in extended_persistence(redone.graph).warnings[0]
    plain = ft.compare_mappers(x, x, cover=Cubes(4, 0.4), draws=19, rng=0)
    assert not any("embedding" in m.note for m in plain.measures)
    assert extended_persistence(plain.a).warnings == ()


def test_of_other_dimensions_shape_is_compared_and_nothing_else() -> None:
    x = unnamed(truth(0), 0)
    wide = ft.Dictionary(np.pad(truth(1).vectors, ((0, 0), (0, 8))))
    found = ft.compare_mappers(x, wide, draws=19, rng=0)
    assert found.pairing == "" and found.subgraph is None
    assert {m.name for m in found.measures} <= {
        "mapper_components",
        "mapper_loops",
        "mapper_gromov_wasserstein",
    }


def test_scrambled_partners_are_found_out() -> None:
    x = truth(0)
    rng = np.random.default_rng(0)
    false = 0
    for seed in range(20):
        names = [f"feature {i}" for i in range(len(x))]
        a, b = x.renamed(names), x.renamed(rng.permutation(names).tolist())
        found = ft.compare_mappers(a, b, draws=19, rng=seed, cover=Cubes(5, 0.4))
        p = found["mapper_nodes"].p_value
        false += p is not None and p <= 0.05
        assert found["mapper_components"].low == 0
    assert false <= 4  # more than 4 of 20 at level .05: once in 400


ROWS = np.column_stack([np.arange(132)] * 2)


def test_graphs_at_hand_are_compared_as_those_of_dictionaries_are(tmp_path: Path) -> None:
    x, y = unnamed(truth(0), 0), unnamed(truth(0), 0.1)
    names = [f"feature {i}" for i in range(len(x))]
    cover = Cubes(6, 0.4)
    known = ft.compare_mappers(x.renamed(names), y.renamed(names), cover=cover, draws=39, rng=0)
    save_json(known.a, tmp_path / "a.json")
    save_graphml(known.b, tmp_path / "b.graphml")
    a, b = load_json(tmp_path / "a.json"), load_graphml(tmp_path / "b.graphml")
    found = ft.compare_mapper_graphs(a, b, draws=39, rng=0)
    assert found.pairing == known.pairing == "132 names in common"
    assert [m.name for m in found.measures] == [m.name for m in known.measures]
    for measure in found.measures:
        assert measure.low == pytest.approx(known[measure.name].low, abs=1e-6)
        if measure.name in ("mapper_nodes", "mapper_subgraph", "mapper_paths"):
            assert measure.null_name == "partners of one side shuffled; figure redone"
            assert len(measure.null) == 39
        else:
            assert measure.null == () and measure.p_value is None
            assert measure.null_name.startswith("none: a graph tells in words how it was made")
    assert found["mapper_nodes"].p_value <= 0.05 and found["mapper_paths"].p_value <= 0.05
    np.testing.assert_array_equal(found.subgraph.nodes, known.subgraph.nodes)
    # through other libraries, which keep no names: pairs say who is who
    theirs = from_kmapper(to_kmapper(a), a.lens), from_networkx(b.to_networkx(), b.lens)
    again = ft.compare_mapper_graphs(*theirs, pairs=ROWS, draws=39, rng=0)
    assert again.pairing == "132 pairs given"
    assert again["mapper_nodes"].low == found["mapper_nodes"].low
    np.testing.assert_array_equal(again.subgraph.nodes, found.subgraph.nodes)
    alone = ft.compare_mapper_graphs(*theirs, draws=39, rng=0)
    assert alone.pairing == "" and alone.subgraph is None and len(alone.measures) == 3


def test_graphs_over_arrays_are_compared_and_false_partners_found_out() -> None:
    x = truth(0)
    graph = ft.mapper(x, lens=x.unit[:, :2], cover=Cubes(5, 0.4))
    with pytest.raises(FeaturetopoError, match="compared, without this null, by compare_mapper_gr"):
        ft.compare_mappers(x, x, lens=x.unit[:, :2], draws=19)
    assert ft.compare_mapper_graphs(graph, graph, draws=19, rng=0)["mapper_paths"].low == 1
    rng, false = np.random.default_rng(0), 0
    for seed in range(20):
        pairs = np.column_stack([np.arange(132), rng.permutation(132)])
        found = ft.compare_mapper_graphs(graph, graph, pairs=pairs, draws=19, rng=seed)
        p = found["mapper_nodes"].p_value
        false += p is not None and p <= 0.05
    assert false <= 4  # more than 4 of 20 at level .05: once in 400


def test_of_graphs_at_hand_an_embedding_is_told_and_an_empty_one_has_no_distance() -> None:
    x = truth(0).take(range(60))
    graph = ft.mapper(x, lens=UMAP(1), cover=Cubes(4, 0.4))
    found = ft.compare_mapper_graphs(graph, graph, draws=19, rng=0)
    assert all(m.note.count("over an embedding") == 1 for m in found.measures)
    empty = graph_of([])
    nothing = ft.compare_mapper_graphs(empty, RING, pairs=SAME, draws=19, rng=0)
    assert {m.name for m in nothing.measures} >= {"mapper_components", "mapper_loops"}
    assert "mapper_gromov_wasserstein" not in {m.name for m in nothing.measures}


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([0, 1], "pairs of shape (2,) and type int64: give whole numbers, shape (m, 2)"),
        ([[0.5, 1]], "type float64: give whole numbers"),
        ([[0, 12]], "pairs hold rows from 0 to [0, 12] for graphs of 12 and 12 features"),
        ([[-1, 0]], "pairs hold rows from -1 to"),
        ([[1, 0], [1, 2]], "pairs hold a row of a twice: each would count as evidence of its own"),
        ([[1, 0], [2, 0]], "pairs hold a row of b twice"),
    ],
)
def test_pairs_that_are_none_are_refused(pairs: object, message: str) -> None:
    with pytest.raises(FeaturetopoError) as refused:
        ft.compare_mapper_graphs(RING, RING, pairs=pairs)
    assert message in str(refused.value)


def test_bad_input_is_refused() -> None:
    x = truth(0)
    with pytest.raises(FeaturetopoError, match="MapperGraph is no Dictionary"):
        ft.compare_mappers(RING, RING)
    with pytest.raises(FeaturetopoError, match="Dictionary is no MapperGraph: load_json"):
        ft.compare_mapper_graphs(x, x)
    with pytest.raises(FeaturetopoError, match="draws=3"):
        ft.compare_mapper_graphs(RING, RING, draws=3)
    with pytest.raises(FeaturetopoError, match="draws=3"):
        ft.compare_mappers(x, x, draws=3)
    with pytest.raises(FeaturetopoError, match="codes must be a pair"):
        ft.compare_mappers(x, x, codes=(np.ones((5, 3)),))
