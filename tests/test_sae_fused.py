"""The compiled pass against autograd in double precision, where ties and negative outputs occur."""

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from sae_cases import random_sae, samples

from featuretopo.sae import AuxK, TopK
from featuretopo.sae.fused_topk import can_fuse
from featuretopo.sae.sparse_pass import select

PARAMETERS = ("W_enc", "W_dec", "b_enc", "b_dec")


@st.composite
def cases(draw):
    """An SAE and samples; a coarse one has weights in quarters: ties abound, sums are exact."""
    n_latents = draw(st.one_of(st.integers(1, 20), st.integers(60, 140), st.just(4100)))
    k = draw(st.one_of(st.integers(1, min(8, n_latents)), st.just(min(n_latents, 140))))
    d, b, seed = draw(st.integers(1, 20)), draw(st.integers(1, 40)), draw(st.integers(0, 1000))
    return make(n_latents, k, d, b, seed, draw(st.booleans()), draw(st.sampled_from([0, -100])))


def make(n_latents, k, d, b, seed, coarse, shift):
    sae, x = random_sae(n_latents, d, TopK(k), seed), samples(b, d, seed)
    with torch.no_grad():
        sae.b_enc += shift
        if coarse:
            for each in sae.parameters():
                each.copy_((4 * each).round() / 4)
            x = (4 * x).round() / 4
    return sae, x


def active(sae, x):
    """Tell which latents the compiled selection takes for each sample, shape (b, n_latents)."""
    k, n = sae.architecture.k, sae.n_latents
    with torch.no_grad():
        pre = (x @ sae.W_enc.T).numpy()
        shift = (sae.b_enc - sae.W_enc @ sae.b_dec).numpy()
    taken = torch.zeros(len(x), n, dtype=torch.bool)
    latents, values = np.empty(k, np.int64), np.empty(k, np.float32)
    groups = np.empty(64 if n < 4096 else 256, np.float32)  # as the pass has it: ties follow it
    for row, each in zip(pre, taken, strict=True):
        m = select(row, shift, k, groups, latents, values)
        assert (np.diff(values[:m]) <= 0).all()
        each[torch.from_numpy(latents[:m])] = True
        assert each.sum() == m  # none twice
    return taken


def in_double(sae, x, fired_at):
    """Return the loss and its gradients in double precision, given which latents are active."""
    w = {name: getattr(sae, name).detach().double().requires_grad_() for name in PARAMETERS}
    pre = (x.double() - w["b_dec"]) @ w["W_enc"].T + w["b_enc"]
    codes = pre * fired_at
    loss = (x.double() - codes @ w["W_dec"] - w["b_dec"]).pow(2).sum(dim=1).mean()
    gradients = torch.autograd.grad(loss, list(w.values()))
    return pre.detach(), loss.detach(), dict(zip(w, gradients, strict=True))


def sizes(sae, x, fired_at):
    """Sum the squares of the terms of x - x_hat, were they not to cancel: what rounding goes by."""
    w = {name: getattr(sae, name).detach().double().abs() for name in PARAMETERS}
    codes = fired_at * ((x.double().abs() + w["b_dec"]) @ w["W_enc"].T + w["b_enc"])
    return float((x.double().abs() + w["b_dec"] + codes @ w["W_dec"]).pow(2).sum())


@given(cases())
@example(make(512, 5, 16, 2100, 0, False, 0))  # more than one block
def test_loss_and_gradients_are_those_of_a_valid_selection(case):
    sae, x = case
    assert can_fuse(sae, x)
    k, silent = sae.architecture.k, torch.zeros(sae.n_latents, dtype=torch.long)
    loss, step = sae.architecture.loss(sae, x, silent)
    loss.backward()
    fused = {name: getattr(sae, name).grad for name in PARAMETERS}
    fired_at = active(sae, x)
    pre, expected, gradients = in_double(sae, x, fired_at)
    # valid: no more than k, all positive, none left out that is larger
    assert (fired_at.sum(dim=1) == (pre > 0).sum(dim=1).clamp_max(k)).all()
    least = torch.where(fired_at, pre, torch.inf).min(dim=1).values
    left = torch.where(fired_at, -torch.inf, pre).max(dim=1).values
    full = fired_at.sum(dim=1) == k
    assert (left <= torch.where(full, least, 0) + 1e-5).all()
    assert torch.equal(step.fired, fired_at.any(dim=0))
    assert step.active == fired_at.sum()
    rounding = 1e-6 * sizes(sae, x, fired_at)
    assert float(step.squared_error) == pytest.approx(len(x) * float(expected), abs=rounding)
    assert float(loss.detach()) == pytest.approx(float(expected), abs=rounding / len(x))
    # sums whose terms cancel are as exact as the largest of their terms
    by_bias = gradients["b_enc"].abs()
    terms = {
        "W_enc": by_bias.max() * sae.b_dec.detach().abs().max(),
        "b_dec": (by_bias @ sae.W_enc.detach().abs().double()).max(),
    }
    for name, reference in gradients.items():
        scale = max(1.0, float(reference.abs().max()), float(terms.get(name, 0)))
        assert (fused[name] - reference).abs().max() <= 2e-6 * scale, name


def test_dead_latents_are_helped_as_by_autograd():
    sae, x = random_sae(40, 12, TopK(3, AuxK(k=4, coefficient=2, patience=5))), samples(33, 12)
    silent = torch.where(torch.arange(40) < 9, 9, 0)
    found = []
    for loss_of in (sae.architecture.loss, sae.architecture.loss_by_autograd):
        sae.zero_grad()
        loss, step = loss_of(sae, x, silent)
        loss.backward()
        found.append([loss.detach(), step.squared_error, *(p.grad for p in sae.parameters())])
    for fused, reference in zip(*found, strict=True):
        torch.testing.assert_close(fused, reference, rtol=1e-5, atol=2e-6)


def test_gradients_scale_with_what_follows():
    sae, x = random_sae(40, 12, TopK(3)), samples(33, 12)
    silent, found = torch.zeros(40, dtype=torch.long), []
    for factor in (1, -4):
        sae.zero_grad()
        (factor * sae.architecture.loss(sae, x, silent)[0]).backward()
        found.append(sae.W_enc.grad.clone())
    assert torch.equal(found[1], -4 * found[0])


def test_double_precision_goes_by_autograd():
    sae, x = random_sae(40, 12, TopK(3)).double(), samples(33, 12).double()
    assert not can_fuse(sae, x)
    loss, _ = sae.architecture.loss(sae, x, torch.zeros(40, dtype=torch.long))
    single, _ = random_sae(40, 12, TopK(3)).architecture.loss(
        random_sae(40, 12, TopK(3)), samples(33, 12), torch.zeros(40, dtype=torch.long)
    )
    assert loss.dtype == torch.float64
    assert float(loss.detach()) == pytest.approx(float(single.detach()), rel=1e-5)
