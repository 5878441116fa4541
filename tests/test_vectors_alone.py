"""What takes a dictionary takes its vectors alone, and refuses what is neither."""

from __future__ import annotations

import numpy as np
import pytest

import featuretopo as ft
from featuretopo.errors import FeaturetopoError
from featuretopo.topology import dendrogram
from featuretopo.truth import Blobs, Circle, GroundTruth, Sphere

TRUTH = GroundTruth([Circle(12), Blobs(2, 6), Sphere(20)], d=64, rng=0).dictionary
VECTORS = TRUTH.vectors


def test_vectors_give_what_their_dictionary_gives() -> None:
    assert [c.members.tolist() for c in ft.clusters(VECTORS, draws=19, rng=0)] == [
        c.members.tolist() for c in ft.clusters(TRUTH, draws=19, rng=0)
    ]
    [ours], [known] = ft.loops(VECTORS, rng=0), ft.loops(TRUTH, rng=0)
    assert ours.cycle.tolist() == known.cycle.tolist()
    np.testing.assert_array_equal(
        ft.circular_coordinate(VECTORS, known).angles, ft.circular_coordinate(TRUTH, known).angles
    )
    np.testing.assert_array_equal(dendrogram(VECTORS).linkage, dendrogram(TRUTH).linkage)
    assert ft.circular_order(VECTORS[:12]).perfect
    np.testing.assert_array_equal(ft.umap(VECTORS, rng=0).xy, ft.umap(TRUTH, rng=0).xy)
    graph, known_graph = ft.mapper(VECTORS), ft.mapper(TRUTH)
    assert [m.tolist() for m in graph.members] == [m.tolist() for m in known_graph.members]
    again = [ft.mapper_bootstrap(x, times=3, rng=0).components for x in (VECTORS, TRUTH)]
    np.testing.assert_array_equal(*again)
    assert len(ft.arrangement(VECTORS, rng=0).loops) == 1


def test_a_loop_names_its_features_in_order() -> None:
    [loop] = ft.loops(TRUTH.renamed([f"f{i}" for i in range(len(TRUTH))]), rng=0)
    assert loop.names == tuple(f"f{row}" for row in loop.cycle.tolist())


@pytest.mark.parametrize(
    "ask",
    [
        ft.clusters,
        ft.loops,
        ft.arrangement,
        ft.circular_order,
        ft.mapper,
        ft.mapper_test,
        ft.mapper_stability,
        ft.mapper_bootstrap,
        ft.umap,
        dendrogram,
    ],
)
def test_what_is_no_set_of_vectors_is_refused(ask) -> None:
    with pytest.raises(FeaturetopoError, match="must be"):
        ask(np.ones(5))
