"""One training step: loss, gradients, Adam, decoder rows back at length 1."""

from __future__ import annotations

from torch import Tensor

from featuretopo.sae.adam import Adam
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
        self._adam = Adam(sae.parameters(), unit_rows=sae.W_dec)

    def step(self, x: Tensor, silent_for: Tensor, *, rate: float) -> tuple[Tensor, Step]:
        """Take one step on a batch x (b, d); return the loss before it and what happened.

        `silent_for` (n_latents,) says how many samples ago each latent last fired.
        """
        self._adam.zero_grad()
        loss, outcome = self.sae.architecture.loss(self.sae, x, silent_for)
        loss.backward()  # type: ignore[no-untyped-call]
        self._adam.step(rate)
        return loss.detach(), outcome
