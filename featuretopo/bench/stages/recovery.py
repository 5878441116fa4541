"""The recovery stage: which shapes of its truth an SAE has kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from featuretopo.bench.stages.activations import simulated_llm
from featuretopo.bench.stages.catalogue import Result
from featuretopo.bench.stages.live import has_topology
from featuretopo.bench.stages.records import pack, unpack
from featuretopo.bench.stages.row import row
from featuretopo.compare import Recovery, recover
from featuretopo.random import child_seed
from featuretopo.truth.ground_truth import PlacedShape


def recovery(parameters: Mapping[str, Any], inputs: Sequence[Result]) -> Result:
    """Hold an SAE against its truth, shape by shape."""
    samples, sae, topology = inputs
    llm = simulated_llm(parameters)
    if not has_topology(topology):
        return Result({}, {"rows": _nothing_kept(llm.truth.shapes)})
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


def _nothing_kept(shapes: Sequence[PlacedShape]) -> list[dict[str, Any]]:
    """Rows of an SAE with too few live latents for any shape."""
    visible = [shape for shape in shapes if shape.expected != "nothing"]
    rows = []
    for part in ("", *sorted({shape.kind for shape in shapes})):
        total = sum(part in ("", shape.kind) for shape in visible)
        note = f"0 of {total}" if total else ""
        rows.append(row("shapes_recovered", 0.0 if total else None, part=part, note=note))
    return [*rows, row("cluster_agreement", None)]


def _share(part: str, shapes: Sequence[Any]) -> dict[str, Any]:
    kept = sum(shape.recovered for shape in shapes)
    note = f"{kept} of {len(shapes)}" if shapes else ""
    return row("shapes_recovered", kept / len(shapes) if shapes else None, part=part, note=note)
