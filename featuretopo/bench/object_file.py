"""One stage's result as one safetensors file, with a digest that is checked on reading."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from featuretopo.bench.errors import StoreError
from featuretopo.bench.place import Place, write_whole
from featuretopo.bench.stages.catalogue import Result

FORMAT = "stage/1"


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """A result as it was stored.

    Attributes
    ----------
    result : Result
    about : dict
        Stage, key, parameters, inputs, versions of the engines.
    seconds, peak_memory_mb : float
        What it took. The two are no part of the result: they differ from run to run.
    """

    result: Result
    about: Mapping[str, Any]
    seconds: float
    peak_memory_mb: float


def write_object(path: Place, stored: Stored) -> None:
    """Write a result under a temporary name, and rename it."""
    arrays = {name: np.asarray(x, order="C") for name, x in stored.result.arrays.items()}
    texts = {
        "format": FORMAT,
        "about": json.dumps(stored.about, sort_keys=True),
        "values": json.dumps(stored.result.values, sort_keys=True),
        "cost": json.dumps(
            {"seconds": stored.seconds, "peak_memory_mb": stored.peak_memory_mb}, sort_keys=True
        ),
    }
    texts["digest"] = _digest(texts, arrays)
    # safetensors files hold an array or more
    write_whole(path, save(arrays or {"nothing": np.zeros(0, np.uint8)}, texts))


def read_object(path: Place) -> Stored:
    """Read a result.

    Raises
    ------
    StoreError
        If the file is truncated, edited or of another format.
    """
    try:
        texts, arrays = _opened(path)
    except FileNotFoundError as error:
        raise StoreError(f"{path}: is gone; run the sweep again") from error
    except (SafetensorError, OSError, ValueError) as error:
        raise damaged(path, f"cannot be read ({error})") from error
    if texts.get("format") != FORMAT:
        raise StoreError(
            f"{path}: is of format {texts.get('format')!r}, not {FORMAT!r}; read it with the "
            "featuretopo that wrote it"
        )
    if set(arrays) == {"nothing"}:
        arrays = {}
    if texts.pop("digest", "") != _digest(texts, arrays):
        raise damaged(path, "its digest is not that of its content")
    cost = json.loads(texts["cost"])
    return Stored(Result(arrays, json.loads(texts["values"])), json.loads(texts["about"]), **cost)


def _opened(path: Place) -> tuple[dict[str, str], dict[str, npt.NDArray[Any]]]:
    """Return the texts and the arrays of a safetensors file."""
    if not isinstance(path, Path):  # the library opens files only
        with tempfile.NamedTemporaryFile(suffix=".safetensors") as copy:
            copy.write(path.read_bytes())
            copy.flush()
            return _opened(Path(copy.name))
    with safe_open(path, framework="numpy") as file:
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        return dict(file.metadata() or {}), arrays


def damaged(path: Place, why: str) -> StoreError:
    """Say that a file is damaged, and what to do."""
    return StoreError(
        f"{path}: damaged: {why}; featuretopo store verify --discard moves it away, and "
        "the next run makes it again"
    )


def _digest(texts: Mapping[str, str], arrays: Mapping[str, npt.NDArray[Any]]) -> str:
    digest = hashlib.blake2b(digest_size=20)
    for name, text in sorted(texts.items()):
        digest.update(f"{name}\x1f{text}\x1e".encode())
    for name, array in sorted(arrays.items()):
        digest.update(f"{name}\x1f{array.dtype.str}\x1f{array.shape}\x1e".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
