"""train: any source of activations in, an SAE out."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor

from featuretopo.errors import FeaturetopoError
from featuretopo.random import RngLike, child_seed, seed_of, stream
from featuretopo.sae.base import SAE, Architecture, to_tensor
from featuretopo.sae.checkpoint import Checkpoint, described, digest
from featuretopo.sae.device import Device, device_of
from featuretopo.sae.resample import Resample
from featuretopo.sae.run import Run
from featuretopo.sae.sources.source import Source
from featuretopo.sae.step import Optimiser


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
    encoder: Literal["transpose", "random"] = "transpose",
    clip_norm: float | None = None,
    resample: Resample | None = None,
    device: Device = "auto",
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: int = 1000,
    progress: Callable[[int], None] | None = None,
    rng: RngLike = None,
) -> SAE:
    """Train a sparse autoencoder with Adam.

    The decoder starts at random directions, the decoder bias at the mean of a batch. Decoder rows
    are held at length 1 and the gradient along them is removed before each step.

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
    encoder : {"transpose", "random"}
        How the encoder starts: as the decoder's transpose, or uniform within 1 / sqrt(d) of 0, as
        torch's linear layers do, its bias too.
    clip_norm : float, optional
        Length that the gradient of all parameters together is scaled down to where it is longer.
    resample : Resample, optional
        What happens to dead latents beside what the architecture does.
    device : {"auto", "cpu", "cuda"}
        Where the SAE is trained and stays; "auto" is the GPU where there is one. The seed gives the
        same start and the same batches on each.
    checkpoint : path, optional
        A ``.safetensors`` file to which the run is written every `checkpoint_every` steps and at
        its end. If it is there, the run goes on from it, to the same bits as if it had never
        stopped; ``rng=None`` then takes the file's seed. The file of a run with another source or
        other arguments is refused.
    checkpoint_every : int
        Steps between two writings.
    progress : callable, optional
        Called with the number of steps done, now and then.
    rng : int, Generator or None
        Seed of the initial weights and of the batches. Same seed, same device, same number of
        threads: same bits.

    Returns
    -------
    SAE

    Raises
    ------
    FeaturetopoError
        If an argument is out of range, the checkpoint is of another run, or the loss or a weight
        stops being a number; the last checkpoint then stays as it was.

    Examples
    --------
    >>> from featuretopo.llm import SimulatedLLM
    >>> from featuretopo.sae import TopK
    >>> from featuretopo.truth import GroundTruth, Sphere
    >>> model = SimulatedLLM(GroundTruth([Sphere(8)], d=16, rng=0), rng=0)
    >>> train(model, TopK(1), n_latents=8, steps=2, batch_size=16, rng=0).dictionary
    Dictionary(8 features, 16 dimensions)
    """
    check_asked(n_latents, steps, batch_size, learning_rate, warmup, decay, clip_norm)
    if encoder not in ("transpose", "random") or (encoder == "random" and architecture.tied):
        raise FeaturetopoError(
            f"encoder={encoder!r} must be 'transpose', or 'random' where it is not tied"
        )
    if resample is not None:
        resample.check(architecture, steps)
    place = device_of(device)
    file = None if checkpoint is None else Checkpoint(checkpoint, checkpoint_every)
    seed = file.asked["seed"] if file and file.asked and rng is None else seed_of(rng)

    def draw(*names: str | int) -> Tensor:
        batch = source.sample(batch_size, rng=child_seed(seed, *names))
        return to_tensor(batch.activations).to(place)

    first = draw("first")
    run = begin(first, architecture, n_latents, seed, encoder=encoder, clip_norm=clip_norm)
    if file:
        asked: dict[str, Any] = {
            "architecture": described(architecture),
            "n_latents": int(n_latents),
            "steps": int(steps),
            "batch_size": int(batch_size),
            "learning_rate": float(learning_rate),
            "warmup": float(warmup),
            "decay": float(decay),
            "encoder": encoder,
            "clip_norm": None if clip_norm is None else float(clip_norm),
            "resample": described(resample),
            "seed": seed,
            "the fingerprint of the source's first batch": digest(first),
        }
        file.resume(run, asked)

    every = max(1, steps // 50)
    while run.step < steps:
        x = draw("batch", run.step)
        rate = learning_rate * rate_at(run.step, steps, warmup, decay)
        loss, outcome = run.take(x, rate)
        told = run.step % every == 0 or run.step == steps
        kept = run.step == steps or (file is not None and run.step % file.every == 0)
        stop_unless_finite(run, x, outcome.squared_error, learning_rate, weights_too=kept)
        if told:
            run.tell(x, loss, outcome, batch_size * every)
        if resample and resample.due(run.step, steps):
            again = (draw("resample", run.step, i) for i in range(resample.batches))
            resample.apply(run, again, batch_size, stream(seed, "resampled", run.step))
        if file and kept:
            file.write(run)
        if told and progress:
            progress(run.step)
    run.sae.history = run.history()
    return run.sae


def check_asked(
    n_latents: int, steps: int, batch_size: int,
    learning_rate: float, warmup: float, decay: float, clip_norm: float | None,
) -> None:  # fmt: skip
    """Refuse what no training can be done with."""
    for name, value, least in (
        ("n_latents", n_latents, 1),
        ("steps", steps, 1),
        ("batch_size", batch_size, 2),  # one sample has no variance
    ):
        if value < least:
            raise FeaturetopoError(f"{name}={value} must be at least {least}")
    if not 0 < learning_rate < math.inf:
        raise FeaturetopoError(f"learning_rate={learning_rate} must be positive; 1e-3 is usual")
    if clip_norm is not None and not 0 < clip_norm < math.inf:
        raise FeaturetopoError(f"clip_norm={clip_norm} must be positive and finite; 1 is usual")
    if not (warmup >= 0 and decay >= 0 and warmup + decay <= 1):
        raise FeaturetopoError(
            f"warmup={warmup} and decay={decay} are shares of the steps: "
            "each must be >= 0, and their sum at most 1"
        )


def begin(
    first: Tensor,
    architecture: Architecture,
    n_latents: int,
    seed: int,
    *,
    encoder: Literal["transpose", "random"] = "transpose",
    clip_norm: float | None = None,
) -> Run:
    """Return a run before its first step, on the device of a batch (b, d)."""
    if first.ndim != 2:
        raise FeaturetopoError(f"activations of shape {tuple(first.shape)} must have shape (b, d)")
    if not torch.isfinite(first).all() or (first == first[0]).all():
        raise FeaturetopoError(
            "the activations of the first batch are constant, NaN or infinite: "
            "nothing to learn; mend the source or raise batch_size"
        )
    d = first.shape[1]
    # of the CPU: the same start on any device
    generator = torch.Generator().manual_seed(child_seed(seed, "weights"))
    directions = torch.randn(n_latents, d, generator=generator).to(first.device)
    rows = torch.nn.functional.normalize(directions)
    sae = SAE(rows, first.mean(0), architecture).to(first.device)
    if encoder == "random":
        with torch.no_grad():
            for each in (sae.W_enc, sae.b_enc):
                uniform = torch.rand(each.shape, generator=generator)
                each.copy_((2 * uniform - 1) / math.sqrt(d))
    silent_for = torch.zeros(n_latents, dtype=torch.long, device=first.device)
    return Run(sae, Optimiser(sae, clip_norm=clip_norm), silent_for)


def stop_unless_finite(
    run: Run, x: Tensor, squared_error: Tensor, learning_rate: float, *, weights_too: bool
) -> None:
    """Stop with the cause where the last error, or a weight, is no number."""
    loss_is_finite = math.isfinite(squared_error)
    if loss_is_finite and not (weights_too and not run.is_finite()):
        return
    cause = (
        f"lower learning_rate={learning_rate}"
        if torch.isfinite(x).all()
        else "the source gave NaN or infinite activations; mend it"
    )
    what = "a weight" if loss_is_finite else "the loss"
    raise FeaturetopoError(f"{what} is no number at step {run.step}: {cause}")


def rate_at(step: int, steps: int, warmup: float, decay: float) -> float:
    """Return the share of the learning rate at a step."""
    rise = (step + 1) / max(1.0, warmup * steps)
    fall = (steps - step) / max(1.0, decay * steps)
    return min(1.0, rise, fall)
