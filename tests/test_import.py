"""The package imports lightly, keeps its promises of names, and is the one that was built."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import featuretopo

SOURCE = Path(__file__).resolve().parents[1] / "featuretopo"
INSTALLED = Path(featuretopo.__file__).resolve().parent
ENGINES = ("ripser", "gudhi", "gph", "gtda", "kmapper", "persim")
HEAVY = ("torch", "plotly", "umap", "numba", "sklearn", "scipy", "numpy", *ENGINES)


def loaded_by(code: str, folder: Path) -> set[str]:
    """Return the names of `HEAVY` modules that a fresh interpreter holds after `code`."""
    report = f"import sys\nprint('loaded:', *(m for m in {HEAVY!r} if m in sys.modules))"
    # In an empty folder, since -c puts the current one first on sys.path.
    command = [sys.executable, "-c", f"{code}\n{report}"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    return set(run.stdout.splitlines()[-1].split()[1:])


def test_import_loads_nothing_heavy(tmp_path):
    assert loaded_by("import featuretopo", tmp_path) == set()


@pytest.mark.parametrize("package", ["truth", "similarity", "topology"])
def test_engines_wait_for_the_call_that_needs_them(package, tmp_path):
    loaded = loaded_by(f"import featuretopo.{package}", tmp_path)
    assert not loaded & {"torch", "plotly", "umap", "numba", *ENGINES}


def test_a_heavy_import_would_be_seen(tmp_path):
    assert "numpy" in loaded_by("import featuretopo.dictionary", tmp_path)


def test_help_loads_nothing_heavy(tmp_path):
    code = "\n".join(
        [
            "import sys",
            "from featuretopo.cli import main",
            "sys.argv = ['featuretopo', '--help']",
            "try:",
            "    main()",
            "except SystemExit as end:",
            "    assert not end.code, end.code",
        ]
    )
    assert not loaded_by(code, tmp_path) & {"torch", "plotly", "umap", "numba", "sklearn", *ENGINES}


def test_help_names_the_commands(tmp_path):
    command = Path(sys.executable).with_name("featuretopo")
    run = subprocess.run([command, "--help"], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    commands = "demo", "inspect", "families", "compare", "explore", "leaderboard", "doctor"
    for name in (*commands, "sweep", "store"):
        assert name in run.stdout


@pytest.mark.parametrize("name", featuretopo.__all__)
def test_every_public_name_resolves(name):
    assert getattr(featuretopo, name) is not None
    assert name in dir(featuretopo)


@pytest.mark.parametrize("first", ["", "import featuretopo.compare, featuretopo.report"])
def test_functions_are_not_hidden_by_packages_of_the_same_name(first, tmp_path):
    # The import system sets featuretopo.compare to the package when that is first imported.
    code = "import featuretopo as ft; assert callable(ft.compare) and callable(ft.report)"
    loaded_by(f"{first}\n{code}", tmp_path)


def test_the_package_is_pickled_by_name():
    # or no function that uses it could be sent to a worker process
    assert pickle.loads(pickle.dumps(featuretopo)) is featuretopo


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no_such_name"):
        featuretopo.no_such_name  # noqa: B018


@pytest.mark.skipif(
    not os.environ.get("FEATURETOPO_TESTS_WHEEL"),
    reason="only `make test` promises that the installed package is the wheel",
)
def test_it_is_the_wheel_that_is_tested():
    assert INSTALLED != SOURCE, f"the source tree shadows the wheel; sys.path is {sys.path}"
    assert files(INSTALLED) == files(SOURCE)


def files(package: Path) -> dict[str, bytes]:
    """Return what every file of `package` holds: modules, templates, style sheets, py.typed."""
    return {
        path.relative_to(package).as_posix(): path.read_bytes()
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
