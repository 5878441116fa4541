"""A weight file opened once: the names, shapes and types in it, and its tensors on demand."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from featuretopo.errors import FeaturetopoError
from featuretopo.weights.tensors import Array, Tensors, open_numpy, open_safetensors, open_torch

_OPENERS: dict[str, Callable[[Path, ExitStack], Tensors]] = {
    ".safetensors": open_safetensors,
    ".npz": open_numpy,
    ".npy": open_numpy,
    ".pt": open_torch,
    ".pth": open_torch,
}
#: What the weight file of an SAE's folder is called: SAELens, sparsify, dictionary_learning, Gemma
#: Scope.
WEIGHT_FILES = (
    "sae_weights.safetensors",
    "sae.safetensors",
    "ae.pt",
    "params.npz",
    "params.safetensors",
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A weight file.

    Attributes
    ----------
    path : Path
        The file itself, where a folder was given too.
    tensors : Tensors
    """

    path: Path
    tensors: Tensors

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """The shape of every tensor, by name."""
        return self.tensors.shapes

    def read(self, name: str) -> Array:
        """Return one tensor; nothing else is read.

        Raises
        ------
        FeaturetopoError
            If the file is damaged there.
        """
        try:
            return self.tensors.read(name)
        except Exception as error:  # each format has its own zoo of errors for a damaged file
            raise _damaged(self.path, error) from error


@contextmanager
def opened(path: str | os.PathLike[str]) -> Iterator[Opened]:
    """Open a weight file, or the one in a folder; nothing in it is ever executed.

    Errors raised within the block get the path in front.

    Raises
    ------
    FeaturetopoError
        If the file is missing, of another kind, damaged, or would execute code.
    """
    shown = os.fspath(path)
    source = _file_of(Path(path), shown)
    if source.suffix not in _OPENERS:
        raise FeaturetopoError(
            f"{shown}: not a dictionary file; its name must end in {', '.join(_OPENERS)}"
        )
    with ExitStack() as until:
        try:
            yield Opened(source, _tensors_in(source, until))
        except FeaturetopoError as error:
            raise FeaturetopoError(f"{shown}: {error}") from error


def _tensors_in(source: Path, until: ExitStack) -> Tensors:
    try:
        return _OPENERS[source.suffix](source, until)
    except FeaturetopoError:
        raise
    except Exception as error:
        raise _damaged(source, error) from error


def _damaged(source: Path, error: Exception) -> FeaturetopoError:
    return FeaturetopoError(
        f"cannot be read as {source.suffix} ({' '.join(str(error).split())}); "
        "is it truncated? If it is not, write it again as plain float32 arrays"
    )


def _file_of(path: Path, shown: str) -> Path:
    """Return the file itself, or the weight file of an SAE's folder."""
    if path.is_file():
        return path
    if not path.is_dir():
        raise FeaturetopoError(f"{shown}: no such file; give the path of a dictionary file")
    known = [path / name for name in WEIGHT_FILES if (path / name).is_file()]
    there = known or sorted(file for file in path.iterdir() if file.suffix in _OPENERS)
    if len(there) != 1:
        names = ", ".join(file.name for file in there) or "none"
        raise FeaturetopoError(
            f"{shown}: is a folder with {len(there)} weight files ({names}), must be one; give the "
            "path of a dictionary file"
        )
    return there[0]
