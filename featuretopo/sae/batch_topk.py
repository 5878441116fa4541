"""BatchTopK: the most active latents of a whole batch, k a sample on average."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from featuretopo.sae.base import SAE, Step, step_of
from featuretopo.sae.topk import TopK

_PACE = 0.01  # of the threshold's running mean


@dataclass(frozen=True)
class BatchTopK(TopK):
    """In training, the k b largest of ReLU(W_enc (x - b_dec) + b_enc) in a batch of b.

    Afterwards a sample's codes must not depend on its company: all above one threshold are active,
    the running mean of the least active code of the training batches. Loss: that of TopK.

    Source: Bussmann, Leask and Nanda 2024, BatchTopK sparse autoencoders.

    Parameters
    ----------
    k, auxk
        As :class:`TopK`; k is the mean over samples.

    Examples
    --------
    >>> BatchTopK(8).k
    8
    """

    def extra(self, n_latents: int) -> dict[str, nn.Parameter]:
        """Make the threshold, which is no parameter that is trained."""
        return {"threshold": nn.Parameter(torch.zeros(()), requires_grad=False)}

    def encode(self, sae: SAE, x: Tensor) -> Tensor:
        """Return the codes, shape (b, n_latents): those above the threshold."""
        pre = sae.before_selection(x).relu()
        codes: Tensor = pre * (pre > sae.extra["threshold"])
        return codes

    def loss(self, sae: SAE, x: Tensor, silent_for: Tensor) -> tuple[Tensor, Step]:
        """Return the loss on a batch x (b, d), and what happened; move the threshold."""
        pre = sae.before_selection(x)
        codes = self.select(sae, pre)
        residual = x - sae.decode(codes)
        auxiliary = self.auxk.loss(pre, residual, sae.W_dec, silent_for)
        return residual.pow(2).sum() / len(x) + auxiliary, step_of(residual, codes)

    def select(self, sae: SAE, pre: Tensor) -> Tensor:
        """Return the codes of a training batch, and move the threshold towards its least."""
        positive = pre.relu()
        values, place = positive.flatten().topk(self.k * len(pre), sorted=False)
        with torch.no_grad():
            active = values[values > 0]
            threshold = sae.extra["threshold"]
            if len(active):
                least = active.min()
                threshold.copy_(threshold.lerp(least, _PACE) if threshold > 0 else least)
        kept = torch.zeros_like(positive).flatten().scatter(0, place, values)
        return kept.view_as(pre)
