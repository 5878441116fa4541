"""``featuretopo explore``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from featuretopo.cli.inputs import load_dictionary, names_of, naming
from featuretopo.cli.options import Features, Group, Json, Names, Seed
from featuretopo.cli.page import check_page
from featuretopo.errors import FeaturetopoError


def explore(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE", help="Dictionary file or weights of an SAE; or two, side by side."
        ),
    ],
    group: Group = None,
    features: Features = None,
    names: Names = None,
    out: Annotated[Path, typer.Option("--out", help="HTML page to write.")] = Path(
        "runs/explore/explore.html"
    ),
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Write a page of linked views: Mapper graph, UMAP, persistence diagram, table of features.

    Of two files, partners are selected together: features of the same name, else, in one space,
    each other's best match by cosine.
    """
    from featuretopo import terminal
    from featuretopo.cli.json_output import EXPLORE, print_json
    from featuretopo.explore.page import explore_page
    from featuretopo.explore.views import subject_of
    from featuretopo.report.records import dictionary
    from featuretopo.topology.arrangement import arrangement, check_size

    if len(files) > 2:
        raise FeaturetopoError(f"{len(files)} files: give one dictionary to explore, or two")
    if names is not None and len(files) > 1:
        raise FeaturetopoError("--names with 2 files: whose are they? save each with its names")
    parts = []
    for path in files:
        with naming(path):
            whole = load_dictionary(path, features, names=names)
            parts.append(whole if group is None else whole.group(group))
            check_size(parts[-1])
    check_page(out)
    sides = []
    for path, part, name in zip(files, parts, names_of(files, group), strict=True):
        with naming(path), terminal.working(f"looking at {name}"):
            sides.append(arrangement(part, name=name, rng=seed))
    page = explore_page(subject_of(*sides), out)
    if as_json:
        told = [dictionary(side) for side in sides]
        print_json(EXPLORE, {"page": str(page), "dictionaries": told})
    else:
        typer.echo(f"page     {page}")
