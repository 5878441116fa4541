"""AuxK: dead latents are trained to explain what the live ones leave over."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from featuretopo.checks import at_least, check_number
from featuretopo.errors import FeaturetopoError


@dataclass(frozen=True)
class AuxK:
    """An auxiliary loss on the latents that have not fired for a while.

    The `k` most active of the dead latents reconstruct the residual; their squared error,
    relative to the residual's own, is added to the loss with weight `coefficient`.

    Source: Gao et al. 2024, Scaling and evaluating sparse autoencoders, appendix A.2.

    Parameters
    ----------
    k : int
        Dead latents that reconstruct a sample.
    coefficient : float
        Weight of the loss.
    patience : int
        Samples without firing after which a latent counts as dead.

    Raises
    ------
    FeaturetopoError
        If one of them is no number or out of range.
    """

    k: int = 32
    coefficient: float = 1 / 32
    patience: int = 200_000

    def __post_init__(self) -> None:
        at_least(self, k=(self.k, 1), patience=(self.patience, 1))
        check_number("coefficient", self.coefficient)
        if not 0 <= self.coefficient < float("inf"):
            raise FeaturetopoError(
                f"coefficient={self.coefficient} must be at least 0; 1/32 is usual"
            )

    def due(self, silent_for: Tensor) -> bool:
        """Tell whether any latent is dead, of those that were silent for so many samples."""
        return bool((silent_for >= self.patience).any())

    def loss(self, pre: Tensor, residual: Tensor, W_dec: Tensor, silent_for: Tensor) -> Tensor:
        """Return the loss, a scalar.

        Parameters
        ----------
        pre : Tensor, shape (b, n_latents)
            Encoder outputs before selection.
        residual : Tensor, shape (b, d)
            x - x_hat; no gradient flows through it.
        W_dec : Tensor, shape (n_latents, d)
        silent_for : Tensor, shape (n_latents,)
            Samples since each latent fired.
        """
        dead = torch.nonzero(silent_for >= self.patience).flatten()
        if len(dead) == 0:
            return pre.new_zeros(())
        candidates = pre[:, dead]
        values, place = candidates.topk(min(self.k, len(dead)), dim=1, sorted=False)
        # dense: k is not small beside the number of dead latents, and a product beats a gather
        codes = torch.zeros_like(candidates).scatter(1, place, values.relu())
        guess = codes @ W_dec[dead]  # (b, d)
        target = residual.detach()
        return (
            self.coefficient * (guess - target).pow(2).sum() / target.pow(2).sum().clamp_min(1e-9)
        )
