"""What commands read: dictionaries, arrays; errors about a file carry its name."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
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


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Put the file's name before an error about what is in it."""
    try:
        yield
    except FeaturetopoError as error:
        named = str(error) if str(error).startswith(f"{path}: ") else f"{path}: {error}"
        raise FeaturetopoError(named) from error
