"""``featuretopo store``."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from featuretopo.cli.options import DEFAULT_STORE, Json, StoreFolder

store = typer.Typer(help="Look after the folder that sweeps keep their results in.",
                    no_args_is_help=True)  # fmt: skip


@store.command()
def verify(
    folder: StoreFolder = DEFAULT_STORE,
    discard: Annotated[
        bool,
        typer.Option("--discard", help="Move damaged files away; the next run makes them again."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Read every file: results, sweeps, tables. Code 1 if one is damaged and was left there."""
    from featuretopo import terminal
    from featuretopo.bench import damage, open_store

    opened = open_store(folder)
    with terminal.working("reading every file"):
        checked, found = damage.verify(opened)
    moved = damage.discard(opened, found) if discard and found else None
    if as_json:
        damages = [{"path": str(each.path), "problem": each.problem} for each in found]
        typer.echo(json.dumps({"checked": checked, "damaged": damages}, indent=1))
    else:
        for each in found:
            typer.echo(f"{each.path}: {each.problem}")
        typer.echo(f"{checked:,} files, {len(found):,} damaged")
        if moved:
            typer.echo(f"moved to {moved}")
        elif found:
            typer.echo("--discard moves them away, and the next run makes them again")
    if found and not discard:
        raise typer.Exit(1)


@store.command()
def gc(
    folder: StoreFolder = DEFAULT_STORE,
    forget: Annotated[
        list[str] | None, typer.Option("--forget", help="A sweep whose results are to go too.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would go.")] = False,
    as_json: Json = False,
) -> None:
    """Take away what no sweep that was run here needs any more."""
    from featuretopo.bench import open_store, upkeep

    cleared = upkeep.gc(open_store(folder), forget=forget or (), dry_run=dry_run)
    if as_json:
        content = {"files": cleared.files, "bytes": cleared.size, "kept": cleared.kept}
        typer.echo(json.dumps(content | {"dry_run": dry_run}, indent=1))
        return
    verb = "would go" if dry_run else "went"
    typer.echo(f"{cleared.files:,} files {verb} ({cleared.size / 2**20:,.1f} MB), "
               f"{cleared.kept:,} stay")  # fmt: skip


@store.command()
def upgrade(folder: StoreFolder = DEFAULT_STORE, as_json: Json = False) -> None:
    """Bring a store of an older version up to date."""
    from featuretopo.bench import upkeep

    before, after = upkeep.upgrade(folder)
    if as_json:
        typer.echo(json.dumps({"before": before, "after": after}))
    elif before == after:
        typer.echo(f"{folder}: is of version {after}, the newest; nothing to do")
    else:
        typer.echo(f"{folder}: from version {before} to {after}")
