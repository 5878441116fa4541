"""What commands read: dictionaries, arrays; errors about a file carry its name."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from featuretopo.cli.options import Axis
from featuretopo.errors import FeaturetopoError

if TYPE_CHECKING:
    from featuretopo.dictionary import Dictionary
    from featuretopo.weights import Part


def load_dictionary(
    path: Path, features: Axis | None, part: Part = "decoder", names: Path | None = None
) -> Dictionary:
    """Read a dictionary, or one part of an SAE."""
    from featuretopo.weights import load

    return load(path, features=features.value if features else None, part=part, names=names)


def load_array(path: Path) -> Any:
    """Read one array that numpy wrote."""
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


def names_of(files: Sequence[Path], group: str | None) -> list[str]:
    """Name each dictionary after its file; by the whole path where two files are called alike."""
    stems = [path.stem for path in files]
    names = stems if len(set(stems)) == len(stems) else [os.fspath(path) for path in files]
    if len(set(names)) < len(names):  # a file beside itself
        names = [f"{name} ({place})" for place, name in enumerate(names, 1)]
    return names if group is None else [f"{name}: {group}" for name in names]


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Put the file's name before an error about what is in it."""
    try:
        yield
    except FeaturetopoError as error:
        named = str(error) if str(error).startswith(f"{path}: ") else f"{path}: {error}"
        raise FeaturetopoError(named) from error
