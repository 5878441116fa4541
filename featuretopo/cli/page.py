"""The HTML page that a command writes."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import typer

from featuretopo.errors import FeaturetopoError

if TYPE_CHECKING:
    from featuretopo.compare import Comparison, Learned, Step
    from featuretopo.topology.arrangement import Arrangement
    from featuretopo.topology.mapper.significance import MapperTest
    from featuretopo.topology.mapper.stability import MapperStability
    from featuretopo.topology.order import CircularOrder
    from featuretopo.topology.second_opinion import SecondOpinion


#: Features up to which a Mapper graph is made again 24 times, in seconds; of 24,576 in minutes.
MOST_FEATURES = 8_192


def check_page(out: Path | None) -> None:
    """Refuse a page that cannot be written before anything is computed."""
    from featuretopo.files import check_writable

    if out is None:
        return
    if out.is_dir():
        raise FeaturetopoError(f"{out}: is a folder; give a file such as {out / 'report.html'}")
    check_writable(out.parent)


def write_page(
    out: Path,
    seed: int,
    start: float,
    comparisons: list[Comparison],
    arrangements: list[Arrangement],
    orders: list[CircularOrder],
    opinions: dict[str, SecondOpinion],
    *,
    learned: Sequence[Learned] = (),
    series: Sequence[Step] = (),
    mapper_tests: dict[str, MapperTest] | None = None,
    stabilities: dict[str, MapperStability] | None = None,
    downloads: dict[str, str] | None = None,
    quiet: bool = False,
) -> None:
    """Write the page, with what made it, and say where it is unless it is to be quiet."""
    from featuretopo.provenance import provenance
    from featuretopo.report.build import report

    page = report(
        comparisons,
        out,
        arrangements=arrangements,
        orders=orders,
        opinions=opinions,
        learned=learned,
        series=series,
        mapper_tests=mapper_tests,
        provenance=provenance(command=command_line(), seed=seed, seconds=perf_counter() - start),
        stabilities=stabilities,
        downloads=downloads,
    )
    if not quiet:
        typer.echo(f"report   {page}")


def mapper_stabilities(sides: Sequence[Arrangement]) -> dict[str, MapperStability]:
    """Make the Mapper graphs again over a range; those of large dictionaries are not."""
    from featuretopo import terminal
    from featuretopo.topology.mapper import mapper_stability

    few = [side for side in sides if len(side.dictionary) <= MOST_FEATURES]
    with terminal.working("making the Mapper graphs again, over covers and clusterers"):
        return {side.name: mapper_stability(side.dictionary) for side in few}


def command_line() -> str:
    """Return the command that is running, as it can be typed again."""
    return shlex.join(["featuretopo", *sys.argv[1:]])
