"""``featuretopo sweep``."""

from __future__ import annotations

import signal
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from featuretopo.cli.options import DEFAULT_STORE, Json, StoreFolder
from featuretopo.errors import FeaturetopoError

if TYPE_CHECKING:
    from featuretopo.bench import Plan, Spec

sweep = typer.Typer(
    help="Many cells: worlds x LLMs x SAE architectures x sparsity x width x seeds, and measures.",
    no_args_is_help=True,
)


def _ready(incomplete: str) -> list[str]:
    """Complete the name of a ready sweep; the shell itself knows files."""
    from featuretopo.bench.ready_sweeps import ready_names

    return [name for name in ready_names() if name.startswith(incomplete)]


SpecFile = Annotated[
    str,
    typer.Argument(
        metavar="SPEC",
        help="A TOML file, or a ready sweep: cooccurrence, universality, toy-2022.",
        autocompletion=_ready,
    ),
]
Workers = Annotated[int, typer.Option("--workers", min=1, help="Processes on this machine.")]
Threads = Annotated[
    int,
    typer.Option("--threads", min=1, help="BLAS threads of each worker; bits depend on it."),
]
_NOT_DONE = 3


@sweep.command()
def init(
    ready: Annotated[
        str, typer.Argument(help="Ready sweep to start from.", autocompletion=_ready)
    ] = "cooccurrence",
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write. Default: NAME.toml.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Write a sweep to start from."""
    import json

    from featuretopo.bench.ready_sweeps import ready_path
    from featuretopo.files import atomic

    text = ready_path(ready).read_text(encoding="utf-8")
    target = out or Path(f"{ready}.toml")
    if target.exists():
        raise FeaturetopoError(f"{target}: is there already; give another --out")
    with atomic(target) as temporary:
        temporary.write_text(text, encoding="utf-8")
    following = f"featuretopo sweep plan {target}"
    if as_json:
        typer.echo(json.dumps({"spec": str(target), "next": following}))
    else:
        typer.echo(f"spec     {target}\nnext     {following}")


@sweep.command()
def schema() -> None:
    """Print the JSON schema of sweeps, for editors."""
    import json

    from featuretopo.bench.spec import json_schema

    typer.echo(json.dumps(json_schema(), indent=1))


@sweep.command()
def validate(spec: SpecFile, as_json: Json = False) -> None:
    """Check a sweep, and that each of its worlds and LLMs can be built."""
    from featuretopo import terminal
    from featuretopo.bench import plan
    from featuretopo.bench.buildable import check_buildable
    from featuretopo.cli.sweep_output import show_validated

    read = _read(spec)
    with terminal.working("building each world and LLM"):
        check_buildable(read)
    show_validated(plan(read), as_json)


@sweep.command(name="plan")
def plan_(
    spec: SpecFile, store: StoreFolder = DEFAULT_STORE, workers: Workers = 2,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Print the cells, how many are done, and how long the rest will take."""
    from featuretopo.bench import plan

    _show_plan(plan(_read(spec)), store, workers, as_json)


@sweep.command()
def run(
    spec: SpecFile,
    store: StoreFolder = DEFAULT_STORE,
    workers: Workers = 2,
    threads: Threads = 1,
    dask: Annotated[
        str | None,
        typer.Option("--dask", help="Dask scheduler (tcp://host:port), or: local."),
    ] = None,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try again what failed before.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan, do nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Carry a sweep out; what is in the store is not done again. Write one parquet table."""
    from featuretopo.bench import collect, open_store, plan, write_results
    from featuretopo.bench.run import run_plan
    from featuretopo.cli.sweep_output import progress_bar, show_run

    read = _read(spec)
    planned = plan(read)
    if dry_run:
        _show_plan(planned, store, workers, as_json)
        return
    opened = open_store(store, make=True)
    signal.signal(signal.SIGTERM, _interrupted)
    try:
        with progress_bar() as watch:
            run_plan(
                planned,
                opened,
                workers=workers,
                threads=threads,
                dask=dask,
                retry_failed=retry_failed,
                watch=watch,
            )
    except KeyboardInterrupt:
        typer.echo(
            "featuretopo: interrupted; what is finished is kept: the same command goes on", err=True
        )
        raise
    table = collect(planned, opened)
    out = opened.results(read.name)
    write_results(table, out)
    counts = show_run(planned, opened, table, out, as_json)
    if counts["failed"] or counts["missing"]:
        raise typer.Exit(_NOT_DONE)


@sweep.command()
def status(spec: SpecFile, store: StoreFolder = DEFAULT_STORE, as_json: Json = False) -> None:
    """Print how many cells are done, and why others failed."""
    from featuretopo.bench import open_store, plan
    from featuretopo.cli.sweep_output import show_status

    show_status(plan(_read(spec)), open_store(store), as_json)


@sweep.command(name="collect")
def collect_(
    spec: SpecFile,
    store: StoreFolder = DEFAULT_STORE,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="Parquet file. Default: results/NAME.parquet in the store."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write one parquet row for every cell and measure."""
    from featuretopo.bench import collect, open_store, plan, write_results
    from featuretopo.cli.sweep_output import show_collected

    read = _read(spec)
    opened = open_store(store)
    table = collect(plan(read), opened)
    target = out or opened.results(read.name)
    write_results(table, target)
    show_collected(table, target, as_json)


@sweep.command()
def compare(
    before: Annotated[Path, typer.Argument(help="Parquet table of a sweep.")],
    after: Annotated[Path, typer.Argument(help="The same sweep, later or elsewhere.")],
    tolerance: Annotated[
        float, typer.Option("--tolerance", help="How far a value may move to the worse.")
    ] = 0.0,
    as_json: Json = False,
) -> None:
    """Hold two tables of results beside each other. Code 1 if something has become worse."""
    from featuretopo.bench.differences import differences, read_results
    from featuretopo.cli.sweep_output import show_differences

    found = differences(read_results(before), read_results(after), tolerance=tolerance)
    show_differences(found, as_json)
    if found.worse:
        raise typer.Exit(1)


@sweep.command()
def report(
    spec: SpecFile,
    store: StoreFolder = DEFAULT_STORE,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="HTML file. Default: results/NAME.html in the store; NAME.html of a URL."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Write one offline HTML page: every measure, means over seeds, what failed."""
    import json
    from time import perf_counter

    from featuretopo.bench import collect, open_store, plan
    from featuretopo.bench.page import write_page
    from featuretopo.cli.page import check_page, command_line
    from featuretopo.provenance import provenance

    start = perf_counter()
    read = _read(spec)
    opened = open_store(store)
    results = opened.results(read.name)
    here = results.with_suffix(".html") if isinstance(results, Path) else Path(f"{read.name}.html")
    target = out or here
    check_page(target)
    table = collect(plan(read), opened)
    seconds = perf_counter() - start
    about = provenance(command=command_line(), seed=read.seeds[0], seconds=seconds)
    write_page(table, read, target, provenance=about)
    typer.echo(json.dumps({"report": str(target)}) if as_json else f"report   {target}")


def _read(spec: str) -> Spec:
    """Read a file, or a ready sweep of that name."""
    from featuretopo.bench import load_spec, ready
    from featuretopo.bench.ready_sweeps import ready_names

    if Path(spec).exists() or Path(spec).suffix == ".toml" or spec not in ready_names():
        return load_spec(spec)
    return ready(spec)


def _show_plan(planned: Plan, store: str, workers: int, as_json: bool) -> None:
    from featuretopo.bench.store import store_if_any
    from featuretopo.cli.sweep_output import show_plan

    show_plan(planned, store_if_any(store), workers, as_json)


def _interrupted(number: int, frame: FrameType | None) -> Any:
    raise KeyboardInterrupt
