"""The command line: parse, call, print, exit.

Exit codes: 0 done, 2 bad input (one line on stderr), 130 interrupted.
"""

from __future__ import annotations

import logging
import os
import shlex
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from featuretopo.errors import FeaturetopoError

if TYPE_CHECKING:
    from featuretopo.compare import Comparison
    from featuretopo.dictionary import Dictionary
    from featuretopo.topology.arrangement import Arrangement
    from featuretopo.topology.order import CircularOrder
    from featuretopo.topology.second_opinion import SecondOpinion

app = typer.Typer(
    help="Topology of feature geometry: which clusters and loops do SAEs keep, and share?",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Axis(str, Enum):
    """Which axis of a bare matrix holds the features."""

    rows = "rows"
    columns = "columns"


Features = Annotated[
    Axis | None, typer.Option("--features", help="Axis of a bare matrix that holds the features.")
]
Group = Annotated[str | None, typer.Option("--group", help="Only the features of this group.")]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Everything random comes from it.")]
Page = Annotated[Path | None, typer.Option("--out", help="Write an HTML report to this file.")]


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder to write to.")] = Path("runs/demo"),
    words: Annotated[
        Path, typer.Option("--words", help="Word vectors of a real transformer, with groups.")
    ] = Path("data/minilm_words.safetensors"),
    seed: Seed = 0,
    steps: Annotated[
        int, typer.Option("--steps", min=1, help="Training steps of each SAE.")
    ] = 4000,
) -> None:
    """Run the main experiment: six simulated LLMs, their SAEs, and one page that compares them."""
    from featuretopo.demo import run_demo

    page = run_demo(out, words, seed=seed, steps=steps, command=_command_line())
    typer.echo(f"report   {page}")
    typer.echo(f"results  {out / 'results.json'}")


@app.command()
def inspect(
    file: Annotated[Path, typer.Argument(help="Dictionary file.")],
    group: Group = None,
    centre: Annotated[
        bool, typer.Option("--centre", help="Subtract the mean of the features first.")
    ] = False,
    cyclic: Annotated[
        bool, typer.Option("--cyclic", help="The rows stand in a cyclic order: test it.")
    ] = False,
    second: Annotated[
        bool,
        typer.Option("--second-opinion", help="Ask other libraries too."),
    ] = False,
    features: Features = None,
    out: Page = None,
    seed: Seed = 0,
) -> None:
    """Look at the topology of one dictionary: clusters, loops, Mapper graph."""
    from featuretopo import terminal
    from featuretopo.topology.arrangement import arrangement, check_size
    from featuretopo.topology.order import circular_order
    from featuretopo.topology.second_opinion import second_opinion

    start = perf_counter()
    with _naming(file):
        dictionary = _load(file, features)
        if group is not None:
            dictionary = dictionary.group(group)
        orders = [circular_order(dictionary, group=group)] if cyclic else []
        if centre:
            dictionary = dictionary.centred()
        check_size(dictionary)
    _check_page(out)
    name = file.stem if group is None else f"{file.stem}: {group}"
    with _naming(file), terminal.working("looking at clusters, loops and their nulls"):
        portrait = arrangement(dictionary, name=name, rng=seed)
    terminal.show_arrangement(portrait)
    opinions = {name: second_opinion(dictionary)} if second else {}
    for opinion in opinions.values():
        terminal.show_second_opinion(opinion)
    for order in orders:
        terminal.show_order(order)
    if out:
        _write_page(out, seed, start, [], [portrait], orders, opinions)


