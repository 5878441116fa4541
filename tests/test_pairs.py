"""Pairs: edges, spanning tree and components are those of the full matrix."""

from __future__ import annotations

import gc
import logging
import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import chords, crowds, gaussian, seeds
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from featuretopo.dictionary import Dictionary
from featuretopo.nulls import noise_floor
from featuretopo.topology import pairs
from featuretopo.topology.metric import chord, cosine
from featuretopo.topology.neighbourhood import tree_of, walk_to_floor
from featuretopo.topology.pairs import (
    Edges,
    components,
    edges_under,
    walk_pairs,
)
from featuretopo.topology.shelf import _shelves as shelves
from featuretopo.topology.spanning import small_tree, spanning_tree

theorem = settings(max_examples=60, deadline=None, derandomize=True)
scales = st.one_of(st.floats(1e-4, 2.1), st.sampled_from([1.0, 2.0, np.inf]))
CLEAR = 1e-6  # a pair this near to the cut may fall on either side


def tree_lengths(distances: np.ndarray) -> np.ndarray:
    """Edge lengths of the spanning tree of a full matrix."""
    shifted = minimum_spanning_tree(np.triu(distances + 1, 1))  # scipy reads 0 as no edge
    return np.sort(shifted.data - 1)


@theorem
@given(x=crowds(), scale=scales, block=st.sampled_from([1, 3, 1024]))
def test_edges_are_all_pairs_within_the_scale(x: Dictionary, scale: float, block: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs, "_BLOCK", block)
        found = edges_under(x.unit, scale)
    distances = chords(x)
    listed = set(map(tuple, found.pairs.tolist()))
    assert len(listed) == len(found.pairs)
    assert found.n == len(x)
    for i, j in zip(*np.triu_indices(len(x), 1), strict=True):
        if abs(distances[i, j] - scale) > CLEAR:
            assert ((int(i), int(j)) in listed) == (distances[i, j] < scale)
    np.testing.assert_allclose(found.lengths, distances[tuple(found.pairs.T)], atol=1e-6)
    assert (found.lengths <= scale).all()


@pytest.mark.parametrize("d", [3, 64, 768])
@pytest.mark.parametrize("seed", range(5))
def test_duplicates_and_antipodes_are_found_at_any_scale(d: int, seed: int) -> None:
    once = gaussian(20, d, seed)
    unit = Dictionary(np.vstack([once, -once, 3 * once])).unit
    same = {(i, i + 40) for i in range(20)}
    assert set(map(tuple, edges_under(unit, 1e-5).pairs.tolist())) == same
    for everything in (2.0, np.inf):
        found = edges_under(unit, everything)
        assert len(found.pairs) == 60 * 59 // 2
        assert found.lengths.max() == pytest.approx(2, abs=1e-6) and found.lengths.max() <= 2


@pytest.mark.parametrize("tree_of", [spanning_tree, small_tree])
@theorem
@given(x=crowds())
def test_spanning_tree_is_that_of_the_full_matrix(
    tree_of: Callable[[np.ndarray], Edges], x: Dictionary
) -> None:
    tree = tree_of(x.unit)
    distances = chords(x)
    np.testing.assert_allclose(tree.lengths, tree_lengths(distances), atol=1e-6)
    np.testing.assert_allclose(tree.lengths, distances[tuple(tree.pairs.T)], atol=1e-6)
    assert (np.diff(tree.lengths) >= 0).all()
    assert (tree.pairs[:, 0] < tree.pairs[:, 1]).all()
    # n - 1 edges that connect everything are a tree
    assert len(tree.pairs) == len(x) - 1
    assert set(components(tree)) == {0}


@pytest.mark.parametrize("width", [1e-6, 1e-4, 1e-3, 1e-2])
def test_spanning_tree_holds_where_cosines_have_no_digits_left(width: float) -> None:
    x = Dictionary(np.ones(64) + width * gaussian(40, 64, 0))
    tree = spanning_tree(x.unit)
    np.testing.assert_allclose(tree.lengths, tree_lengths(chords(x)), rtol=1e-3)


@theorem
@given(x=crowds(), scale=scales)
def test_tree_and_edges_have_the_components_of_the_full_matrix(x: Dictionary, scale: float) -> None:
    distances = chords(x)
    if (np.abs(distances - scale) < CLEAR).any():
        scale += 3 * CLEAR
    known = connected_components(distances <= scale)[1]
    for edges in (spanning_tree(x.unit), edges_under(x.unit, 2.0)):
        found = components(edges, scale)
        together = found[:, None] == found[None]
        assert (together == (known[:, None] == known[None])).all()


def test_components_of_no_edges_are_the_points() -> None:
    none = Edges(np.empty((0, 2), np.int64), np.empty(0), 4)
    assert components(none).tolist() == [0, 1, 2, 3]


@theorem
@given(x=crowds(), scale=scales)
def test_graph_is_symmetric_and_holds_every_edge(x: Dictionary, scale: float) -> None:
    edges = edges_under(x.unit, scale)
    graph = edges.graph()
    assert graph.nnz == 2 * len(edges.pairs)  # those of length 0 too
    dense = graph.toarray()
    assert (dense == dense.T).all()
    np.testing.assert_allclose(dense[tuple(edges.pairs.T)], edges.lengths, atol=1e-30)


@theorem
@given(cos=st.floats(-1, 1))
def test_chord_and_cosine_are_inverse_and_chord_knows_the_angle(cos: float) -> None:
    assert float(cosine(chord(cos))) == pytest.approx(cos, abs=1e-12)
    assert float(2 * np.arcsin(chord(cos) / 2)) == pytest.approx(np.arccos(cos), abs=1e-7)


def test_a_cosine_rounded_past_one_is_distance_zero() -> None:
    assert chord(1 + 1e-7) == 0


@settings(max_examples=5, deadline=None, derandomize=True)
@given(seed=seeds)
def test_several_blocks_give_what_one_gives(seed: int) -> None:
    unit = Dictionary(gaussian(300, 8, seed)).unit
    whole = edges_under(unit, 0.9)
    assert len(whole.pairs) > 1000
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pairs, "_BLOCK", 37)
        parts = edges_under(unit, 0.9)
    assert set(map(tuple, parts.pairs.tolist())) == set(map(tuple, whole.pairs.tolist()))


def test_what_was_computed_of_a_dictionary_goes_when_it_does() -> None:
    gc.collect()  # what other tests left in cycles
    x = Dictionary(gaussian(20, 5, 0))
    first = tree_of(x)
    assert tree_of(x) is first and walk_to_floor(x) is walk_to_floor(x)
    other = Dictionary(x.vectors)
    assert tree_of(other) is not first
    there = len(shelves)
    del x, other
    gc.collect()
    assert len(shelves) == there - 2


def test_a_list_that_may_end_early_is_not_kept_if_it_did() -> None:
    x = Dictionary(np.ones(8) + 0.1 * gaussian(40, 8, 0))
    assert len(walk_to_floor(x, 5).edges.pairs) > 5
    known = edges_under(x.unit, noise_floor(40, 8)).pairs
    assert len(walk_to_floor(x).edges.pairs) == len(known) == 40 * 39 / 2


def test_a_long_pass_says_after_its_first_block_how_long_it_takes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, logger="featuretopo.topology"):
        walk_pairs(Dictionary(gaussian(1000, 4, 0)).unit, 0.1)
        assert not caplog.messages
        walk_pairs(Dictionary(gaussian(1100, 4, 0)).unit, 0.1)
    [message] = caplog.messages
    assert re.fullmatch(r"a pass over 1100 features: about \d+\.\d s", message)
