"""``featuretopo doctor``."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer

from featuretopo.cli.options import Json


def doctor(as_json: Json = False) -> None:
    """Look at versions, clashes, threads, memory, each with its remedy. Code 1 if one will fail."""
    from featuretopo import terminal
    from featuretopo.doctor import examine

    with terminal.working("looking at the environment"):
        findings = examine()
    if as_json:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=1))
    else:
        terminal.show_findings(findings)
    if any(finding.level == "bad" for finding in findings):
        raise typer.Exit(1)
