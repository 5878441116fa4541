"""``featuretopo leaderboard``."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from featuretopo.cli.options import Json, StoreFolder


def leaderboard(
    sweep: Annotated[str, typer.Argument(help="Sweep that was run.")] = "cooccurrence",
    store: StoreFolder = Path("runs/sweeps"),
    as_json: Json = False,
) -> None:
    """Rank architectures by the shapes that they recover and the latents that it takes."""
    from featuretopo.bench import open_store
    from featuretopo.bench.differences import read_results
    from featuretopo.bench.leaderboard import leaderboard as ranked
    from featuretopo.cli.sweep_output import show_leaderboard

    entries = ranked(read_results(open_store(store).results(sweep)))
    if as_json:
        typer.echo(json.dumps([asdict(entry) for entry in entries], indent=1))
    else:
        show_leaderboard(entries)
