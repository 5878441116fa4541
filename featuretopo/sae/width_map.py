"""Sparsity against width: which SAE holds the truth, and can it be told without the truth?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.llm import SimulatedLLM
from featuretopo.progress import Progress
from featuretopo.random import RngLike, child_seed, seed_of
from featuretopo.sae.base import SAE, Architecture
from featuretopo.sae.device import Device
from featuretopo.sae.ensemble import Member, train_ensemble
from featuretopo.sae.evaluate import evaluate
from featuretopo.similarity import mmcs

FloatArray = npt.NDArray[np.float64]

_HELD_OUT = 10_000
_NONE = (np.nan, np.nan)  # an MMCS that is not there, and its chance


@dataclass(frozen=True, slots=True, eq=False)
class WidthMap:
    """SAEs of several sparsities (rows) and widths (columns), each figure a mean over seeds.

    Attributes
    ----------
    rows : tuple of str
        What each row is called.
    architectures : tuple of tuple of Architecture
        Of each row, one for each width.
    widths : tuple of int
    to_truth : ndarray, shape (n_architectures, n_widths)
        MMCS of the true features: mean over them of the largest cosine to a live latent.
    to_truth_chance : ndarray, same shape
        The same with as many random directions as there are live latents.
    to_next, to_next_chance : ndarray, same shape
        Mean over live latents of the largest cosine to a live latent of the next larger SAE of the
        same row, and by chance. NaN in the last column. High where both hold the same features: it
        needs no truth. The two start from weights that have nothing in common.
    dead : ndarray, same shape
        Number of latents that fire on none of 10,000 held-out samples.
    fvu, l0 : ndarray, same shape
        On these samples.
    """

    rows: tuple[str, ...]
    architectures: tuple[tuple[Architecture, ...], ...]
    widths: tuple[int, ...]
    to_truth: FloatArray
    to_truth_chance: FloatArray
    to_next: FloatArray
    to_next_chance: FloatArray
    dead: FloatArray
    fvu: FloatArray
    l0: FloatArray


def width_map(
    model: SimulatedLLM,
    architectures: Sequence[Architecture] | Mapping[str, Callable[[int], Architecture]],
    widths: Sequence[int],
    *,
    seeds: Sequence[int] = (0,),
    steps: int = 4000,
    batch_size: int = 2048,
    learning_rate: float = 1e-3,
    warmup: float = 0.02,
    decay: float = 0.25,
    encoder: Literal["transpose", "random"] = "transpose",
    device: Device = "auto",
    threads: int = 1,
    progress: Progress = False,
    rng: RngLike = None,
) -> WidthMap:
    """Train an SAE for every architecture, width and seed on one model; compare each.

    Source: Sharkey, Braun and Millidge 2022, Taking features out of superposition with sparse
    autoencoders: the true number of features shows as a width that the next larger one agrees with.

    Parameters
    ----------
    model : SimulatedLLM
        Its features are the truth.
    architectures : sequence of Architecture, or mapping of str to callable
        The rows, e.g. of growing sparsity. Where the penalty hangs on the width, functions from a
        number of latents to an architecture, by the names of their rows:
        ``{"alpha .32": lambda n: toy_2022(0.32, n, model.d)}``.
    widths : sequence of int
        Numbers of latents, growing.
    seeds : sequence of int
        Of the initial weights, which each width has of its own.
    steps, batch_size, learning_rate, warmup, decay, encoder, device, threads, progress
        As :func:`train_ensemble`.
    rng : int, Generator or None
        Seed of the batches, those held out included.

    Returns
    -------
    WidthMap

    Raises
    ------
    FeaturetopoError
        If the widths do not grow, there is no architecture or no seed, or training is refused.

    Examples
    --------
    >>> from featuretopo.sae import TopK
    >>> from featuretopo.truth import GroundTruth, Sphere
    >>> model = SimulatedLLM(GroundTruth([Sphere(8)], d=16, rng=0), rng=0)
    >>> found = width_map(model, [TopK(1)], [6, 8], steps=2, batch_size=16, rng=0)
    >>> found.to_truth.shape, bool(found.to_next[0, 0] > 0), bool(found.to_next[0, 1] > 0)
    ((1, 2), True, False)
    """
    for name, given in (("widths", widths), ("seeds", seeds)):
        if not isinstance(given, Sequence | range | np.ndarray):
            raise FeaturetopoError(f"{name}={given!r} must be a list of integers")
    if not isinstance(architectures, Sequence | Mapping):
        raise FeaturetopoError(f"architectures={architectures!r} must be a list or a mapping")
    if not len(architectures) or not len(seeds) or not len(widths) or any(np.diff(widths) <= 0):
        raise FeaturetopoError(
            f"{len(architectures)} architectures, widths={list(widths)}, seeds={list(seeds)}: "
            "give at least one of each, and widths that grow"
        )
    seed = seed_of(rng)
    rows = _rows(architectures, widths)
    # one start for all widths would make the narrower SAE a part of the wider one from the outset
    members = [
        Member(architecture, width, child_seed(seed_of(each), "width", width))
        for row in rows.values()
        for width, architecture in zip(widths, row, strict=True)
        for each in seeds
    ]
    saes = train_ensemble(
        model, members, steps=steps, batch_size=batch_size, learning_rate=learning_rate,
        warmup=warmup, decay=decay, encoder=encoder, device=device, threads=threads,
        progress=progress, rng=seed,
    )  # fmt: skip
    held_out = model.sample(_HELD_OUT, rng=child_seed(seed, "held out")).activations
    found = [evaluate(sae, held_out) for sae in saes]
    live = [_live(sae, each.alive) for sae, each in zip(saes, found, strict=True)]
    # members of one row and seed, one column further, come this much later
    next_column = len(seeds)
    truth = [_mmcs(model.dictionary, each) for each in live]
    further = [
        _mmcs(each, live[i + next_column]) if (i // next_column + 1) % len(widths) else _NONE
        for i, each in enumerate(live)
    ]
    dead = [sae.n_latents - len(each.alive) for sae, each in zip(saes, found, strict=True)]

    def mean(values: npt.ArrayLike) -> FloatArray:
        shape = (len(rows), len(widths), len(seeds))
        over_seeds: FloatArray = np.asarray(values, float).reshape(shape).mean(axis=2)
        return over_seeds

    return WidthMap(
        tuple(rows),
        tuple(rows.values()),
        tuple(int(width) for width in widths),
        mean([value for value, _ in truth]),
        mean([chance for _, chance in truth]),
        mean([value for value, _ in further]),
        mean([chance for _, chance in further]),
        mean(dead),
        mean([each.fvu for each in found]),
        mean([each.l0 for each in found]),
    )


def _rows(
    architectures: Sequence[Architecture] | Mapping[str, Callable[[int], Architecture]],
    widths: Sequence[int],
) -> dict[str, tuple[Architecture, ...]]:
    if isinstance(architectures, Mapping):
        return {
            str(name): tuple(make(int(width)) for width in widths)
            for name, make in architectures.items()
        }
    return {repr(each): (each,) * len(widths) for each in architectures}


def _live(sae: SAE, alive: npt.NDArray[np.integer[Any]]) -> Dictionary | None:
    return Dictionary(sae.dictionary.vectors[alive]) if len(alive) else None


def _mmcs(a: Dictionary | None, b: Dictionary | None) -> tuple[float, float]:
    """Return MMCS of a's features in b and its chance level; NaN where one has none."""
    if a is None or b is None:
        return _NONE
    found = mmcs(a, b)
    return found.a_to_b, found.chance_a_to_b
