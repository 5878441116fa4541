"""Gemma Scope: params.npz or params.safetensors, JumpReLU that subtracts no bias from its input."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from featuretopo.errors import FeaturetopoError
from featuretopo.sae.base import SAE
from featuretopo.sae.batch_topk import BatchTopK
from featuretopo.sae.jumprelu import JumpReLU
from featuretopo.sae.layouts.assemble import assemble, log_threshold, plain, shift
from featuretopo.sae.layouts.source import Axes, Source
from featuretopo.sae.matryoshka import Matryoshka
from featuretopo.sae.relu import ReLU

WRITES = (JumpReLU, BatchTopK, Matryoshka, ReLU)
WEIGHTS = "params.npz"

_AXES: Axes = {"W_enc": "dn", "W_dec": "nd", "b_enc": "n", "b_dec": "d", "threshold": "n"}


def recognises(source: Source) -> bool:
    """Whether there are the five tensors, in upper or lower case, and no settings of SAELens."""
    return {"w_enc", "w_dec", "threshold"} <= {name.lower() for name in source.names}


def read(source: Source) -> SAE:
    """Read an SAE; that b_dec is not subtracted goes into the encoder's bias."""
    _refuse_saelens(source)
    lower = "w_enc" in source.names
    w = source.weights({name.lower() if lower else name: each for name, each in _AXES.items()})
    W_enc, W_dec, b_enc, b_dec, threshold = w.values()
    return assemble(
        JumpReLU(0.0),
        W_enc.T,
        b_enc.double() + shift(W_enc.T, b_dec),
        W_dec,
        b_dec,
        log_threshold=log_threshold(threshold),
    )


def _refuse_saelens(source: Source) -> None:
    """SAELens's JumpReLU has the same tensors, but mostly subtracts b_dec: only cfg.json tells."""
    path = source.file.path
    if "W_enc" in source.names and path.suffix != ".npz" and path.stem != "params":
        raise FeaturetopoError(
            "may be an SAE of SAELens without its cfg.json, or one of Gemma Scope; put the "
            "cfg.json beside it, or name it params.safetensors if it is Gemma Scope's"
        )


def write(sae: SAE, folder: Path) -> None:
    """Write params.npz. What is active above one threshold, or above 0, gets n equal ones."""
    match sae.architecture:
        case JumpReLU():
            threshold = sae.extra["log_threshold"].exp()
        case BatchTopK():
            threshold = sae.extra["threshold"].expand(sae.n_latents)
        case _:
            threshold = sae.b_enc * 0
    W_enc, b_dec = plain(sae.W_enc), plain(sae.b_dec)
    arrays = {
        "W_enc": W_enc.T.contiguous(),
        "W_dec": plain(sae.W_dec),
        "b_enc": (plain(sae.b_enc).double() - shift(W_enc, b_dec)).float(),
        "b_dec": b_dec,
        "threshold": plain(threshold),
    }
    with (folder / WEIGHTS).open("wb") as file:
        np.savez(file, **{name: each.numpy() for name, each in arrays.items()})
