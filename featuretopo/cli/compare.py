"""``featuretopo compare``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated

import typer

from featuretopo.cli.inputs import load_array, load_dictionary, names_of, naming
from featuretopo.cli.options import Axis, Features, Group, Json, Seed
from featuretopo.cli.page import check_page, mapper_stabilities, write_page
from featuretopo.cli.two_files import TwoFiles, codes_of, encoders_of, two_files
from featuretopo.errors import FeaturetopoError

if TYPE_CHECKING:
    from featuretopo.compare import Learned, Step
    from featuretopo.dictionary import Dictionary
    from featuretopo.topology.arrangement import Arrangement


def compare(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE",
            help="Dictionary files or weights of SAEs: two, or a series (wider, sparser, later, "
            "reseeded), each of which is held against the first.",
        ),
    ],
    group: Group = None,
    codes: Annotated[
        TwoFiles,
        typer.Option(
            "--codes",
            callback=two_files,
            help="Codes of A's and B's features on the same samples: two scipy.sparse .npz files.",
        ),
    ] = None,
    codes_in: Annotated[
        Path | None,
        typer.Option(
            "--codes-in",
            help="Folder with codes of all files on the same samples: NAME.npz beside each NAME.",
        ),
    ] = None,
    encoders: Annotated[
        TwoFiles,
        typer.Option(
            "--encoders",
            callback=two_files,
            help="Encoder rows of A's and B's features, two files: partners are found by them.",
        ),
    ] = None,
    activations: Annotated[
        TwoFiles,
        typer.Option(
            "--activations",
            callback=two_files,
            help="Activations of both models on the same samples, two .npy files: what the "
            "measures say without an SAE.",
        ),
    ] = None,
    truth: Annotated[
        Path | None,
        typer.Option(
            "--truth",
            help="The true features, in the space of both: which latents are spurious?",
        ),
    ] = None,
    patches: Annotated[
        bool,
        typer.Option(
            "--patches", help="Ask it of each group of A as well: which are alike, which are not?"
        ),
    ] = False,
    features: Features = None,
    out: Annotated[Path, typer.Option("--out", help="HTML report to write.")] = Path(
        "runs/compare/report.html"
    ),
    draws: Annotated[
        int,
        typer.Option(
            "--draws", help="Draws of each null of the pair, 19 or more; 99 or more for q."
        ),
    ] = 199,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Compare two dictionaries or more, each figure beside its null.

    Features are paired by codes of shared samples, else by encoder rows, else by name, else by
    cosine. One of the two may be the truth itself.
    """
    from featuretopo import terminal
    from featuretopo.cli.json_output import COMPARE, compared, print_json
    from featuretopo.compare import compare as compare_dictionaries
    from featuretopo.compare import patches as compare_patches
    from featuretopo.compare import series
    from featuretopo.compare.partners import pairing_of
    from featuretopo.compare.patches import check_labelled
    from featuretopo.report.records import as_text
    from featuretopo.topology.clusters import check_draws

    start = perf_counter()
    check_draws(draws)
    _check_files(
        files, codes=codes, encoders=encoders, activations=activations, truth=truth, patches=patches
    )
    if codes is not None and codes_in is not None:
        raise FeaturetopoError("--codes and --codes-in: give one; the folder holds those of all")
    if truth is not None and group is not None:
        raise FeaturetopoError("--truth with --group: the truth is that of all features; drop one")
    wholes, parts = _dictionaries(files, group, features)
    names = names_of(files, group)
    # what cannot be paired is refused before anything is computed
    code_files = [codes_in / f"{path.stem}.npz" for path in files] if codes_in else codes
    of_each = codes_of(code_files, wholes, group) if code_files else None
    by_encoders = encoders_of(encoders, wholes, group, features) if encoders else None
    if patches:
        with naming(files[0]):
            check_labelled(parts[0])
    by_codes = None
    for place, (path, part) in enumerate(zip(files[1:], parts[1:], strict=True), 1):
        by_codes = (of_each[0], of_each[place]) if of_each else None
        if pairing_of(parts[0], part, by_codes, by_encoders) is None:
            raise FeaturetopoError(
                f"{files[0]} has {parts[0].d} dimensions, {path} has {part.d}, and features cannot "
                "be paired: give --codes with the two of them, or names in common; of bare "
                "matrices, check --features"
            )
    raw = (load_array(activations[0]), load_array(activations[1])) if activations else None
    recoveries = _learned(truth, files, parts, names, features) if truth else []
    check_page(out)
    sides = _arrangements(files, parts, names, seed)
    steps: Sequence[Step] = ()
    with terminal.working("comparing, every figure with its null"):
        if len(files) > 2:
            by_name = dict(zip(names, of_each, strict=True)) if of_each else None
            steps = series(
                dict(zip(names, sides, strict=True)), codes=by_name, draws=draws, rng=seed
            )
            found = [step.comparison for step in steps if step.comparison]
        else:
            pair = compare_dictionaries(
                *sides,
                codes=by_codes,
                encoders=by_encoders,
                activations=raw,
                recoveries=recoveries,
                draws=draws,
                rng=seed,
            )
            if patches:
                of_patches = compare_patches(
                    *sides, codes=by_codes, encoders=by_encoders, draws=draws, rng=seed
                )
                pair = replace(pair, patches=of_patches)
            found = [pair]
    told = compared(sides, found, steps, recoveries)
    if steps and not as_json:
        terminal.show_series(steps)
    elif not as_json:
        terminal.show_comparison(pair)
        if recoveries:
            terminal.show_learned(pair, recoveries)
    stable = mapper_stabilities(sides)
    text = {"compare.json": as_text(COMPARE, told)}
    write_page(
        out,
        seed,
        start,
        found,
        [],
        [],
        {},
        learned=recoveries,
        series=steps,
        stabilities=stable,
        downloads=text,
        quiet=as_json,
    )
    if as_json:
        print_json(COMPARE, {**told, "report": str(out)})


