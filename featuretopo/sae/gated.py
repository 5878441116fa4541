"""Gated: which latents are active, and how much, are told apart."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from featuretopo.checks import check_truth
from featuretopo.sae.active import Active, can_be_sparse, few_above
from featuretopo.sae.base import SAE, Architecture, Step, step_of
from featuretopo.sae.gated_pass import GatedLoss
from featuretopo.sae.relu import check_weight


@dataclass(frozen=True)
class Gated(Architecture):
    """codes = (gate > 0) ReLU(exp(r) W_enc (x - b_dec) + b_mag), gate = W_enc (x - b_dec) + b_enc.

    Loss: ``|x - x_hat|^2 + l1 |ReLU(gate)|_1 + |x - x_gate|^2``, where x_gate is what ReLU(gate)
    gives through the decoder: sparsity pulls at the gate alone, and does not shrink the codes. In
    training, the weight of the penalty rises from 0 over the first fifth of the steps, if the
    decoder is frozen.

    Source: Rajamanoharan et al. 2024, Improving dictionary learning with gated sparse autoencoders,
    section 3.2; the rise: Conerly et al. 2024, Update on how we train SAEs.

    Parameters
    ----------
    l1 : float
        Weight of the sparsity penalty, at least 0.
    frozen_decoder : bool
        Whether x_gate does not train the decoder, as in the paper. Where it does, as in sae-lens,
        short runs at a small l1 find the features sooner.

    Raises
    ------
    FeaturetopoError
        If l1 is no number, negative or not finite, or `frozen_decoder` neither True nor False.

    Examples
    --------
    >>> Gated(0.1)
    Gated(l1=0.1, frozen_decoder=True)
    """

    l1: float
    frozen_decoder: bool = True

    def __post_init__(self) -> None:
        check_weight("l1", self.l1)
        check_truth("frozen_decoder", self.frozen_decoder)

    def extra(self, n_latents: int) -> dict[str, nn.Parameter]:
        """Make the magnitudes' scale, as a logarithm, and their bias."""
        return {name: nn.Parameter(torch.zeros(n_latents)) for name in ("r_mag", "b_mag")}

    @property
    def penalty_warmup(self) -> float:  # type: ignore[override]
        """Share of a training over which the penalty rises.

        Under all of it from the first step, gates close before their rows have turned to a feature,
        unless they turn those rows themselves.
        """
        return 0.2 if self.frozen_decoder else 0.0

    @property
    def encoder_start(self) -> float:  # type: ignore[override]
        """Length of the encoder's rows at first."""
        return 1.0 if self.frozen_decoder else 0.3

    def eased(self, share: float) -> Gated:
        """Return it with a share of its penalty."""
        return replace(self, l1=share * self.l1)

    def encode(self, sae: SAE, x: Tensor) -> Tensor:
        """Return the codes, shape (b, n_latents)."""
        return self._codes(sae, sae.before_selection(x))

    def loss(self, sae: SAE, x: Tensor, silent_for: Tensor) -> tuple[Tensor, Step]:
        """Return the loss on a batch x (b, d), and what happened."""
        if can_be_sparse(sae, x):
            active = few_above(sae, x, 0.0)
            if active is None:
                return self._crowded_loss(sae, x)
            return self._sparse_loss(sae, x, active)
        gate = sae.before_selection(x)
        codes, opened = self._codes(sae, gate), gate.relu()
        residual = x - sae.decode(codes)
        W_dec, b_dec = self._of_gates(sae)
        by_gate = x - opened @ W_dec - b_dec
        total = residual.pow(2).sum() + self.l1 * opened.sum() + by_gate.pow(2).sum()
        return total / len(x), step_of(residual, codes)

    def _sparse_loss(self, sae: SAE, x: Tensor, active: Active) -> tuple[Tensor, Step]:
        gate = active.values
        linear = gate - active.of(sae.b_enc)
        scale, bias = active.of(sae.extra["r_mag"].exp()), active.of(sae.extra["b_mag"])
        codes = (scale * linear + bias).relu()
        error = active.error(x, codes, sae.W_dec, sae.b_dec)
        by_gate = active.error(x, gate, *self._of_gates(sae))
        total = error.mean + self.l1 * gate.sum() + by_gate.mean
        return total / len(x), Step(error.last, *active.fired(codes, sae.n_latents))

    def _crowded_loss(self, sae: SAE, x: Tensor) -> tuple[Tensor, Step]:
        shift = -(sae.W_enc @ sae.b_dec)
        scale, b_mag = sae.extra["r_mag"].exp(), sae.extra["b_mag"]
        total, *outcome = GatedLoss.apply(  # type: ignore[no-untyped-call]
            x, sae.W_enc, shift, sae.b_enc, scale, b_mag, sae.W_dec, sae.b_dec, self.l1,
            self.frozen_decoder,
        )  # fmt: skip
        return total / len(x), Step(*outcome)

    def _of_gates(self, sae: SAE) -> tuple[Tensor, Tensor]:
        """Return the decoder that the gates go through."""
        decoder = sae.W_dec, sae.b_dec
        return (decoder[0].detach(), decoder[1].detach()) if self.frozen_decoder else decoder

    def _codes(self, sae: SAE, gate: Tensor) -> Tensor:
        linear = gate - sae.b_enc
        magnitude: Tensor = (sae.extra["r_mag"].exp() * linear + sae.extra["b_mag"]).relu()
        return magnitude * (gate > 0)
