"""doctor: whether this environment will do, and what to do where it will not."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, distribution, requires, version
from typing import Literal

from featuretopo import allowance

Level = Literal["good", "note", "bad"]

_OPTIONAL = {"gtda": "giotto-tda", "gph": "giotto-ph", "distributed": "distributed"}
#: Module of every compiled dependency, and the distribution that it comes from.
_COMPILED = {
    "numpy": "numpy",
    "scipy": "scipy",
    "sklearn": "scikit-learn",
    "numba": "numba",
    "torch": "torch",
    "ripser": "ripser",
    "gudhi": "gudhi",
    "ot": "POT",
    "pyarrow": "pyarrow",
    "umap": "umap-learn",
}
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "firefox")
_LITTLE_MEMORY = 4 * 2**30


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes
    ----------
    level : {"good", "note", "bad"}
        "note" is worth knowing; "bad" will fail.
    what : str
        What was looked at.
    found : str
    remedy : str
        What to do; empty where nothing is to be done.
    """

    level: Level
    what: str
    found: str
    remedy: str = ""


def examine() -> tuple[Finding, ...]:
    """Look at versions, clashes, threads, memory, browser and GPU.

    Examples
    --------
    >>> {finding.what for finding in examine()} >= {"Python", "threads", "memory"}
    True
    """
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _python, _packages, _umap, _pins, _threads, _memory, _browser, _gpu,
    )  # fmt: skip
    return tuple(finding for check in checks for finding in check())


def _python() -> Iterator[Finding]:
    found = platform.python_version()
    if (3, 10) <= sys.version_info[:2] < (3, 14):
        yield Finding("good", "Python", found)
    else:
        yield Finding("bad", "Python", found, "install one of 3.10 to 3.13")
    if not sys.platform.startswith("linux"):
        yield Finding(
            "note", "system", platform.system(), "featuretopo is tested on Linux; report what fails"
        )


def _packages() -> Iterator[Finding]:
    """Import every compiled package: one built for another numpy fails at that, and only then."""
    for module, name in _COMPILED.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            yield Finding("bad", name, "not installed", f"pip install {name}")
            continue
        if module == "umap":
            continue  # slow to import, and looked at below
        try:
            import_module(module)
        except Exception as error:
            words = " ".join(str(error).split())[:160]
            yield Finding("bad", name, f"{found} does not load: {words}", _for_numpy(name, words))
        else:
            yield Finding("good", name, found)
    for module, name in _OPTIONAL.items():
        try:
            found = version(name)
        except PackageNotFoundError:
            extra = "dask" if module == "distributed" else "giotto"
            yield Finding(
                "note", name, "not installed", f"optional: pip install 'featuretopo[{extra}]'"
            )
        else:
            yield Finding("good", name, found)


def _for_numpy(name: str, words: str) -> str:
    if "numpy" in words.lower():
        return (
            f"{name} was built for another numpy than {_version('numpy')}: pip install "
            f"--force-reinstall --no-cache-dir {name}, at a version that goes with it "
            "(constraints.txt has a set that does)"
        )
    return f"pip install --force-reinstall {name}"


def _umap() -> Iterator[Finding]:
    """Tell umap-learn from the package `umap`, which is another and takes its name."""
    try:
        wrong = version("umap")
    except PackageNotFoundError:
        yield Finding("good", "umap-learn", _version("umap-learn"))
        return
    yield Finding(
        "bad",
        "umap",
        f"the package 'umap' {wrong} is installed, which is not UMAP",
        "pip uninstall umap; pip install --force-reinstall umap-learn",
    )


def _pins() -> Iterator[Finding]:
    """Hold what is installed against what giotto-tda and pyarrow ask for."""
    from packaging.requirements import Requirement

    for name in ("giotto-tda", "pyarrow", "umap-learn", "numba"):
        try:
            needs = requires(name) or []
        except PackageNotFoundError:
            continue
        for line in needs:
            need = Requirement(line)
            if need.marker is not None and not need.marker.evaluate({"extra": ""}):
                continue
            found = _version(need.name)
            if found != "not installed" and not need.specifier.contains(found, prereleases=True):
                yield Finding(
                    "bad",
                    name,
                    f"{_version(name)} asks for {need.name}{need.specifier}, and {found} is there",
                    f"pip install '{need.name}{need.specifier}'"
                    + (
                        ", or pip uninstall giotto-tda: it is optional, and holds others back"
                        if name == "giotto-tda"
                        else f", or another {name}"
                    ),
                )


def _threads() -> Iterator[Finding]:
    cores, visible = allowance.cores(), allowance.visible_cores()
    asked = os.environ.get("OMP_NUM_THREADS")
    limited = f" of the {visible} that libraries see" if cores < visible else ""
    words = f"{cores:.3g} cores{limited}; OMP_NUM_THREADS={asked or 'not set'}"
    started = int(asked) if asked and asked.isdigit() else visible
    if started > cores:
        fitting = max(1, int(cores))
        yield Finding("note", "threads", words, f"export OMP_NUM_THREADS={fitting}")
    else:
        yield Finding("good", "threads", words)


def _memory() -> Iterator[Finding]:
    found = allowance.memory()
    if found is None:
        yield Finding("note", "memory", "unknown", "2 GB a worker is usual")
        return
    words = f"{found.free / 2**30:.1f} of {found.total / 2**30:.1f} GB free"
    if found.total < found.machine:
        words += f" (a limit: the machine has {found.machine / 2**30:.1f} GB)"
    if found.free < _LITTLE_MEMORY:
        yield Finding("note", "memory", words, "run sweeps with --workers 1, or close other work")
    else:
        yield Finding("good", "memory", words)


def _browser() -> Iterator[Finding]:
    found = next((path for name in _BROWSERS if (path := shutil.which(name))), None)
    if found:
        yield Finding("good", "browser", found)
    else:
        yield Finding(
            "note",
            "browser",
            "none here",
            "reports are single files: open them elsewhere",
        )


def _gpu() -> Iterator[Finding]:
    if shutil.which("nvidia-smi"):
        yield Finding(
            "note",
            "GPU",
            "there is one",
            "training uses it where torch is built for it; all else runs on the CPU",
        )
    else:
        yield Finding("good", "GPU", "none, and none is needed")


def _version(package: str) -> str:
    try:
        return distribution(package).version
    except PackageNotFoundError:
        return "not installed"
