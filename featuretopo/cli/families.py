"""``featuretopo families``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from featuretopo.cli.inputs import load_dictionary, naming
from featuretopo.cli.options import Features, Json, Names
from featuretopo.errors import FeaturetopoError

if TYPE_CHECKING:
    from featuretopo.dictionary import Dictionary


def families(
    codes: Annotated[
        Path, typer.Argument(help="Codes of samples: a scipy.sparse .npz file, samples as rows.")
    ],
    dictionary: Annotated[
        Path | None,
        typer.Option(
            "--dictionary", help="Whose features they are, for names and groups of the members."
        ),
    ] = None,
    features: Features = None,
    names: Names = None,
    affinity: Annotated[
        str, typer.Option("--affinity", help="phi, cosine, jaccard, dice or overlap.")
    ] = "phi",
    threshold: Annotated[
        float, typer.Option("--threshold", help="Least affinity of a child to its parent.")
    ] = 0.1,
    out: Annotated[Path | None, typer.Option("--out", help="JSON file to write.")] = None,
    as_json: Json = False,
) -> None:
    """Find families of features by who fires with whom, from dense features to sparse ones."""
    from featuretopo import terminal
    from featuretopo.files import check_writable
    from featuretopo.similarity.codes_file import load_codes
    from featuretopo.topology.cooccurrence import families as find_families
    from featuretopo.topology.cooccurrence.export import families_json, save_json

    named = _dictionary(dictionary, features, names)
    if out is not None:
        if out.is_dir():
            raise FeaturetopoError(f"{out}: is a folder; give a file such as {out / 'out.json'}")
        check_writable(out.parent)
    with naming(codes), terminal.working("counting who fires with whom"):
        found = find_families(
            load_codes(codes),
            dictionary=named,
            affinity=affinity,  # type: ignore[arg-type]
            threshold=threshold,
        )
    if as_json:
        typer.echo(families_json(found))
    else:
        terminal.show_families(found)
    if out is not None:
        save_json(found, out)


def _dictionary(path: Path | None, features: Features, names: Names) -> Dictionary | None:
    if path is None:
        if features is not None or names is not None:
            raise FeaturetopoError("--features and --names say more of a --dictionary: give it too")
        return None
    with naming(path):
        return load_dictionary(path, features, names=names)
