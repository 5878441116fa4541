"""The recovery stage: which shapes of its truth an SAE has kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from featuretopo.bench.stages.activations import simulated_llm
from featuretopo.bench.stages.catalogue import Result
from featuretopo.bench.stages.records import pack, unpack
from featuretopo.bench.stages.row import row
from featuretopo.compare import Recovery, recover
from featuretopo.random import child_seed


def recovery(parameters: Mapping[str, Any], inputs: Sequence[Result]) -> Result:
    """Hold an SAE against its truth, shape by shape."""
    samples, sae, topology = inputs
    llm = simulated_llm(parameters)
    found = recover(
        llm.truth,
        llm.dictionary,
        unpack(topology),
        fvu=sae.values["fvu"],
        l0=sae.values["l0"],
        true_l0=samples.values["true_l0"],
        dead_latents=len(sae.arrays["W_dec"]) - len(sae.arrays["alive"]),
        rng=child_seed(parameters["seed"], "recovery"),
    )
    packed = pack(found)
    return Result(packed.arrays, {**packed.values, "rows": _rows(found)})


def _rows(found: Recovery) -> list[dict[str, Any]]:
    # a shape that shows nothing below the noise floor has no topology to recover
    visible = [shape for shape in found.shapes if shape.expected != "nothing"]
    kinds = sorted({shape.kind for shape in found.shapes})
    rows = [_share("", visible)]
    rows += [_share(kind, [shape for shape in visible if shape.kind == kind]) for kind in kinds]
    return [*rows, row("cluster_agreement", found.cluster_agreement)]


def _share(part: str, shapes: Sequence[Any]) -> dict[str, Any]:
    kept = sum(shape.recovered for shape in shapes)
    note = f"{kept} of {len(shapes)}" if shapes else ""
    return row("shapes_recovered", kept / len(shapes) if shapes else None, part=part, note=note)
