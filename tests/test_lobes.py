"""Lobes: shapes that fire as one come back, whether or not the graph hangs together."""

from importlib import import_module
from itertools import pairwise

import numpy as np
import pytest
from scipy import sparse
from sklearn.cluster import SpectralClustering
from sklearn.metrics import adjusted_mutual_info_score, adjusted_rand_score

import featuretopo as ft
from featuretopo.errors import FeaturetopoError
from featuretopo.llm import (
    Between,
    Bump,
    Correlated,
    ExactlyK,
    Independent,
    MutuallyExclusive,
    Nested,
    UniformFrequency,
)
from featuretopo.topology.cooccurrence import affinity_matrix, lobes, pair_counts
from featuretopo.topology.cooccurrence.lobes import spectral_embedding
from featuretopo.truth import Blobs, Circle

module = import_module("featuretopo.topology.cooccurrence.lobes")


def counted(across, within):
    truth = ft.GroundTruth([Blobs(5, 8), Circle(24), Circle(12)], 64, rng=0)
    model = ft.SimulatedLLM(
        truth,
        cooccurrence=Nested(across, within),
        frequency=UniformFrequency(l0=1.5),
        rng=0,
    )
    return truth.dictionary.labels, pair_counts(model.sample(20_000, rng=0))


def blocks(n_blocks, size, seed, n_samples=2000, noise=0.02):
    rng = np.random.default_rng(seed)
    active = np.repeat(rng.random((n_samples, n_blocks)) < 0.2, size, axis=1)
    shape = n_samples, n_blocks * size
    return (active & (rng.random(shape) < 0.4)) | (rng.random(shape) < noise)


@pytest.mark.parametrize("affinity", ["phi", "cosine", "jaccard", "dice", "overlap"])
@pytest.mark.parametrize(
    ("across", "within"),
    [
        (MutuallyExclusive(), ExactlyK(2)),
        (MutuallyExclusive(), Between(1, 3)),
        (MutuallyExclusive(), Bump(0.4)),
        (Independent(), ExactlyK(2)),
    ],
)
def test_shapes_that_are_active_one_by_one_come_back(across, within, affinity):
    labels, counts = counted(across, within)
    found = lobes(counts, 7, affinity=affinity, rng=0)
    assert adjusted_rand_score(labels, found.labels) == 1


def test_shapes_that_are_active_together_come_back_less_well():
    labels, counts = counted(Correlated(0.3), ExactlyK(2))
    assert adjusted_mutual_info_score(labels, lobes(counts, 7, rng=0).labels) > 0.8


def test_on_a_graph_that_hangs_together_it_agrees_with_scikit_learn():
    for seed in range(5):
        counts = pair_counts(blocks(4, 15, seed))
        ties = np.maximum(affinity_matrix(counts), 0)
        np.fill_diagonal(ties, 0)
        theirs = SpectralClustering(4, affinity="precomputed", random_state=0).fit_predict(ties)
        ours = lobes(counts, 4, rng=0).labels
        assert adjusted_rand_score(theirs, ours) == 1
        assert adjusted_rand_score(np.repeat(np.arange(4), 15), ours) == 1


def test_the_same_seed_gives_the_same_lobes_largest_first():
    codes = np.concatenate([blocks(2, 10, 0), blocks(1, 25, 1)], axis=1)
    one, again = (lobes(codes, 3, rng=5) for _ in range(2))
    assert (one.labels == again.labels).all()
    assert [len(rows) for rows in one.members] == [25, 10, 10]
    assert one.members[1].tolist() == list(range(10))
    assert one.labels[one.members[2]].tolist() == [2] * 10


def test_features_without_a_tie_are_in_no_lobe():
    codes = blocks(2, 6, 0)
    alone = np.zeros((len(codes), 2), bool)
    alone[-1, 1] = True
    codes[-1] = False
    found = lobes(np.concatenate([codes, alone], axis=1), 2, rng=0)
    assert found.labels[-2:].tolist() == [-1, -1]
    assert found.labels[:-2].min() == 0


def test_more_parts_than_lobes_leave_the_largest_apart():
    codes = np.zeros((400, 26), bool)
    rng, ends = np.random.default_rng(0), np.cumsum([0, 10, 8, 3, 3, 2])
    for number, (start, end) in enumerate(pairwise(ends)):
        codes[number * 80 : (number + 1) * 80, start:end] = rng.random((80, end - start)) < 0.6
    labels = lobes(codes, 3, affinity="jaccard", rng=0).labels
    assert len(set(labels[:10])) == len(set(labels[10:18])) == 1
    assert labels[0] != labels[10]


def test_the_embedding_holds_leading_eigenvectors_by_either_solver(monkeypatch):
    ties = np.maximum(affinity_matrix(pair_counts(blocks(3, 12, 0))), 0)
    np.fill_diagonal(ties, 0)
    graph = sparse.csr_array(ties)
    placed = spectral_embedding(graph, 3, 0)
    scale = 1 / np.sqrt(ties.sum(axis=1))
    vectors = np.linalg.eigh(scale[:, None] * ties * scale)[1][:, -3:]
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    # whatever the signs and the order of the axes
    np.testing.assert_allclose(placed @ placed.T, unit @ unit.T, atol=1e-9)
    monkeypatch.setattr(module, "_DENSE", 4)
    other = spectral_embedding(graph, 3, 0)
    np.testing.assert_allclose(placed @ placed.T, other @ other.T, atol=1e-7)


def test_bad_arguments_are_refused(monkeypatch):
    codes = blocks(2, 4, 0)
    for n_lobes in (1, 0, 2.0, True, None):
        with pytest.raises(FeaturetopoError, match="must be a whole number, at least 2"):
            lobes(codes, n_lobes)
    with pytest.raises(FeaturetopoError, match="n_lobes=9, but 8 of 8 features have a tie"):
        lobes(codes, 9)
    with pytest.raises(FeaturetopoError, match="n_lobes=2, but 0 of 3 features have a tie"):
        lobes(np.eye(3), 2)
    for threshold, words in (("a", "='a' must be a number"), (-1, r"=-1 must lie in \[0, 1\)")):
        with pytest.raises(FeaturetopoError, match="threshold" + words):
            lobes(codes, 2, threshold=threshold)
    with pytest.raises(FeaturetopoError, match="unknown affinity"):
        lobes(codes, 2, affinity="psi")
    with pytest.raises(FeaturetopoError, match="no feature fires"):
        lobes(np.zeros((4, 3)), 2)
    monkeypatch.setattr(module, "MOST_TIES", 3)
    with pytest.raises(FeaturetopoError, match=r"more than 3 pairs have a phi above 0\.0: raise"):
        lobes(codes, 2)
