"""``featuretopo calibrate``."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from featuretopo.cli.options import Seed

if TYPE_CHECKING:
    from featuretopo.bench.calibration import Calibration
    from featuretopo.compare.verdict import Judgement


class By(str, Enum):
    """What partners are found by."""

    codes = "codes"
    cosine = "cosine"


def calibrate(
    by: Annotated[
        By, typer.Option("--by", help="What partners are found by; by cosine, all in one frame.")
    ] = By.codes,
    sets: Annotated[
        int, typer.Option("--sets", help="Pairs of every kind and share in common, 2 or more.")
    ] = 8,
    strangers: Annotated[
        int, typer.Option("--strangers", help="Pairs of every kind with nothing in common.")
    ] = 30,
    draws: Annotated[int, typer.Option("--draws", help="Draws of each null, 19 or more.")] = 99,
    seed: Seed = 0,
) -> None:
    """Measure the measures: which tell spaces that are alike from strangers, and hold their level?

    Prints tables in Markdown. Some 20 minutes on two cores; --sets 2 --strangers 4 --draws 19 for a
    first look.
    """
    from featuretopo import terminal
    from featuretopo.bench.calibration import calibrate as calibrate_measures

    with terminal.working("comparing pairs whose likeness is known"):
        found = calibrate_measures(by.value, sets=sets, strangers=strangers, draws=draws, rng=seed)
    for line in _lines(found):
        typer.echo(line)


def _lines(found: Calibration) -> list[str]:
    from scipy.stats import binom

    from featuretopo.bench.calibration.calibrate import LEVELS
    from featuretopo.bench.calibration.costs import PAIRS, D

    most = max(row.n_strangers for row in found.measures)
    bounds = [int(binom.ppf(0.975, most, level)) for level in LEVELS]
    told = ", ".join(f"{bound} at {level}" for bound, level in zip(bounds, LEVELS, strict=True))
    lines = [
        f"{found.n_pairs} pairs, partners by {found.by}, {found.draws} draws of every null",
        f"ms: CPU milliseconds of one value on {PAIRS:,} pairs in {D} dimensions, without its null",
        f"of {most} strangers a test that holds its level calls at most {told}, but for 1 in 40",
        "",
    ]
    levels = [f"p <= {level:g}" for level in LEVELS]
    head = ("measure", "AUROC", "worst kind", "Spearman", *levels, "of", *levels, "of lone ones",
            "not defined", "ms")  # fmt: skip
    lines += _table(
        head,
        [
            (
                row.title,
                f"{row.auroc:.3f}",
                f"{row.worst_auroc:.3f} {row.worst_kind}",
                f"{row.spearman:.2f}",
                *map(str, row.false),
                str(row.n_strangers),
                *map(str, row.false_lone),
                str(row.n_lone),
                str(row.undefined),
                f"{row.cost:.1f}",
            )
            for row in found.measures
        ],
    )
    judgements: tuple[Judgement, ...] = ("shared", "partly shared", "not shared", "cannot tell")
    lines += ["", *_table(("in common", *judgements), [
        (f"{share:.0%}", *(str(counts[each]) for each in judgements))
        for share, counts in found.verdicts.items()
    ])]  # fmt: skip
    if found.n_alike:
        lines += [
            "",
            f"half or more in common, in two frames: a permutation and a rotation were found to be "
            f"missing in {found.aligned} of {found.n_alike} pairs",
        ]
    return lines


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]
