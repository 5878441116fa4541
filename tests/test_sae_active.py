"""The compiled passes against autograd in double precision, where ties and negatives occur."""

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from sae_cases import random_sae, samples

from featuretopo.sae import AuxK, BatchTopK, Gated, JumpReLU, Matryoshka, ReLU, TopK
from featuretopo.sae.active import above, can_be_sparse, few_above, largest

PARAMETERS = ("W_enc", "W_dec", "b_enc", "b_dec")


@st.composite
def cases(draw):
    """An SAE and samples; a coarse one has weights in quarters: ties abound, sums are exact."""
    n_latents = draw(st.one_of(st.integers(2, 20), st.integers(60, 140), st.just(4100)))
    k = draw(st.one_of(st.integers(1, min(8, n_latents)), st.just(min(n_latents, 140))))
    kind = draw(st.sampled_from([TopK, BatchTopK, Matryoshka, ReLU, Gated]))
    d, b, seed = draw(st.integers(1, 20)), draw(st.integers(1, 40)), draw(st.integers(0, 1000))
    return make(kind, n_latents, k, d, b, seed, draw(st.booleans()), draw(st.sampled_from([0, -3])))


def make(kind, n_latents, k, d, b, seed, coarse, shift):
    """Make an SAE and samples; `shift` is added to the encoder's bias."""
    architecture = {
        ReLU: lambda: ReLU(0.3),
        Gated: lambda: Gated(0.3),
        Matryoshka: lambda: Matryoshka(k, shares=(0.5, 1)),
    }.get(kind, lambda: kind(k))()
    sae, x = random_sae(n_latents, d, architecture, seed), samples(b, d, seed)
    with torch.no_grad():
        sae.b_enc += shift
        for name in {"r_mag", "b_mag"} & set(sae.extra):
            sae.extra[name] += 0.5 * torch.linspace(-1, 1, n_latents)
        if coarse:
            for name in PARAMETERS:
                each = getattr(sae, name)
                each.copy_((4 * each).round() / 4)
            x = (4 * x).round() / 4
    return sae, x


def taken(sae, x):
    """Tell which outputs of the encoder the compiled passes take, (b, n_latents); None: all."""
    a = sae.architecture
    if isinstance(a, BatchTopK):
        before = sae.extra["threshold"].clone()
        found = a.active(sae, x)
        with torch.no_grad():
            sae.extra["threshold"].copy_(before)
    else:
        found = largest(sae, x, a.k) if isinstance(a, TopK) else few_above(sae, x, 0.0)
    if found is None:
        return None
    mask = torch.zeros(len(x), sae.n_latents, dtype=torch.bool)
    rows = np.repeat(np.arange(len(x)), np.diff(found.starts))
    mask[rows, found.latents] = True
    assert mask.sum() == len(found.latents)  # none twice
    return mask


def in_double(sae, x, mask):
    """Return outputs, loss, its gradients and the scale of rounding, given which are active."""
    a = sae.architecture
    w = {name: each.detach().double().requires_grad_() for name, each in sae.named_parameters()}
    x = x.double()
    linear = (x - w["b_dec"]) @ w["W_enc"].T
    pre = linear + w["b_enc"]
    codes, extra = pre * mask, 0.0
    if isinstance(a, ReLU):
        extra = a.l1 * codes.sum()
    if isinstance(a, Gated):
        by_gate = x - codes @ w["W_dec"].detach() - w["b_dec"].detach()
        extra = a.l1 * codes.sum() + by_gate.pow(2).sum()
        codes = (w["extra.r_mag"].exp() * linear + w["extra.b_mag"]).relu() * mask
    ends = a.sizes(sae.n_latents) if isinstance(a, BatchTopK) else [sae.n_latents]
    errors = [(x - codes[:, :m] @ w["W_dec"][:m] - w["b_dec"]).pow(2).sum() for m in ends]
    loss = (sum(errors) / len(errors) + extra) / len(x)
    trained = {name: each for name, each in w.items() if name != "extra.threshold"}
    gradients = torch.autograd.grad(loss, list(trained.values()), allow_unused=True)
    # a sum whose terms cancel is as exact as the terms: here they do not
    size = {name: each.detach().abs() for name, each in w.items()}
    most = mask * ((x.abs() + size["b_dec"]) @ size["W_enc"].T + size["b_enc"])
    if isinstance(a, Gated):
        most = 2 * most * size["extra.r_mag"].exp() + mask * size["extra.b_mag"]
    scale = (x.abs() + size["b_dec"] + most @ size["W_dec"]).pow(2).sum() / len(x)
    return pre.detach(), loss.detach(), dict(zip(trained, gradients, strict=True)), codes, scale


