"""Adam for weights of which some have rows of length 1, in one pass over each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

import numpy as np
import torch
from numba import njit
from torch import Tensor, nn

_MEAN, _SQUARE, _GROWTH, _LEAST = 0.9, 0.999, 0.8, 1e-8
# a sum may be taken in any order, which lets it be vectorised; NaN stays NaN
_SUMS = {"reassoc", "contract", "nsz"}
_NO_SHARES: Mapping[nn.Parameter, Tensor] = MappingProxyType({})


class Adam:
    """Adam, in place; rows of `unit_rows` keep length 1.

    The gradient along such a row, which would only change its length, is removed before the step,
    and the row scaled back after it.

    The memory of squared gradients grows with the steps: step t takes ``t^-0.8`` of the new square,
    and at least .001. While reconstructions are poor gradients are large; with .001 from the first
    step on, as Adam is `plain`, these squares would stay in the mean and make all later steps of a
    short run small.

    Source: Kingma and Ba 2015, Adam: a method for stochastic optimization; the growing memory:
    Shazeer and Stern 2018, Adafactor, section 7.

    Parameters
    ----------
    parameters : iterable of Parameter
        Those that want no gradient are left as they are.
    unit_rows : Parameter, shape (n, d)
        The one of them whose rows have length 1.
    plain : bool
        Whether .001 of a new square is taken from the first step on.

    Attributes
    ----------
    state : dict
        For each parameter ``exp_avg`` and ``exp_avg_sq``, running means of its gradient and of the
        gradient's square, of its shape, and ``step``, how many there were: named as torch does.
    """

    def __init__(
        self, parameters: Iterable[nn.Parameter], unit_rows: nn.Parameter, *, plain: bool = False
    ) -> None:
        self._unit_rows = unit_rows
        self._plain = plain
        self.state = {
            each: {
                "exp_avg": torch.zeros_like(each, requires_grad=False),
                "exp_avg_sq": torch.zeros_like(each, requires_grad=False),
                "step": each.new_zeros(()),
            }
            for each in parameters
            if each.requires_grad
        }

    def zero_grad(self) -> None:
        """Drop the gradients."""
        for each in self.state:
            each.grad = None

    @torch.no_grad()
    def step(self, rate: float, shares: Mapping[nn.Parameter, Tensor] = _NO_SHARES) -> None:
        """Move each parameter that has a gradient by about `rate`; spends the gradients.

        `shares` (n,) of a parameter with n rows are what `rate` is multiplied by, row by row.
        """
        for weights, state in self.state.items():
            if weights.grad is None:
                continue
            state["step"] += 1
            done, unit = int(state["step"]), weights is self._unit_rows
            # the first square is taken whole, so only the mean of gradients has a start at 0 in it
            keep, pace = kept_of_squares(done, plain=self._plain), rate / (1 - _MEAN**done)
            held = weights, weights.grad.contiguous(), state["exp_avg"], state["exp_avg_sq"]
            paces = pace * shares.get(weights, weights.new_ones(len(weights) if unit else 1))
            w, g, mean, square = (each.detach().reshape(len(paces), -1) for each in held)
            if weights.device.type == "cpu":
                constants = w.new_tensor([_MEAN, 1 - _MEAN, keep, 1 - keep, _LEAST])
                _pass(
                    w.numpy(), g.numpy(), mean.numpy(), square.numpy(),
                    constants.numpy(), paces.numpy(), unit,
                )  # fmt: skip
            else:
                _by_torch(w, g, mean, square, keep, paces, unit)


def kept_of_squares(step: int, *, plain: bool) -> float:
    """Return the share of the mean of squares that a step, counted from 1, keeps.

    That of plain Adam is .999 with what the mean has of its start at 0 divided out.
    """
    if plain:
        return float(_SQUARE * (1 - _SQUARE ** (step - 1)) / (1 - _SQUARE**step))
    return float(min(_SQUARE, 1 - step**-_GROWTH))


@njit(cache=True, nogil=True, fastmath=_SUMS, error_model="numpy")
def _pass(weights, gradients, means, squares, constants, paces, unit):  # type: ignore[no-untyped-def] # pragma: no cover
    """Take one step; the constants come as an array since so they have the weights' precision."""
    keep, take, keep_square, take_square, least = constants
    for i in range(len(weights)):
        w, g, mean, square, pace = weights[i], gradients[i], means[i], squares[i], paces[i]
        if unit:
            along = g[0] * 0
            for c in range(len(w)):
                along += g[c] * w[c]
            for c in range(len(w)):
                g[c] -= along * w[c]
        for c in range(len(w)):
            mean[c] = keep * mean[c] + take * g[c]
            square[c] = keep_square * square[c] + take_square * g[c] * g[c]
            w[c] -= pace * mean[c] / (np.sqrt(square[c]) + least)
        if unit:
            length = g[0] * 0
            for c in range(len(w)):
                length += w[c] * w[c]
            length = 1 / np.sqrt(length)
            for c in range(len(w)):
                w[c] *= length


def _by_torch(
    w: Tensor, g: Tensor, mean: Tensor, square: Tensor, keep: float, paces: Tensor, unit: bool
) -> None:
    """Do what `_pass` does, on any device."""
    if unit:
        g.sub_((g * w).sum(dim=1, keepdim=True) * w)
    mean.lerp_(g, 1 - _MEAN)
    square.mul_(keep).addcmul_(g, g, value=1 - keep)
    w.sub_(paces[:, None] * mean / square.sqrt().add_(_LEAST))
    if unit:
        w.div_(w.norm(dim=1, keepdim=True))
