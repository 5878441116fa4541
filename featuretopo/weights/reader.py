"""load: any dictionary or SAE file to a Dictionary; nothing in the file is ever executed."""

from __future__ import annotations

import logging
import os
from typing import get_args

from featuretopo.dictionary import KEY, Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.weights.layout import Axis, Part, find
from featuretopo.weights.names import read_names
from featuretopo.weights.opened import Opened, opened
from featuretopo.weights.own_format import from_own_format
from featuretopo.weights.tensors import Array

_log = logging.getLogger(__name__)


def load(
    path: str | os.PathLike[str],
    *,
    features: Axis | None = None,
    part: Part = "decoder",
    names: str | os.PathLike[str] | None = None,
) -> Dictionary:
    """Read a dictionary from a file; nothing in the file is ever executed.

    What kind of file it is, is told from its content: one written by :meth:`Dictionary.save`; the
    weights of an SAE, as SAELens, dictionary_learning, sparsify, Gemma Scope and OpenAI write them
    (``W_dec``, or ``decoder.weight``, in upper or lower case); or one bare matrix. Only the tensor
    that is asked for is read. (Whole SAEs: :func:`featuretopo.sae.load_sae`.)

    Parameters
    ----------
    path : path
        A ``.safetensors``, ``.npz``, ``.npy`` or ``.pt`` file, or the folder of an SAE with such
        a file in it.
    features : {"rows", "columns"}, optional
        Which axis of a bare matrix holds the features. A bare matrix does not tell, so it is
        refused until this is given.
    part : {"decoder", "encoder"}
        Of an SAE: the directions that its latents write, or those that they read.
    names : path, optional
        A file that says what the features are called (:func:`featuretopo.weights.read_names`).

    Raises
    ------
    FeaturetopoError
        If the file is missing, truncated, of another kind, would execute code, or holds no valid
        dictionary.

    Examples
    --------
    >>> import numpy as np, tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "sae.npz"
    >>> np.savez(path, W_enc=np.ones((3, 5)), W_dec=np.ones((5, 3)), b_enc=np.zeros(5))
    >>> load(path), load(path, part="encoder")
    (Dictionary(5 features, 3 dimensions), Dictionary(5 features, 3 dimensions))
    """
    if part not in get_args(Part):
        raise FeaturetopoError(f"part={part!r} must be 'decoder' or 'encoder'")
    if features is not None and features not in get_args(Axis):
        raise FeaturetopoError(f"features={features!r} must be 'rows' or 'columns'")
    with opened(path) as file:
        found = _of_file(file, features, part)
    return found if names is None else found.renamed(read_names(names, len(found)))


def _of_file(file: Opened, features: Axis | None, part: Part) -> Dictionary:
    if KEY in file.tensors.about:
        return from_own_format(file)
    found = find(file.shapes, part)
    if found is None:
        return Dictionary(_turned(*_bare_matrix(file, features, part)))
    matrix = _turned(file.read(found.name), found.axis)
    _log.info("%s: features as %s, %d of %d dimensions", found.name, found.axis, *matrix.shape)
    return Dictionary(matrix)


def _bare_matrix(file: Opened, features: Axis | None, part: Part) -> tuple[Array, Axis]:
    matrices = [name for name, shape in file.shapes.items() if len(shape) == 2]
    if len(matrices) != 1:
        shapes = ", ".join(f"{name} {shape}" for name, shape in file.shapes.items())
        called = "W_dec or decoder.weight" if part == "decoder" else "W_enc or encoder.weight"
        raise FeaturetopoError(
            f"holds {len(matrices)} matrices ({shapes or 'nothing'}) and none called {called}; "
            "give an SAE's weights, or one bare matrix"
        )
    if features is None:
        raise FeaturetopoError(
            f"a bare matrix of shape {file.shapes[matrices[0]]} does not tell which axis holds "
            "the features; say features='rows' or features='columns' (--features on the command "
            "line)"
        )
    return file.read(matrices[0]), features


def _turned(matrix: Array, axis: Axis) -> Array:
    """Return a matrix with features as rows."""
    return matrix if axis == "rows" else matrix.T