@given(cases())
@example(make(TopK, 512, 5, 16, 2100, 0, False, 0))  # more than one block
@example(make(BatchTopK, 512, 5, 16, 2100, 0, True, 0))
@example(make(Gated, 512, 5, 16, 2100, 0, False, -3))
def test_loss_and_gradients_are_those_of_a_valid_selection(case):
    sae, x = case
    a = sae.architecture
    assert can_be_sparse(sae, x)
    mask = taken(sae, x)
    if mask is None:  # the dense formula has its own tests
        return
    loss, step = a.loss(sae, x, torch.zeros(sae.n_latents, dtype=torch.long))
    loss.backward()
    pre, expected, gradients, codes, scale = in_double(sae, x, mask)
    # valid: all positive, and none left out that is larger, beyond k or where there is no k
    chosen = pre.flatten()[None] if isinstance(a, BatchTopK) else pre
    flags = mask.flatten()[None] if isinstance(a, BatchTopK) else mask
    k = getattr(a, "k", sae.n_latents) * len(pre) // len(chosen)
    near = 1e-5 * max(1.0, float(pre.abs().max()))  # of 0, where rounding decides
    assert (flags.sum(dim=1) >= (chosen > near).sum(dim=1).clamp_max(k)).all()
    assert (flags.sum(dim=1) <= (chosen > -near).sum(dim=1).clamp_max(k)).all()
    least = torch.where(flags, chosen, torch.inf).min(dim=1).values
    left = torch.where(flags, -torch.inf, chosen).max(dim=1).values
    assert (left <= torch.where(flags.sum(dim=1) == k, least, 0) + near).all()
    # what happened
    assert torch.equal(step.fired, (codes > 0).any(dim=0))
    assert step.active == (codes > 0).sum()
    # two sums one after the other, squared: float32 rounds once a term
    longest = sae.d + int(mask.sum(dim=1).max())
    rounding = max(1e-6, torch.finfo(torch.float32).eps * longest) * float(scale)
    assert float(loss.detach()) == pytest.approx(float(expected), abs=rounding)
    error = (x - codes.detach() @ sae.W_dec.double() - sae.b_dec).pow(2).sum() / len(x)
    assert float(step.squared_error) / len(x) == pytest.approx(float(error.detach()), abs=rounding)
    # gradients
    by_bias = gradients["b_enc"].abs()
    terms = {
        "W_enc": by_bias.max() * sae.b_dec.detach().abs().max(),
        "b_dec": (by_bias @ sae.W_enc.detach().abs().double()).max(),
    }
    for name, reference in gradients.items():
        found = dict(sae.named_parameters())[name].grad
        size = max(1.0, float(reference.abs().max()), float(terms.get(name, 0)), float(scale))
        assert (found - reference).abs().max() <= 4e-6 * size, name


@pytest.mark.parametrize("threshold", [0.0, 0.01, 0.5, 1e6])
def test_a_batch_has_its_largest_outputs_whatever_the_threshold_was(threshold):
    sae, x = make(BatchTopK, 90, 3, 12, 70, 0, False, 0)
    expected = taken(sae, x)
    with torch.no_grad():
        sae.extra["threshold"].fill_(threshold)
    assert torch.equal(taken(sae, x), expected)
    assert expected.sum() == 3 * 70


def test_few_are_gathered_and_many_are_not():
    sae, x = make(ReLU, 512, 1, 16, 3000, 0, False, 0)
    pre = sae.before_selection(x).detach()
    assert few_above(sae, x, 0.0) is None
    gathered = above(sae, x, 0.0)  # half of all: the room made for them grows
    assert abs(len(gathered.latents) - int((pre > 0).sum())) <= 3
    bounds = pre.quantile(0.95, dim=0).numpy()
    found = few_above(sae, x, bounds)
    assert abs(len(found.latents) - int((pre > torch.from_numpy(bounds)).sum())) <= 20
    assert (found.values.detach() > found.of(torch.from_numpy(bounds))).all()


@pytest.mark.parametrize("kind", [TopK, BatchTopK, Matryoshka])
def test_dead_latents_are_helped_as_by_autograd(kind):
    silent, found = torch.where(torch.arange(40) < 9, 9, 0), []
    for way in ("loss", "dense_loss"):
        sae, x = random_sae(40, 12, kind(3, AuxK(k=4, coefficient=2, patience=5))), samples(33, 12)
        loss, step = getattr(sae.architecture, way)(sae, x, silent)
        loss.backward()
        gradients = [getattr(sae, name).grad for name in PARAMETERS]
        found.append([loss.detach(), step.squared_error, *gradients])
    for sparse, dense in zip(*found, strict=True):
        torch.testing.assert_close(sparse, dense, rtol=1e-5, atol=4e-6)


