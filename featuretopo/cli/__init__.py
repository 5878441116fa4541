"""The command line: parse, call, print, exit.

Exit codes: 0 done, 1 a regression or verdict failed, 2 bad input (one line on stderr), 3 some cells
of a sweep failed or are missing, 130 interrupted.
"""

from __future__ import annotations

import logging
import sys

import typer

from featuretopo.cli.calibrate import calibrate
from featuretopo.cli.compare import compare
from featuretopo.cli.demo import demo
from featuretopo.cli.doctor import doctor
from featuretopo.cli.explore import explore
from featuretopo.cli.families import families
from featuretopo.cli.figures import figures
from featuretopo.cli.inspect import inspect
from featuretopo.cli.leaderboard import leaderboard
from featuretopo.cli.store import store
from featuretopo.cli.sweep import sweep
from featuretopo.errors import FeaturetopoError

app = typer.Typer(
    help="Topology of feature geometry: which clusters and loops do SAEs keep, and share?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    demo,
    inspect,
    families,
    compare,
    calibrate,
    explore,
    figures,
    leaderboard,
    doctor,
):
    app.command()(command)
app.add_typer(sweep, name="sweep")
app.add_typer(store, name="store")


def main() -> None:
    """Run the command line."""
    handler = logging.StreamHandler()
    handler.setLevel(logging.WARNING)  # other libraries lower the levels of their own loggers
    logging.basicConfig(format="featuretopo: %(message)s", handlers=[handler])
    try:
        app()
    except FeaturetopoError as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{error.filename or ''}: {error.strerror or error}".removeprefix(": "))
    except KeyboardInterrupt:
        sys.exit(130)


def _fail(message: str) -> None:
    # one line, whatever a library put into it
    typer.echo(f"featuretopo: {' '.join(message.split())}", err=True)
    sys.exit(2)
