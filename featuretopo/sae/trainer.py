"""train: any source of activations in, an SAE out."""

from __future__ import annotations

import os
from typing import Literal

from torch import Tensor

from featuretopo.checks import check_can
from featuretopo.progress import Progress, watched
from featuretopo.random import RngLike, child_seed, seed_of
from featuretopo.sae.base import SAE, Architecture, to_tensor
from featuretopo.sae.checkpoint import FINGERPRINT, Checkpoint, digest
from featuretopo.sae.device import Device, device_of
from featuretopo.sae.recipe import SOURCE, Recipe
from featuretopo.sae.resample import Resample
from featuretopo.sae.sources.source import Source


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
    progress: Progress = False,
    rng: RngLike = None,
) -> SAE:
    """Train a sparse autoencoder with Adam.

    The decoder starts at random directions, the decoder bias at the mean of a batch. Decoder rows
    are held at length 1 and the gradient along them is removed before each step. Step t of Adam
    takes ``t^-0.8``, at least .001, of the new squared gradient into its mean. Where an encoder row
    has length r, it and its bias step by the rate times ``r^0.5``, the decoder row by the rate
    times ``r^-0.5``; tied rows by the rate. JumpReLU and a random encoder have plain Adam.

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
        Adam's, after the warm-up, for encoder rows of length 1.
    warmup, decay : float
        Shares of the steps over which the rate rises from 0 and falls to 0, linearly.
    encoder : {"transpose", "random"}
        How the encoder starts: as the decoder's transpose, its rows as long as the architecture
        wants them (ReLU, JumpReLU: 0.3, all others: 1), or uniform within 1 / sqrt(d) of 0, as
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
    progress : bool or callable
        Whether a bar is shown, on stderr or in the notebook, where somebody watches; or what is
        called with the number of steps done, now and then.
    rng : int, Generator or None
        Seed of the initial weights and of the batches. Same seed, same device, same number of
        threads: same bits. SAEs that are to be compared need seeds of their own: of one seed, they
        are alike before the first step.

    Returns
    -------
    SAE

    Raises
    ------
    FeaturetopoError
        If an argument is out of range, the checkpoint is of another run or damaged, a batch is
        empty or above 1e9, or the loss or a weight stops being a number; the last checkpoint then
        stays as it was.

    Examples
    --------
    >>> from featuretopo.llm import SimulatedLLM
    >>> from featuretopo.sae import TopK
    >>> from featuretopo.truth import GroundTruth, Sphere
    >>> model = SimulatedLLM(GroundTruth([Sphere(8)], d=16, rng=0), rng=0)
    >>> train(model, TopK(1), n_latents=8, steps=2, batch_size=16, rng=0).dictionary
    Dictionary(8 features, 16 dimensions)
    """
    recipe = Recipe(steps, batch_size, learning_rate, warmup, decay, encoder, clip_norm, resample)
    check_can("source", source, "sample", usual=SOURCE)
    recipe.check(architecture, n_latents)
    place = device_of(device)
    file = None if checkpoint is None else Checkpoint(checkpoint, checkpoint_every)
    seed = file.asked["seed"] if file and file.asked and rng is None else seed_of(rng)

    def draw(*names: str | int) -> Tensor:
        batch = source.sample(batch_size, rng=child_seed(seed, *names))
        return to_tensor(batch.activations).to(place)

    first = draw("first")
    recipe.check_first(first)
    run = recipe.begin(first, architecture, n_latents, seed)
    if file:
        asked = recipe.described(architecture, n_latents)
        file.resume(run, asked | {"seed": seed, FINGERPRINT: digest(first)})

    with watched(progress, "training", steps) as tell:
        while run.step < steps:
            x = draw("batch", run.step)
            done = run.step + 1
            kept = done == steps or (file is not None and done % file.every == 0)
            recipe.advance(run, x, kept=kept)
            recipe.resample_if_due(run, draw, seed)
            if file and kept:
                file.write(run)
            if recipe.told(done):
                tell(done)
    run.sae.history = run.history()
    return run.sae
