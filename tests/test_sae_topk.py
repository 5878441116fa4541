"""TopK and AuxK: codes, loss and every gradient against plain dense arithmetic."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sae_cases import random_sae, samples

from featuretopo.errors import FeaturetopoError
from featuretopo.sae import SAE, AuxK, TopK

PARAMETERS = ("W_enc", "W_dec", "b_enc", "b_dec")
LIVE = 10  # samples without firing; AuxK's patience is 100 here, so 100 is dead


def dense_codes(pre, k):
    """Keep the k largest of each row, and of these the positive ones."""
    kept = torch.zeros_like(pre).scatter(1, pre.topk(k, dim=1).indices, 1.0)
    return pre.relu() * kept


def dense_loss(weights, x, k, auxk, dead):
    """Return the loss as the paper states it, AuxK on every fourth sample: dense, in float64."""
    W_enc, W_dec, b_enc, b_dec = weights
    x = x.double()
    pre = (x - b_dec) @ W_enc.T + b_enc
    error = x - (dense_codes(pre, k) @ W_dec + b_dec)
    loss = (error**2).sum(dim=1).mean()
    if dead.any():
        codes = dense_codes(pre[::4, dead], min(auxk.k, int(dead.sum())))
        target = error[::4].detach()
        missed = ((codes @ W_dec[dead] - target) ** 2).sum()
        loss = loss + auxk.coefficient * missed / (target**2).sum()
    return loss


@st.composite
def cases(draw):
    d, n_latents = draw(st.integers(2, 12)), draw(st.integers(1, 24))
    k = draw(st.integers(1, n_latents))
    dead = draw(st.lists(st.booleans(), min_size=n_latents, max_size=n_latents))
    auxk = AuxK(k=draw(st.integers(1, 8)), coefficient=draw(st.floats(0, 4)), patience=100)
    seed = draw(st.integers(0, 1000))
    sae = random_sae(n_latents, d, TopK(k, auxk), seed)
    return sae, samples(draw(st.integers(1, 9)), d, seed), torch.tensor(dead)


# ---- TopK


@given(cases())
def test_encode_keeps_the_k_largest_and_of_these_the_positive(case):
    sae, x, _ = case
    w = {name: getattr(sae, name).detach().double().numpy() for name in PARAMETERS}
    pre = (x.double().numpy() - w["b_dec"]) @ w["W_enc"].T + w["b_enc"]
    expected = np.zeros_like(pre)
    for row, values in zip(expected, pre, strict=True):
        for latent in np.argsort(values)[-sae.architecture.k :]:
            row[latent] = max(values[latent], 0)
    with torch.no_grad():
        codes, guess = sae.encode(x), sae(x)
    np.testing.assert_allclose(codes, expected, atol=1e-5)
    np.testing.assert_allclose(guess, expected @ w["W_dec"] + w["b_dec"], atol=1e-4)


@settings(max_examples=60)
@given(cases())
def test_loss_and_all_gradients_are_those_of_the_dense_formula(case):
    sae, x, dead = case
    loss, step = sae.architecture.loss(sae, x, torch.where(dead, 100, LIVE))
    loss.backward()
    weights = [getattr(sae, name).detach().double().requires_grad_() for name in PARAMETERS]
    expected = dense_loss(weights, x, sae.architecture.k, sae.architecture.auxk, dead)
    expected.backward()
    assert loss.item() == pytest.approx(expected.item(), rel=1e-5)
    for name, reference in zip(PARAMETERS, weights, strict=True):
        gradient = getattr(sae, name).grad
        scale = max(1.0, float(reference.grad.abs().max()))
        assert (gradient - reference.grad).abs().max() < 1e-5 * scale, name
    codes, guess = sae.encode(x), sae(x)
    assert step.squared_error.item() == pytest.approx((x - guess).pow(2).sum().item(), rel=1e-4)
    assert torch.equal(step.fired, (codes > 0).any(dim=0))
    assert not step.squared_error.requires_grad


def test_k_of_all_latents_is_a_relu_autoencoder():
    sae, x = random_sae(8, 5, TopK(8)), samples(20, 5)
    with torch.no_grad():
        expected = ((x - sae.b_dec) @ sae.W_enc.T + sae.b_enc).relu()
        torch.testing.assert_close(sae.encode(x), expected)


def test_an_sae_starts_with_the_encoder_that_its_decoder_gives():
    rows = torch.eye(3)
    sae = SAE(rows.clone(), torch.zeros(3), TopK(1))
    assert torch.equal(sae.W_enc, rows)
    assert sae.W_enc.data_ptr() != sae.W_dec.data_ptr()
    assert (sae.n_latents, sae.d) == (3, 3)
    assert not sae.b_enc.any()


def test_the_dictionary_is_the_decoder_and_a_copy():
    sae = random_sae(6, 4, TopK(2))
    held = sae.dictionary
    np.testing.assert_array_equal(held.vectors, sae.W_dec.detach().numpy())
    with torch.no_grad():
        sae.W_dec.zero_()
    assert held.vectors.any()


# ---- AuxK


@given(cases())
def test_auxk_is_the_share_of_the_residual_that_dead_latents_leave(case):
    sae, x, dead = case
    auxk = sae.architecture.auxk
    generator = torch.Generator().manual_seed(0)
    pre = torch.randn(len(x), sae.n_latents, generator=generator)
    residual = torch.randn(len(x), sae.d, generator=generator)
    found = auxk.loss(pre, residual, sae.W_dec, torch.where(dead, 100, LIVE)).item()
    missed = total = 0.0
    W_dec = sae.W_dec.detach().double().numpy()
    for values, target in zip(pre.double().numpy(), residual.double().numpy(), strict=True):
        chosen = sorted(np.flatnonzero(dead), key=lambda latent: -values[latent])[: auxk.k]
        guess = sum((max(values[i], 0) * W_dec[i] for i in chosen), np.zeros(sae.d))
        missed += ((guess - target) ** 2).sum()
        total += (target**2).sum()
    expected = auxk.coefficient * missed / total if dead.any() else 0.0
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-7)


def test_without_dead_latents_auxk_changes_nothing():
    x, silent_for = samples(30, 6), torch.full((12,), 99)
    losses = [
        random_sae(12, 6, TopK(3, AuxK(coefficient=c, patience=100))).architecture for c in (0, 9)
    ]
    first, second = (a.loss(random_sae(12, 6, a), x, silent_for)[0].item() for a in losses)
    assert first == second


def test_only_auxk_moves_latents_that_never_fire():
    x, dead = samples(30, 6), torch.arange(12) >= 8
    moved = {}
    for name, silent_for in (("dead", 100), ("silent", 99)):
        sae = random_sae(12, 6, TopK(3, AuxK(coefficient=1.0, patience=100)))
        with torch.no_grad():
            sae.b_enc[~dead] += 100.0  # the others are always among the k largest
        loss, step = sae.architecture.loss(sae, x, torch.where(dead, silent_for, 0))
        loss.backward()
        assert not (dead & step.fired).any()
        moved[name] = float(sae.W_dec.grad[dead].abs().sum())
    assert moved["silent"] == 0 < moved["dead"]


def test_a_residual_of_zero_gives_no_infinite_loss():
    zero = torch.zeros(2, 3)
    loss = AuxK(patience=1).loss(torch.zeros(2, 4), zero, torch.ones(4, 3), torch.ones(4))
    assert loss.item() == 0


# ---- refusals


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: TopK(2.5), "k=2.5 must be a whole number"),
        (lambda: TopK("2"), "k='2' must be a whole number"),
        (lambda: TopK(0), "k=0 must be a whole number, at least 1"),
        (lambda: random_sae(4, 3, TopK(5)), "k=5 of 4 latents: lower k or add latents"),
        (lambda: AuxK(k=0), r"AuxK\(k=0, .*: k must be a whole number, at least 1"),
        (lambda: AuxK(k=2.5), r"AuxK\(k=2.5, .*: k must be a whole number, at least 1"),
        (lambda: AuxK(patience=0), "patience=0.*: patience must be a whole number, at least 1"),
        (lambda: AuxK(patience="9"), "patience='9'.*: patience must be a whole number"),
        (lambda: AuxK(coefficient="a"), "coefficient='a' must be a number"),
        (lambda: AuxK(coefficient=-1), "coefficient=-1 must be at least 0; 1/32 is usual"),
        (lambda: AuxK(coefficient=float("nan")), "coefficient=nan must be at least 0"),
        (lambda: AuxK(coefficient=float("inf")), "coefficient=inf must be at least 0"),
        (lambda: TopK(2, auxk=3), r"auxk=3 must be AuxK\(\), or AuxK\(coefficient=0\)"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(FeaturetopoError, match=message):
        make()
