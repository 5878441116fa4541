"""Options that take two files, one for each of two dictionaries."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from featuretopo.cli.inputs import load_dictionary, naming
from featuretopo.cli.options import Axis
from featuretopo.errors import FeaturetopoError

if TYPE_CHECKING:
    from featuretopo.dictionary import Dictionary

TwoFiles = tuple[Path, Path] | None


def two_files(parameter: typer.CallbackParam, value: TwoFiles) -> TwoFiles:
    """Refuse another option's name where a file should be."""
    # an option of two values takes whatever comes next, another option's name as well
    for path in value or ():
        if str(path).startswith("--"):
            raise FeaturetopoError(
                f"--{parameter.name} takes two files, one for each dictionary, and {path} came "
                "where a file should be: give both (./ in front of a name that begins with --)"
            )
    return value


def codes_of(files: Sequence[Path], wholes: Sequence[Dictionary], group: str | None) -> Any:
    """Read the codes of each dictionary; of a group, those of its features."""
    from featuretopo.compare.partners import check_codes
    from featuretopo.similarity.codes_file import load_codes

    found = []
    for path, whole in zip(files, wholes, strict=True):
        with naming(path):
            of_all = load_codes(path)
            check_codes(whole, of_all)
        found.append(of_all if group is None else of_all[:, whole.members(group)])
    return tuple(found)


def encoders_of(
    files: tuple[Path, Path],
    wholes: Sequence[Dictionary],
    group: str | None,
    features: Axis | None,
) -> Any:
    """Read the encoder rows of each dictionary; of a group, those of its features."""
    from featuretopo.compare.partners import check_encoders

    found = []
    for path, whole in zip(files, wholes, strict=True):
        with naming(path):
            of_all = load_dictionary(path, features, "encoder")
            check_encoders(whole, of_all)
        found.append(of_all if group is None else of_all.take(whole.members(group)))
    return tuple(found)
