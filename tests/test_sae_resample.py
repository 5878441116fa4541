"""Resample against the description in Bricken et al. 2023, and on a problem with dead latents."""

import re

import numpy as np
import pytest
import torch
from sae_cases import random_sae, samples
from training_cases import MODEL, NAN, SMALL, Fixed, one_thread  # noqa: F401

from featuretopo.errors import FeaturetopoError
from featuretopo.sae import BatchTopK, Gated, JumpReLU, ReLU, Resample, TopK, train
from featuretopo.sae.run import Run
from featuretopo.sae.step import Optimiser

N = D = 12  # of one size: what has a row for each latent is told by name
B = 32
EVERY = 10
PATIENCE = EVERY // 2 * B


def run_of(architecture, dead=(), seed=0):
    """Make a run after a few steps, some of whose latents have not fired for half of `every`."""
    sae = random_sae(N, D, architecture, seed)
    run = Run(sae, Optimiser(sae), torch.full((N,), PATIENCE - 1))
    for step in range(5):
        run.optimiser.step(samples(B, D, step), run.silent_for, rate=1e-2)
    run.silent_for[list(dead)] = PATIENCE
    return run


def copies(run):
    return {name: each.clone() for name, each in run.tensors().items()}


@pytest.mark.parametrize(
    "architecture", [TopK(3), BatchTopK(3), ReLU(0.1), Gated(0.1), JumpReLU(0.1)], ids=repr
)
def test_dead_latents_start_again_as_described_and_nothing_else_changes(architecture):
    dead = [1, 4, 5]
    live = [i for i in range(N) if i not in dead]
    run, x = run_of(architecture, dead), samples(B, D, 99)
    before = copies(run)
    assert before["optimiser/W_dec/exp_avg"][dead].any()
    batches = [x[:20], x[20:]]
    assert Resample(EVERY).apply(run, batches, B, np.random.default_rng(0)) == 3
    after = copies(run)
    shifted = x - before["b_dec"]
    for row in dead:
        candidates = shifted / shifted.norm(dim=1, keepdim=True)
        assert (candidates - after["W_dec"][row]).norm(dim=1).min() < 1e-5
    length = 0.2 * before["W_enc"][live].norm(dim=1).mean()
    torch.testing.assert_close(after["W_enc"][dead], length * after["W_dec"][dead])
    fresh = architecture.extra(N)
    for name, value in after.items():
        own = name.rsplit("/", 1)[0].removeprefix("optimiser/")
        if own in ("W_dec", "W_enc", "b_enc", "silent_for", "extra.r_mag", "extra.b_mag",
                   "extra.log_threshold"):  # fmt: skip
            if name.endswith("step"):
                continue
            assert torch.equal(value[live], before[name][live]), name
            if name.startswith("optimiser/") or name in ("b_enc", "silent_for"):
                assert not value[dead].any(), name
            elif name.startswith("extra."):
                assert torch.equal(value[dead], fresh[name.removeprefix("extra.")][dead]), name
        else:
            assert torch.equal(value, before[name]), name


def test_inputs_are_drawn_in_proportion_to_their_squared_losses_from_all_batches():
    n = 6000
    sae = random_sae(n, 3, ReLU(0))
    with torch.no_grad():
        sae.b_enc.fill_(-100)  # nothing fires: the loss is the squared distance from the bias
        sae.b_dec.zero_()
    run = Run(sae, Optimiser(sae), torch.full((n,), 10**9))
    x = torch.diag(torch.tensor([1.0, 1.2, 1.5]))
    batches = [x[:2], torch.zeros(2, 3), x[2:], torch.zeros(1, 3)]
    assert Resample(2).apply(run, batches, B, np.random.default_rng(0)) == n
    found = sae.W_dec.detach().argmax(dim=1).bincount().numpy() / n
    weight = np.array([1, 1.2, 1.5]) ** 4  # squared errors, squared
    expected = weight / weight.sum()
    assert (abs(found - expected) < 4 * np.sqrt(expected * (1 - expected) / n)).all()
    # where no latent is alive, the length is a fifth of the mean of all
    assert torch.allclose(sae.W_enc.norm(dim=1), sae.W_enc.norm(dim=1)[0])


