"""An SAE of given weights, and the constants that layouts move into one another, exactly."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from featuretopo.sae.base import SAE, Architecture


def assemble(
    architecture: Architecture,
    W_enc: Tensor,
    b_enc: Tensor,
    W_dec: Tensor,
    b_dec: Tensor,
    **extra: Tensor,
) -> SAE:
    """Make an SAE of its weights, features as rows."""
    sae = SAE(W_dec.contiguous(), b_dec, architecture)
    sae.W_enc = nn.Parameter(W_enc.contiguous())
    with torch.no_grad():
        sae.b_enc.copy_(b_enc)
        for name, value in extra.items():
            sae.extra[name].copy_(value)
    return sae


def shift(W_enc: Tensor, b_dec: Tensor) -> Tensor:
    """Return W_enc b_dec, shape (n,): what subtracting b_dec from the input takes from each latent.

    W_enc x + b = W_enc (x - b_dec) + (b + shift), so a layout that does not subtract b_dec differs
    from one that does in the bias alone. In double precision, shape (n,).
    """
    return W_enc.double() @ b_dec.double()


def log_threshold(threshold: Tensor) -> Tensor:
    """Return the logarithm of thresholds; those at or below 0 become the smallest positive float.

    Only positive codes are active in any layout, so that none is lost or won.
    """
    return threshold.double().clamp(min=torch.finfo(torch.float32).tiny).log()


def plain(tensor: Tensor) -> Tensor:
    """Return a copy as files hold it: on the CPU, in C order, sharing memory with nothing."""
    return tensor.detach().cpu().float().clone(memory_format=torch.contiguous_format)
