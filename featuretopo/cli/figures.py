"""``featuretopo figures``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from featuretopo.cli.options import Json
from featuretopo.errors import FeaturetopoError


def figures(
    page: Annotated[
        Path, typer.Argument(help="HTML page that compare, inspect, demo or sweep report wrote.")
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path("runs/figures"),
    png: Annotated[
        bool, typer.Option("--png", help="Write each as PNG too; needs the extra png.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write every figure of a page as an SVG of its own, without a browser."""
    from featuretopo import terminal
    from featuretopo.files import check_writable, together
    from featuretopo.report.extract import figures_of

    if out.is_file():
        raise FeaturetopoError(f"{out}: is a file; give a folder")
    check_writable(out)
    found = figures_of(page)
    endings = (".svg", ".png") if png else (".svg",)
    with together(out) as folder, terminal.working("drawing"):
        for figure in found:
            for ending in endings:
                figure.picture.save(folder / f"{figure.name}{ending}")
    files = [str(out / f"{figure.name}{ending}") for figure in found for ending in endings]
    if as_json:
        typer.echo(json.dumps({"figures": files}, indent=1))
    else:
        typer.echo(f"figures  {len(files):,} files in {out}")