@app.command()
def compare(
    a: Annotated[Path, typer.Argument(help="Dictionary file.")],
    b: Annotated[Path, typer.Argument(help="Dictionary file.")],
    group: Group = None,
    codes: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            "--codes",
            help="Codes of A's and B's features on the same samples: two scipy.sparse .npz files.",
        ),
    ] = None,
    activations: Annotated[
        tuple[Path, Path] | None,
        typer.Option(
            "--activations",
            help="Activations of both models on the same samples, two .npy files: what the "
            "measures say without an SAE.",
        ),
    ] = None,
    features: Features = None,
    out: Annotated[Path, typer.Option("--out", help="HTML report to write.")] = Path(
        "runs/compare/report.html"
    ),
    draws: Annotated[
        int,
        typer.Option(
            "--draws", help="Draws of each null of the pair, 19 or more; 99 or more for q."
        ),
    ] = 199,
    seed: Seed = 0,
) -> None:
    """Compare two dictionaries, each figure beside its null.

    Features are paired by codes of shared samples, else by name, else by cosine.
    """
    from featuretopo import terminal
    from featuretopo.compare import compare as compare_dictionaries
    from featuretopo.compare.pairing import check_codes, pair_by_names
    from featuretopo.similarity.codes_file import load_codes
    from featuretopo.topology.arrangement import arrangement, check_size
    from featuretopo.topology.clusters import check_draws

    start = perf_counter()
    check_draws(draws)
    dictionaries, of_samples = [], []
    for side, path in enumerate((a, b)):
        with _naming(path):
            whole = _load(path, features)
            part = whole if group is None else whole.group(group)
            check_size(part)
        dictionaries.append(part)
        if codes:
            with _naming(codes[side]):
                of_all = load_codes(codes[side])
                check_codes(whole, of_all)
            of_samples.append(of_all if group is None else of_all[:, whole.members(group)])
    one, other = dictionaries
    if one.d != other.d and not codes and pair_by_names(one, other) is None:
        raise FeaturetopoError(
            f"{a} has {one.d} dimensions, {b} has {other.d}, and features cannot be paired: give "
            "--codes, or names in common; of bare matrices, check --features"
        )
    raw = (_array(activations[0]), _array(activations[1])) if activations else None
    _check_page(out)
    portraits = []
    for path, dictionary in zip((a, b), dictionaries, strict=True):
        name = path.stem if a.stem != b.stem else os.fspath(path)
        name = name if group is None else f"{name}: {group}"
        with _naming(path), terminal.working(f"looking at {name}"):
            portraits.append(arrangement(dictionary, name=name, rng=seed))
    with terminal.working("comparing, every figure with its null"):
        pair = (of_samples[0], of_samples[1]) if codes else None
        comparison = compare_dictionaries(
            *portraits, codes=pair, activations=raw, draws=draws, rng=seed
        )
    terminal.show_comparison(comparison)
    _write_page(out, seed, start, [comparison], [], [], {})


def main() -> None:
    """Run the command line."""
    logging.basicConfig(format="featuretopo: %(message)s", level=logging.WARNING)
    try:
        app()
    except FeaturetopoError as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.filename or ''}: {error.strerror or error}".removeprefix(": "))
    except KeyboardInterrupt:
        sys.exit(130)


def _check_page(out: Path | None) -> None:
    """Refuse a page that cannot be written before anything is computed."""
    from featuretopo.files import check_writable

    if out is None:
        return
    if out.is_dir():
        raise FeaturetopoError(f"{out}: is a folder; give a file such as {out / 'report.html'}")
    check_writable(out.parent)


def _load(path: Path, features: Axis | None) -> Dictionary:
    from featuretopo.dictionary import load

    return load(path, features=features.value if features else None)


def _array(path: Path) -> Any:
    import numpy as np

    try:
        found = np.load(path, allow_pickle=False)
    except (ValueError, EOFError, zipfile.BadZipFile):
        found = None
    if not isinstance(found, np.ndarray):
        raise FeaturetopoError(
            f"{path}: no array that numpy wrote; make it with numpy.save(path, activations), "
            "samples as rows"
        )
    return found


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Put the file's name before an error about what is in it."""
    try:
        yield
    except FeaturetopoError as error:
        named = str(error) if str(error).startswith(f"{path}: ") else f"{path}: {error}"
        raise FeaturetopoError(named) from error


def _write_page(
    out: Path,
    seed: int,
    start: float,
    comparisons: list[Comparison],
    arrangements: list[Arrangement],
    orders: list[CircularOrder],
    opinions: dict[str, SecondOpinion],
) -> None:
    from featuretopo.provenance import provenance
    from featuretopo.report.build import report

    about = provenance(command=_command_line(), seed=seed, seconds=perf_counter() - start)
    page = report(
        comparisons,
        out,
        arrangements=arrangements,
        orders=orders,
        opinions=opinions,
        provenance=about,
    )
    typer.echo(f"report   {page}")


def _command_line() -> str:
    return shlex.join(["featuretopo", *sys.argv[1:]])


def _fail(message: str) -> None:
    # one line, whatever a library put into it
    typer.echo(f"featuretopo: {' '.join(message.split())}", err=True)
    sys.exit(2)


if __name__ == "__main__":
    main()
