"""Resample: dead latents start again at inputs that are reconstructed badly."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from featuretopo.checks import at_least
from featuretopo.errors import FeaturetopoError
from featuretopo.sae.base import SAE, Architecture
from featuretopo.sae.run import Run

_OF_ALIVE = 0.2  # length of a new encoder row, of the mean length of the others


@dataclass(frozen=True)
class Resample:
    """Now and then, latents that have not fired for a while are set to badly reconstructed inputs.

    A latent is dead if it has not fired in the last half of `every`. For each, an input is drawn
    from fresh batches, with chances in proportion to the square of its loss, which is here the
    squared error alone. The input less the decoder bias, scaled to length 1, becomes its decoder
    row; scaled to .2 of the mean length of the live latents' encoder rows, its encoder row. Its
    encoder bias becomes 0, what its architecture adds is as at the start, and Adam forgets it.

    Source: Bricken et al. 2023, Towards monosemanticity, appendix "Neuron resampling", which took
    every 25,000 steps, 4 times, 100 batches of 8,192.

    Parameters
    ----------
    every : int
        Steps from one time to the next, at least 2.
    times : int
        How often at most; after the last step it is not done.
    batches : int
        How many batches the inputs are drawn from.

    Raises
    ------
    FeaturetopoError
        If one of them is no whole number or out of range; in training, if it never comes to it, or
        encoder and decoder are tied and cannot be set apart.

    Examples
    --------
    >>> [step for step in range(1, 101) if Resample(20, times=3).due(step, 100)]
    [20, 40, 60]
    """

    every: int
    times: int = 4
    batches: int = 100

    def __post_init__(self) -> None:
        at_least(self, every=(self.every, 2), times=(self.times, 1), batches=(self.batches, 1))

    def check(self, architecture: Architecture, steps: int) -> None:
        """Refuse what it cannot be done in."""
        if architecture.tied:
            raise FeaturetopoError(
                f"{self!r} gives encoder and decoder rows different lengths, and {architecture!r} "
                "ties them; leave it out, or untie them"
            )
        if self.every >= steps:
            raise FeaturetopoError(
                f"every={self.every} of {steps} steps: no latent would ever be resampled; lower it"
            )

    def due(self, step: int, steps: int) -> bool:
        """Tell whether it is time after step `step` of `steps`, counted from 1."""
        return step % self.every == 0 and step // self.every <= self.times and step < steps

    @torch.no_grad()
    def apply(
        self, run: Run, batches: Iterable[Tensor], batch_size: int, rng: np.random.Generator
    ) -> int:
        """Resample the dead latents of a run, from batches of shape (b, d); return their number."""
        sae = run.sae
        alive = run.silent_for < self.every // 2 * batch_size
        dead = torch.nonzero(~alive).flatten()
        inputs = _badly_reconstructed(sae, len(dead), batches, rng) if len(dead) else None
        if inputs is None:
            return 0
        directions = torch.nn.functional.normalize(inputs)  # (m, d)
        lengths = sae.W_enc.norm(dim=1)
        typical = lengths[alive].mean() if len(dead) < sae.n_latents else lengths.mean()
        sae.W_dec[dead] = directions
        sae.W_enc[dead] = _OF_ALIVE * typical * directions
        sae.b_enc[dead] = 0
        for name, start in sae.architecture.extra(sae.n_latents).items():
            if start.shape[:1] == (sae.n_latents,):
                sae.extra[name][dead] = start.to(dead.device)[dead]
        run.optimiser.forget(dead)
        run.silent_for[dead] = 0
        return len(dead)


def _badly_reconstructed(
    sae: SAE, n: int, batches: Iterable[Tensor], rng: np.random.Generator
) -> Tensor | None:
    """Draw n inputs less the decoder bias, (n, d), with chances in proportion to squared losses.

    Batch after batch, each of the n is replaced with the chance that the batch has of all so far:
    as if all inputs were at hand. None where nothing is lost on any.
    """
    drawn: Tensor | None = None
    total = 0.0
    for x in batches:
        shifted = x - sae.b_dec
        loss = (x - sae(x)).pow(2).sum(dim=1).double().cpu().numpy()
        # an input without a direction makes no row
        weight = np.where((shifted != 0).any(dim=1).cpu().numpy(), loss**2, 0.0)
        here = float(weight.sum())
        if not np.isfinite(here):
            raise FeaturetopoError(
                "the loss is no number while latents are resampled: the source gave NaN, infinite "
                "or too large activations, or learning_rate is too high; mend the one or lower "
                "the other"
            )
        total += here
        if here > 0:
            replaced = torch.from_numpy(rng.random(n) < here / total)
            place = rng.choice(len(x), size=int(replaced.sum()), p=weight / here)
            drawn = shifted.new_zeros(n, sae.d) if drawn is None else drawn
            drawn[replaced] = shifted[torch.from_numpy(place)]
    return drawn
