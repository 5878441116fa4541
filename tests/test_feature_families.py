"""Feature families: planted trees come back, independent features have none."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

import featuretopo as ft
from featuretopo.errors import FeaturetopoError
from featuretopo.llm import ByShape, Given, Hierarchical
from featuretopo.topology.cooccurrence import affinity_matrix, counts, families, pair_counts
from featuretopo.topology.cooccurrence.affinity import Pairs
from featuretopo.topology.cooccurrence.forest import LEVEL, beyond_chance
from featuretopo.truth import Sphere, Tree


def planted(seed, siblings="independent"):
    truth = ft.GroundTruth([Tree(3, 3), Tree(2, 2), Sphere(20)], 96, rng=seed)
    rule = ByShape({"tree": Hierarchical(conditional=True, siblings=siblings)})
    share = 0.3 if siblings == "exclusive" else 0.35
    often = Given((share,) * len(truth.dictionary))
    return truth, ft.SimulatedLLM(truth, cooccurrence=rule, frequency=often, rng=seed)


def drawn(n_samples, n_features, seed):
    """Features in overlapping company: each fires with some of three hidden causes, or alone."""
    rng = np.random.default_rng(seed)
    causes = rng.random((n_samples, 3)) < 0.3
    follows = rng.random((3, n_features)) < 0.4
    fires = (causes[:, :, None] & follows & (rng.random((n_samples, 3, n_features)) < 0.5)).any(1)
    return fires | (rng.random((n_samples, n_features)) < 0.05)


@pytest.mark.parametrize("siblings", ["independent", "exclusive"])
@pytest.mark.parametrize("seed", range(3))
def test_the_parents_of_a_hierarchy_come_back(seed, siblings):
    truth, model = planted(seed, siblings)
    batches = (model.stream(10_000, rng=seed).batch(i) for i in range(5))
    found = families(batches, dictionary=truth.dictionary)
    assert (found.parents == truth.parents).all()
    large, small = found.families
    assert (large.size, large.depth, small.size, small.depth) == (40, 3, 7, 2)
    assert set(large.labels) == {"tree of 40"} and set(small.labels) == {"tree of 7"}
    assert large.names[0] == truth.dictionary.names[large.root] and large.root == 0
    # a child fires only where its parent does
    assert (found.overlaps[truth.parents >= 0] == 1).all()
    assert np.isnan(found.overlaps[truth.parents < 0]).all()
    np.testing.assert_allclose(found.frequencies, model.frequencies, atol=0.02)


def reference(fires, affinity, threshold, without=()):
    """Find parents from dense matrices and networkx's maximum spanning tree."""
    found = pair_counts(fires)
    weights = affinity_matrix(found, affinity)
    graph = nx.Graph()
    n = len(weights)
    graph.add_nodes_from(range(n))
    together = found.matrix().toarray()
    for i in range(n):
        for j in range(i + 1, n):
            pair = Pairs(*(np.array([v]) for v in (i, j, together[i, j], weights[i, j])))
            tied = weights[i, j] > threshold and beyond_chance(found, pair)[0]
            if tied and i not in without and j not in without:
                graph.add_edge(i, j, weight=weights[i, j])
    parents = np.full(n, -1)
    tree = nx.maximum_spanning_tree(graph)
    for child in range(n):
        denser = [
            other
            for other in tree[child]
            if (-found.fired[other], other) < (-found.fired[child], child)
        ]
        if denser:
            parents[child] = max(denser, key=lambda other: weights[child, other])
    return parents, tree


@settings(max_examples=30)
@given(
    st.integers(2, 25), st.integers(0, 2**32 - 1), st.sampled_from(["phi", "cosine", "overlap"]),
    st.sampled_from([0.0, 0.1, 0.3]),
)  # fmt: skip
def test_parents_are_those_of_a_plain_spanning_tree(n_features, seed, affinity, threshold):
    fires = drawn(400, n_features, seed)
    weights = affinity_matrix(pair_counts(fires), affinity)[np.triu_indices(n_features, 1)]
    if len(np.unique(weights)) < len(weights):
        return  # of equal weights, another tree is as good
    found = families(fires, affinity=affinity, threshold=threshold)
    assert found.parents.tolist() == reference(fires, affinity, threshold)[0].tolist()


def test_bands_change_nothing(monkeypatch):
    fires = drawn(500, 40, 1)
    whole = families(fires)
    monkeypatch.setattr(counts, "_TABLE", 80)
    monkeypatch.setattr("featuretopo.topology.cooccurrence.affinity._AT_ONCE", 7)
    assert len(pair_counts(fires).bands) == 20
    assert (families(fires).parents == whole.parents).all()


