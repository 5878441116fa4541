"""train_ensemble: many SAEs at once, each batch drawn once for all of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import Literal

import torch
from threadpoolctl import threadpool_limits
from torch import Tensor

from featuretopo.checks import check_can, check_count
from featuretopo.errors import FeaturetopoError
from featuretopo.progress import Progress, watched
from featuretopo.random import RngLike, child_seed, seed_of
from featuretopo.sae.base import SAE, Architecture, to_tensor
from featuretopo.sae.checkpoint import FINGERPRINT, Checkpoint, digest
from featuretopo.sae.device import Device, device_of
from featuretopo.sae.recipe import SOURCE, Recipe
from featuretopo.sae.resample import Resample
from featuretopo.sae.sources.source import Source

_BATCHES = "the seed of the batches"


@dataclass(frozen=True, slots=True)
class Member:
    """One SAE of an ensemble.

    Parameters
    ----------
    architecture : Architecture
    n_latents : int
    seed : int
        Of its initial weights.
    source : int
        Which of the ensemble's sources it learns from.

    Raises
    ------
    FeaturetopoError
        If a seed or a source is no whole number or negative; in :func:`train_ensemble`, if there is
        no such source or no such SAE can be trained.
    """

    architecture: Architecture
    n_latents: int
    seed: int = 0
    source: int = 0

    def __post_init__(self) -> None:
        check_count("seed", self.seed, 0, 0)
        check_count("source", self.source, 0, 0)


def grid(
    architectures: Iterable[Architecture],
    n_latents: Iterable[int],
    *,
    seeds: Iterable[int] = (0,),
    n_sources: int = 1,
) -> list[Member]:
    """Return every combination, the seeds and then the sources turning fastest.

    Raises
    ------
    FeaturetopoError
        If there is none, or what should be a list is none.

    Examples
    --------
    >>> from featuretopo.sae import TopK
    >>> [(m.architecture.k, m.n_latents) for m in grid([TopK(2), TopK(4)], [16, 32])]
    [(2, 16), (2, 32), (4, 16), (4, 32)]
    """
    for name, value, usual in (
        ("architectures", architectures, "[TopK(8)]"),
        ("n_latents", n_latents, "[256, 512]"),
        ("seeds", seeds, "[0, 1]"),
    ):
        if not isinstance(value, Iterable):
            raise FeaturetopoError(f"{name}={value!r} must be a list, e.g. {usual}")
    check_count("n_sources", n_sources, 1, 1)
    made = [Member(*each) for each in product(architectures, n_latents, seeds, range(n_sources))]
    if not made:
        raise FeaturetopoError(
            "no members: give at least one each of architectures, n_latents and seeds"
        )
    return made


def train_ensemble(
    sources: Source | Sequence[Source],
    members: Sequence[Member],
    *,
    steps: int = 4000,
    batch_size: int = 2048,
    learning_rate: float = 1e-3,
    warmup: float = 0.02,
    decay: float = 0.25,
    encoder: Literal["transpose", "random"] = "transpose",
    clip_norm: float | None = None,
    resample: Resample | None = None,
    device: Device = "auto",
    threads: int = 1,
    checkpoint: str | os.PathLike[str] | None = None,
    checkpoint_every: int = 1000,
    progress: Progress = False,
    rng: RngLike = None,
) -> list[SAE]:
    """Train many SAEs side by side.

    Each batch of a source is drawn once and all its members take a step on it. A member learns
    exactly what :func:`train` would from the same batches: the same bits, whatever its company.

    Parameters
    ----------
    sources : Source or sequence of Source
        One for all, or e.g. one per simulated LLM.
    members : sequence of Member
        What is trained; :func:`grid` makes them.
    steps, batch_size, learning_rate, warmup, decay, encoder, clip_norm, resample, device
        As :func:`train`. The batches of `resample` are drawn anew for each member that has dead
        latents.
    threads : int
        How many members take their step at a time, each on one thread of its own.
    checkpoint : path, optional
        A folder with one checkpoint a member, ``0.safetensors`` and so on in the order of
        `members`; otherwise as :func:`train`. Members may be added or left off at the end of the
        list: those whose files are there are not trained again.
    checkpoint_every, progress
        As :func:`train`.
    rng : int, Generator or None
        Seed of the batches. A member whose own seed is the same is what `train` makes of it.

    Returns
    -------
    list of SAE
        In the order of `members`.

    Raises
    ------
    FeaturetopoError
        If an argument is out of range, a checkpoint is of another run or damaged, a batch is empty
        or above 1e9, or a loss or a weight stops being a number.

    Examples
    --------
    >>> from featuretopo.llm import SimulatedLLM
    >>> from featuretopo.sae import TopK
    >>> from featuretopo.truth import GroundTruth, Sphere
    >>> model = SimulatedLLM(GroundTruth([Sphere(8)], d=16, rng=0), rng=0)
    >>> saes = train_ensemble(model, grid([TopK(1)], [8, 12]), steps=2, batch_size=16, rng=0)
    >>> [sae.n_latents for sae in saes]
    [8, 12]
    """
    given = list(sources) if isinstance(sources, Sequence) else [sources]
    for one in given:
        check_can("sources", one, "sample", usual=SOURCE)
    if not isinstance(members, Sequence):
        raise FeaturetopoError(
            f"members={members!r} must be a list of Member, as grid([TopK(8)], [512]) makes"
        )
    if not members:
        raise FeaturetopoError("no members: name at least one, e.g. grid([TopK(4)], [64])")
    check_count("threads", threads, 1, 2)
    recipe = Recipe(steps, batch_size, learning_rate, warmup, decay, encoder, clip_norm, resample)
    for i, each in enumerate(members):
        if not isinstance(each, Member):
            raise FeaturetopoError(
                f"members[{i}]={each!r} must be a Member, e.g. Member(TopK(8), 512)"
            )
        recipe.check(each.architecture, each.n_latents)
        if each.source >= len(given):
            raise FeaturetopoError(
                f"{each} learns from source {each.source} of {len(given)}: count from 0"
            )
    place = device_of(device)
    files = (
        []
        if checkpoint is None
        else [
            Checkpoint(Path(checkpoint) / f"{i}.safetensors", checkpoint_every)
            for i in range(len(members))
        ]
    )
    before = [file.asked for file in files if file.asked]
    seed = before[0].get(_BATCHES, 0) if before and rng is None else seed_of(rng)

    def draw(source: int, *names: str | int) -> Tensor:
        batch = given[source].sample(batch_size, rng=child_seed(seed, *names))
        return to_tensor(batch.activations).to(place)

    used = sorted({each.source for each in members})
    first = {source: draw(source, "first") for source in used}
    for batch in first.values():  # once: what each member threw away would lie between its weights
        recipe.check_first(batch)
    runs = [
        recipe.begin(first[each.source], each.architecture, each.n_latents, each.seed)
        for each in members
    ]
    for file, run, each in zip(files, runs, members, strict=False):
        asked = recipe.described(each.architecture, each.n_latents)
        asked |= {"seed": int(each.seed), _BATCHES: seed, FINGERPRINT: digest(first[each.source])}
        file.resume(run, asked)
    del first

    with _one_thread_each(threads) as pool, watched(progress, "training", steps) as tell:
        # what was stopped while it wrote has members that are further than others
        for step in range(min(run.step for run in runs), steps):
            done = step + 1
            kept = done == steps or (bool(files) and done % checkpoint_every == 0)
            behind = [i for i, run in enumerate(runs) if run.step == step]
            for source in used:
                mine = [runs[i] for i in behind if members[i].source == source]
                if mine:
                    x = draw(source, "batch", step)
                    list(pool.map(partial(recipe.advance, x=x, kept=kept), mine))
            for i in behind:
                recipe.resample_if_due(runs[i], partial(draw, members[i].source), members[i].seed)
            if files and kept:
                list(pool.map(lambda i: files[i].write(runs[i]), behind))
            if recipe.told(done):
                tell(done)
    for run in runs:
        run.sae.history = run.history()
    return [run.sae for run in runs]


@contextmanager
def _one_thread_each(threads: int) -> Iterator[ThreadPoolExecutor]:
    """Give a pool whose members compute on one thread: products of this size gain more so."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1), ThreadPoolExecutor(threads, initializer=_alone) as pool:
            yield pool
    finally:
        torch.set_num_threads(before)


def _alone() -> None:
    """Hold a worker's own count of threads, which torch keeps for each."""
    torch.set_num_threads(1)
