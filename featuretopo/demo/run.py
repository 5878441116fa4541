"""The demo's road: truth, simulated LLMs, SAEs, topology, comparisons, one page."""

from __future__ import annotations

import os
from itertools import combinations
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from featuretopo.compare import Comparison, Recovery, compare, recover
from featuretopo.demo.experiment import (
    DRAWS,
    MODELS,
    STEPS,
    Model,
    ground_truth,
    recipe,
    simulated_llm,
)
from featuretopo.demo.learn import Learned, learn
from featuretopo.demo.results import results
from featuretopo.demo.workers import workers
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.files import check_writable, together
from featuretopo.nulls import noise_floor
from featuretopo.provenance import digest, provenance
from featuretopo.random import child_seed
from featuretopo.report.build import report
from featuretopo.similarity import best_matches
from featuretopo.topology.arrangement import Arrangement, arrangement
from featuretopo.topology.mapper import mapper_stability
from featuretopo.topology.metric import cosine
from featuretopo.topology.order import CircularOrder, circular_order
from featuretopo.topology.second_opinion import second_opinion
from featuretopo.weights import load

CONTROL = "the truth itself"
GROUPS = ("months", "weekdays")  # named before anything was looked at


def run_demo(
    out: Path,
    words: Path,
    *,
    seed: int = 0,
    steps: int = STEPS,
    draws: int = DRAWS,
    command: str = "featuretopo demo",
) -> Path:
    """Run the experiment and write report.html, results.json and the dictionaries, all or none.

    Parameters
    ----------
    out : Path
        Folder to write to; made if missing.
    words : Path
        Dictionary file of the real transformer's word vectors, with groups "months" and
        "weekdays".
    seed : int
        Everything random comes from it: same seed, same results.json apart from `provenance`.
    steps : int
        Training steps of each SAE.
    draws : int
        Null draws of every figure of a pair.
    command : str
        What the page names as the command that makes it again.

    Returns
    -------
    Path
        The report.

    Raises
    ------
    FeaturetopoError
        If the words file cannot be read or `out` cannot be written to.
    """
    start = perf_counter()
    orders = word_orders(words)
    check_writable(out)
    with workers(min(2, os.cpu_count() or 1)) as pool:
        learned = pool.map(
            "SAEs",
            learn,
            [model.name for model in MODELS],
            [(model, seed, steps, pool.steps(model.name, steps)) for model in MODELS],
        )
        control, *portraits = pool.map(
            "topology",
            arrangement_of,
            [CONTROL, *(each.name for each in learned)],
            [
                (CONTROL, ground_truth("home", seed).dictionary, seed),
                *(
                    (each.name, live_dictionary(model, each, seed), seed)
                    for model, each in zip(MODELS, learned, strict=True)
                ),
            ],
        )
        recoveries = [
            recovered(model, each, portrait, seed)
            for model, each, portrait in zip(MODELS, learned, portraits, strict=True)
        ]
        pairs = list(combinations(range(len(MODELS)), 2))
        comparisons = pool.map(
            "comparisons",
            compared,
            [f"{MODELS[i].name} and {MODELS[j].name}" for i, j in pairs],
            [
                (
                    (portraits[i], portraits[j]),
                    (learned[i].codes, learned[j].codes),
                    (recoveries[i], recoveries[j]),
                    seed,
                    draws,
                )
                for i, j in pairs
            ],
        )
    checked = _control(control, seed)
    opinion = second_opinion(control.dictionary)
    about = provenance(command=command, seed=seed, seconds=perf_counter() - start)
    about["recipe"] = recipe(steps)
    about["vectors_sha256"] = {
        each.name: digest(each.dictionary.vectors) for each in (control, *portraits)
    }
    text = results(recoveries, checked, comparisons, orders, about).model_dump_json(
        indent=1, by_alias=True
    )
    with together(out) as folder:
        for portrait in (control, *portraits):
            name = f"{_file_name(portrait.name)}.safetensors"
            portrait.dictionary.save(folder / "dictionaries" / name)
        (folder / "results.json").write_text(text + "\n", encoding="utf-8")
        report(
            comparisons,
            folder / "report.html",
            recoveries=recoveries,
            control=checked,
            orders=orders,
            arrangements=[control],
            opinions={CONTROL: opinion},
            stabilities={
                each.name: mapper_stability(each.dictionary) for each in (control, *portraits)
            },
            title="Which features, which shapes, which SAEs",
            provenance=about,
            downloads={"results.json": text},
        )
    return out / "report.html"


def word_orders(words: Path) -> list[CircularOrder]:
    """Test the circular order of the groups named beforehand."""
    dictionary = load(words)
    try:
        return [circular_order(dictionary, group=group) for group in GROUPS]
    except FeaturetopoError as error:
        raise FeaturetopoError(f"{words}: {error}") from error


def live_dictionary(model: Model, learned: Learned, seed: int) -> Dictionary:
    """Return the live latents of an SAE, named after it and numbered as in the SAE.

    Each is labelled with the shape of its nearest true feature, if that is nearer than the noise
    floor. The labels colour pictures; nothing is computed from them.
    """
    carried = simulated_llm(model, seed).dictionary
    vectors = learned.vectors[learned.alive]
    nearest = best_matches(vectors, carried)
    least = cosine(noise_floor(len(vectors) + len(carried), carried.d))
    return Dictionary(
        vectors,
        labels=np.where(nearest.cosine_of_a > least, carried.labels[nearest.b_of_a], -1),
        names=[f"{learned.name} latent {i}" for i in learned.alive],
        label_names=carried.label_names,
    )


def arrangement_of(name: str, dictionary: Dictionary, seed: int) -> Arrangement:
    """Run the topology layer on one dictionary (in a worker)."""
    return arrangement(dictionary, name=name, rng=child_seed(seed, "arrangement", name))


def compared(
    portraits: tuple[Arrangement, Arrangement],
    codes: tuple[Any, Any],
    recoveries: tuple[Recovery, Recovery],
    seed: int,
    draws: int,
) -> Comparison:
    """Compare two SAEs through their codes of the shared samples (in a worker)."""
    a, b = portraits
    rng = child_seed(seed, "comparison", a.name, b.name)
    return compare(a, b, codes=codes, recoveries=recoveries, draws=draws, rng=rng)


def recovered(model: Model, learned: Learned, portrait: Arrangement, seed: int) -> Recovery:
    """Hold one SAE against its truth."""
    llm = simulated_llm(model, seed)
    return recover(
        llm.truth,
        llm.dictionary,
        portrait,
        fvu=learned.fvu,
        l0=learned.l0,
        true_l0=learned.true_l0,
        dead_latents=len(learned.vectors) - len(learned.alive),
        rng=child_seed(seed, "recovery", model.name),
    )


def _control(portrait: Arrangement, seed: int) -> Recovery:
    """Put the truth through the same test as the SAEs: what would a perfect one score?"""
    truth = ground_truth("home", seed)
    mean_l0 = simulated_llm(MODELS[0], seed).mean_l0
    return recover(
        truth,
        truth.dictionary,
        portrait,
        fvu=0.0,
        l0=mean_l0,
        true_l0=mean_l0,
        dead_latents=0,
        rng=child_seed(seed, "recovery", CONTROL),
    )


def _file_name(name: str) -> str:
    return name.replace(" ", "-")
