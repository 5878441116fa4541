"""Tensors in a file: their names and shapes first, and no more of them than is asked for."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zipfile import ZipFile, is_zipfile

import numpy as np
import numpy.typing as npt

from featuretopo.errors import FeaturetopoError

Array = npt.NDArray[Any]
BARE = "matrix"  # the name of what a file holds without one

#: What safetensors calls floating-point numbers.
_FLOATS = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "BF16": "bfloat16",
    "F8_E4M3": "float8_e4m3fn",
    "F8_E5M2": "float8_e5m2",
}


@dataclass(frozen=True, slots=True)
class Tensors:
    """What a file holds.

    Attributes
    ----------
    shapes : mapping of str to tuple of int
    dtypes : mapping of str to str
        What numbers they are: ``float32``, ``bfloat16``, ``int64``, ...
    read : callable
        Takes a name and returns the tensor.
    about : mapping of str to str
        What the file says of itself, or holds beside tensors.
    """

    shapes: Mapping[str, tuple[int, ...]]
    dtypes: Mapping[str, str]
    read: Callable[[str], Array]
    about: Mapping[str, str] = field(default_factory=dict)


def open_safetensors(path: Path, until: ExitStack) -> Tensors:
    """Open a .safetensors file; only its header is read."""
    from safetensors import safe_open

    file = until.enter_context(safe_open(path, framework="np"))
    slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118 (no iterator)

    called = {name: each.get_dtype() for name, each in slices.items()}
    dtypes = {name: _FLOATS.get(each, each.lower()) for name, each in called.items()}

    def read(name: str) -> Array:
        if dtypes[name].startswith(("bfloat", "float8")):  # numpy has none of these
            with safe_open(path, framework="pt") as same:
                found: Array = same.get_tensor(name).float().numpy()
            return found
        array: Array = file.get_tensor(name)
        return array

    shapes = {name: tuple(each.get_shape()) for name, each in slices.items()}
    return Tensors(shapes, dtypes, read, file.metadata() or {})


def open_numpy(path: Path, until: ExitStack) -> Tensors:
    """Open a .npy or .npz file without pickle; of an archive, only the headers are read."""
    # opened here: numpy leaves a damaged archive open
    content = np.load(until.enter_context(path.open("rb")), allow_pickle=False)
    if isinstance(content, np.ndarray):
        return Tensors({BARE: content.shape}, {BARE: content.dtype.name}, lambda _: content)
    file = until.enter_context(content)
    # a member that is no array has no such name in the archive
    names = [name for name in file.files if f"{name}.npy" in file.zip.namelist()]
    headers = {name: _header_in(file.zip, f"{name}.npy") for name in names}
    return Tensors(
        {name: shape for name, (shape, _) in headers.items()},
        {name: dtype.name for name, (_, dtype) in headers.items()},
        file.__getitem__,
    )


def _header_in(archive: ZipFile, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
    headers: Any = np.lib.format
    with archive.open(name) as member:
        old = headers.read_magic(member) == (1, 0)
        read = headers.read_array_header_1_0 if old else headers.read_array_header_2_0
        shape, _, dtype = read(member)
    return shape, dtype


def open_torch(path: Path, until: ExitStack) -> Tensors:
    """Open a .pt file of tensors, nested as they may be; one that would execute code is refused."""
    import pickle

    import torch

    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Detected pickle protocol")
            # an archive's tensors are read where they are asked for; older files have none
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=is_zipfile(path))
    except pickle.UnpicklingError as error:
        raise FeaturetopoError(
            "holds more than tensors, and reading it would execute code; save the state_dict "
            "alone: torch.save(sae.state_dict(), path)"
        ) from error
    held = dict(_flat("", content))
    found = {name: each for name, each in held.items() if hasattr(each, "detach")}

    def read(name: str) -> Array:
        tensor = found[name].detach()
        if tensor.is_complex() or str(tensor.dtype) == "torch.bool":
            raise FeaturetopoError(f"{name!r} is of type {tensor.dtype}; weights are real numbers")
        # a copy: the file may be written anew while the array is in use
        array: Array = tensor.to(torch.float32, copy=True).numpy()
        return array

    return Tensors(
        {name: tuple(tensor.shape) for name, tensor in found.items()},
        {name: str(tensor.dtype).removeprefix("torch.") for name, tensor in found.items()},
        read,
        {name: str(each) for name, each in held.items() if name not in found},
    )


def _flat(name: str, content: Any) -> list[tuple[str, Any]]:
    """Everything in nested mappings and lists, by its dotted name."""
    nested = dict(enumerate(content)) if isinstance(content, list | tuple) else content
    if isinstance(nested, Mapping):
        dot = f"{name}." if name else ""
        return [one for key, each in nested.items() for one in _flat(f"{dot}{key}", each)]
    return [(name or BARE, content)]
