"""BatchTopK: the most active latents of a whole batch, k a sample on average."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from featuretopo.sae.active import Active, above, can_be_sparse
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
        if not can_be_sparse(sae, x):
            return self.dense_loss(sae, x, silent_for)
        active = self.active(sae, x)
        ends, dead = self.sizes(sae.n_latents), self.auxk.due(silent_for)
        error = active.error(x, active.values, sae.W_dec, sae.b_dec, ends, residual=dead)
        auxiliary = self.auxiliary(sae, x, error.residual, silent_for)
        fired = active.fired(active.values, sae.n_latents)
        return error.mean / len(x) + auxiliary, Step(error.last, *fired)

    def dense_loss(self, sae: SAE, x: Tensor, silent_for: Tensor) -> tuple[Tensor, Step]:
        """Do what `loss` does, on any device and in any precision."""
        positive = sae.before_selection(x).relu()
        values, place = positive.flatten().topk(self.k * len(x), sorted=False)
        self._move_threshold(sae, values.detach())
        codes = torch.zeros_like(positive).flatten().scatter(0, place, values).view_as(positive)
        residual, errors = x - sae.b_dec, []
        sizes = self.sizes(sae.n_latents)
        for start, end in zip([0, *sizes], sizes, strict=False):
            residual = residual - codes[:, start:end] @ sae.W_dec[start:end]
            errors.append(residual.pow(2).sum())
        auxiliary = self.auxiliary(sae, x, residual, silent_for)
        return torch.stack(errors).mean() / len(x) + auxiliary, step_of(residual, codes)

    def sizes(self, n_latents: int) -> list[int]:
        """How many latents each dictionary that reconstructs by itself holds: one, all of them."""
        return [n_latents]

    def active(self, sae: SAE, x: Tensor) -> Active:
        """Return the k b largest outputs of the encoder, if positive, and move the threshold."""
        most = self.k * len(x)
        # nearly all that will be chosen, and little else, is above half the threshold
        found = above(sae, x, float(sae.extra["threshold"]) / 2)
        if len(found.latents) < most:
            found = above(sae, x, 0.0)
        values = found.values.detach().numpy()
        if len(values) > most:
            least = np.partition(values, -most)[-most]
            chosen = values > least
            # of those that are equal, the first
            chosen[np.flatnonzero(values == least)[: most - np.count_nonzero(chosen)]] = True
            found = found.keep(chosen)
        self._move_threshold(sae, found.values.detach())
        return found

    def _move_threshold(self, sae: SAE, values: Tensor) -> None:
        active = values[values > 0]
        threshold = sae.extra["threshold"]
        if len(active):
            with torch.no_grad():
                least = active.min()
                threshold.copy_(threshold.lerp(least, _PACE) if threshold > 0 else least)
