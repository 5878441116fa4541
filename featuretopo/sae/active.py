"""Active: which latents are active in each sample, and how much; errors that touch no others.

For float32 on the CPU. Gradients are those that autograd finds in the dense formula.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from featuretopo.sae.sparse_pass import above_pass, decode_pass, encode_pass, top_pass

if TYPE_CHECKING:
    from featuretopo.sae.base import SAE

_BLOCK = 2**19  # encoder outputs at a time: they stay in the cache between product and selection
_CROWDED = 1 / 6  # share of active latents above which dense products are faster

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]


class Error(NamedTuple):
    """Squared errors of a batch; gradients flow back from their mean alone."""

    mean: Tensor  # (), over the nested dictionaries
    last: Tensor  # (), of the last of them, which is the whole
    residual: Tensor  # (b, d), x - x_hat of the last; (0, d) where it was not asked for


@dataclass(frozen=True, slots=True, eq=False)
class Active:
    """The outputs of the encoder, W_enc (x - b_dec) + b_enc, that are active in a batch.

    Attributes
    ----------
    starts : ndarray of int, shape (b + 1,)
        Sample i has the entries from ``starts[i]`` to before ``starts[i + 1]``.
    latents : ndarray of int, shape (m,)
        Latent of each entry.
    values : Tensor, shape (m,)
        Encoder output of each entry; gradients flow back from it.
    """

    starts: IntArray
    latents: IntArray
    values: Tensor

    def of(self, parameter: Tensor) -> Tensor:
        """Return the value that a parameter (n_latents,) has at each entry, shape (m,)."""
        return parameter[torch.from_numpy(self.latents)]

    def keep(self, entries: npt.NDArray[np.bool_]) -> Active:
        """Return some of the entries."""
        before = np.concatenate([[0], np.cumsum(entries)])
        values = self.values[torch.from_numpy(np.flatnonzero(entries))]
        return Active(before[self.starts], self.latents[entries], values)

    def error(
        self,
        x: Tensor,
        codes: Tensor,
        W_dec: Tensor,
        b_dec: Tensor,
        ends: Sequence[int] = (),
        *,
        residual: bool = False,
    ) -> Error:
        """Return |x - codes W_dec - b_dec|^2, summed over the batch.

        `codes` (m,) are those of the entries. `ends` are the sizes of nested dictionaries, each of
        which reconstructs by itself. A `residual` that nobody wants is not held: it is as large as
        the batch.
        """
        sizes = np.array(ends or [len(W_dec)], np.int64)
        return Error(
            *_Decode.apply(  # type: ignore[no-untyped-call]
                x, codes, W_dec, b_dec, self.starts, self.latents, sizes, residual
            )
        )

    def fired(self, codes: Tensor, n_latents: int) -> tuple[Tensor, Tensor]:
        """Tell which latents have a code that is not zero, and how many such codes there are."""
        positive = (codes.detach() > 0).numpy()
        fired = codes.new_zeros(n_latents, dtype=torch.bool)
        fired[torch.from_numpy(self.latents[positive])] = True
        return fired, codes.new_tensor(int(positive.sum()), dtype=torch.long)


def can_be_sparse(sae: SAE, x: Tensor) -> bool:
    """Tell whether the compiled passes take these."""
    return not x.requires_grad and all(
        each.device.type == "cpu" and each.dtype == torch.float32 for each in (x, sae.W_dec)
    )


def largest(sae: SAE, x: Tensor, k: int) -> Active:
    """Return the k largest outputs of each sample (b, d), if positive."""
    found = _gather(sae, x, partial(top_pass, k), len(x) * k, 1.0)
    assert found is not None
    return found


def above(sae: SAE, x: Tensor, bound: float) -> Active:
    """Return the outputs that are above a bound."""
    found = few_above(sae, x, bound, most=1.0)
    assert found is not None
    return found


def few_above(
    sae: SAE, x: Tensor, bound: float | FloatArray, *, most: float = _CROWDED
) -> Active | None:
    """Return the outputs above a bound, or above one of each latent (n_latents,).

    None if they are more than the share `most` of all: too many to be gathered one by one.
    """
    bounds = np.full(sae.n_latents, bound, np.float32)
    return _gather(sae, x, partial(above_pass, bounds), len(x) * sae.n_latents // 64, most)


def _gather(sae: SAE, x: Tensor, fill: Callable[..., int], room: int, most: float) -> Active | None:
    (b, _), n = x.shape, sae.n_latents
    shift = sae.b_enc - sae.W_enc @ sae.b_dec  # W_enc (x - b_dec) + b_enc = W_enc x + shift
    starts = np.zeros(b + 1, np.int64)
    latents, values = np.empty(room, np.int64), np.empty(room, np.float32)
    rows, done = max(16, _BLOCK // n), 0
    with torch.no_grad():
        for start in range(0, b, rows):
            pre = (x[start : start + rows] @ sae.W_enc.T).numpy()
            end = start + len(pre)
            while True:
                done += fill(pre[done - start :], shift.numpy(), starts[done:], latents, values)
                if starts[done] > most * end * n:
                    return None
                if done == end:
                    break
                more = max(len(latents), n)
                latents = np.concatenate([latents, np.empty(more, np.int64)])
                values = np.concatenate([values, np.empty(more, np.float32)])
    m = starts[b]
    held = _Encode.apply(  # type: ignore[no-untyped-call]
        x, sae.W_enc, shift, starts, latents[:m], torch.from_numpy(values[:m])
    )
    return Active(starts, latents[:m], held)


class _Encode(torch.autograd.Function):
    """The values that were gathered, as a function of encoder and shift."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, W_enc: Tensor, shift: Tensor,
        starts: IntArray, latents: IntArray, values: Tensor,
    ) -> Tensor:  # fmt: skip
        ctx.batch = x, starts, latents
        ctx.shape = W_enc.shape
        return values

    @staticmethod
    def backward(ctx: Any, g_values: Tensor) -> tuple[Tensor | None, ...]:
        x, starts, latents = ctx.batch
        g_enc, g_shift = x.new_zeros(ctx.shape), x.new_zeros(ctx.shape[0])
        encode_pass(
            x.numpy(),
            starts,
            latents,
            g_values.contiguous().numpy(),
            g_enc.numpy(),
            g_shift.numpy(),
        )
        return None, g_enc, g_shift, None, None, None


