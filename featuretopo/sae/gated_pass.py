"""The gated loss and its gradients where many latents are active: seven products, block by block.

For float32 on the CPU (eight where the gates train the decoder). Autograd takes the same, but goes
through memory some thirty times between them; here a block of samples stays in the cache from the
first product to the last.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numba import njit
from torch import Tensor

# a sum may be taken in any order, which lets it be vectorised; NaN stays NaN
_SUMS = {"reassoc", "contract", "nsz"}
_BLOCK = 2**18  # encoder outputs at a time


class GatedLoss(torch.autograd.Function):
    """(loss, squared error, fired, active), each summed over the batch, from encoder to error.

    The gradients are known when the loss is: going back scales them.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, W_enc: Tensor, shift: Tensor, b_enc: Tensor, scale: Tensor,
        b_mag: Tensor, W_dec: Tensor, b_dec: Tensor, l1: float, frozen_decoder: bool,
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:  # fmt: skip
        (b, d), n = x.shape, len(W_enc)
        g_enc, g_dec, g_b_dec = (torch.zeros_like(each) for each in (W_enc, W_dec, b_dec))
        vectors = torch.stack([shift, b_enc, scale, b_mag]).detach().numpy()
        g_vectors = np.zeros_like(vectors)
        fired, found = x.new_zeros(n, dtype=torch.bool), np.zeros(4)
        rows = max(16, _BLOCK // n)
        # codes above, opened gates below: both go through the decoder together
        both, slopes = x.new_empty(2 * rows, n), x.new_empty(2 * rows, n)
        residuals = x.new_empty(2 * rows, d)
        for start in range(0, b, rows):
            part = x[start : start + rows]
            m = len(part)
            codes, r, back = both[: 2 * m], residuals[: 2 * m], slopes[: 2 * m]
            torch.mm(part, W_enc.T, out=back[:m])
            open_pass(back[:m].numpy(), vectors, codes.numpy(), fired.numpy(), found)
            torch.mm(codes, W_dec, out=r)
            residual_pass(part.numpy(), b_dec.detach().numpy(), r.numpy(), found)
            training = m if frozen_decoder else 2 * m  # rows that the decoder learns from
            g_b_dec -= 2 * r[:training].sum(dim=0)
            torch.mm(r, W_dec.T, out=back)
            close_pass(back.numpy(), codes.numpy(), vectors, np.float32(l1), g_vectors)
            g_dec.addmm_(codes[:training].T, r[:training], alpha=-2)
            g_enc.addmm_(back[:m].T, part)
        ctx.save_for_backward(g_enc, *torch.from_numpy(g_vectors), g_dec, g_b_dec)
        squared, by_gate, opened, active = found
        outcome = x.new_tensor(squared), fired, x.new_tensor(int(active), dtype=torch.long)
        ctx.mark_non_differentiable(*outcome)
        return x.new_tensor(squared + by_gate + l1 * opened), *outcome

    @staticmethod
    def backward(ctx: Any, of_loss: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        return None, *(of_loss * each for each in ctx.saved_tensors), None, None


@njit(cache=True, nogil=True, fastmath=_SUMS)
def open_pass(pre, vectors, both, fired, found):  # type: ignore[no-untyped-def] # pragma: no cover
    """Write codes and opened gates; add how many codes there are, and the sum of the gates."""
    m, n = pre.shape
    shift, b_enc, scale, b_mag = vectors[0], vectors[1], vectors[2], vectors[3]
    for i in range(m):
        row, codes, gates = pre[i], both[i], both[m + i]
        opened, active = np.float32(0), 0
        for j in range(n):
            linear = row[j] + shift[j]
            gate = linear + b_enc[j]
            gate = gate if gate > 0 else np.float32(0)
            code = scale[j] * linear + b_mag[j]
            code = code if (code > 0) & (gate > 0) else np.float32(0)
            codes[j], gates[j] = code, gate
            opened += gate
            active += 1 if code > 0 else 0
            fired[j] |= code > 0
        found[2] += opened
        found[3] += active


@njit(cache=True, nogil=True, fastmath=_SUMS)
def residual_pass(x, b_dec, guesses, found):  # type: ignore[no-untyped-def] # pragma: no cover
    """Turn guesses into residuals; add their squares."""
    m, d = x.shape
    for i in range(m):
        by_codes, by_gates = guesses[i], guesses[m + i]
        squared, by_gate = np.float32(0), np.float32(0)
        for c in range(d):
            target = x[i, c] - b_dec[c]
            one, other = target - by_codes[c], target - by_gates[c]
            by_codes[c], by_gates[c] = one, other
            squared += one * one
            by_gate += other * other
        found[0] += squared
        found[1] += by_gate


@njit(cache=True, nogil=True, fastmath=_SUMS)
def close_pass(slopes, both, vectors, l1, g_vectors):  # type: ignore[no-untyped-def] # pragma: no cover
    """Turn residuals along decoder rows into the gradient of W_enc x; add those of the vectors."""
    m = len(slopes) // 2
    b_enc, scale = vectors[1], vectors[2]
    g_shift, g_enc, g_scale, g_mag = np.zeros_like(vectors)
    two, none = np.float32(2), np.float32(0)
    for i in range(m):
        by_codes, by_gates, codes, gates = slopes[i], slopes[m + i], both[i], both[m + i]
        # a loop that wrote to all of these would not be vectorised
        for j in range(len(scale)):
            by_codes[j] = -two * by_codes[j] if codes[j] > 0 else none
        for j in range(len(scale)):
            by_gates[j] = l1 - two * by_gates[j] if gates[j] > 0 else none
        for j in range(len(scale)):
            g_mag[j] += by_codes[j]
        for j in range(len(scale)):
            g_scale[j] += by_codes[j] * gates[j]
        for j in range(len(scale)):
            g_enc[j] += by_gates[j]
        for j in range(len(scale)):
            by_codes[j] = scale[j] * by_codes[j] + by_gates[j]
    for j in range(len(scale)):
        g_shift[j] = scale[j] * g_mag[j] + g_enc[j]
        g_scale[j] -= b_enc[j] * g_mag[j]
    for row, each in enumerate((g_shift, g_enc, g_scale, g_mag)):
        g_vectors[row] += each
