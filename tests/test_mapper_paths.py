"""Path lengths along a Mapper graph are those of a plain search."""

from __future__ import annotations

import networkx as nx
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from featuretopo.compare.mapper_figures import path_agreement
from featuretopo.topology.mapper.graph import MapperGraph
from featuretopo.topology.mapper.nerve import nerve
from featuretopo.topology.mapper.paths import path_lengths

N = 12
covers = st.lists(st.sets(st.integers(0, N - 1), min_size=1), max_size=6)


def graph_of(members: list[set[int]]) -> MapperGraph:
    rows = [np.array(sorted(held)) for held in members]
    edges, triangles = nerve(rows, N)
    return MapperGraph(tuple(rows), edges, np.zeros((N, 1)), N, {}, triangles=triangles)


@given(members=covers, rows=st.lists(st.integers(0, N - 1), max_size=8))
def test_lengths_are_those_of_a_plain_search(members: list[set[int]], rows: list[int]) -> None:
    graph = graph_of(members)
    along = dict(nx.all_pairs_shortest_path_length(graph.to_networkx()))
    found = path_lengths(graph, np.array(rows, dtype=int))
    assert found.shape == (len(rows), len(rows))
    for i, one in enumerate(rows):
        for j, other in enumerate(rows):
            ways = [
                along[p].get(q, np.inf)
                for p, held in enumerate(members) if one in held
                for q, others in enumerate(members) if other in others
            ]  # fmt: skip
            assert np.array_equal(found[i, j], min(ways, default=np.nan), equal_nan=True)


def agreement(one: MapperGraph, other: MapperGraph, pairs: list[list[int]]) -> float | None:
    return path_agreement(one, other, np.array(pairs))


RING = graph_of([{i, (i + 1) % N, (i + 2) % N} for i in range(0, N, 2)])
SAME = [[i, i] for i in range(N)]


def test_a_ring_agrees_with_itself_turned_and_not_with_one_out_of_order() -> None:
    assert agreement(RING, RING, SAME) == 1
    assert agreement(RING, RING, [[i, (i + 4) % N] for i in range(N)]) == 1
    assert agreement(RING, RING, [[i, 7 * i % N] for i in range(N)]) < 0.5


def test_no_path_is_longer_than_any() -> None:
    halves = graph_of([{0, 1, 2}, {2, 3}, {3, 4, 5}, {6, 7, 8, 9, 10, 11}])
    cut = graph_of([{0, 1, 2}, {2, 3}, {3, 4, 5}])  # six features are in no node
    assert agreement(halves, halves, SAME) == 1
    assert 0.3 < agreement(halves, cut, SAME) < 1


def test_nothing_is_said_of_what_is_in_no_node_or_does_not_vary() -> None:
    nothing, one = graph_of([]), graph_of([set(range(N))])
    assert agreement(nothing, nothing, SAME) is None
    assert agreement(RING, RING, SAME[:7]) is None  # too few partners
    assert agreement(RING, one, SAME) is None
    assert agreement(RING, nothing, SAME) is None
