"""What was found, as records for JSON: dictionaries and comparisons.

A figure that is not known is null; so is one that is not finite. Members are rows, from 0.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from featuretopo.compare.comparison import Comparison
    from featuretopo.compare.learned import Learned
    from featuretopo.compare.measure import Measure
    from featuretopo.compare.patches import Patch
    from featuretopo.compare.series import Step
    from featuretopo.dictionary import Dictionary, IntArray
    from featuretopo.topology.arrangement import Arrangement
    from featuretopo.topology.mapper.graph import MapperGraph
    from featuretopo.topology.mapper.significance import MapperTest


def as_text(schema: str, content: Mapping[str, object]) -> str:
    """Write one object as JSON, its schema first."""
    return json.dumps(_finite({"schema": schema, **content}), indent=1, allow_nan=False)


def dictionary(portrait: Arrangement) -> dict[str, object]:
    """Tell the topology of one dictionary."""
    x = portrait.dictionary
    return {
        "name": portrait.name,
        "n_features": len(x),
        "dimensions": x.d,
        "cut": portrait.diagram.max_scale,
        "clusters": [
            {
                **_members(x, each.members),
                "joined_at": each.joined_at,
                "separated_until": each.separated_until,
                "p_value": each.p_value,
                "stability": each.stability,
            }
            for each in portrait.clusters
        ],
        "loops": [
            {
                **_members(x, each.members),
                "cycle": each.cycle.tolist(),
                "birth": each.birth,
                "death": each.death,
                "censored": each.censored,
                "ratio": each.ratio,
                "p_value": each.p_value,
            }
            for each in portrait.loops
        ],
        "mapper": graph(portrait.mapper),
        "umap": {
            "n_neighbors": portrait.embedding.n_neighbors,
            "trustworthiness": portrait.embedding.trustworthiness,
            "neighbour_preservation": portrait.embedding.neighbour_preservation,
        },
    }


def _members(x: Dictionary, rows: IntArray) -> dict[str, object]:
    return {"members": rows.tolist(), "names": [x.names[row] for row in rows.tolist()]}


def graph(made: MapperGraph) -> dict[str, object]:
    """Tell the size of a Mapper graph, and what it was made with."""
    return {
        "n_nodes": made.n_nodes,
        "n_edges": len(made.edges),
        "n_components": made.n_components,
        "n_loops": made.n_loops,
        "coverage": made.coverage,
        "noise_share": made.noise_share,
        "parameters": dict(made.parameters),
        "warnings": list(made.warnings),
    }


def comparison(found: Comparison) -> dict[str, object]:
    """Tell every measure of a pair, and the verdict."""
    return {
        "a": found.a.name,
        "b": found.b.name,
        "verdict": found.verdict.judgement,
        "reasons": list(found.verdict.reasons),
        "pairing": found.pairing,
        "n_pairs": found.n_pairs,
        "unmatched_share": found.unmatched_share,
        "alignment": {
            "needed": found.alignment.needed,
            "measures": _measures(found.alignment.measures),
        },
        "measures": _measures(found.measures),
        "groups": [
            {
                "kind": each.kind,
                "a": each.a,
                "b": each.b,
                "jaccard": each.jaccard,
                "agreement": each.agreement,
                "agreement_p": each.agreement_p,
            }
            for each in found.groups
        ],
        "patches": [_patch(each) for each in found.patches],
    }


def step(found: Step) -> dict[str, object]:
    """Tell what has become of the first dictionary of a series in another."""
    return {
        "name": found.name,
        "n_clusters": found.n_clusters,
        "n_loops": found.n_loops,
        "found_again": found.found_again,
        "split": found.split,
        "new": found.new,
    }


def learned(found: Learned) -> dict[str, object]:
    """Tell what a dictionary has of the truth."""
    return {
        "name": found.name,
        "mmcs": found.mmcs.a_to_b,
        "mmcs_back": found.mmcs.b_to_a,
        "nearest_neighbour_pass_share": found.nearest_neighbour_pass_share,
        "merged": list(found.merged),
        "split": list(found.split),
        "mixed": list(found.mixed),
        "spurious": list(found.spurious),
    }


def mapper_test(tested: MapperTest) -> dict[str, object]:
    """Tell what of a Mapper graph is more than lens and cover make of nothing."""
    return {
        name: {"value": each.value, "p_value": each.p_value, "n_draws": len(each.null)}
        for name, each in (("components", tested.components), ("loop_reach", tested.loop_reach))
    }


def _patch(patch: Patch) -> dict[str, object]:
    return {
        "name": patch.name,
        "n_features": patch.n_features,
        "n_pairs": patch.n_pairs,
        "measures": _measures(patch.measures),
        "against_others": _measures(patch.against_others),
    }


def _measures(found: Sequence[Measure]) -> dict[str, object]:
    return {m.name: _measure(m) for m in found}


def _measure(m: Measure) -> dict[str, object]:
    ends = np.quantile(m.null, [0.05, 0.5, 0.95]).tolist() if m.null else None
    return {
        "low": m.low,
        "high": m.high,
        "direction": m.direction,
        "interval": m.interval,
        "effect": m.effect,
        "p_value": m.p_value,
        "q_value": m.q_value,
        "tested": m.tested,
        "null": ends and {"drawn": m.null_name, "n_draws": len(m.null), "quantiles": ends},
    }


def _finite(content: Any) -> Any:
    """Leave nothing in it that JSON cannot say."""
    if isinstance(content, Mapping):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, (list, tuple)):
        return [_finite(each) for each in content]
    if hasattr(content, "item"):  # a numpy scalar
        content = content.item()
    if isinstance(content, float) and not math.isfinite(content):
        return None
    return content
