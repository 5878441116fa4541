"""Sweeps that come with the package."""

from __future__ import annotations

from pathlib import Path

from featuretopo.bench.spec import Spec, load_spec
from featuretopo.errors import FeaturetopoError, did_you_mean

_FOLDER = Path(__file__).parent / "ready"


def ready_names() -> list[str]:
    """Names of the sweeps that come with the package.

    Examples
    --------
    >>> ready_names()
    ['cooccurrence', 'toy-2022', 'universality']
    """
    return sorted(path.stem for path in _FOLDER.glob("*.toml"))


def ready_path(name: str) -> Path:
    """Return the file of a ready sweep.

    Raises
    ------
    FeaturetopoError
        If there is none of this name.
    """
    if name not in ready_names():
        raise FeaturetopoError(f"no ready sweep {name!r}{did_you_mean(name, ready_names())}")
    return _FOLDER / f"{name}.toml"


def ready(name: str) -> Spec:
    """Read a ready sweep.

    Examples
    --------
    >>> ready("toy-2022").measures
    ['mmcs', 'fvu', 'l0', 'dead_share']
    """
    return load_spec(ready_path(name))
