"""The SAE stage: train one, and run it over the held-out and the shared samples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from featuretopo.bench.architectures import architecture_of
from featuretopo.bench.stages.activations import seen, simulated_llm
from featuretopo.bench.stages.catalogue import Result
from featuretopo.random import child_seed
from featuretopo.sae import evaluate, sparse_codes, train


def sae(parameters: Mapping[str, Any], inputs: Sequence[Result]) -> Result:
    """Train one SAE."""
    (samples,) = inputs
    llm = simulated_llm(parameters)
    width = parameters["width"]
    trained = train(
        llm,
        architecture_of(parameters["architecture"], width, llm.d),
        n_latents=width,
        **{
            name: parameters[name]
            for name in ("steps", "batch_size", "learning_rate", "warmup", "decay")
        },
        rng=child_seed(parameters["seed"], "sae", parameters["member"]),
    )
    found = evaluate(trained, seen(llm, parameters, "held_out", samples))
    codes = sparse_codes(trained, seen(llm, parameters, "shared", samples))[:, found.alive]
    weights = {name: value.detach().numpy() for name, value in trained.state_dict().items()}
    return Result(
        weights
        | {
            "alive": found.alive,
            "codes.indptr": codes.indptr,
            "codes.indices": codes.indices,
            "codes.data": codes.data,
        },
        {"fvu": found.fvu, "l0": found.l0, "shape": list(codes.shape)},
    )
