"""One training step: loss, gradients, Adam, decoder rows back at length 1."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from featuretopo.sae.adam import Adam
from featuretopo.sae.base import SAE, Step

_LEAST_ROOT = 0.05  # an encoder row near 0 would throw its decoder row about


class Optimiser:
    """Adam on the parameters of an SAE whose decoder rows have length 1.

    The gradient along a decoder row is removed before each step, and the row scaled back to
    length 1 after it. Where the architecture wants no plain Adam, squared gradients of the first
    steps are soon forgotten, and a latent whose encoder row has length r takes its decoder row's
    step times ``r^-0.5``, and those of encoder row and encoder bias times ``r^0.5``: so both rows
    turn as far as they would if they had one length, as rows come to have that are not held at 1.
    A latent that does not reconstruct much yet finds its direction sooner.

    Parameters
    ----------
    sae : SAE
        Trained in place.
    clip_norm : float or None
        What the gradient of all parameters together is scaled down to where it is longer, after
        the removal.
    plain : bool
        Whether Adam is plain whatever the architecture wants.
    """

    def __init__(self, sae: SAE, *, clip_norm: float | None = None, plain: bool = False) -> None:
        self.sae = sae
        self.clip_norm = clip_norm
        self._plain = plain or sae.architecture.plain_adam
        self._adam = Adam(sae.parameters(), unit_rows=sae.W_dec, plain=self._plain)

    def step(
        self, x: Tensor, silent_for: Tensor, *, rate: float, penalty: float = 1.0
    ) -> tuple[Tensor, Step]:
        """Take one step on a batch x (b, d); return the loss before it and what happened.

        `silent_for` (n_latents,) says how many samples ago each latent last fired; `penalty` is the
        share of its penalty's weight that the architecture is given.
        """
        loss, outcome = self.sae.architecture.eased(penalty).loss(self.sae, x, silent_for)
        loss.backward()  # type: ignore[no-untyped-call]
        self.apply(rate)
        return loss.detach(), outcome

    def apply(self, rate: float) -> None:
        """Move the parameters by the gradients that they hold, and drop these."""
        if self.clip_norm is not None:
            _remove_radial_gradient(self.sae)
            torch.nn.utils.clip_grad_norm_(self.sae.parameters(), self.clip_norm)
        self._adam.step(rate, self._shares())
        self._adam.zero_grad()  # spent; kept, those of many SAEs side by side would add up

    @torch.no_grad()
    def _shares(self) -> dict[nn.Parameter, Tensor]:
        sae = self.sae
        if self._plain or sae.architecture.tied:
            return {}
        root = sae.W_enc.norm(dim=1).sqrt().clamp_min(_LEAST_ROOT)
        return {sae.W_dec: 1 / root, sae.W_enc: root, sae.b_enc: root}

    def state(self) -> dict[str, Tensor]:
        """Return what the next step depends on beside the SAE, by name of parameter and moment."""
        return {
            f"{name}/{moment}": value
            for name, parameter in self.sae.named_parameters()
            for moment, value in self._adam.state.get(parameter, {}).items()
        }

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Take up the state that :meth:`state` returned."""
        parameters = dict(self.sae.named_parameters())
        for key, value in state.items():
            name, moment = key.rsplit("/", 1)
            parameter = parameters[name]
            self._adam.state[parameter][moment] = value.to(parameter.device)

    @torch.no_grad()
    def forget(self, latents: Tensor) -> None:
        """Set the moments of these latents to 0, in every parameter that has a row for each."""
        for name, parameter in self.sae.named_parameters():
            if name != "b_dec" and parameter.shape[:1] == (self.sae.n_latents,):
                for moment in ("exp_avg", "exp_avg_sq"):
                    self._adam.state[parameter][moment][latents] = 0


@torch.no_grad()
def _remove_radial_gradient(sae: SAE) -> None:
    """Drop the part of the decoder's gradient that Adam here drops, before its length is taken."""
    gradient = sae.W_dec.grad
    assert gradient is not None
    gradient.sub_((gradient * sae.W_dec).sum(dim=1, keepdim=True) * sae.W_dec)
