"""``featuretopo demo``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from featuretopo.cli.options import Json, Seed
from featuretopo.cli.page import command_line


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path("runs/demo"),
    words: Annotated[
        Path, typer.Option("--words", help="Word vectors of a real transformer, with groups.")
    ] = Path("data/minilm_words.safetensors"),
    seed: Seed = 0,
    steps: Annotated[
        int, typer.Option("--steps", min=1, help="Training steps of each SAE.")
    ] = 4000,
    as_json: Json = False,
) -> None:
    """Run the main experiment: six simulated LLMs, their SAEs, and one page that compares them."""
    from featuretopo.cli.json_output import DEMO, print_json
    from featuretopo.demo import run_demo

    page = run_demo(out, words, seed=seed, steps=steps, command=command_line())
    results = out / "results.json"
    if as_json:
        print_json(DEMO, {"report": str(page), "results": str(results)})
    else:
        typer.echo(f"report   {page}\nresults  {results}")
