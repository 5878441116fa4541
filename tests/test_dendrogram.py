"""The hierarchy of feature families, against scipy's single linkage and the Rips graph."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import is_valid_linkage, linkage
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import pdist

import featuretopo as ft
from featuretopo.errors import FeaturetopoError
from featuretopo.topology import dendrogram
from featuretopo.topology.pairs import edges_under


def drawn(n, d, seed):
    return ft.Dictionary(np.random.default_rng(seed).standard_normal((n, d)))


@settings(max_examples=40)
@given(st.integers(2, 60), st.integers(2, 8), st.integers(0, 2**32))
def test_it_is_scipys_single_linkage(n, d, seed):
    x = drawn(n, d, seed)
    found = dendrogram(x).linkage
    assert is_valid_linkage(found)
    expected = linkage(pdist(x.unit.astype(float)), "single")
    np.testing.assert_allclose(found[:, 2], expected[:, 2], atol=2e-6)
    assert found[-1, 3] == n


@settings(max_examples=40)
@given(st.integers(2, 60), st.floats(0, 2), st.integers(0, 2**32))
def test_a_cut_gives_the_components_of_the_graph_at_that_scale(n, scale, seed):
    x = drawn(n, 4, seed)
    labels = dendrogram(x).labels(scale)
    _, expected = connected_components(edges_under(x.unit, scale).graph(), directed=False)
    same = labels[:, None] == labels
    assert (same == (expected[:, None] == expected)).all()
    assert labels[0] == 0
    assert set(labels) == set(range(labels.max() + 1))


def test_the_heights_are_the_deaths_of_h0():
    x = drawn(50, 5, 0)
    deaths = np.sort(ft.persistence(x, 0).bars[0][:, 1])[:-1]
    np.testing.assert_allclose(dendrogram(x).linkage[:, 2], deaths)


def test_families_are_named_largest_first():
    truth = ft.GroundTruth([ft.truth.Blobs(3, 8, 0.3), ft.truth.Sphere(5)], 64, rng=0)
    families = dendrogram(truth.dictionary).families(0.7, least=3)
    assert [len(family) for family in families] == [8, 8, 8]
    assert families[0] == tuple(f"blob 1 #{i}" for i in range(8))


def test_a_scale_below_nothing_is_refused():
    with pytest.raises(FeaturetopoError, match="scale=-1 must be a chord distance of at least 0"):
        dendrogram(drawn(5, 3, 0)).labels(-1)
    with pytest.raises(FeaturetopoError, match="scale='a' must be a number"):
        dendrogram(np.eye(3)).labels("a")
    with pytest.raises(FeaturetopoError, match="scale=nan must be a chord distance"):
        dendrogram(drawn(5, 3, 0)).labels(float("nan"))
