"""train_ensemble: many SAEs at once, each batch drawn once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product

import torch
from threadpoolctl import threadpool_limits
from torch import Tensor

from featuretopo.errors import FeaturetopoError
from featuretopo.random import RngLike, child_seed, seed_of
from featuretopo.sae.base import SAE, Architecture, to_tensor
from featuretopo.sae.run import Run
from featuretopo.sae.sources.source import Source
from featuretopo.sae.trainer import begin, check_asked, rate_at, stop_unless_finite


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
    """

    architecture: Architecture
    n_latents: int
    seed: int = 0
    source: int = 0


def grid(
    architectures: Iterable[Architecture],
    n_latents: Iterable[int],
    *,
    seeds: Iterable[int] = (0,),
    n_sources: int = 1,
) -> list[Member]:
    """Return every combination, the seeds and then the sources turning fastest.

    Examples
    --------
    >>> from featuretopo.sae import TopK
    >>> [(m.architecture.k, m.n_latents) for m in grid([TopK(2), TopK(4)], [16, 32])]
    [(2, 16), (2, 32), (4, 16), (4, 32)]
    """
    every = product(architectures, n_latents, seeds, range(n_sources))
    return [Member(*each) for each in every]


def train_ensemble(
    sources: Source | Sequence[Source],
    members: Sequence[Member],
    *,
    steps: int = 4000,
    batch_size: int = 2048,
    learning_rate: float = 1e-3,
    warmup: float = 0.02,
    decay: float = 0.25,
    threads: int = 1,
    progress: Callable[[int], None] | None = None,
    rng: RngLike = None,
) -> list[SAE]:
    """Train many SAEs side by side, on the CPU.

    Each batch of a source is drawn once and all its members take a step on it. A member learns
    exactly what :func:`train` would from the same batches: the same bits, whatever its company.

    Parameters
    ----------
    sources : Source or sequence of Source
        One for all, or e.g. one per simulated LLM.
    members : sequence of Member
        What is trained; :func:`grid` makes them.
    steps, batch_size, learning_rate, warmup, decay
        As :func:`train`.
    threads : int
        How many members take their step at a time, each on one thread of its own.
    progress : callable, optional
        Called with the number of steps done, now and then.
    rng : int, Generator or None
        Seed of the batches. A member whose own seed is the same is what `train` makes of it.

    Returns
    -------
    list of SAE
        In the order of `members`.

    Raises
    ------
    FeaturetopoError
        If an argument is out of range, or a loss or a weight stops being a number.

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
    if not members:
        raise FeaturetopoError("no members: name at least one, e.g. grid([TopK(4)], [64])")
    if threads < 1:
        raise FeaturetopoError(f"threads={threads} must be at least 1")
    for each in members:
        check_asked(each.n_latents, steps, batch_size, learning_rate, warmup, decay, None)
        if not 0 <= each.source < len(given):
            raise FeaturetopoError(
                f"{each} learns from source {each.source} of {len(given)}: count from 0"
            )
    seed = seed_of(rng)

    def draw(source: int, *names: str | int) -> Tensor:
        batch = given[source].sample(batch_size, rng=child_seed(seed, *names))
        return to_tensor(batch.activations)

    used = sorted({each.source for each in members})
    first = {source: draw(source, "first") for source in used}
    runs = [
        begin(first[each.source], each.architecture, each.n_latents, each.seed) for each in members
    ]
    del first
    every = max(1, steps // 50)

    def advance(run: Run, x: Tensor) -> None:
        rate = learning_rate * rate_at(run.step, steps, warmup, decay)
        loss, outcome = run.take(x, rate)
        last = run.step == steps
        stop_unless_finite(run, x, outcome.squared_error, learning_rate, weights_too=last)
        if run.step % every == 0 or last:
            run.tell(x, loss, outcome, batch_size * every)

    # one thread a member: products of this size gain more so than from being shared out
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1), ThreadPoolExecutor(threads, initializer=_alone) as pool:
            for step in range(steps):
                for source in used:
                    x = draw(source, "batch", step)
                    mine = [r for r, m in zip(runs, members, strict=True) if m.source == source]
                    list(pool.map(advance, mine, [x] * len(mine)))
                if progress and ((step + 1) % every == 0 or step + 1 == steps):
                    progress(step + 1)
    finally:
        torch.set_num_threads(before)
    for run in runs:
        run.sae.history = run.history()
    return [run.sae for run in runs]


def _alone() -> None:
    """Hold a worker's own count of threads, which torch keeps for each."""
    torch.set_num_threads(1)
