"""train: against a plain loop, on a problem with a known answer, and on input that cannot work."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.nn.functional import normalize
from training_cases import INF, MODEL, NAN, SMALL, Fixed, one_thread, weights  # noqa: F401

from featuretopo import similarity
from featuretopo.errors import FeaturetopoError
from featuretopo.llm import PerShape, SimulatedLLM, UniformFrequency
from featuretopo.random import child_seed
from featuretopo.sae import SAE, AuxK, Gated, JumpReLU, ReLU, TopK, evaluate, train
from featuretopo.sae.recipe import rate_at
from featuretopo.sae.step import Optimiser, _remove_radial_gradient
from featuretopo.truth import Blobs, GroundTruth, Sphere

# ---- against a plain loop


def plain_loop(source, k, *, n_latents, rates, batch_size, seed, clip_norm=INF):
    """Train as the docstring says, with dense codes and Adam written out; return the weights."""

    def draw(*name):
        return torch.from_numpy(source.sample(batch_size, rng=child_seed(seed, *name)).activations)

    first = draw("first")
    generator = torch.Generator().manual_seed(child_seed(seed, "weights"))
    rows = normalize(torch.randn(n_latents, first.shape[1], generator=generator))
    held = {
        "W_dec": rows,
        "W_enc": rows.clone(),
        "b_enc": torch.zeros(n_latents),
        "b_dec": first.mean(0),
    }
    held = {name: value.requires_grad_() for name, value in held.items()}
    mean = {name: torch.zeros_like(value) for name, value in held.items()}
    square = {name: torch.zeros_like(value) for name, value in held.items()}
    for step, rate in enumerate(rates):
        x = draw("batch", step)
        pre = x @ held["W_enc"].T + (held["b_enc"] - held["W_enc"] @ held["b_dec"])
        kept = torch.zeros_like(pre).scatter(1, pre.topk(k, dim=1).indices, 1.0)
        guess = (pre.relu() * kept) @ held["W_dec"] + held["b_dec"]
        loss = (x - guess).pow(2).sum() / len(x)
        gradients = dict(zip(held, torch.autograd.grad(loss, held.values()), strict=True))
        with torch.no_grad():
            along = (gradients["W_dec"] * held["W_dec"]).sum(dim=1, keepdim=True)
            gradients["W_dec"] -= along * held["W_dec"]
            length = sum(float(g.double().pow(2).sum()) for g in gradients.values()) ** 0.5
            gradients = {name: g * min(1, clip_norm / length) for name, g in gradients.items()}
            root = held["W_enc"].norm(dim=1) ** 0.5
            shares = {
                "W_dec": 1 / root[:, None], "W_enc": root[:, None], "b_enc": root, "b_dec": 1.0
            }  # fmt: skip
            forgotten = max(0.001, (step + 1) ** -0.8)
            for name, g in gradients.items():
                mean[name] = 0.9 * mean[name] + 0.1 * g
                square[name] = (1 - forgotten) * square[name] + forgotten * g**2
                m = mean[name] / (1 - 0.9 ** (step + 1))
                held[name] -= rate * shares[name] * m / (square[name].sqrt() + 1e-8)
            held["W_dec"] /= held["W_dec"].norm(dim=1, keepdim=True)
    return held


def test_training_is_adam_on_the_stated_loss():
    size = {"n_latents": 20, "batch_size": 64}
    sae = train(MODEL, TopK(2), **size, steps=6, learning_rate=4e-3, warmup=0.5, decay=1 / 3, rng=0)
    rates = [4e-3 * share for share in (1 / 3, 2 / 3, 1, 1, 1, 1 / 2)]
    expected = plain_loop(MODEL, 2, **size, rates=rates, seed=0)
    for name, value in weights(sae).items():
        assert (value - expected[name].detach()).abs().max() < 1e-4, name


@pytest.mark.parametrize("clip_norm", [0.05, 0.3])  # always, and now and then
def test_gradients_that_are_too_long_are_scaled_down(clip_norm):
    size = {"n_latents": 20, "batch_size": 64}
    given = {"steps": 8, "learning_rate": 4e-3, "warmup": 0, "decay": 0, "rng": 0}
    sae = train(MODEL, TopK(2), **size, **given, clip_norm=clip_norm)
    expected = plain_loop(MODEL, 2, **size, rates=[4e-3] * 8, seed=0, clip_norm=clip_norm)
    for name, value in weights(sae).items():
        assert (value - expected[name].detach()).abs().max() < 1e-4, name
    same = weights(train(MODEL, TopK(2), **size, **given, clip_norm=1e9))
    unclipped = weights(train(MODEL, TopK(2), **size, **given))
    for name, value in same.items():
        torch.testing.assert_close(value, unclipped[name])
    assert not any(torch.equal(value, same[name]) for name, value in weights(sae).items())


def test_clipping_is_torch_s(monkeypatch):
    lengths = []
    clip = torch.nn.utils.clip_grad_norm_

    def watched(parameters, norm):
        parameters = list(parameters)
        before = [each.grad.clone() for each in parameters]
        assert (before[0] * parameters[0]).sum(dim=1).abs().max() < 1e-5  # nothing along the rows
        whole = torch.cat([each.flatten() for each in before]).norm()
        clip(parameters, norm)
        for each, old in zip(parameters, before, strict=True):
            torch.testing.assert_close(each.grad, old * min(1, 0.1 / float(whole)))
        lengths.append(float(torch.cat([each.grad.flatten() for each in parameters]).norm()))

    monkeypatch.setattr(torch.nn.utils, "clip_grad_norm_", watched)
    train(MODEL, TopK(2), **SMALL, clip_norm=0.1)
    assert len(lengths) == 30
    assert max(lengths) <= 0.1 * (1 + 1e-4)


@pytest.mark.parametrize("length", [0.0, 0.01, 0.25, 4.0])
def test_rows_turn_as_far_as_those_of_one_length_would(length):
    rows, rate = normalize(torch.eye(3, 8)), 1e-4
    moved = {}
    for architecture in (TopK(1), JumpReLU(0.1), ReLU(0.1, tied=True)):
        sae = SAE(rows.clone(), torch.zeros(8), architecture)
        if not architecture.tied:
            with torch.no_grad():
                sae.W_enc.mul_(length)
        before = {name: each.detach().clone() for name, each in sae.named_parameters()}
        optimiser = Optimiser(sae)
        for each in sae.parameters():
            each.grad = torch.ones_like(each)
        optimiser.apply(rate)
        moved[type(architecture)] = {
            name: float((before[name] - each.detach()).flatten()[-1])
            for name, each in sae.named_parameters()
        }
    root = max(length**0.5, 0.05)  # none turns without bound
    for name, share in (("W_dec", 1 / root), ("W_enc", root), ("b_enc", root), ("b_dec", 1)):
        # of one size, as the first step of Adam is
        assert moved[TopK][name] == pytest.approx(rate * share, rel=1e-2), name
        assert moved[JumpReLU][name] == pytest.approx(rate, rel=1e-2), name
        if name != "W_enc":
            assert moved[ReLU][name] == pytest.approx(rate, rel=1e-2), name


def test_the_radial_part_of_the_gradient_goes_and_nothing_else():
    sae = train(MODEL, TopK(2), **SMALL)
    sae.W_dec.grad = torch.randn(20, 16, generator=torch.Generator().manual_seed(0))
    before, rows = sae.W_dec.grad.clone(), sae.W_dec.detach()
    _remove_radial_gradient(sae)
    removed = before - sae.W_dec.grad
    assert (sae.W_dec.grad * rows).sum(dim=1).abs().max() < 1e-5
    torch.testing.assert_close(removed, (removed * rows).sum(dim=1, keepdim=True) * rows)


def test_decoder_rows_have_length_one():
    sae = train(MODEL, TopK(2), **SMALL)
    torch.testing.assert_close(sae.W_dec.detach().norm(dim=1), torch.ones(20))


@pytest.mark.parametrize(("warmup", "decay"), [(0.1, 0.25), (0, 0.5), (1, 0), (0, 0), (0.5, 0.5)])
def test_the_rate_rises_stays_and_falls_over_the_shares_that_were_given(warmup, decay):
    steps = 200
    rate = np.array([rate_at(step, steps, warmup, decay) for step in range(steps)])
    rise, fall = int(warmup * steps), int(decay * steps)
    assert ((rate > 0) & (rate <= 1)).all()
    np.testing.assert_allclose(np.diff(rate[:rise]), 1 / max(rise, 1))
    np.testing.assert_allclose(rate[rise : steps - fall], 1)
    np.testing.assert_allclose(np.diff(rate[steps - fall :]), -1 / max(fall, 1))


class Watched(Gated):
    """Gated, that writes down what is left of its penalty."""

    given = ()

    def loss(self, sae, x, silent_for):
        Watched.given += (self.l1,)
        return super().loss(sae, x, silent_for)


def test_the_penalty_of_gates_rises_over_the_first_fifth_of_the_steps(monkeypatch):
    monkeypatch.setattr(Watched, "given", ())
    sae = train(MODEL, Watched(0.5), **SMALL | {"steps": 100})
    expected = np.minimum(np.arange(1, 101) / 20, 1) * 0.5
    np.testing.assert_allclose(Watched.given, expected)
    assert sae.architecture == Watched(0.5)  # what was asked for stays its own


def found_of(architecture, seed):
    """MMCS, and FVU beside L0, after a short run on 64 features in 32 dimensions."""
    truth = GroundTruth([Sphere(64)], 32, rng=0)
    source = SimulatedLLM(truth, frequency=UniformFrequency(2), rng=0)
    given = {"n_latents": 64, "steps": 400, "batch_size": 256, "learning_rate": 4e-3, "rng": seed}
    sae = train(source, architecture, **given)
    return similarity.mmcs(truth.dictionary, sae.dictionary).a_to_b, evaluate(
        sae, source.sample(4000, rng=10**6).activations
    )


@pytest.mark.parametrize("seed", [0, 1])
def test_how_jumprelu_starts_pays(seed, monkeypatch):
    learned, found = found_of(JumpReLU(0.05), seed)
    monkeypatch.setattr(JumpReLU, "encoder_start", 1.0)
    learned_before, before = found_of(JumpReLU(0.05), seed)
    assert learned > learned_before + 0.01
    assert found.fvu < before.fvu and found.l0 < before.l0  # better, and with fewer latents


@pytest.mark.parametrize("seed", [0, 1])
def test_forgetting_the_large_gradients_of_the_start_pays(seed, monkeypatch):
    learned, found = found_of(Gated(1.0), seed)
    monkeypatch.setattr(Gated, "plain_adam", True)
    learned_before, before = found_of(Gated(1.0), seed)
    assert learned > learned_before + 0.02  # .10 and .06 were measured
    assert found.fvu < before.fvu and found.l0 < before.l0  # better, and with fewer latents


@pytest.mark.parametrize(
    ("architecture", "length"),
    [(ReLU(0.1), 0.3), (JumpReLU(0.1), 0.3), (TopK(2), 1.0), (Gated(0.1), 1.0)],
)
def test_the_encoder_starts_as_the_transpose_at_the_architecture_s_length(architecture, length):
    given = {"n_latents": 20, "steps": 1, "batch_size": 64, "learning_rate": 1e-30, "rng": 0}
    sae = train(MODEL, architecture, **given)
    torch.testing.assert_close(sae.W_enc, length * sae.W_dec)


def test_a_random_encoder_is_uniform_and_has_nothing_of_the_decoder():
    given = {"n_latents": 500, "steps": 1, "batch_size": 64, "learning_rate": 1e-30, "rng": 0}
    sae = train(MODEL, TopK(2), **given, encoder="random")
    start = torch.cat([sae.W_enc.flatten(), sae.b_enc]).detach() * 4  # 16 dimensions
    assert start.abs().max() <= 1
    quantiles = torch.quantile(start, torch.linspace(0.1, 0.9, 9))
    torch.testing.assert_close(quantiles, torch.linspace(-0.8, 0.8, 9), atol=0.04, rtol=0)
    assert ((sae.W_enc * sae.W_dec).sum(dim=1).mean()).abs() < 0.03
    torch.testing.assert_close(sae.W_dec, train(MODEL, TopK(2), **given).W_dec)
    with pytest.raises(FeaturetopoError, match=r"encoder='random' must be .* where it is not tied"):
        train(MODEL, ReLU(0.1, tied=True), **SMALL, encoder="random")


def test_a_random_encoder_has_plain_adam(monkeypatch):
    given = SMALL | {"encoder": "random"}
    random, transposed = (
        weights(train(MODEL, TopK(2), **given)),
        weights(train(MODEL, TopK(2), **SMALL)),
    )
    monkeypatch.setattr(TopK, "plain_adam", True)
    assert torch.equal(random["W_dec"], weights(train(MODEL, TopK(2), **given))["W_dec"])
    plain = weights(train(MODEL, TopK(2), **SMALL))["W_dec"]
    assert not torch.equal(transposed["W_dec"], plain)


# ---- on a problem with a known answer


def test_orthogonal_features_are_learned():
    truth = GroundTruth([Blobs(16, 1)], 16, rng=0)
    source = SimulatedLLM(truth, frequency=PerShape(joint=0.1), rng=0)
    rates = {"steps": 500, "batch_size": 256, "learning_rate": 1e-2}
    sae = train(source, TopK(4, AuxK(patience=2000)), n_latents=24, **rates, rng=0)
    assert similarity.mmcs(truth.dictionary, sae.dictionary).a_to_b > 0.98
    found = evaluate(sae, source.sample(2000, rng=1).activations)
    assert found.fvu < 0.1
    assert found.l0 <= 4
    assert sae.history.fvu[-1] < 0.2 * sae.history.fvu[0]


# ---- same seed, same bits


def test_the_same_seed_gives_the_same_bits():
    settings = SMALL | {"steps": 60}
    runs = []
    for global_seed in (1, 2):
        torch.manual_seed(global_seed)
        # patience below the run's samples: AuxK takes part
        runs.append(train(MODEL, TopK(2, AuxK(patience=500)), **settings))
    first, second = map(weights, runs)
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert runs[0].history == runs[1].history
    other = weights(train(MODEL, TopK(2, AuxK(patience=500)), **settings | {"rng": 1}))
    assert not any(torch.equal(first[name], other[name]) for name in first)


def test_the_global_random_state_is_left_alone():
    before = torch.get_rng_state()
    train(MODEL, TopK(2), **SMALL)
    assert torch.equal(torch.get_rng_state(), before)


# ---- history and progress


@pytest.mark.parametrize(("steps", "entries"), [(1, 1), (30, 30), (50, 50), (101, 51), (120, 60)])
def test_history_and_progress_tell_the_same_steps_up_to_the_last(steps, entries):
    told = []
    sae = train(MODEL, TopK(2), **SMALL | {"steps": steps}, progress=told.append)
    history = sae.history
    assert list(history.step) == told == sorted(set(told))
    assert told[-1] == steps
    assert len(told) == len(history.fvu) == len(history.dead) == entries
    assert len(history.loss) == len(history.l0) == entries
    assert all(0 <= dead <= 20 for dead in history.dead)


def test_the_first_entry_is_the_fvu_of_the_first_batch():
    sae = train(MODEL, TopK(2), **SMALL | {"steps": 1, "learning_rate": 1e-30})
    x = MODEL.sample(64, rng=child_seed(0, "batch", 0)).activations
    assert sae.history.fvu[0] == pytest.approx(evaluate(sae, x).fvu, rel=1e-4)


def test_a_latent_is_dead_in_the_history_once_it_does_not_fire():
    x = np.zeros((64, 8), np.float32)
    x[::2, 0] = 1  # one direction: most of 20 latents never fire
    sae = train(Fixed(x), TopK(1), **SMALL)
    with torch.no_grad():
        alive = (sae.encode(torch.from_numpy(x)) > 0).any(dim=0).sum()
    assert sae.history.dead[-1] == 20 - alive > 10


# ---- any source of activations


def test_types_layouts_and_read_only_arrays_change_no_bit():
    x = MODEL.sample(64, rng=0).activations
    read_only = x.copy()
    read_only.setflags(write=False)
    expected = weights(train(Fixed(x), TopK(2), **SMALL))
    for other in (x.astype(np.float64), np.asfortranarray(x), read_only):
        found = weights(train(Fixed(other), TopK(2), **SMALL))
        assert all(torch.equal(found[name], expected[name]) for name in expected)


# ---- refusals


@pytest.mark.parametrize(
    ("source", "architecture", "message"),
    [
        (np.eye(4), TopK(2), r"must be a SimulatedLLM or ArraySource\(array\)"),
        (Fixed(np.eye(4)), "TopK", "architecture='TopK' must be an architecture, e.g. TopK"),
        (Fixed(np.eye(4)), TopK, "architecture=TopK is a class: call it"),
    ],
)
def test_what_is_no_source_or_architecture_is_refused(source, architecture, message):
    with pytest.raises(FeaturetopoError, match=message):
        train(source, architecture, n_latents=8)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n_latents": 0}, "n_latents=0 must be a whole number, at least 1"),
        ({"steps": float("nan")}, "steps=nan must be a whole number, at least 1"),
        ({"batch_size": 32.5}, "batch_size=32.5 must be a whole number, at least 2"),
        ({"steps": 0}, "steps=0 must be a whole number, at least 1"),
        ({"batch_size": 1}, "batch_size=1 must be a whole number, at least 2"),
        ({"learning_rate": 0}, "learning_rate=0 must be positive; 1e-3 is usual"),
        ({"resample": 100}, r"resample=100 must be None or Resample\(every=1000\)"),
        ({"learning_rate": -1}, "learning_rate=-1 must be positive; 1e-3 is usual"),
        ({"learning_rate": NAN}, "learning_rate=nan must be positive; 1e-3 is usual"),
        ({"learning_rate": INF}, "learning_rate=inf must be positive; 1e-3 is usual"),
        ({"learning_rate": "a"}, "learning_rate='a' must be a number"),
        ({"warmup": None}, "warmup=None must be a number"),
        ({"decay": "a"}, "decay='a' must be a number"),
        ({"clip_norm": "a"}, "clip_norm='a' must be a number"),
        ({"clip_norm": 0}, "clip_norm=0 must be positive and finite; 1 is usual"),
        ({"clip_norm": INF}, "clip_norm=inf must be positive and finite; 1 is usual"),
        ({"clip_norm": NAN}, "clip_norm=nan must be positive and finite; 1 is usual"),
        ({"encoder": "zero"}, "encoder='zero' must be 'transpose', or 'random' where it is not ti"),
        ({"device": "gpu"}, "device='gpu' must be 'auto', 'cpu' or 'cuda'"),
        ({"warmup": -0.1}, "warmup=-0.1 and decay=0.25 are shares .* each must be >= 0"),
        ({"decay": NAN}, "warmup=0.02 and decay=nan are shares .* each must be >= 0"),
        ({"warmup": 0.8, "decay": 0.3}, "warmup=0.8 and decay=0.3 .* their sum at most 1"),
        ({"n_latents": 1}, "k=2 of 1 latents: lower k or add latents"),
        ({"rng": -1}, "rng=-1 must be a non-negative integer"),
    ],
)
def test_arguments_out_of_range_are_refused(given, message):
    with pytest.raises(FeaturetopoError, match=message):
        train(MODEL, TopK(2), **SMALL | given)


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.tile(np.linspace(0.1, 0.7, 8), (64, 1)), "constant, .* nothing to learn; mend the sou"),
        (
            np.full((64, 8), NAN),
            "first batch .* NaN or infinite: nothing to learn; mend the source",
        ),
        (np.r_[np.eye(8), [[INF] * 8]], "NaN or infinite: nothing to learn; mend the source"),
        (np.arange(64.0), r"activations of shape \(64,\) must have shape \(b, d\)"),
    ],
)
def test_activations_that_teach_nothing_are_refused(array, message):
    with pytest.raises(FeaturetopoError, match=message):
        train(Fixed(array), TopK(2), **SMALL)


def test_a_loss_that_diverges_is_stopped_with_the_diagnosis():
    with pytest.raises(
        FeaturetopoError, match=r"the loss is no number at step \d+: lower learning_r"
    ):
        train(MODEL, TopK(2), **SMALL | {"learning_rate": 1e30})


def test_activations_that_turn_nan_are_not_blamed_on_the_learning_rate():
    x = MODEL.sample(64, rng=0).activations
    broken = Fixed(x, turn=10, then=np.full_like(x, NAN))
    with pytest.raises(
        FeaturetopoError, match=r"loss is no number at step 10: the source gave NaN.*mend"
    ):
        train(broken, TopK(2), **SMALL)


def test_a_source_that_changes_its_dimensions_is_refused():
    x = MODEL.sample(64, rng=0).activations
    with pytest.raises(
        FeaturetopoError, match=rf"shape \(64, {x.shape[1] - 1}\) at step 9, and {x.shape[1]} dim"
    ):
        train(Fixed(x, turn=10, then=x[:, 1:]), TopK(2), **SMALL)


def test_one_bad_batch_is_found_at_once_and_blamed():
    x = MODEL.sample(64, rng=0).activations

    class Once(Fixed):
        def sample(self, n, *, rng=None):
            batch = super().sample(n, rng=rng)
            return SimpleNamespace(activations=np.full_like(x, NAN)) if self.calls == 8 else batch

    source = Once(x)
    with pytest.raises(FeaturetopoError, match=r"no number at step 7: the source gave NaN"):
        train(source, TopK(2), **SMALL | {"steps": 200})  # the history has every fourth step
    assert source.calls == 8


@pytest.mark.parametrize("size", [1e11, 1e18, 1e30])  # from 1e10 on nothing was learned
@pytest.mark.parametrize("architecture", [TopK(2), ReLU(0.1), Gated(0.1), JumpReLU(0.1)])
def test_activations_that_are_too_large_are_blamed_and_not_the_learning_rate(architecture, size):
    x = np.random.default_rng(0).standard_normal((100, 8)).astype(np.float32)
    for source, when in (
        (Fixed(x * np.float32(size)), "the first batch"),
        (Fixed(x, turn=10, then=x * np.float32(size)), "step 10"),
    ):
        with pytest.raises(
            FeaturetopoError,
            match=rf"activations of {when} are too large: .*e\+{np.log10(size):.0f}, .* divide all",
        ):
            train(source, architecture, **SMALL)


def test_one_activation_that_is_too_large_is_found_at_once():
    x = MODEL.sample(64, rng=0).activations
    large = x.copy()
    large[3, 5] = 1e12
    with pytest.raises(FeaturetopoError, match=r"of step 7 are too large: 1\.0e\+12, "):
        train(Fixed(x, turn=7, then=large), TopK(2), **SMALL)


def test_activations_of_a_hundred_million_are_learned_as_those_of_one():
    x = MODEL.sample(64, rng=0).activations
    fvu = [train(Fixed(x * np.float32(s)), Gated(0), **SMALL).history.fvu[-1] for s in (1e3, 1e8)]
    assert fvu[0] < 0.9 and fvu[1] == pytest.approx(fvu[0], rel=1e-2)


@pytest.mark.parametrize("turn", [0, 5])
def test_a_batch_of_nothing_is_refused(turn):
    x = MODEL.sample(64, rng=0).activations
    with pytest.raises(FeaturetopoError, match=r"shape \(0, 16\).*at least 1"):
        train(Fixed(x, turn=turn, then=x[:0]), TopK(2), **SMALL)


@pytest.mark.parametrize("turn", [0, 5])
def test_a_batch_of_what_is_no_number_is_refused(turn):
    x = MODEL.sample(64, rng=0).activations
    for strange in (x * 1j, np.full(x.shape, "a")):
        with pytest.raises(FeaturetopoError, match="activations must be numbers in rows"):
            train(Fixed(x, turn=turn, then=strange), TopK(2), **SMALL)
