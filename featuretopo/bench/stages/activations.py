"""The activations stage: a simulated LLM, who fires in its held-out samples and the shared ones.

Codes are stored and not activations, of which they make the same bits at a tenth of the size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.bench.stages.catalogue import Result
from featuretopo.bench.stages.truth import ground_truth
from featuretopo.llm import Codes, SimulatedLLM, family
from featuretopo.llm.description import strategy_of
from featuretopo.random import child_seed


def activations(parameters: Mapping[str, Any], inputs: Sequence[Result]) -> Result:
    """Draw the samples that every SAE of this LLM is measured on."""
    seed, member = parameters["seed"], parameters["member"]
    llm = simulated_llm(parameters)
    held_out = llm.codes(parameters["held_out"], rng=child_seed(seed, "held out", member))
    shared = _shared_codes(parameters, llm)
    return Result(
        {"dictionary": llm.dictionary.vectors} | _arrays("held_out", held_out)
        | _arrays("shared", shared),
        {"true_l0": len(held_out.features) / len(held_out), "features": len(llm.dictionary)},
    )  # fmt: skip


def simulated_llm(parameters: Mapping[str, Any]) -> SimulatedLLM:
    """Build the LLM, or the member of the pair; the same wherever it is done."""
    given, world, seed = parameters["llm"], parameters["world"], parameters["seed"]
    truth = ground_truth(parameters)
    firing: dict[str, Any] = {
        "cooccurrence": _maybe(given["cooccurrence"]),
        "frequency": _maybe(given["frequency"] or world["frequency"]),
        "magnitude": strategy_of(world["magnitude"]),
        "noise": given["noise"],
        "rng": child_seed(seed, "llm"),
    }
    rotation = _maybe(given["rotation"])
    if given["differ"] is None:
        return SimulatedLLM(truth, embedding=rotation, **firing)
    pair = family(
        truth, 2, overlap=given["overlap"], rotation=rotation, change=given["differ"], **firing
    )
    member: SimulatedLLM = pair.models[parameters["member"]]
    return member


def seen(
    llm: SimulatedLLM, parameters: Mapping[str, Any], which: str, found: Result
) -> npt.NDArray[np.float32]:
    """Return the activations of the held-out or the shared samples, shape (b, d)."""
    codes = Codes(
        found.arrays[f"{which}.starts"],
        found.arrays[f"{which}.features"],
        found.arrays[f"{which}.strengths"],
        found.values["features"],
    )
    noise = child_seed(parameters["seed"], "noise", which, parameters["member"])
    return llm.activations(codes, rng=noise)


def _shared_codes(parameters: Mapping[str, Any], llm: SimulatedLLM) -> Codes:
    """Draw the samples that both LLMs of a pair see; each has the part of them that it knows.

    Every feature fires on its own in them, so that no rule is favoured.
    """
    world = parameters["world"]
    source = SimulatedLLM(
        ground_truth(parameters),
        frequency=_maybe(world["frequency"]),
        magnitude=strategy_of(world["magnitude"]),
        rng=child_seed(parameters["seed"], "shared"),
    )
    codes = source.codes(parameters["shared"], rng=child_seed(parameters["seed"], "shared codes"))
    own = codes.sparse()[:, llm.truth.rows].tocsr()
    return Codes(own.indptr.astype(np.int64), own.indices.astype(np.int32), own.data, own.shape[1])


def _arrays(which: str, codes: Codes) -> dict[str, npt.NDArray[Any]]:
    return {
        f"{which}.starts": codes.starts,
        f"{which}.features": codes.features,
        f"{which}.strengths": codes.strengths,
    }


def _maybe(table: Any) -> Any:
    return None if table is None else strategy_of(table)
