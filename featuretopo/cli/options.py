"""Options that several commands have."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer


class Axis(str, Enum):
    """Which axis of a bare matrix holds the features."""

    rows = "rows"
    columns = "columns"


Features = Annotated[
    Axis | None, typer.Option("--features", help="Axis of a bare matrix that holds the features.")
]
Names = Annotated[
    Path | None,
    typer.Option("--names", help="What the features are called: .json, .jsonl or .csv."),
]
Group = Annotated[str | None, typer.Option("--group", help="Only the features of this group.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Everything random comes from it.")]
Page = Annotated[Path | None, typer.Option("--out", help="Write an HTML report to this file.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]
StoreFolder = Annotated[
    str, typer.Option("--store", help="Folder of the results, or a URL that fsspec knows.")
]
DEFAULT_STORE = "runs/sweeps"
