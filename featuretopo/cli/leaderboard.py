"""``featuretopo leaderboard``."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from featuretopo.cli.options import DEFAULT_STORE, Json, StoreFolder
from featuretopo.errors import FeaturetopoError

if TYPE_CHECKING:
    from featuretopo.bench import Store


def leaderboard(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[SWEEP|STORE]",
            help="A sweep that was run, or a store's folder. Default: every sweep in --store.",
            show_default=False,
        ),
    ] = None,
    store: StoreFolder = DEFAULT_STORE,
    as_json: Json = False,
) -> None:
    """Rank architectures by the shapes that they recover and the latents that it takes."""
    from featuretopo.bench import open_store
    from featuretopo.bench.differences import read_results
    from featuretopo.bench.leaderboard import NEEDED
    from featuretopo.bench.leaderboard import leaderboard as ranked
    from featuretopo.bench.place import place_of
    from featuretopo.cli.sweep_output import show_leaderboard

    # no sweep's name holds a slash
    if what is not None and ("/" in what or (place_of(what) / "store.json").is_file()):
        store, what = what, None
    opened = open_store(store)
    if what is not None:
        entries = ranked(read_results(opened.results(what)))
    else:
        tables = [read_results(opened.results(name)) for name in _sweeps(opened)]
        able = [t for t in tables if set(NEEDED) <= set(t["measure"].to_pylist())]
        if not able:
            raise FeaturetopoError(
                f"{store}: no sweep in it measured both {' and '.join(NEEDED)}: add them to the "
                "measures of one and run it again; only what is new is done"
            )
        entries = tuple(entry for table in able for entry in ranked(table))
    if as_json:
        typer.echo(json.dumps([asdict(entry) for entry in entries], indent=1))
    else:
        show_leaderboard(entries)


def _sweeps(store: Store) -> list[str]:
    found = store.tables()
    if not found:
        raise FeaturetopoError(
            f"{store.root}: holds no results yet; featuretopo sweep run SPEC makes some"
        )
    return found
