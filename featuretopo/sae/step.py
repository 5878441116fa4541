"""One training step: loss, gradients, Adam, decoder rows back at length 1."""

from __future__ import annotations

import torch
from torch import Tensor

from featuretopo.sae.base import SAE, Step


class Optimiser:
    """Adam on the parameters of an SAE whose decoder rows have length 1.

    The gradient along a decoder row is removed before each step, and the row scaled back to
    length 1 after it.

    Parameters
    ----------
    sae : SAE
        Trained in place.
    """

    def __init__(self, sae: SAE) -> None:
        self.sae = sae
        self._adam = torch.optim.Adam(sae.parameters(), fused=True)

    def step(self, x: Tensor, silent_for: Tensor, *, rate: float) -> tuple[Tensor, Step]:
        """Take one step on a batch x (b, d); return the loss before it and what happened.

        `silent_for` (n_latents,) says how many samples ago each latent last fired.
        """
        self._adam.zero_grad()
        loss, outcome = self.sae.architecture.loss(self.sae, x, silent_for)
        loss.backward()  # type: ignore[no-untyped-call]
        _remove_radial_gradient(self.sae)
        self._adam.param_groups[0]["lr"] = rate
        self._adam.step()
        with torch.no_grad():
            self.sae.W_dec.div_(self.sae.W_dec.norm(dim=1, keepdim=True))
        return loss.detach(), outcome


@torch.no_grad()
def _remove_radial_gradient(sae: SAE) -> None:
    """Drop the part of the decoder's gradient that would only change the rows' lengths."""
    gradient = sae.W_dec.grad
    assert gradient is not None
    gradient.sub_((gradient * sae.W_dec).sum(dim=1, keepdim=True) * sae.W_dec)
