"""The topology stage: clusters, loops, diagram and Mapper graph of an SAE's live latents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from featuretopo.bench.stages.catalogue import Result
from featuretopo.bench.stages.live import FEWEST, live_dictionary
from featuretopo.bench.stages.records import pack
from featuretopo.random import child_seed
from featuretopo.topology.arrangement import arrangement


def topology(parameters: Mapping[str, Any], inputs: Sequence[Result]) -> Result:
    """Run the topology layer on the live latents; of fewer than four there is none."""
    _, sae = inputs
    if len(sae.arrays["alive"]) < FEWEST:
        return Result({}, {})
    portrait = arrangement(
        live_dictionary(sae), name="sae", rng=child_seed(parameters["seed"], "topology")
    )
    return pack(portrait)
