"""The JumpReLU loss and its gradients, block by block: two products where few latents are active.

For float32 on the CPU. What moves a threshold lies around it, active or not: every output of the
encoder is wanted twice, and stays in the cache until it is.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from featuretopo.sae.sparse_pass import above_pass, decode_pass, encode_pass, kernel_pass

_BLOCK = 2**18  # encoder outputs at a time
_CROWDED = 1 / 6  # share of active latents above which three more products are faster


class JumpLoss(torch.autograd.Function):
    """(loss, squared error, fired, active), each summed over the batch, from encoder to error.

    The gradients are known when the loss is: going back scales them.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, W_enc: Tensor, shift: Tensor, threshold: Tensor, W_dec: Tensor,
        b_dec: Tensor, bandwidth: float, l0: float,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
        (b, d), n = x.shape, len(W_enc)
        gradients = [torch.zeros_like(each) for each in (W_enc, shift, threshold, W_dec, b_dec)]
        g_enc, g_shift, g_threshold, g_dec, g_b_dec = gradients
        bounds, ends = threshold.detach().numpy(), np.array([n])
        fired, squared, active = x.new_zeros(n, dtype=torch.bool), 0.0, 0
        rows = max(16, _BLOCK // n)
        outputs, by_code, residuals = (
            x.new_empty(rows, n),
            x.new_empty(rows, n),
            x.new_empty(rows, d),
        )
        starts, room = np.zeros(rows + 1, np.int64), int(rows * n * _CROWDED)
        latents, values = np.empty(room, np.int64), np.empty(room, np.float32)
        g_values, nothing = np.empty_like(values), np.zeros(n, np.float32)
        for start in range(0, b, rows):
            part = x[start : start + rows]
            m = len(part)
            z, slopes, residual = outputs[:m], by_code[:m], residuals[:m]
            torch.addmm(shift, part, W_enc.T, out=z)
            few = above_pass(bounds, z.numpy(), nothing, starts, latents, values) == m
            if few:
                _, error = decode_pass(
                    part.numpy(), starts[: m + 1], latents, values, W_dec.detach().numpy(),
                    b_dec.detach().numpy(), ends, residual.numpy(), g_values, g_dec.numpy(),
                    g_b_dec.numpy(),
                )  # fmt: skip
                found = starts[m]
                fired[torch.from_numpy(latents[:found])] = True
            else:
                codes = z * (z > threshold)
                torch.sub(part - b_dec, codes @ W_dec, out=residual)
                error, found = residual.pow(2).sum().item(), int((codes > 0).sum())
                fired |= (codes > 0).any(dim=0)
            torch.mm(residual, W_dec.T, out=slopes).mul_(-2)
            kernel_pass(
                z.numpy(), slopes.numpy(), bounds, np.float32(bandwidth), np.float32(l0),
                g_threshold.numpy(),
            )  # fmt: skip
            if few:
                encode_pass(
                    part.numpy(), starts[: m + 1], latents, g_values, g_enc.numpy(), g_shift.numpy()
                )
            else:
                slopes.mul_(codes > 0)
                g_shift += slopes.sum(dim=0)
                g_enc.addmm_(slopes.T, part)
                g_dec.addmm_(codes.T, residual, alpha=-2)
                g_b_dec -= 2 * residual.sum(dim=0)
            squared, active = squared + error, active + int(found)
        ctx.save_for_backward(*gradients)
        outcome = x.new_tensor(squared), fired, x.new_tensor(active, dtype=torch.long)
        ctx.mark_non_differentiable(*outcome)
        return x.new_tensor(squared + l0 * active), *outcome

    @staticmethod
    def backward(ctx: Any, of_loss: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        return None, *(of_loss * each for each in ctx.saved_tensors), None, None