def test_gradients_scale_with_what_follows():
    sae, x = random_sae(40, 12, TopK(3)), samples(33, 12)
    silent, found = torch.zeros(40, dtype=torch.long), []
    for factor in (1, -4):
        sae.zero_grad()
        (factor * sae.architecture.loss(sae, x, silent)[0]).backward()
        found.append(sae.W_enc.grad.clone())
    assert torch.equal(found[1], -4 * found[0])


@pytest.mark.parametrize("kind", [TopK, BatchTopK, ReLU, Gated])
def test_double_precision_goes_by_autograd(kind):
    losses = []
    for precision in (torch.float64, torch.float32):
        sae, x = make(kind, 40, 3, 12, 33, 0, False, -3)
        sae, x = sae.to(precision), x.to(precision)
        assert can_be_sparse(sae, x) == (precision == torch.float32)
        losses.append(sae.architecture.loss(sae, x, torch.zeros(40, dtype=torch.long))[0])
    assert losses[0].dtype == torch.float64
    assert float(losses[0].detach()) == pytest.approx(float(losses[1].detach()), rel=1e-5)


WITHOUT_A_NUMBER = [
    JumpReLU(0.2, threshold=0.3, bandwidth=0.1), JumpReLU(0.2, threshold=0.3, bandwidth=1.0),
    ReLU(0.2, tied=True), ReLU(0.2, decoder_bias=False), Gated(0.2),
    Gated(0.2, frozen_decoder=False),
]  # fmt: skip


@given(st.integers(0, 500), st.sampled_from(WITHOUT_A_NUMBER), st.booleans())
def test_few_or_many_active_the_gradients_are_those_of_the_dense_formula(
    seed, architecture, crowded
):
    found = []
    for precision in (torch.float64, torch.float32):
        sae = random_sae(30, 9, architecture, seed).to(precision)
        x = samples(40, 9, seed).to(precision)
        with torch.no_grad():
            sae.b_enc -= 0 if crowded else 2
        loss, step = sae.architecture.loss(sae, x, torch.zeros(30, dtype=torch.long))
        loss.backward()
        found.append([loss.detach(), step.squared_error, step.active.double(), step.fired.double()])
        found[-1] += [each.grad for each in sae.parameters() if each.requires_grad]
    jumps = isinstance(architecture, JumpReLU)
    bound = sae.extra["log_threshold"].detach().exp().numpy() if jumps else 0.0
    assert (few_above(sae, x, bound) is None) == crowded
    for exact, single in zip(*found, strict=True):
        torch.testing.assert_close(single.double(), exact.double(), rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize(
    ("n_latents", "b"), [(30, 40), (4100, 2 * 63 + 5)], ids=["one block", "three blocks"]
)
@pytest.mark.parametrize("gated", [Gated(0.0), Gated(0.3), Gated(0.3, frozen_decoder=False)])
def test_crowded_gates_have_the_gradients_of_the_dense_formula_in_whatever_blocks(
    n_latents, b, gated
):
    found = []
    for precision in (torch.float64, torch.float32):
        sae, x = make(Gated, n_latents, 1, 12, b, 0, False, 0)
        sae.architecture = gated
        sae, x = sae.to(precision), x.to(precision)
        loss, step = sae.architecture.loss(sae, x, torch.zeros(n_latents, dtype=torch.long))
        (-3 * loss).backward()
        assert step.active.dtype == torch.long and step.fired.dtype == torch.bool
        # a code within rounding of 0 may be on either side of it
        assert step.active == pytest.approx(int((sae.encode(x) > 0).sum()), abs=2)
        found.append([loss.detach(), step.squared_error])
        found[-1] += [each.grad for each in sae.parameters()]
    assert few_above(sae, x, 0.0) is None
    for exact, single in zip(*found, strict=True):
        size = max(1.0, float(exact.abs().max()))
        assert (single - exact).abs().max() <= 2e-5 * size


def test_what_is_no_number_is_no_number_in_crowded_gates_too():
    sae, x = make(Gated, 30, 1, 12, 40, 0, False, 0)
    x[7, 3] = torch.nan
    loss, step = sae.architecture.loss(sae, x, torch.zeros(30, dtype=torch.long))
    assert loss.isnan() and step.squared_error.isnan()
