"""What ``--json`` prints: one object on stdout, its keys told apart by ``schema``.

A figure that is not known is null; so is one that is not finite. Members are rows, from 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import typer

from featuretopo.report.records import (
    as_text,
    comparison,
    dictionary,
    graph,
    learned,
    mapper_test,
    step,
)

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
        "mapper_test": mapper_test(tested) if tested else None,
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
        "series": [step(each) for each in steps],
        "learned": [learned(each) for each in of_truth],
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
