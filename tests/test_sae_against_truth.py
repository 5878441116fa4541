"""against_truth on codes counted one by one, and on SAEs that are the truth or are not."""

import re

import numpy as np
import pytest
import torch
from sae_cases import random_sae
from training_cases import MODEL, one_thread  # noqa: F401

import featuretopo as ft
from featuretopo.errors import FeaturetopoError
from featuretopo.llm import PerShape, SimulatedLLM
from featuretopo.sae import SAE, ReLU, TopK, against_truth
from featuretopo.similarity import match, mmcs
from featuretopo.truth import Blobs, GroundTruth

TRUTH = MODEL.dictionary
N = len(TRUTH)
BATCHES = [MODEL.sample(n, rng=n) for n in (300, 200)]


def counted(sae, latents):
    """Precision and recall, sample by sample."""
    with torch.no_grad():
        x = torch.from_numpy(np.concatenate([batch.activations for batch in BATCHES]))
        codes = sae.encode(x).numpy() > 0
    true = np.concatenate([batch.dense_codes() for batch in BATCHES]) > 0
    precision, recall = [], []
    for feature, latent in enumerate(latents):
        fires = codes[:, latent] if latent >= 0 else np.zeros(len(x), bool)
        hits = sum(a and b for a, b in zip(fires, true[:, feature], strict=True))
        precision.append(hits / fires.sum() if fires.any() else np.nan)
        recall.append(hits / true[:, feature].sum() if true[:, feature].any() else np.nan)
    return precision, recall


@pytest.mark.parametrize("n_latents", [N // 2, N, 2 * N])
@pytest.mark.parametrize("architecture", [TopK(2), ReLU(0.1)], ids=repr)
def test_shares_are_those_counted_one_by_one(architecture, n_latents):
    sae = random_sae(n_latents, TRUTH.d, architecture)
    with torch.no_grad():
        sae.b_enc[:3] = -100
    found = against_truth(sae, iter(BATCHES), TRUTH)
    precision, recall = counted(sae, found.latents)
    np.testing.assert_allclose(found.precision, precision)
    np.testing.assert_allclose(found.recall, recall)
    assert not set(found.latents) & {0, 1, 2}  # dead ones stand for nothing
    assert found.mean_precision == pytest.approx(np.nanmean(precision))
    assert found.mean_recall == pytest.approx(np.nanmean(recall))


def test_features_are_paired_with_live_latents_by_cosine_one_to_one():
    sae = random_sae(3 * N, TRUTH.d, TopK(4))
    with torch.no_grad():
        sae.b_enc[5:8] = -100
        x = torch.from_numpy(np.concatenate([batch.activations for batch in BATCHES]))
        live = np.flatnonzero((sae.encode(x) > 0).any(dim=0).numpy())
    assert N < len(live) < 3 * N
    found = against_truth(sae, BATCHES, TRUTH)
    assert set(found.latents) <= set(live) and len(set(found.latents)) == N
    learned = sae.dictionary.vectors[live]
    expected = match(TRUTH, learned).pairs
    np.testing.assert_array_equal(found.latents[expected[:, 0]], live[expected[:, 1]])
    assert found.mmcs.a_to_b == pytest.approx(mmcs(TRUTH, learned).a_to_b)
    assert found.mmcs.b_to_a == pytest.approx(mmcs(TRUTH, learned).b_to_a)


def test_pairs_that_are_given_are_taken():
    sae = random_sae(N, TRUTH.d, TopK(2))
    pairs = [(0, 3), (1, 3), (4, 2)]  # two features may share a latent
    found = against_truth(sae, BATCHES, TRUTH, pairs=pairs)
    expected = np.full(N, -1)
    expected[[0, 1, 4]] = 3, 3, 2
    np.testing.assert_array_equal(found.latents, expected)
    precision, recall = counted(sae, expected)
    np.testing.assert_allclose(found.precision, precision)
    np.testing.assert_allclose(found.recall, recall)
    assert (found.recall[5:] == 0).all() and np.isnan(found.precision[5:]).all()


def test_an_sae_that_is_the_truth_has_all_of_it():
    truth = GroundTruth([Blobs(8, 1)], 8, rng=0)  # orthogonal
    model = SimulatedLLM(truth, frequency=PerShape(joint=0.2), rng=0)
    rows = torch.linalg.qr(torch.randn(8, 8, generator=torch.Generator().manual_seed(0)))[0]
    sae = SAE(rows, torch.zeros(8), ReLU(0))
    with torch.no_grad():
        sae.b_enc[:] = -1e-4
    own = ft.Dictionary(rows.numpy())
    codes = model.sample(500, rng=1).codes
    batch = ft.Batch(codes.decode(own.vectors), codes)
    found = against_truth(sae, batch, own)
    assert found.latents.tolist() == list(range(8))
    assert found.mmcs.a_to_b == pytest.approx(1) and found.mmcs.b_to_a == pytest.approx(1)
    assert found.mean_precision == 1 and found.mean_recall > 0.99


def test_means_of_nothing_are_no_number():
    sae = random_sae(N, TRUTH.d, TopK(2))
    found = against_truth(sae, BATCHES, TRUTH, pairs=np.empty((0, 2), int))
    assert np.isnan(found.mean_precision) and found.mean_recall == 0


@pytest.mark.parametrize(
    "pairs",
    [[(0, 0), (0, 1)], [(N, 0)], [(0, N)], [(0, -1)], [0, 1], [(0.5, 1)], [(0, 1, 2)]],
)
def test_pairs_that_name_nothing_or_a_feature_twice_are_refused(pairs):
    sae = random_sae(N, TRUTH.d, TopK(2))
    words = f"must be rows of a feature below {N}, each once, and a latent below {N}"
    with pytest.raises(FeaturetopoError, match=re.escape(words)):
        against_truth(sae, BATCHES, TRUTH, pairs=pairs)


def test_what_is_silent_or_of_another_truth_is_refused():
    sae = random_sae(N, TRUTH.d, ReLU(0))
    with pytest.raises(FeaturetopoError, match=f"codes of {N} features and a truth of 3: give the"):
        against_truth(sae, BATCHES, TRUTH.take([0, 1, 2]))
    with torch.no_grad():
        sae.b_enc[:] = -100
    for batches in (BATCHES, []):
        with pytest.raises(FeaturetopoError, match="no latent fires on these samples; train"):
            against_truth(sae, batches, TRUTH)
