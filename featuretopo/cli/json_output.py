"""What ``--json`` prints: one object on stdout, its keys told apart by ``schema``.

A figure that is not known is null; so is one that is not finite. Members are rows, from 0.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from featuretopo.compare import Comparison, Learned, Measure, Patch, Step
    from featuretopo.dictionary import Dictionary, IntArray
    from featuretopo.topology.arrangement import Arrangement
    from featuretopo.topology.mapper.graph import MapperGraph
    from featuretopo.topology.mapper.significance import MapperTest
    from featuretopo.topology.order import CircularOrder
    from featuretopo.topology.second_opinion import SecondOpinion

INSPECT = "featuretopo.inspect/1"
COMPARE = "featuretopo.compare/1"
EXPLORE = "featuretopo.explore/1"
DEMO = "featuretopo.demo-files/1"


def print_json(schema: str, content: Mapping[str, object]) -> None:
    """Print one object, its schema first."""
    typer.echo(as_text(schema, content))


def as_text(schema: str, content: Mapping[str, object]) -> str:
    """Write one object as JSON, its schema first."""
    return json.dumps(_finite({"schema": schema, **content}), indent=1, allow_nan=False)


def inspected(
    portrait: Arrangement,
    orders: Sequence[CircularOrder],
    opinions: Mapping[str, SecondOpinion],
    tested: MapperTest | None,
) -> dict[str, object]:
    """Tell what ``inspect`` found."""
    return {
        **dictionary(portrait),
        "orders": [
            {
                "group": order.group,
                "perfect": order.perfect,
                "statistic": order.statistic,
                "p_value": order.p_value,
                "n_orders": order.n_orders,
                "explained": order.explained,
            }
            for order in orders
        ],
        "second_opinion": next((_opinion(each) for each in opinions.values()), None),
        "mapper_test": tested
        and {
            name: {"value": each.value, "p_value": each.p_value, "n_draws": len(each.null)}
            for name, each in (
                ("components", tested.components),
                ("loop_reach", tested.loop_reach),
            )
        },
    }


def compared(
    sides: Sequence[Arrangement],
    comparisons: Sequence[Comparison],
    steps: Sequence[Step],
    of_truth: Sequence[Learned],
) -> dict[str, object]:
    """Tell what ``compare`` found; steps are those of a series, `of_truth` where one was given."""
    return {
        "dictionaries": [dictionary(side) for side in sides],
        "comparisons": [_comparison(each) for each in comparisons],
        "series": [
            {
                "name": step.name,
                "n_clusters": step.n_clusters,
                "n_loops": step.n_loops,
                "found_again": step.found_again,
                "split": step.split,
                "new": step.new,
            }
            for step in steps
        ],
        "learned": [
            {
                "name": each.name,
                "mmcs": each.mmcs.a_to_b,
                "mmcs_back": each.mmcs.b_to_a,
                "nearest_neighbour_pass_share": each.nearest_neighbour_pass_share,
                "merged": list(each.merged),
                "split": list(each.split),
                "mixed": list(each.mixed),
                "spurious": list(each.spurious),
            }
            for each in of_truth
        ],
    }


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
        "mapper": _graph(portrait.mapper),
        "umap": {
            "n_neighbors": portrait.embedding.n_neighbors,
            "trustworthiness": portrait.embedding.trustworthiness,
            "neighbour_preservation": portrait.embedding.neighbour_preservation,
        },
    }


def _members(x: Dictionary, rows: IntArray) -> dict[str, object]:
    return {"members": rows.tolist(), "names": [x.names[row] for row in rows.tolist()]}


def _graph(graph: MapperGraph) -> dict[str, object]:
    return {
        "n_nodes": graph.n_nodes,
        "n_edges": len(graph.edges),
        "n_components": graph.n_components,
        "n_loops": graph.n_loops,
        "coverage": graph.coverage,
        "noise_share": graph.noise_share,
        "parameters": dict(graph.parameters),
        "warnings": list(graph.warnings),
    }


def _opinion(opinion: SecondOpinion) -> dict[str, object]:
    return {
        "verdict": opinion.verdict,
        "engines": [
            {"engine": each.engine, "n_bars": each.n_bars, "apart": each.apart}
            for each in opinion.engines
        ],
        "clusters": [
            {
                "method": each.method,
                "n_clusters": each.n_clusters,
                "n_features": each.n_features,
                "agreement": each.agreement,
            }
            for each in opinion.clusters
        ],
        "graphs": [
            {"library": each.library, "graph": _graph(each.graph) if each.graph else None}
            for each in opinion.graphs
        ],
    }


def _comparison(found: Comparison) -> dict[str, object]:
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
    import numpy as np

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
