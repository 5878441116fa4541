"""One worker's job: train one SAE and measure it. Only arrays cross between processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.demo import experiment
from featuretopo.progress import Progress
from featuretopo.random import child_seed
from featuretopo.sae import evaluate, sparse_codes, train


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What one SAE learned.

    Attributes
    ----------
    name : str
    vectors : ndarray, shape (n_latents, d)
        Decoder rows, dead ones too.
    alive : ndarray of int
        Latents that fired on the held-out samples.
    fvu, l0, true_l0 : float
        On the held-out samples.
    codes : scipy.sparse CSR, shape (n_shared, n_alive)
        Codes of the shared samples, live latents only.
    """

    name: str
    vectors: npt.NDArray[np.float32]
    alive: npt.NDArray[np.integer[Any]]
    fvu: float
    l0: float
    true_l0: float
    codes: Any


def learn(model: experiment.Model, seed: int, steps: int, progress: Progress = False) -> Learned:
    """Train the SAE of one model and run it over the held-out and the shared samples."""
    llm = experiment.simulated_llm(model, seed)
    sae = train(
        llm,
        experiment.ARCHITECTURE,
        n_latents=experiment.N_LATENTS,
        steps=steps,
        batch_size=experiment.BATCH_SIZE,
        learning_rate=experiment.LEARNING_RATE,
        device="cpu",  # each model has a process of its own, and a seed the same bits anywhere
        progress=progress,
        rng=child_seed(seed, "sae", model.name),
    )
    held_out = llm.sample(experiment.HELD_OUT, rng=child_seed(seed, "held out", model.name))
    found = evaluate(sae, held_out.activations)
    shared = llm.activations(experiment.shared_codes(model, seed))
    return Learned(
        name=model.name,
        vectors=sae.dictionary.vectors,
        alive=found.alive,
        fvu=found.fvu,
        l0=found.l0,
        true_l0=float((held_out.values > 0).sum(axis=1).mean()),
        codes=sparse_codes(sae, shared)[:, found.alive],
    )