@settings(max_examples=30)
@given(st.integers(2, 25), st.integers(0, 2**32 - 1))
def test_every_family_is_a_tree_of_its_own_from_dense_to_sparse(n_features, seed):
    found = families(drawn(300, n_features, seed))
    members = [row for family in found.families for row in family.members.tolist()]
    assert len(members) == len(set(members))
    for family in found.families:
        assert found.parents[family.root] == -1 and family.size >= 2
        place = {row: at for at, row in enumerate(family.members.tolist())}
        for row, depth in zip(family.members.tolist()[1:], family.depths.tolist()[1:], strict=True):
            parent = int(found.parents[row])
            assert found.frequencies[parent] >= found.frequencies[row]
            assert place[parent] < place[row] and depth == family.depths[place[parent]] + 1
    alone = np.setdiff1d(np.arange(n_features), members)
    assert (found.parents[alone] == -1).all()


def test_independent_features_have_no_families():
    rng = np.random.default_rng(0)
    rates = rng.uniform(0.005, 0.3, 40)
    runs = 200
    wrong = sum(
        len(families(rng.random((500, 40)) < rates, threshold=0.0).families) > 0
        for _ in range(runs)
    )
    assert wrong <= binom(runs, LEVEL).ppf(0.999)


def test_without_its_root_a_family_falls_into_smaller_ones():
    _, model = planted(0)
    codes = model.sample(50_000, rng=0)
    found = pair_counts(codes)
    first = families(found)
    second = families(found, without=first.roots)
    parents, _ = reference(codes.dense_codes() > 0, "phi", 0.1, set(first.roots.tolist()))
    assert (second.parents == parents).all()
    assert (second.parents[first.roots] == -1).all()
    assert not np.isin(first.roots, second.parents).any()
    assert {1, 2, 3} & set(second.roots.tolist())


def test_families_agree_with_clusters_of_their_geometry():
    truth, model = planted(0)
    found = pair_counts(model.sample(20_000, rng=0))
    trees = np.unique([shape.name for shape in truth.shapes], return_inverse=True)[1]
    labels = np.repeat(trees, [len(shape.members) for shape in truth.shapes])
    got = ft.agreement(families(found).families, labels, found.fired, rng=0)
    assert got.value == 1 and got.n_features == 47 and got.p_value < 0.05


def test_of_two_that_always_fire_together_the_first_is_the_parent():
    both = np.random.default_rng(0).random(200) < 0.3
    assert families(np.stack([both, both], axis=1)).parents.tolist() == [-1, 0]


def test_a_feature_between_two_denser_ones_keeps_the_nearer():
    rng = np.random.default_rng(0)
    left, right = rng.random((2, 4000)) < 0.3
    below = (left & (rng.random(4000) < 0.5)) | (right & (rng.random(4000) < 0.1))
    found = families(np.stack([left, right, below], axis=1))
    assert found.parents.tolist() == [-1, -1, 0]
    assert [family.members.tolist() for family in found.families] == [[0, 2]]


def test_networkx_gets_names_numbers_and_directions():
    truth, model = planted(1)
    found = families(model.sample(20_000, rng=0), dictionary=truth.dictionary)
    graph = found.to_networkx()
    assert nx.is_branching(graph) and graph.number_of_nodes() == 47
    assert set(graph.edges) == {(int(p), c) for c, p in enumerate(truth.parents) if p >= 0}
    node, edge = graph.nodes[1], graph.edges[0, 1]
    assert (node["name"], node["label"]) == (truth.dictionary.names[1], "tree of 40")
    assert (node["family"], node["depth"], edge["overlap"]) == (0, 1, 1.0)
    assert edge["affinity"] == found.affinities[1]
    assert repr(found) == "FeatureForest(67 features, 2 families of 47 of them)"


def test_without_a_dictionary_features_are_called_by_number():
    both = np.random.default_rng(0).random(200) < 0.3
    [family] = families(np.stack([both, both], axis=1)).families
    assert family.names == ("0", "1") and family.labels == ("", "")


def test_bad_arguments_are_refused():
    codes = np.ones((4, 3))
    with pytest.raises(FeaturetopoError, match="codes of 3 features and a dictionary of 2"):
        families(codes, dictionary=ft.Dictionary(np.eye(2)))
    for without in ([3], [-1], [0.5], [[0]]):
        with pytest.raises(FeaturetopoError, match="must be feature numbers from 0 to 2"):
            families(codes, without=without)
    with pytest.raises(FeaturetopoError, match=r"threshold=1.5 must lie in \[0, 1\)"):
        families(codes, threshold=1.5)
    with pytest.raises(FeaturetopoError, match="threshold='a' must be a number"):
        families(codes, threshold="a")
    with pytest.raises(FeaturetopoError, match="dictionary is of type ndarray: give a Dictionary"):
        families(codes, dictionary=np.eye(3))
    with pytest.raises(FeaturetopoError, match="no feature fires"):
        families(np.zeros((4, 3)))