def _check_files(files: Sequence[Path], **given: object) -> None:
    if len(files) < 2:
        raise FeaturetopoError(f"{len(files)} file: give two dictionaries to compare, or more")
    wrong = [f"--{name}" for name, value in given.items() if value]
    if len(files) > 2 and wrong:
        raise FeaturetopoError(
            f"{', '.join(wrong)} with {len(files)} files: of two only; compare them in pairs"
        )


def _dictionaries(
    files: Sequence[Path], group: str | None, features: Axis | None
) -> tuple[list[Dictionary], list[Dictionary]]:
    """Read each file: the whole, and the group that is asked for."""
    from featuretopo.topology.arrangement import check_size

    wholes, parts = [], []
    for path in files:
        with naming(path):
            wholes.append(load_dictionary(path, features))
            parts.append(wholes[-1] if group is None else wholes[-1].group(group))
            check_size(parts[-1])
    return wholes, parts


def _learned(
    truth: Path,
    files: Sequence[Path],
    parts: Sequence[Dictionary],
    names: Sequence[str],
    features: Axis | None,
) -> list[Learned]:
    from featuretopo.compare import learned

    with naming(truth):
        true = load_dictionary(truth, features)
    found = []
    for path, part, name in zip(files, parts, names, strict=True):
        with naming(path):
            found.append(learned(true, part, name=name))
    return found


def _arrangements(
    files: Sequence[Path], parts: Sequence[Dictionary], names: Sequence[str], seed: int
) -> list[Arrangement]:
    from featuretopo import terminal
    from featuretopo.topology.arrangement import arrangement

    found = []
    for path, part, name in zip(files, parts, names, strict=True):
        with naming(path), terminal.working(f"looking at {name}"):
            found.append(arrangement(part, name=name, rng=seed))
    return found
