"""Every architecture against its paper's equations, dense, in double precision."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from sae_cases import random_sae, samples

import featuretopo as ft
from featuretopo.errors import FeaturetopoError
from featuretopo.llm import UniformFrequency
from featuretopo.sae import AuxK, BatchTopK, Gated, JumpReLU, Matryoshka, ReLU, TopK, toy_2022
from featuretopo.sae.evaluate import evaluate
from featuretopo.truth import Sphere

B, N, D = 6, 10, 5
NOBODY = torch.zeros(N, dtype=torch.long)  # is dead


def doubled(sae):
    """Return every parameter in double precision, to be differentiated."""
    return {name: each.detach().double().requires_grad_() for name, each in sae.named_parameters()}


def pre_of(w, x):
    W_enc = w.get("W_enc", w["W_dec"])
    return (x.double() - w["b_dec"]) @ W_enc.T + w["b_enc"]


def relu_loss(a, w, x):
    codes = pre_of(w, x).relu()
    error = x.double() - codes @ w["W_dec"] - w["b_dec"]
    return (error**2).sum(dim=1).mean() + a.l1 * codes.sum(dim=1).mean(), codes


def gated_loss(a, w, x):
    gate = pre_of(w, x)
    shifted = (x.double() - w["b_dec"]) @ (torch.exp(w["extra.r_mag"])[:, None] * w["W_enc"]).T
    codes = torch.where(gate > 0, (shifted + w["extra.b_mag"]).relu(), 0.0)
    error = x.double() - codes @ w["W_dec"] - w["b_dec"]
    W_dec, b_dec = w["W_dec"], w["b_dec"]
    if a.frozen_decoder:
        W_dec, b_dec = W_dec.detach(), b_dec.detach()
    by_gate = x.double() - gate.relu() @ W_dec - b_dec
    loss = (error**2).sum(dim=1) + (by_gate**2).sum(dim=1) + a.l1 * gate.relu().sum(dim=1)
    return loss.mean(), codes


def batch_codes(a, w, x):
    positive = pre_of(w, x).relu()
    least = positive.flatten().sort(descending=True).values[: a.k * len(x)].min()
    return torch.where(positive >= least, positive, 0.0)


def batch_topk_loss(a, w, x):
    codes = batch_codes(a, w, x)
    error = x.double() - codes @ w["W_dec"] - w["b_dec"]
    return (error**2).sum(dim=1).mean(), codes


def matryoshka_loss(a, w, x):
    codes = batch_codes(a, w, x)
    errors = [
        ((x.double() - codes[:, :m] @ w["W_dec"][:m] - w["b_dec"]) ** 2).sum(dim=1).mean()
        for m in a.sizes(N)
    ]
    return sum(errors) / len(errors), codes


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_eased_gates_have_a_share_of_their_penalty_and_all_of_their_errors(share):
    sae, x = random_sae(N, D, Gated(0.2)), samples(B, D)

    def loss(of):
        return float(sae.architecture.eased(of).loss(sae, x, NOBODY)[0].detach())

    assert loss(1.0) - loss(0.0) > 0.1
    assert loss(share) == pytest.approx((1 - share) * loss(0.0) + share * loss(1.0), rel=1e-5)


SMOOTH = [
    (ReLU(0.3), relu_loss),
    (ReLU(0.3, tied=True), relu_loss),
    (ReLU(0.3, decoder_bias=False), relu_loss),
    (Gated(0.2), gated_loss),
    (Gated(0.2, frozen_decoder=False), gated_loss),
    (BatchTopK(3), batch_topk_loss),
    (Matryoshka(3, shares=(0.2, 0.5, 1)), matryoshka_loss),
]


@pytest.mark.parametrize(("architecture", "plain"), SMOOTH)
@pytest.mark.parametrize("seed", range(3))
def test_loss_codes_and_gradients_are_those_of_the_equations(architecture, plain, seed):
    sae, x = random_sae(N, D, architecture, seed), samples(B, D, seed)
    with torch.no_grad():
        for each in sae.extra.values():
            if each.requires_grad:
                each += 0.3 * torch.randn(each.shape, generator=torch.Generator().manual_seed(seed))
    w = doubled(sae)
    loss, step = architecture.loss(sae, x, NOBODY)
    expected, codes = plain(architecture, w, x)
    assert float(loss.detach()) == pytest.approx(float(expected.detach()), rel=1e-5)
    loss.backward()
    expected.backward()
    for name, parameter in sae.named_parameters():
        if parameter.requires_grad:
            torch.testing.assert_close(
                parameter.grad.double(), w[name].grad, rtol=1e-4, atol=1e-5, msg=name
            )
    assert int(step.active) == int((codes > 0).sum())
    torch.testing.assert_close(step.fired, (codes > 0).any(dim=0))
    error = x.double() - codes @ w["W_dec"] - w["b_dec"]
    assert float(step.squared_error) == pytest.approx(float((error**2).sum().detach()), rel=1e-5)
    if not isinstance(architecture, BatchTopK):  # whose codes in use are those above a threshold
        torch.testing.assert_close(sae.encode(x).double(), codes, rtol=1e-4, atol=1e-5)


@given(seed=st.integers(0, 1000), l0=st.floats(0, 2), width=st.floats(0.05, 2))
def test_jumps_get_the_gradients_of_the_kernel(seed, l0, width):
    architecture = JumpReLU(l0, threshold=0.2, bandwidth=width)
    sae, x = random_sae(N, D, architecture, seed), samples(B, D, seed)
    w = doubled(sae)
    threshold = w["extra.log_threshold"].exp().detach()
    z = pre_of(w, x)
    active = (z > threshold).double().detach()
    codes = z * active
    error = x.double() - codes @ w["W_dec"] - w["b_dec"]
    smooth = (error**2).sum(dim=1).mean()  # what is differentiable, at fixed activity
    (by_codes,) = torch.autograd.grad(smooth, codes, retain_graph=True)
    smooth.backward()
    loss, step = architecture.loss(sae, x, NOBODY)
    expected = float(smooth.detach()) + l0 * float(active.sum()) / B
    assert float(loss.detach()) == pytest.approx(expected, rel=1e-4)
    loss.backward()
    for name in ("W_enc", "W_dec", "b_enc", "b_dec"):
        torch.testing.assert_close(
            getattr(sae, name).grad.double(), w[name].grad, rtol=1e-3, atol=1e-4, msg=name
        )
    inside = ((z - threshold).abs() < width / 2).double().detach()
    by_threshold = -(inside / width * (threshold * by_codes + l0 / B)).sum(dim=0)
    torch.testing.assert_close(
        sae.extra["log_threshold"].grad.double(), by_threshold * threshold, rtol=1e-3, atol=1e-4
    )
    torch.testing.assert_close(sae.encode(x).double(), codes.detach(), rtol=1e-4, atol=1e-5)
    assert int(step.active) == int((codes > 0).sum())


def test_the_expected_number_of_active_latents_has_the_slope_that_the_kernel_gives():
    architecture = JumpReLU(1.0, threshold=0.3, bandwidth=0.2)
    sae = random_sae(4, D, architecture)
    x = samples(200_000, D)

    def active(shift):
        z = sae.before_selection(x)
        return float((z > sae.extra["log_threshold"].exp() + shift).sum() / len(x))

    with torch.no_grad():
        slope = (active(0.1) - active(-0.1)) / 0.2
    sae.W_dec.data.zero_()  # leaves the penalty alone to depend on the threshold
    loss, _ = architecture.loss(sae, x, torch.zeros(4))
    loss.backward()
    start = sae.extra["log_threshold"].detach().exp()
    found = float((sae.extra["log_threshold"].grad / start).sum())
    assert found == pytest.approx(slope, rel=0.01)


def test_a_tied_encoder_is_the_decoder():
    sae = random_sae(N, D, ReLU(0.1, tied=True))
    assert sae.W_enc is sae.W_dec
    assert len(list(sae.parameters())) == 3


def test_the_toy_s_loss_is_its_own_times_the_dimension():
    alpha, architecture = 0.32, toy_2022(0.32, N, D)
    sae, x = random_sae(N, D, architecture), samples(B, D)
    loss, _ = architecture.loss(sae, x, NOBODY)
    codes = (x @ sae.W_enc.T + sae.b_enc).relu()
    toy = ((x - codes @ sae.W_dec) ** 2).mean() + alpha * codes.sum(dim=1).mean() / N
    assert float(loss.detach()) == pytest.approx(D * float(toy.detach()), rel=1e-5)
    assert not sae.b_dec.any() and not sae.b_dec.requires_grad


def test_the_threshold_of_a_batch_follows_its_least_active_code():
    architecture = BatchTopK(2)
    sae = random_sae(N, D, architecture)
    least = []
    for seed in range(3):
        pre = sae.before_selection(samples(B, D, seed)).detach()
        architecture.loss(sae, samples(B, D, seed), NOBODY)
        least.append(float(pre.flatten().sort(descending=True).values[2 * B - 1]))
    known = least[0]
    for each in least[1:]:
        known += 0.01 * (each - known)
    assert float(sae.extra["threshold"]) == pytest.approx(known, rel=1e-5)
    # in use, a sample's codes are the same alone and in company
    x = samples(50, D, 9)
    with torch.no_grad():
        alone = torch.cat([sae.encode(x[i : i + 1]) for i in range(50)])
        torch.testing.assert_close(alone, sae.encode(x))
    assert sorted(name for name, each in sae.named_parameters() if not each.requires_grad) == [
        "extra.threshold"
    ]


@pytest.mark.parametrize("architecture", [BatchTopK(2), Matryoshka(2, shares=(0.5, 1))])
def test_dead_latents_are_helped(architecture):
    helped = type(architecture)(**(vars(architecture) | {"auxk": AuxK(patience=5)}))
    dead = torch.where(torch.arange(N) < 4, 9, 0)
    losses = []
    for each in (architecture, helped):
        sae = random_sae(N, D, each)
        with torch.no_grad():
            sae.b_enc[:4] -= 9  # they do not fire
        loss, _ = each.loss(sae, samples(B, D), dead)
        losses.append(float(loss.detach()))
    assert losses[1] >= losses[0]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ReLU(-1), "l1=-1 must be at least 0"),
        (lambda: ReLU(math.nan), "l1=nan must be"),
        (lambda: toy_2022(-1, 4, 4), "alpha=-1 must be"),
        (lambda: Gated(math.inf), "l1=inf must be"),
        (lambda: JumpReLU(-0.1), "l0=-0.1 must be"),
        (lambda: JumpReLU(1, threshold=0), "threshold=0 must be positive"),
        (lambda: JumpReLU(1, bandwidth=math.nan), "bandwidth=nan must be positive"),
        (lambda: ReLU("a"), "l1='a' must be a number"),
        (lambda: ReLU([0.1]), r"l1=\[0\.1\] must be a number"),
        (lambda: ReLU(0.1, tied="yes"), "tied='yes' must be True or False"),
        (lambda: ReLU(0.1, decoder_bias=1), "decoder_bias=1 must be True or False"),
        (lambda: toy_2022("a", 4, 4), "alpha='a' must be a number"),
        (lambda: toy_2022(1, n_latents=0, d=3), "n_latents=0 must be a whole number, at least 1"),
        (lambda: toy_2022(1, n_latents=3, d=2.5), "d=2.5 must be a whole number, at least 1"),
        (lambda: Gated(None), "l1=None must be a number"),
        (lambda: Gated(0.1, frozen_decoder=1), "frozen_decoder=1 must be True or False"),
        (lambda: JumpReLU(True), "l0=True must be a number"),
        (lambda: JumpReLU(1, threshold="a"), "threshold='a' must be a number"),
        (lambda: JumpReLU(1, bandwidth=(0.1, 0.2)), r"bandwidth=\(0\.1, 0\.2\) must be a number"),
        (lambda: Matryoshka(1, shares="a"), "shares='a' must be a list, e.g."),
        (lambda: Matryoshka(1, shares=0.5), "shares=0.5 must be a list, e.g."),
        (lambda: Matryoshka(1, shares=("a", 1)), r"shares\[0\]='a' must be a number"),
        (lambda: BatchTopK(0), "k=0 must be a whole number, at least 1"),
        (lambda: random_sae(4, 4, BatchTopK(5)), "k=5 of 4 latents"),
        (lambda: Matryoshka(0), "k=0 must be a whole number, at least 1"),
        (lambda: Matryoshka(1, shares=(0.5, 0.2, 1)), "must grow from above 0 to 1"),
        (lambda: Matryoshka(1, shares=(0.5,)), "must grow from above 0 to 1"),
        (lambda: Matryoshka(1, shares=()), "must grow from above 0 to 1"),
        (lambda: random_sae(4, 4, Matryoshka(1)), "each must hold more than the one before"),
        (lambda: random_sae(4, 4, Matryoshka(5, shares=(1,))), "k=5 of 4 latents"),
    ],
)
def test_what_no_sae_can_have_is_refused(make, words):
    with pytest.raises(FeaturetopoError, match=words):
        make()


@pytest.mark.parametrize(
    "architecture",
    [
        ReLU(0.3), ReLU(0.3, tied=True), Gated(0.3), JumpReLU(0.1), TopK(3), BatchTopK(2),
        Matryoshka(2, shares=(0.5, 1)),
    ],
)  # fmt: skip
def test_each_learns_the_features_that_fire(architecture):
    truth = ft.GroundTruth([Sphere(24)], d=32, rng=0)
    model = ft.SimulatedLLM(truth, frequency=UniformFrequency(2.5), rng=0)
    sae = ft.train(
        model, architecture, n_latents=36, steps=1500, batch_size=512, learning_rate=3e-3, rng=0
    )
    found = evaluate(sae, model.sample(2000, rng=1).activations)
    learned = ft.similarity.mmcs(truth.dictionary, sae.dictionary).a_to_b
    assert learned > 0.9, (learned, found)
    assert found.fvu < 0.15 and 1 < found.l0 < 6
    history = sae.history
    assert history.fvu[-1] < history.fvu[0] and history.loss[-1] < history.loss[0]
    assert history.l0[-1] == pytest.approx(found.l0, rel=0.2)
    np.testing.assert_allclose(np.linalg.norm(sae.dictionary.vectors, axis=1), 1, atol=1e-5)
