"""Adam for weights of which some have rows of length 1, in one pass over each."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import torch
from numba import njit
from torch import Tensor, nn

_MEAN, _SQUARE, _LEAST = 0.9, 0.999, 1e-8
# a sum may be taken in any order, which lets it be vectorised; NaN stays NaN
_SUMS = {"reassoc", "contract", "nsz"}


class Adam:
    """Adam, in place; rows of `unit_rows` keep length 1.

    The gradient along such a row, which would only change its length, is removed before the step,
    and the row scaled back after it.

    Source: Kingma and Ba 2015, Adam: a method for stochastic optimization.

    Parameters
    ----------
    parameters : iterable of Parameter
        Those that want no gradient are left as they are.
    unit_rows : Parameter, shape (n, d)
        The one of them whose rows have length 1.

    Attributes
    ----------
    state : dict
        For each parameter ``exp_avg`` and ``exp_avg_sq``, running means of its gradient and of the
        gradient's square, of its shape, and ``step``, how many there were: named as torch does.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], unit_rows: nn.Parameter) -> None:
        self._unit_rows = unit_rows
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
    def step(self, rate: float) -> None:
        """Move each parameter that has a gradient by about `rate`; spends the gradients."""
        for weights, state in self.state.items():
            if weights.grad is None:
                continue
            state["step"] += 1
            done, unit = int(state["step"]), weights is self._unit_rows
            # rate m' / (sqrt(v') + least), where m' and v' are the means without their start at 0
            settled = (1 - _SQUARE**done) ** 0.5
            pace, least = rate * settled / (1 - _MEAN**done), _LEAST * settled
            held = weights, weights.grad.contiguous(), state["exp_avg"], state["exp_avg_sq"]
            if weights.device.type == "cpu":
                w, g, mean, square = (each.detach().numpy() for each in held)
                rows = (len(w), -1) if unit else (1, -1)
                constants = [_MEAN, 1 - _MEAN, _SQUARE, 1 - _SQUARE, pace, least]
                w, g, mean, square = (each.reshape(rows) for each in (w, g, mean, square))
                _pass(w, g, mean, square, np.array(constants, w.dtype), unit)
            else:
                _by_torch(*held, pace, least, unit)


@njit(cache=True, nogil=True, fastmath=_SUMS)
def _pass(weights, gradients, means, squares, constants, unit):  # type: ignore[no-untyped-def] # pragma: no cover
    """Take one step; the constants come as an array since so they have the weights' precision."""
    keep, take, keep_square, take_square, pace, least = constants
    for i in range(len(weights)):
        w, g, mean, square = weights[i], gradients[i], means[i], squares[i]
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
    w: Tensor, g: Tensor, mean: Tensor, square: Tensor, pace: float, least: float, unit: bool
) -> None:
    """Do what `_pass` does, on any device."""
    if unit:
        g.sub_((g * w).sum(dim=1, keepdim=True) * w)
    mean.lerp_(g, 1 - _MEAN)
    square.mul_(_SQUARE).addcmul_(g, g, value=1 - _SQUARE)
    w.addcdiv_(mean, square.sqrt().add_(least), value=-pace)
    if unit:
        w.div_(w.norm(dim=1, keepdim=True))
