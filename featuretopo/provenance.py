"""Provenance: what made a result, so that it can be made again."""

from __future__ import annotations

import hashlib
import os
import platform
import resource
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo import __version__

_PACKAGES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "numba",
    "networkx",
    "torch",
    "ripser",
    "gudhi",
    "persim",
    "POT",
    "kmapper",
    "umap-learn",
    "plotly",
)
_EXTRAS = ("giotto-ph", "giotto-tda")  # engines that need not be there
_MISSING = "not installed"


def provenance(*, command: str, seed: int, seconds: float) -> dict[str, Any]:
    """Return versions, seed, command, machine, time and memory.

    Parameters
    ----------
    command : str
        The command line that makes the result again.
    seed : int
    seconds : float
        Wall-clock time that it took.

    Examples
    --------
    >>> provenance(command="featuretopo demo", seed=0, seconds=1.5)["seed"]
    0
    """
    own, children = (
        resource.getrusage(who).ru_maxrss // 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return {
        "command": command,
        "seed": seed,
        "seconds": round(seconds, 1),
        "peak_memory_mb": {"main process": own, "largest worker": children},
        **surroundings(),
    }


def surroundings() -> dict[str, Any]:
    """Return what stays the same from one result to the next: machine and versions.

    Examples
    --------
    >>> list(surroundings())
    ['machine', 'python', 'versions']
    """
    versions = {name: _version(name) for name in _PACKAGES}
    extras = {name: found for name in _EXTRAS if (found := _version(name)) != _MISSING}
    return {
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "versions": {"featuretopo": __version__, **versions, **extras},
    }


def digest(vectors: npt.NDArray[Any]) -> str:
    """Return the SHA-256 of an array, whatever file it came from.

    Parameters
    ----------
    vectors : ndarray
        Its bytes in C order, with its type and shape, are what is digested.

    Examples
    --------
    >>> import numpy as np
    >>> digest(np.eye(2)) == digest(np.asfortranarray(np.eye(2)))
    True
    >>> digest(np.eye(2)) == digest(np.eye(2, dtype=np.float32))
    False
    """
    found = hashlib.sha256(f"{vectors.dtype.str} {vectors.shape}".encode())
    found.update(np.ascontiguousarray(vectors).data)
    return found.hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return _MISSING
