"""JumpReLU: a latent is active above a threshold of its own, which is trained."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from featuretopo.checks import check_number
from featuretopo.errors import FeaturetopoError
from featuretopo.sae.active import can_be_sparse
from featuretopo.sae.base import SAE, Architecture, Step, step_of
from featuretopo.sae.jump_pass import JumpLoss
from featuretopo.sae.relu import check_weight


@dataclass(frozen=True)
class JumpReLU(Architecture):
    """codes = z where z > threshold, else 0, z = W_enc (x - b_dec) + b_enc; penalty ``l0 L0``.

    Neither jump has a gradient with respect to the threshold; both get that of their expectation,
    estimated by a rectangular kernel of width `bandwidth` around the threshold.

    Source: Rajamanoharan et al. 2024, Jumping ahead: improving reconstruction fidelity with
    JumpReLU sparse autoencoders, equations 9 to 12.

    Parameters
    ----------
    l0 : float
        Weight of the number of active latents, at least 0.
    threshold : float
        At which every latent starts, above 0.
    bandwidth : float
        Above 0. Both are on the scale of the codes: the defaults are for codes near 1; where these
        are c times as large, take c times both. Under too high a threshold nothing ever fires, and
        narrow kernels see too few samples to move one.

    Raises
    ------
    FeaturetopoError
        If one of them is no number or out of range.

    Examples
    --------
    >>> JumpReLU(0.1).threshold
    0.1
    """

    l0: float
    threshold: float = 0.1
    bandwidth: float = 0.5
    # from rows of length 1 too much crosses the threshold by chance, from .1 too little crosses it
    encoder_start: ClassVar[float] = 0.3
    # few samples are near a threshold; with a shorter memory of their gradients it rises too far
    plain_adam: ClassVar[bool] = True

    def __post_init__(self) -> None:
        check_weight("l0", self.l0)
        for name in ("threshold", "bandwidth"):
            check_number(name, getattr(self, name))
            if not 0 < getattr(self, name) < math.inf:
                raise FeaturetopoError(f"{name}={getattr(self, name)} must be positive")

    def extra(self, n_latents: int) -> dict[str, nn.Parameter]:
        """Make the thresholds, as logarithms: they stay positive."""
        start = torch.full((n_latents,), math.log(self.threshold))
        return {"log_threshold": nn.Parameter(start)}

    def encode(self, sae: SAE, x: Tensor) -> Tensor:
        """Return the codes, shape (b, n_latents)."""
        pre = sae.before_selection(x)
        codes: Tensor = pre * (pre > sae.extra["log_threshold"].exp())
        return codes

    def loss(self, sae: SAE, x: Tensor, silent_for: Tensor) -> tuple[Tensor, Step]:
        """Return the loss on a batch x (b, d), and what happened."""
        threshold = sae.extra["log_threshold"].exp()
        if can_be_sparse(sae, x):
            shift = sae.b_enc - sae.W_enc @ sae.b_dec
            total, *outcome = JumpLoss.apply(  # type: ignore[no-untyped-call]
                x, sae.W_enc, shift, threshold, sae.W_dec, sae.b_dec, self.bandwidth, self.l0
            )
            return total / len(x), Step(*outcome)
        pre = sae.before_selection(x)
        codes, active = _Jump.apply(  # type: ignore[no-untyped-call]
            pre, threshold, self.bandwidth
        )
        residual = x - sae.decode(codes)
        penalty = self.l0 * active.sum()
        return (residual.pow(2).sum() + penalty) / len(x), step_of(residual, codes)


class _Jump(torch.autograd.Function):
    """z and 1 where z is above the threshold, 0 elsewhere."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, threshold: Tensor, bandwidth: float) -> tuple[Tensor, Tensor]:
        ctx.save_for_backward(z, threshold)
        ctx.bandwidth = bandwidth
        active = (z > threshold).to(z.dtype)
        return z * active, active

    @staticmethod
    def backward(ctx: Any, of_codes: Tensor, of_active: Tensor) -> tuple[Tensor, Tensor, None]:
        z, threshold = ctx.saved_tensors
        near = ((z - threshold).abs() < ctx.bandwidth / 2) / ctx.bandwidth
        of_threshold = -(near * (threshold * of_codes + of_active)).sum(dim=0)
        return of_codes * (z > threshold), of_threshold, None
