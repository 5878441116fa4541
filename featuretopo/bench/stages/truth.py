"""The truth stage: shapes placed in R^d, and what can be seen of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from featuretopo.bench.stages.catalogue import Result
from featuretopo.llm.description import strategy_of
from featuretopo.random import child_seed
from featuretopo.truth import GroundTruth


def truth(parameters: Mapping[str, Any], inputs: Sequence[Result]) -> Result:
    """Place the shapes."""
    placed = ground_truth(parameters)
    return Result(
        {"vectors": placed.dictionary.vectors, "labels": placed.dictionary.labels},
        {
            "shapes": [
                {"name": shape.name, "kind": shape.kind, "expected": shape.expected}
                for shape in placed.shapes
            ]
        },
    )


def ground_truth(parameters: Mapping[str, Any]) -> GroundTruth:
    """Place the shapes of a world; the same from the same seed, wherever it is done."""
    world = parameters["world"]
    return GroundTruth(
        strategy_of(world["shapes"]),
        world["d"],
        placement=strategy_of(world["placement"]),
        rng=child_seed(parameters["seed"], "truth"),
    )