def test_without_dead_latents_or_without_loss_nothing_happens():
    run = run_of(TopK(3))
    before = copies(run)
    assert Resample(EVERY).apply(run, iter(()), B, np.random.default_rng(0)) == 0
    run.silent_for[:3] = PATIENCE
    bias = run.sae.b_dec.detach()[None].repeat(4, 1)  # no direction leads there from the bias
    assert Resample(EVERY).apply(run, [bias], B, np.random.default_rng(0)) == 0
    after = copies(run)
    assert all(torch.equal(after[name], before[name]) for name in before if name != "silent_for")


def test_it_is_done_when_it_is_due_and_not_after_the_last_step():
    x = np.zeros((64, 8), np.float32)
    x[::2, 0] = 1  # one direction: most of 20 latents never fire
    for times, calls in ((1, 1), (2, 2), (9, 2)):  # steps 10, 20, and not 30
        source = Fixed(x)
        train(source, TopK(1), **SMALL, resample=Resample(10, times=times, batches=3))
        assert source.calls == 1 + 30 + 3 * calls


def test_latents_that_no_gradient_reaches_fire_again():
    def batch(seed):
        return torch.from_numpy(MODEL.sample(256, rng=seed).activations)

    found = []
    for resample in (False, True):
        sae = random_sae(24, 16, ReLU(0.02))
        run = Run(sae, Optimiser(sae), torch.full((24,), PATIENCE))
        with torch.no_grad():
            sae.b_enc[:21] = -100
        run.silent_for[21:] = 0
        if resample:
            batches = [batch(seed) for seed in range(1000, 1004)]
            assert Resample(EVERY).apply(run, batches, B, np.random.default_rng(0)) == 21
        for step in range(150):
            run.optimiser.step(batch(step), run.silent_for, rate=1e-2)
        x = batch(9999)
        with torch.no_grad():
            fired = (sae.encode(x) > 0).any(dim=0)[:21].sum()
            found.append((int(fired), float((x - sae(x)).pow(2).sum())))
    assert found[0][0] == 0
    assert found[1][0] > 12
    assert found[1][1] < 0.5 * found[0][1]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"every": 1},
            "Resample(every=1, times=4, batches=100): every must be a whole number, at least 2",
        ),
        ({"every": 2.5}, "every must be a whole number"),
        ({"every": 2, "times": 0}, "times must be a whole number, at least 1"),
        ({"every": 2, "times": "9"}, "times must be a whole number"),
        ({"every": 2, "batches": 0}, "batches must be a whole number, at least 1"),
    ],
)
def test_values_out_of_range_are_refused(given, message):
    with pytest.raises(FeaturetopoError, match=re.escape(message)):
        Resample(**given)


def test_what_can_never_happen_is_refused():
    with pytest.raises(FeaturetopoError, match=r"every=30 of 30 steps: no latent would.*lower it"):
        train(MODEL, TopK(2), **SMALL, resample=Resample(30))
    with pytest.raises(FeaturetopoError, match=r"ReLU.*tied=True.* ties them; leave it out, or"):
        train(MODEL, ReLU(0.1, tied=True), **SMALL, resample=Resample(10))


@pytest.mark.parametrize("value", [NAN, 1e25])
def test_activations_that_turn_nan_or_too_large_meanwhile_are_named(value):
    run = run_of(TopK(3), dead=[0])
    with pytest.raises(
        FeaturetopoError, match="latents are resampled: the source gave NaN, infinite or too large"
    ):
        Resample(EVERY).apply(run, [torch.full((4, D), value)], B, np.random.default_rng(0))
