"""load_sae and save_sae: whole SAEs in the weight files of other libraries."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

import torch

from featuretopo.errors import FeaturetopoError, did_you_mean
from featuretopo.files import check_writable, together
from featuretopo.sae.base import SAE, Architecture
from featuretopo.sae.layouts import dictionary_learning, gemma_scope, openai, saelens, sparsify
from featuretopo.sae.layouts.settings import settings_beside
from featuretopo.sae.layouts.source import Source
from featuretopo.weights.opened import WEIGHT_FILES, opened

Layout = Literal["saelens", "sparsify", "gemma_scope"]

#: Who recognises a file first, reads it: the settings of SAELens are the surest sign.
_READERS: tuple[tuple[Callable[[Source], bool], Callable[[Source], SAE]], ...] = (
    (saelens.recognises, saelens.read),
    (dictionary_learning.recognises, dictionary_learning.read),
    (openai.recognises, openai.read),
    (sparsify.recognises, sparsify.read),
    (gemma_scope.recognises, gemma_scope.read),
)
#: By layout: the files that it writes, which architectures they can hold, and the writer.
_WRITERS: dict[
    Layout, tuple[tuple[str, ...], tuple[type[Architecture], ...], Callable[[SAE, Path], None]]
] = {
    "saelens": ((saelens.WEIGHTS, saelens.SETTINGS), saelens.WRITES, saelens.write),
    "sparsify": ((sparsify.WEIGHTS, sparsify.SETTINGS), sparsify.WRITES, sparsify.write),
    "gemma_scope": ((gemma_scope.WEIGHTS,), gemma_scope.WRITES, gemma_scope.write),
}


def load_sae(path: str | os.PathLike[str]) -> SAE:
    """Read a whole SAE, so that it gives the codes and reconstructions of the original.

    The layout is told from the tensors and the settings beside them: SAELens, sparsify,
    dictionary_learning, Gemma Scope or OpenAI. Only the tensors that an SAE needs are read, and
    nothing is ever executed. What an architecture here does not compute exactly is refused; what
    can be moved into the weights exactly is: a decoder bias that is not subtracted from the input,
    decoder lengths by which latents compete, fine-tuned factors of latents.

    Decoder rows keep the lengths that the file gives them (length 1 after latents that competed by
    length), and float64 and bfloat16 become float32. Losses, their weights and the history of
    training are not in these layouts: the penalty of ReLU, Gated and JumpReLU is 0 and AuxK is the
    usual one, until ``sae.architecture`` is set anew. A tied SAE comes back as two equal matrices.

    Parameters
    ----------
    path : path
        The folder of an SAE, or a ``.safetensors``, ``.npz`` or ``.pt`` file, with its
        ``cfg.json`` or ``config.json`` beside it.

    Raises
    ------
    FeaturetopoError
        If the file is missing, damaged or of another kind, would execute code, holds wrong
        shapes, mixed types, integers or NaN, or asks for what no architecture here does.

    Examples
    --------
    >>> import tempfile
    >>> import torch
    >>> from featuretopo.sae import SAE, TopK
    >>> sae = SAE(torch.eye(5, 3), torch.zeros(3), TopK(2))
    >>> folder = tempfile.mkdtemp()
    >>> save_sae(sae, folder)
    >>> load_sae(folder).architecture.k
    2
    """
    with opened(path) as file:
        source = Source(file, settings_beside(file.path))
        for recognises, read in _READERS:
            if recognises(source):
                return read(source)
        shapes = ", ".join(f"{name} {shape}" for name, shape in file.shapes.items())
        raise FeaturetopoError(
            f"is no SAE that is known here ({shapes or 'no tensors'}, "
            f"{'with' if source.settings else 'no'} settings beside it); give the folder of one, "
            "with its cfg.json or config.json"
        )


def save_sae(sae: SAE, path: str | os.PathLike[str], *, layout: Layout = "saelens") -> None:
    """Write an SAE as other libraries load it.

    In a new folder the files appear together; in an old one each is replaced as a whole. Not in
    them: the history of training, the weights of losses, AuxK, and that an SAE was tied (both
    matrices are written).

    Parameters
    ----------
    sae : SAE
    path : path
        A folder, which is made if need be.
    layout : {"saelens", "sparsify", "gemma_scope"}
        ``saelens`` holds every architecture (BatchTopK and Matryoshka as the JumpReLU that they
        are in use, with what they were beside it, as sae-lens does); ``sparsify`` holds TopK;
        ``gemma_scope`` holds JumpReLU, and so BatchTopK, Matryoshka and ReLU.

    Raises
    ------
    FeaturetopoError
        If the layout is unknown or cannot hold the architecture, a weight is not finite, the
        folder holds files of another layout, or it cannot be written to.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import torch
    >>> from featuretopo.sae import SAE, TopK
    >>> sae = SAE(torch.eye(5, 3), torch.zeros(3), TopK(2))
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> save_sae(sae, folder, layout="sparsify")
    >>> sorted(file.name for file in folder.iterdir())
    ['cfg.json', 'sae.safetensors']
    """
    if layout not in get_args(Layout):
        raise FeaturetopoError(f"unknown layout {layout!r}{did_you_mean(str(layout), _WRITERS)}")
    files, holds, write = _WRITERS[layout]
    kind = type(sae.architecture)
    if kind not in holds:
        can = [name for name, (_, kinds, _) in _WRITERS.items() if kind in kinds]
        raise FeaturetopoError(
            f"layout={layout!r} cannot hold {kind.__name__}; "
            f"{f'choose {can[0]!r}' if can else 'no layout can'}"
        )
    for name, each in sae.named_parameters():
        if not torch.isfinite(each).all():
            raise FeaturetopoError(f"{name} holds NaN or infinite values; train the SAE again")
    check_writable(path)
    others = {*WEIGHT_FILES, saelens.SETTINGS} - set(files)
    there = [name for name in sorted(others) if (Path(path) / name).exists()]
    if there:
        raise FeaturetopoError(
            f"{os.fspath(path)}: holds files of another layout ({', '.join(there)}), and which of "
            "the two is meant could not be told; choose another folder"
        )
    with together(path) as folder:
        write(sae, folder)
