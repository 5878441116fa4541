"""Which stages there are, their versions, and the packages whose versions decide their bits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy.typing as npt

Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What a stage leaves: arrays, and values that JSON can hold."""

    arrays: Arrays
    values: Mapping[str, Any]


#: A stage's work: its parameters and the results of its inputs in, its own result out.
Work = Callable[[Mapping[str, Any], Sequence[Result]], Result]


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage.

    Attributes
    ----------
    version : int
        Raised whenever the same parameters would give another result: old results then stay in
        the store but are no longer found.
    engines : tuple of str
        Packages whose versions are part of the key.
    """

    version: int
    engines: tuple[str, ...]


_SAMPLING = ("numpy", "scipy", "numba")
_TOPOLOGY = (*_SAMPLING, "scikit-learn", "ripser", "gudhi", "umap-learn")

STAGES = {
    "truth": Stage(1, _SAMPLING),
    "activations": Stage(2, _SAMPLING),
    "sae": Stage(4, (*_SAMPLING, "torch")),
    "scores": Stage(1, _SAMPLING),
    "topology": Stage(2, _TOPOLOGY),
    "recovery": Stage(2, _TOPOLOGY),
    "comparison": Stage(3, _TOPOLOGY),
}


def work_of(stage: str) -> Work:
    """Import the function that does the work of a stage."""
    found: Work = getattr(import_module(f"featuretopo.bench.stages.{stage}"), stage)
    return found


@cache
def versions_of(stage: str) -> dict[str, str]:
    """Return the installed versions of the packages that a stage's bits depend on."""
    return {name: _version(name) for name in STAGES[stage].engines}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