class _Decode(torch.autograd.Function):
    """The fields of Error. The gradients are known when the error is: going back scales them."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, codes: Tensor, W_dec: Tensor, b_dec: Tensor,
        starts: IntArray, latents: IntArray, ends: IntArray, keep: bool,
    ) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
        trained = ctx.needs_input_grad[2]
        g_codes, residual = torch.empty_like(codes), torch.empty_like(x if keep else x[:0])
        g_dec = torch.zeros_like(W_dec if trained else W_dec[:0])
        g_b_dec = torch.zeros_like(b_dec)
        tensors = (codes, W_dec, b_dec, residual, g_codes, g_dec, g_b_dec)
        c, w, b, r, g_c, g_w, g_b = (each.detach().contiguous().numpy() for each in tensors)
        mean, last = decode_pass(x.numpy(), starts, latents, c, w, b, ends, r, g_c, g_w, g_b)
        ctx.save_for_backward(g_codes, g_dec, g_b_dec)
        held = x.new_tensor(last), residual
        ctx.mark_non_differentiable(*held)
        return x.new_tensor(mean), *held

    @staticmethod
    def backward(ctx: Any, of_mean: Tensor, *_: Tensor) -> tuple[Tensor | None, ...]:
        wanted = ctx.needs_input_grad[1:4]
        given = (
            of_mean * each if want else None
            for each, want in zip(ctx.saved_tensors, wanted, strict=True)
        )
        return None, *given, None, None, None, None
