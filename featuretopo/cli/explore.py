"""``featuretopo explore``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from featuretopo.cli.inputs import load_dictionary, names_of, naming
from featuretopo.cli.options import Features, Group, Json, Names, Seed
from featuretopo.cli.page import check_page
from featuretopo.cli.two_files import TwoFiles, codes_of, encoders_of, two_files
from featuretopo.errors import FeaturetopoError


def explore(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE", help="Dictionary file or weights of an SAE; or two, side by side."
        ),
    ],
    group: Group = None,
    codes: Annotated[
        TwoFiles,
        typer.Option(
            "--codes",
            callback=two_files,
            help="Of two: codes of their features on the same samples, which say who is whose "
            "partner: two scipy.sparse .npz files.",
        ),
    ] = None,
    encoders: Annotated[
        TwoFiles,
        typer.Option(
            "--encoders",
            callback=two_files,
            help="Of two: encoder rows of their features, two files: partners are found by them.",
        ),
    ] = None,
    features: Features = None,
    names: Names = None,
    out: Annotated[Path, typer.Option("--out", help="HTML page to write.")] = Path(
        "runs/explore/explore.html"
    ),
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Write a page of linked views: Mapper graph, UMAP, persistence diagram, table of features.

    Of two files, partners are selected together: by --codes or --encoders, else features of the
    same name, else, in one space, each other's best match by cosine.
    """
    from featuretopo import terminal
    from featuretopo.cli.json_output import EXPLORE, print_json
    from featuretopo.compare.partners import pairing_of
    from featuretopo.explore.page import explore_page
    from featuretopo.explore.views import subject_of
    from featuretopo.report.records import dictionary
    from featuretopo.topology.arrangement import arrangement, check_size

    if len(files) > 2:
        raise FeaturetopoError(f"{len(files)} files: give one dictionary to explore, or two")
    if names is not None and len(files) > 1:
        raise FeaturetopoError("--names with 2 files: whose are they? save each with its names")
    if len(files) != 2 and (codes or encoders):
        given = "--codes" if codes else "--encoders"
        raise FeaturetopoError(f"{given} with {len(files)} file: give the two that they pair")
    wholes, parts = [], []
    for path in files:
        with naming(path):
            wholes.append(load_dictionary(path, features, names=names))
            parts.append(wholes[-1] if group is None else wholes[-1].group(group))
            check_size(parts[-1])
    by_codes = codes_of(codes, wholes, group) if codes else None
    by_encoders = encoders_of(encoders, wholes, group, features) if encoders else None
    if len(parts) == 2:  # what cannot be paired so is refused before anything is computed
        pairing_of(parts[0], parts[1], by_codes, by_encoders)
    check_page(out)
    sides = []
    for path, part, name in zip(files, parts, names_of(files, group), strict=True):
        with naming(path), terminal.working(f"looking at {name}"):
            sides.append(arrangement(part, name=name, rng=seed))
    page = explore_page(subject_of(*sides, codes=by_codes, encoders=by_encoders), out)
    if as_json:
        told = [dictionary(side) for side in sides]
        print_json(EXPLORE, {"page": str(page), "dictionaries": told})
    else:
        typer.echo(f"page     {page}")
