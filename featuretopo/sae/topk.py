"""TopK: exactly the k most active latents reconstruct a sample."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from featuretopo.checks import check_can, is_whole
from featuretopo.errors import FeaturetopoError
from featuretopo.sae.active import can_be_sparse, largest
from featuretopo.sae.auxk import AuxK
from featuretopo.sae.base import SAE, Architecture, Step


@dataclass(frozen=True)
class TopK(Architecture):
    """codes = ReLU(the k largest of W_enc (x - b_dec) + b_enc); loss = ``|x - x_hat|^2`` + AuxK.

    Source: Gao et al. 2024, Scaling and evaluating sparse autoencoders, section 2.3.

    Parameters
    ----------
    k : int
        Active latents per sample; near the number of features that truly fire.
    auxk : AuxK
        What happens to dead latents.

    Raises
    ------
    FeaturetopoError
        If k is no whole number or k < 1, auxk is no AuxK, or k > n_latents when an SAE is made.

    Examples
    --------
    >>> TopK(8).k
    8
    """

    k: int
    auxk: AuxK = AuxK()

    def __post_init__(self) -> None:
        if not is_whole(self.k) or self.k < 1:
            raise FeaturetopoError(f"k={self.k!r} must be a whole number, at least 1")
        check_can("auxk", self.auxk, "loss", usual="AuxK(), or AuxK(coefficient=0) for none")

    def check(self, n_latents: int, d: int) -> None:
        """Refuse k > n_latents."""
        if self.k > n_latents:
            raise FeaturetopoError(f"k={self.k} of {n_latents} latents: lower k or add latents")

    def encode(self, sae: SAE, x: Tensor) -> Tensor:
        """Return the codes, shape (b, n_latents): the k largest of each sample, if positive."""
        pre = sae.before_selection(x)
        values, indices = pre.topk(self.k, dim=1, sorted=False)
        return torch.zeros_like(pre).scatter(1, indices, values.relu())

    def loss(self, sae: SAE, x: Tensor, silent_for: Tensor) -> tuple[Tensor, Step]:
        """Return the loss on a batch x (b, d), and what happened."""
        if not can_be_sparse(sae, x):
            return self.dense_loss(sae, x, silent_for)
        active = largest(sae, x, self.k)
        dead = self.auxk.due(silent_for)
        error = active.error(x, active.values, sae.W_dec, sae.b_dec, residual=dead)
        auxiliary = self.auxiliary(sae, x, error.residual, silent_for)
        fired = active.fired(active.values, sae.n_latents)
        return error.mean / len(x) + auxiliary, Step(error.last, *fired)

    def dense_loss(self, sae: SAE, x: Tensor, silent_for: Tensor) -> tuple[Tensor, Step]:
        """Do what `loss` does, on any device and in any precision."""
        pre = sae.before_selection(x)
        values, indices = pre.topk(self.k, dim=1, sorted=False)
        values = values.relu()
        # k rows gathered per sample: far less work than a dense (b, n_latents) code matrix
        guess = F.embedding_bag(indices, sae.W_dec, per_sample_weights=values, mode="sum")
        residual = x - guess - sae.b_dec
        squared_error = residual.pow(2).sum()
        fired = torch.zeros(sae.n_latents, dtype=torch.bool, device=x.device)
        fired[indices[values > 0]] = True
        auxiliary = self.auxiliary(sae, x, residual, silent_for)
        return squared_error / len(x) + auxiliary, Step(
            squared_error.detach(), fired, (values > 0).sum()
        )

    def auxiliary(self, sae: SAE, x: Tensor, residual: Tensor, silent_for: Tensor) -> Tensor:
        """Return the loss on dead latents: a quarter of the batch tells it, at a quarter's cost."""
        if not self.auxk.due(silent_for):
            return x.new_zeros(())
        pre = sae.before_selection(x[::4])
        return self.auxk.loss(pre, residual[::4], sae.W_dec, silent_for)
