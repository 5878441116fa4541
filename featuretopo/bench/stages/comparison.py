"""The comparison stage: the SAEs of two LLMs, every measure beside its null."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from featuretopo.bench.stages.catalogue import Result
from featuretopo.bench.stages.live import has_topology, live_codes
from featuretopo.bench.stages.records import unpack
from featuretopo.bench.stages.row import row
from featuretopo.compare import compare
from featuretopo.random import child_seed


def comparison(parameters: Mapping[str, Any], inputs: Sequence[Result]) -> Result:
    """Compare two SAEs through their codes of the shared samples."""
    sae_a, topology_a, recovery_a, sae_b, topology_b, recovery_b = inputs
    if not (has_topology(topology_a) and has_topology(topology_b)):
        return Result({}, {"rows": [row("verdict", None, note="cannot tell")]})
    found = compare(
        unpack(topology_a),
        unpack(topology_b),
        codes=(live_codes(sae_a), live_codes(sae_b)),
        recoveries=(unpack(recovery_a), unpack(recovery_b)),
        draws=parameters["draws"],
        rng=child_seed(parameters["seed"], "comparison"),
    )
    rows = [row("verdict", None, note=found.verdict.judgement)]
    for measure in found.measures:
        between = (measure.low, measure.high) if measure.low != measure.high else None
        rows.append(
            row(
                measure.name,
                (measure.low + measure.high) / 2,
                interval=measure.interval or between,
                p=measure.p_value,
                q=measure.q_value,
                effect=measure.effect,
                null=measure.null,
            )
        )
    return Result({}, {"rows": rows})
