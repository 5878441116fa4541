"""What ``--json`` prints: one object on stdout, its keys told apart by ``schema``.

A figure that is not known is null; so is one that is not finite. Members are rows, from 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import typer

from featuretopo.report.records import as_text, comparison, dictionary, graph

if TYPE_CHECKING:
    from featuretopo.compare import Comparison, Learned, Step
    from featuretopo.topology.arrangement import Arrangement
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
        "comparisons": [comparison(each) for each in comparisons],
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
            {"library": each.library, "graph": graph(each.graph) if each.graph else None}
            for each in opinion.graphs
        ],
    }
