"""described: a strategy as what JSON and TOML hold."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from featuretopo.errors import FeaturetopoError


def described(value: Any, *, check: Callable[[str], object] = str) -> Any:
    """Return a strategy as a table: its type's name and its fields, lists for arrays and tuples.

    Parameters
    ----------
    value : object
        A dataclass of numbers, words, paths, arrays, lists and mappings of them, and other such
        dataclasses; or one of these.
    check : callable, optional
        Refuses the name of a type that could not be built again.

    Raises
    ------
    FeaturetopoError
        If it is none of these.

    Examples
    --------
    >>> from featuretopo.sae import AuxK
    >>> described(AuxK(k=2, coefficient=0.5, patience=9))
    {'type': 'AuxK', 'k': 2, 'coefficient': 0.5, 'patience': 9}
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        name = type(value).__name__
        check(name)
        fields = {
            f.name: described(getattr(value, f.name), check=check)
            for f in dataclasses.fields(value)
        }
        # TOML has no null: a field that is None is left out, and None is its default
        return {"type": name} | {k: v for k, v in fields.items() if v is not None}
    if isinstance(value, Mapping):
        return {str(key): described(item, check=check) for key, item in value.items()}
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [described(item, check=check) for item in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    raise FeaturetopoError(
        f"a {type(value).__name__} cannot be written into a file: make it a dataclass of numbers, "
        "words and paths"
    )
