"""What the 2022 report of SAEs on a toy model found is found here too (`make test-slow`)."""

import numpy as np
import pytest

import featuretopo as ft
from featuretopo.llm import sharkey_toy
from featuretopo.sae import toy_2022

pytestmark = pytest.mark.long

N, D, FREQUENT = 512, 256, 100


@pytest.fixture(scope="module")
def model():
    return sharkey_toy(rng=0)


def cosines(model, alpha, n_latents):
    """Of each true feature to its best latent, after the 6,000 steps of the report."""
    sae = ft.train(
        model, toy_2022(alpha, n_latents, D), n_latents=n_latents, steps=6000, batch_size=256,
        warmup=0, decay=0, encoder="random", rng=0,
    )  # fmt: skip
    return ft.similarity.best_matches(model.dictionary, sae.dictionary).cosine_of_a


def test_twice_the_latents_at_the_right_penalty_hold_the_truth(model):
    assert cosines(model, 0.32, 2 * N).mean() >= 0.98


def test_three_times_the_penalty_loses_it(model):
    assert cosines(model, 1.0, N).mean() < 0.3


def test_frequent_features_come_first(model):
    often = (model.sample(20_000, rng=1).dense_codes() > 0).mean(axis=0)
    order = np.argsort(-often)
    found = cosines(model, 0.32, N)
    frequent, rare = found[order[:FREQUENT]].mean(), found[order[-FREQUENT:]].mean()
    assert frequent > 0.95 and frequent > rare + 0.1
