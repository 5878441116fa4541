"""TopK's squared error with its gradients, in one pass over a batch on the CPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from featuretopo.sae.sparse_pass import topk_pass

if TYPE_CHECKING:
    from featuretopo.sae.base import SAE

_BLOCK = 2**19  # encoder outputs at a time: they stay in the cache between product and selection


def can_fuse(sae: SAE, x: Tensor) -> bool:
    """Tell whether the compiled pass takes these: it knows float32 on the CPU."""
    return not x.requires_grad and all(
        each.device.type == "cpu" and each.dtype == torch.float32
        for each in (x, sae.W_enc, sae.W_dec, sae.b_enc, sae.b_dec)
    )


class FusedTopK(torch.autograd.Function):
    """(mean squared error, residual (b, d), fired (n_latents,), number of active codes).

    The gradients are known when the loss is: going back only scales them.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, W_enc: Tensor, W_dec: Tensor, b_enc: Tensor, b_dec: Tensor, k: int
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        b, n = len(x), len(W_enc)
        shift = b_enc - W_enc @ b_dec  # W_enc (x - b_dec) + b_enc = W_enc x + shift
        held = [each.detach().contiguous().numpy() for each in (x, shift, W_dec, b_dec)]
        x_, shift_, W_dec_, b_dec_ = held
        residual = np.empty(x_.shape, np.float32)
        latents, values = np.empty((b, k), np.int64), np.empty((b, k), np.float32)
        counts = np.empty(b, np.int64)
        gradients = tuple(torch.zeros_like(each) for each in (W_enc, W_dec, b_enc, b_dec))
        arrays = tuple(each.numpy() for each in gradients)
        rows = max(16, _BLOCK // n)
        squared_error = 0.0
        for start in range(0, b, rows):
            part = slice(start, start + rows)
            pre = (x[part] @ W_enc.T).numpy()
            squared_error += topk_pass(
                pre, shift_, x_[part], k, 1 / b, W_dec_, b_dec_,
                residual[part], latents[part], values[part], counts[part], arrays,
            )  # fmt: skip
        g_enc, g_dec, g_b_enc, g_b_dec = gradients
        g_enc.addr_(g_b_enc, b_dec, alpha=-1)
        g_b_dec.sub_(g_b_enc @ W_enc)
        fired = torch.zeros(n, dtype=torch.bool)
        fired[torch.from_numpy(latents[np.arange(k) < counts[:, None]])] = True
        ctx.save_for_backward(g_enc, g_dec, g_b_enc, g_b_dec)
        rest = torch.from_numpy(residual), fired, torch.tensor(int(counts.sum()))
        ctx.mark_non_differentiable(*rest)
        return torch.tensor(squared_error / b, dtype=x.dtype), *rest

    @staticmethod
    def backward(ctx: Any, of_loss: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        return None, *(of_loss * each for each in ctx.saved_tensors), None
