"""Adam in one pass: its equations, with the radial gradient removed and the rows at length 1."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn.functional import normalize

from featuretopo.sae.adam import Adam, _by_torch, kept_of_squares


def some(n, d, seed, dtype):
    """Return rows of length 1, and other weights."""
    generator = torch.Generator().manual_seed(seed)
    rows = normalize(torch.randn(n, d, generator=generator, dtype=dtype))
    return [nn.Parameter(rows), nn.Parameter(torch.randn(n, generator=generator, dtype=dtype))]


def gradients(n, d, steps, seed, dtype):
    generator = torch.Generator().manual_seed(seed + 1)
    for step in range(steps):
        scale = 10.0 ** (step % 5 - 2)
        yield [scale * torch.randn(*shape, generator=generator, dtype=dtype)
               for shape in ((n, d), (n,))]  # fmt: skip


def by_plain_torch(weights, all_gradients, rate):
    """Return what Adam holds after the published update in plain torch."""
    state = [{"exp_avg": 0 * each, "exp_avg_sq": 0 * each, "step": 0} for each in weights]
    for each in all_gradients:
        rows = weights[0].detach()
        each[0] = each[0] - (each[0] * rows).sum(dim=1, keepdim=True) * rows
        with torch.no_grad():
            for weight, g, held in zip(weights, each, state, strict=True):
                held["step"] += 1
                t = held["step"]
                kept = min(0.999, 1 - t**-0.8)  # Adafactor, section 7
                held["exp_avg"] = 0.9 * held["exp_avg"] + 0.1 * g
                held["exp_avg_sq"] = kept * held["exp_avg_sq"] + (1 - kept) * g * g
                unbiased = held["exp_avg"] / (1 - 0.9**t)
                weight -= rate * unbiased / (held["exp_avg_sq"].sqrt() + 1e-8)
            weights[0] /= weights[0].norm(dim=1, keepdim=True)
    return state


@given(
    n=st.integers(1, 6),
    d=st.integers(1, 40),
    steps=st.integers(1, 12),
    seed=st.integers(0, 999),
    rate=st.sampled_from([1e-4, 1e-2, 1.0]),
)
def test_it_follows_the_equations_with_rows_of_length_one(n, d, steps, seed, rate):
    # in double precision nothing but the order of sums is between them
    ours, plain = (some(n, d, seed, torch.float64) for _ in range(2))
    adam = Adam(ours, unit_rows=ours[0])
    for each in gradients(n, d, steps, seed, torch.float64):
        for weight, gradient in zip(ours, each, strict=True):
            weight.grad = gradient
        adam.step(rate)
    reference = by_plain_torch(plain, gradients(n, d, steps, seed, torch.float64), rate)
    for mine, theirs, held in zip(ours, plain, reference, strict=True):
        # in one dimension all of the gradient is radial, and what is left of it is rounding
        if d > 1 or mine.ndim == 1:
            torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-9 * rate)
            for name in ("exp_avg", "exp_avg_sq"):
                torch.testing.assert_close(
                    adam.state[mine][name], held[name].detach(), rtol=1e-9, atol=1e-12
                )
        assert adam.state[mine]["step"] == held["step"] == steps


def test_the_memory_of_squares_grows_to_that_of_plain_adam():
    kept = [kept_of_squares(step, plain=False) for step in range(1, 20_001)]
    assert kept == sorted(kept)
    assert kept[0] == 0  # nothing of the start at 0 is left, so no correction is due
    assert kept[99] == pytest.approx(1 - 1 / 10**1.6)
    assert kept[-1] == 0.999


def test_plain_it_is_torch_s():
    ours, plain = (some(4, 6, 0, torch.float64) for _ in range(2))
    mine = Adam(ours, unit_rows=None, plain=True)
    theirs = torch.optim.Adam(plain, lr=0.01)
    for each in gradients(4, 6, 40, 0, torch.float64):
        for one, other, gradient in zip(ours, plain, each, strict=True):
            one.grad, other.grad = gradient.clone(), gradient.clone()
        mine.step(0.01)
        theirs.step()
    for one, other in zip(ours, plain, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("steps", [1, 30])
def test_under_a_constant_gradient_every_step_is_the_rate(steps):
    weights = [nn.Parameter(torch.eye(1, 3, dtype=torch.float64)), nn.Parameter(torch.zeros(1))]
    adam = Adam(weights, unit_rows=weights[0])
    for _ in range(steps):
        weights[1].grad = torch.full((1,), 7.0)
        adam.step(0.25)
    assert float(weights[1].detach()) == pytest.approx(-0.25 * steps, rel=1e-5)


def test_large_gradients_of_the_start_do_not_make_later_steps_small():
    weights = [nn.Parameter(torch.eye(1, 3)), nn.Parameter(torch.zeros(1))]
    adam = Adam(weights, unit_rows=weights[0])
    plain = nn.Parameter(torch.zeros(1))
    theirs = torch.optim.Adam([plain], lr=0.01)
    moved = []
    for step in range(1000):
        before = float(weights[1].detach()), float(plain.detach())
        gradient = torch.full((1,), 100.0 if step < 20 else 1.0)
        weights[1].grad, plain.grad = gradient.clone(), gradient.clone()
        adam.step(0.01)
        theirs.step()
        moved.append((before[0] - float(weights[1].detach()), before[1] - float(plain.detach())))
    assert moved[-1][0] > 0.005 > 0.002 > moved[-1][1]


def test_in_single_precision_it_errs_no_more_than_plain_torch():
    exact = some(50, 64, 0, torch.float64)
    ours, plain = ([nn.Parameter(each.detach().float()) for each in exact] for _ in range(2))
    # the same numbers for all three
    drawn = list(gradients(50, 64, 200, 0, torch.float32))
    by_plain_torch(exact, [[g.double() for g in each] for each in drawn], 1e-2)
    by_plain_torch(plain, [list(each) for each in drawn], 1e-2)
    adam = Adam(ours, unit_rows=ours[0])
    for each in drawn:
        for weight, gradient in zip(ours, each, strict=True):
            weight.grad = gradient.clone()
        adam.step(1e-2)
    for mine, theirs, truth in zip(ours, plain, exact, strict=True):
        off, allowed = ((each.double() - truth).norm() for each in (mine, theirs))
        assert off <= 1.5 * allowed + 1e-6 * truth.norm()


@pytest.mark.parametrize("unit", [False, True])
def test_what_other_devices_do_is_what_the_pass_does(unit):
    (rows, _), (g, _) = some(5, 9, 0, torch.float64), next(gradients(5, 9, 1, 0, torch.float64))
    mean, square = 0.1 * g, 0.2 * g**2
    held = [rows.detach().clone(), g.clone(), mean.clone(), square.clone()]
    shares = torch.tensor([0.5, 1, 2, 3, 4], dtype=torch.float64)
    _by_torch(*held, kept_of_squares(8, plain=False), 0.3 / (1 - 0.9**8) * shares, unit)
    adam = Adam([rows], unit_rows=rows if unit else None)
    adam.state[rows] |= {"exp_avg": mean, "exp_avg_sq": square, "step": torch.tensor(7.0)}
    rows.grad = g.clone()
    adam.step(0.3, {rows: shares})
    for mine, theirs in zip((rows.detach(), mean, square), (held[0], *held[2:]), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-12, atol=1e-12)


def test_a_share_of_the_rate_is_the_rate_of_a_row():
    drawn = list(gradients(3, 4, 5, 0, torch.float64))
    moved = []
    for rate, share in ((0.3, 0.5), (0.15, 1.0)):
        weights = some(3, 4, 0, torch.float64)
        adam = Adam(weights, unit_rows=weights[0])
        for each in drawn:
            for weight, gradient in zip(weights, each, strict=True):
                weight.grad = gradient.clone()
            adam.step(rate, {each: torch.full((3,), share).double() for each in weights})
        moved.append(weights)
    for one, other in zip(*moved, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-12)


def test_what_has_no_gradient_stays():
    weights = some(4, 3, 0, torch.float32)
    fixed = nn.Parameter(torch.ones(3), requires_grad=False)
    before = [each.detach().clone() for each in weights]
    adam = Adam([*weights, fixed], unit_rows=weights[0])
    weights[1].grad = torch.ones(4)
    adam.step(0.1)
    assert torch.equal(weights[0], before[0]) and fixed.all() and fixed not in adam.state
    assert not torch.equal(weights[1], before[1])
    adam.zero_grad()
    assert weights[1].grad is None
