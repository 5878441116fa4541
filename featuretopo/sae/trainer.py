"""train: any source of activations in, an SAE out."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Protocol

import numpy.typing as npt
import torch

from featuretopo.errors import FeaturetopoError
from featuretopo.random import RngLike, child_seed, seed_of
from featuretopo.sae.base import SAE, Architecture, History, to_tensor
from featuretopo.sae.step import Optimiser


class Samples(Protocol):
    """A batch that holds activations."""

    @property
    def activations(self) -> npt.NDArray[Any]:
        """Activations, shape (b, d)."""
        ...


class Source(Protocol):
    """Where activations come from; a SimulatedLLM is one."""

    def sample(self, n: int, *, rng: RngLike = None) -> Samples:
        """Draw `n` samples."""
        ...


def train(
    source: Source,
    architecture: Architecture,
    *,
    n_latents: int,
    steps: int = 4000,
    batch_size: int = 2048,
    learning_rate: float = 1e-3,
    warmup: float = 0.02,
    decay: float = 0.25,
    progress: Callable[[int], None] | None = None,
    rng: RngLike = None,
) -> SAE:
    """Train a sparse autoencoder with Adam.

    The decoder starts at random directions, the encoder as its transpose, the decoder bias at
    the mean of a batch. Decoder rows are held at length 1 and the gradient along them is removed
    before each step.

    Parameters
    ----------
    source : Source
        Draws batches of activations; each is seen once and never stored.
    architecture : Architecture
        E.g. ``TopK(8)``.
    n_latents : int
        Learned features.
    steps, batch_size : int
        How many batches of how many samples.
    learning_rate : float
        Adam's, after the warm-up.
    warmup, decay : float
        Shares of the steps over which the rate rises from 0 and falls to 0, linearly.
    progress : callable, optional
        Called with the number of steps done, now and then.
    rng : int, Generator or None
        Seed of the initial weights and of the batches. Same seed, same number of threads: same
        bits.

    Returns
    -------
    SAE

    Raises
    ------
    FeaturetopoError
        If an argument is out of range, or the loss stops being a number.

    Examples
    --------
    >>> from featuretopo.llm import SimulatedLLM
    >>> from featuretopo.sae import TopK
    >>> from featuretopo.truth import GroundTruth, Sphere
    >>> model = SimulatedLLM(GroundTruth([Sphere(8)], d=16, rng=0), rng=0)
    >>> train(model, TopK(1), n_latents=8, steps=2, batch_size=16, rng=0).dictionary
    Dictionary(8 features, 16 dimensions)
    """
    for name, value, least in (
        ("n_latents", n_latents, 1),
        ("steps", steps, 1),
        ("batch_size", batch_size, 2),  # one sample has no variance
    ):
        if value < least:
            raise FeaturetopoError(f"{name}={value} must be at least {least}")
    if not 0 < learning_rate < math.inf:
        raise FeaturetopoError(f"learning_rate={learning_rate} must be positive; 1e-3 is usual")
    if not (warmup >= 0 and decay >= 0 and warmup + decay <= 1):
        raise FeaturetopoError(
            f"warmup={warmup} and decay={decay} are shares of the steps: "
            "each must be >= 0, and their sum at most 1"
        )
    seed = seed_of(rng)

    first = to_tensor(source.sample(batch_size, rng=child_seed(seed, "first")).activations)
    if first.ndim != 2:
        raise FeaturetopoError(f"activations of shape {tuple(first.shape)} must have shape (b, d)")
    if not torch.isfinite(first).all() or (first == first[0]).all():
        raise FeaturetopoError(
            "the activations of the first batch are constant, NaN or infinite: "
            "nothing to learn; mend the source or raise batch_size"
        )
    generator = torch.Generator().manual_seed(child_seed(seed, "weights"))
    directions = torch.randn(n_latents, first.shape[1], generator=generator)
    sae = SAE(torch.nn.functional.normalize(directions), first.mean(0), architecture)

    optimiser = Optimiser(sae)
    silent_for = torch.zeros(n_latents, dtype=torch.long)
    every = max(1, steps // 50)
    seen: list[tuple[int, float, float, float, int]] = []
    for step in range(steps):
        batch = source.sample(batch_size, rng=child_seed(seed, "batch", step))
        x = to_tensor(batch.activations)
        rate = learning_rate * _schedule(step, steps, warmup, decay)
        loss, outcome = optimiser.step(x, silent_for, rate=rate)
        silent_for = torch.where(outcome.fired, 0, silent_for + len(x))
        if (step + 1) % every == 0 or step + 1 == steps:
            variance = (x - x.mean(0)).pow(2).sum()
            fvu = float(outcome.squared_error / variance)
            if not math.isfinite(outcome.squared_error):
                cause = (
                    f"lower learning_rate={learning_rate}"
                    if torch.isfinite(x).all()
                    else "the source gave NaN or infinite activations; mend it"
                )
                raise FeaturetopoError(
                    f"the loss is {float(outcome.squared_error)} at step {step + 1}: {cause}"
                )
            dead = int((silent_for >= batch_size * every).sum())
            l0 = int(outcome.active) / len(x)
            seen.append((step + 1, float(loss), fvu, l0, dead))
            if progress:
                progress(step + 1)
    sae.history = History(*zip(*seen, strict=True))
    return sae


def _schedule(step: int, steps: int, warmup: float, decay: float) -> float:
    rise = (step + 1) / max(1.0, warmup * steps)
    fall = (steps - step) / max(1.0, decay * steps)
    return min(1.0, rise, fall)
