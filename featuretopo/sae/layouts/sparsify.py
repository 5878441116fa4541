"""sparsify: cfg.json and sae.safetensors, TopK alone."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors.torch import save_file

from featuretopo.errors import FeaturetopoError
from featuretopo.sae.base import SAE
from featuretopo.sae.layouts.assemble import assemble, plain
from featuretopo.sae.layouts.settings import flag, whole
from featuretopo.sae.layouts.source import Axes, Source
from featuretopo.sae.topk import TopK

WRITES = (TopK,)
WEIGHTS = "sae.safetensors"
SETTINGS = "cfg.json"

_AXES: Axes = {"encoder.weight": "nd", "W_dec": "nd", "encoder.bias": "n", "b_dec": "d"}
#: What changes codes or reconstructions to something that no architecture here computes.
_OTHERWISE = ("transcode", "skip_connection", "embed_skip", "gram_lookup", "signed")


def recognises(source: Source) -> bool:
    """Whether the encoder is called as in torch, and the decoder is not."""
    return {"encoder.weight", "W_dec"} <= source.names


def read(source: Source) -> SAE:
    """Read an SAE. Its decoder's settings concern training alone."""
    settings = source.settings
    if "k" not in settings:
        raise FeaturetopoError(f"no k in {SETTINGS} beside it; put the SAE's own {SETTINGS} there")
    for name in _OTHERWISE:
        if flag(settings, name, False):
            raise FeaturetopoError(
                f"{name}=true in {SETTINGS}: no architecture here computes that; load the "
                "dictionary alone with featuretopo.load"
            )
    if settings.get("activation", "topk") != "topk":
        raise FeaturetopoError(
            f"activation={settings['activation']!r} in {SETTINGS} must be 'topk'; load the "
            "dictionary alone with featuretopo.load"
        )
    w = source.weights(_AXES)
    architecture = TopK(whole(settings, "k"))
    return assemble(architecture, w["encoder.weight"], w["encoder.bias"], w["W_dec"], w["b_dec"])


def write(sae: SAE, folder: Path) -> None:
    """Write the two files."""
    assert isinstance(sae.architecture, TopK)
    settings = {
        "activation": "topk",
        "num_latents": sae.n_latents,
        "k": sae.architecture.k,
        "d_in": sae.d,
        # sae-lens takes true to mean that b_dec is not subtracted from the input
        "normalize_decoder": False,
        "multi_topk": False,
        "skip_connection": False,
        "transcode": False,
    }
    tensors = {
        "encoder.weight": sae.W_enc,
        "encoder.bias": sae.b_enc,
        "W_dec": sae.W_dec,
        "b_dec": sae.b_dec,
    }
    save_file({name: plain(each) for name, each in tensors.items()}, folder / WEIGHTS)
    (folder / SETTINGS).write_text(json.dumps(settings, indent=1) + "\n", "utf-8")
