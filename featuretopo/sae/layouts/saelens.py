"""SAELens: cfg.json and sae_weights.safetensors, as sae-lens 6.54 writes them; older ones too."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor

import featuretopo
from featuretopo.errors import FeaturetopoError, did_you_mean
from featuretopo.sae.base import SAE, Architecture
from featuretopo.sae.batch_topk import BatchTopK
from featuretopo.sae.gated import Gated
from featuretopo.sae.jumprelu import JumpReLU
from featuretopo.sae.layouts.assemble import assemble, log_threshold, plain, shift
from featuretopo.sae.layouts.settings import Settings, flag, nested, whole
from featuretopo.sae.layouts.source import Axes, Source
from featuretopo.sae.matryoshka import Matryoshka
from featuretopo.sae.relu import ReLU
from featuretopo.sae.topk import TopK

WRITES = (ReLU, Gated, JumpReLU, TopK, BatchTopK, Matryoshka)
WEIGHTS = "sae_weights.safetensors"
SETTINGS = "cfg.json"

_ALL: Axes = {"W_enc": "dn", "W_dec": "nd", "b_dec": "d"}
_BESIDE: Mapping[str, Axes] = {
    "standard": {"b_enc": "n"},
    "topk": {"b_enc": "n"},
    "jumprelu": {"b_enc": "n", "threshold": "n"},
    "gated": {"b_gate": "n", "b_mag": "n", "r_mag": "n"},
    "batchtopk": {"b_enc": "n", "topk_threshold": ""},
    "matryoshka_batchtopk": {"b_enc": "n", "topk_threshold": ""},
}
#: Where latents compete, and may do so by code times length of decoder row.
_BY_RANK = ("topk", "batchtopk", "matryoshka_batchtopk")
#: Factors of the latents before the decoder, which older versions could fine-tune.
_FACTORS = ("scaling_factor", "finetuning_scaling_factor")

#: What earlier versions train instead of the threshold: in their training SAEs' state dicts.
_OLD_THRESHOLD = "log_threshold"


def recognises(source: Source) -> bool:
    """Whether the settings are those of SAELens."""
    return "d_sae" in source.settings


def read(source: Source) -> SAE:
    """Read an SAE, with what its settings ask for moved into the weights where that is exact."""
    settings = source.settings
    kind = _kind(settings)
    _refuse_scaled_input(settings)
    factors = {name: "n" for name in _FACTORS if name in source.names}
    beside = _BESIDE[kind]
    if kind == "jumprelu" and source.names & {"threshold", _OLD_THRESHOLD} == {_OLD_THRESHOLD}:
        beside = {"b_enc": "n", _OLD_THRESHOLD: "n"}
    w = source.weights({**_ALL, **beside, **factors})
    if _OLD_THRESHOLD in w:
        w["threshold"] = w.pop(_OLD_THRESHOLD).double().exp()
    W_enc, W_dec = w["W_enc"].T, w["W_dec"]  # (n, d)
    n, d = W_dec.shape
    if (n, d) != (whole(settings, "d_sae"), whole(settings, "d_in")):
        raise FeaturetopoError(
            f"W_dec of shape {(n, d)} does not go with d_sae={settings['d_sae']} and "
            f"d_in={settings['d_in']} in {SETTINGS}: of another SAE?"
        )
    for name in factors:
        W_dec = W_dec * _factor(w[name], name, settings)[:, None]
    biases = {name: w[name].double() for name in ("b_enc", "b_gate", "b_mag") if name in w}
    if kind in _BY_RANK and flag(settings, "rescale_acts_by_decoder_norm", False):
        lengths = W_dec.double().norm(dim=1).clamp(min=1e-8)
        W_enc = (W_enc * lengths[:, None]).float()
        W_dec = (W_dec / lengths[:, None]).float()
        biases = {name: bias * lengths for name, bias in biases.items()}
    if not flag(settings, "apply_b_dec_to_input", True):
        moved = shift(W_enc, w["b_dec"])
        scale = {"b_mag": w["r_mag"].double().exp()} if "r_mag" in w else {}
        biases = {name: bias + moved * scale.get(name, 1) for name, bias in biases.items()}
    architecture, extra = _architecture(kind, settings, w, n)
    if kind == "gated":
        extra["b_mag"] = biases["b_mag"]
    b_enc = biases["b_gate" if kind == "gated" else "b_enc"]
    return assemble(architecture, W_enc, b_enc, W_dec, w["b_dec"], **extra)


def _kind(settings: Settings) -> str:
    kind = str(settings.get("architecture") or "standard")
    # before version 6, TopK was an activation function of the standard architecture
    function = settings.get("activation_fn") or settings.get("activation_fn_str") or "relu"
    if kind == "standard" and function == "topk":
        return "topk"
    if function not in ("relu", "topk"):
        raise FeaturetopoError(
            f"activation_fn={function!r} in {SETTINGS} is none that is known here: relu, topk"
        )
    if kind not in _BESIDE:
        raise FeaturetopoError(
            f"unknown architecture {kind!r} in {SETTINGS}{did_you_mean(kind, _BESIDE)}"
        )
    return kind


def _refuse_scaled_input(settings: Settings) -> None:
    how = settings.get("normalize_activations")
    if how in (None, False, "none"):
        return
    if how in (True, "expected_average_only_in", "covariance_whitening"):  # old files: true
        remedy = (
            "its scale is not in these files; fold it into the weights with sae-lens "
            "(fold_activation_norm_scaling_factor or fold_activation_whitening) and save it again"
        )
    else:
        remedy = (
            "it rescales each sample by itself, which no architecture here does; load the "
            "dictionary alone with featuretopo.load"
        )
    raise FeaturetopoError(f"normalize_activations={how!r} in {SETTINGS}: {remedy}")


def _factor(factor: Tensor, name: str, settings: Settings) -> Tensor:
    used = flag(settings, "finetuning_scaling_factor", False)
    if not used and not torch.allclose(factor, torch.ones_like(factor)):
        raise FeaturetopoError(
            f"holds {name}, not all 1, but finetuning_scaling_factor is not true in {SETTINGS}; "
            "say there whether it is used, or take it out"
        )
    return factor if used else torch.ones_like(factor)


def _architecture(
    kind: str, settings: Settings, w: Mapping[str, Tensor], n: int
) -> tuple[Architecture, dict[str, Tensor]]:
    """Return the architecture, and its parameters beside encoder, decoder and biases."""
    if kind == "topk":
        old = nested(settings, "activation_fn_kwargs")
        return TopK(whole({**old, **settings}, "k")), {}
    if kind == "gated":
        return Gated(0.0), {"r_mag": w["r_mag"]}
    if kind == "jumprelu":
        trained = _trained_as(settings, n)
        if trained is not None and (w["threshold"] == w["threshold"][0]).all():
            return trained, {"threshold": w["threshold"][0]}
        return JumpReLU(0.0), {"log_threshold": log_threshold(w["threshold"])}
    if kind == "standard":
        return ReLU(0.0), {}
    return _by_batch(kind, settings, n), {"threshold": w["topk_threshold"]}


def _trained_as(settings: Settings, n: int) -> BatchTopK | None:
    """BatchTopK is written as the JumpReLU that it is in use; the metadata say what it was."""
    about = nested(settings, "metadata")
    kind, details = about.get("training_architecture"), about.get("training_architecture_details")
    if kind not in ("batchtopk", "matryoshka_batchtopk") or not isinstance(details, dict):
        return None
    try:
        found = _by_batch(str(kind), details, n)
        found.check(n, whole(settings, "d_in"))
    except FeaturetopoError:  # e.g. a k that is not whole: a JumpReLU gives the same codes
        return None
    return found


def _by_batch(kind: str, settings: Settings, n: int) -> BatchTopK:
    k = whole(settings, "k")
    if kind == "batchtopk":
        return BatchTopK(k)
    widths = settings.get("matryoshka_widths")
    if not isinstance(widths, list) or not all(isinstance(width, int) for width in widths):
        raise FeaturetopoError(f"matryoshka_widths={widths!r} must be a list of whole numbers")
    whole_too = widths if n in widths else [*widths, n]  # as sae-lens adds it
    return Matryoshka(k, shares=tuple(width / n for width in whole_too))


def write(sae: SAE, folder: Path) -> None:
    """Write the two files. BatchTopK becomes the JumpReLU that it is in use, as in sae-lens."""
    architecture, extra = sae.architecture, sae.extra
    tensors = {
        "W_enc": sae.W_enc.T,
        "W_dec": sae.W_dec,
        "b_enc": sae.b_enc,
        "b_dec": sae.b_dec,
    }
    about: dict[str, Any] = {}
    more: dict[str, Any] = {}
    match architecture:
        case ReLU():
            kind = "standard"
        case Gated():
            kind = "gated"
            tensors["b_gate"] = tensors.pop("b_enc")
            tensors |= {name: extra[name] for name in ("b_mag", "r_mag")}
        case JumpReLU():
            kind = "jumprelu"
            tensors["threshold"] = extra["log_threshold"].exp()
        case BatchTopK():
            kind = "jumprelu"
            tensors["threshold"] = extra["threshold"].expand(sae.n_latents)
            about["training_architecture"] = "batchtopk"
            about["training_architecture_details"] = {"k": architecture.k}
            if isinstance(architecture, Matryoshka):
                about["training_architecture"] = "matryoshka_batchtopk"
                widths = architecture.sizes(sae.n_latents)
                about["training_architecture_details"]["matryoshka_widths"] = widths
        case TopK():
            kind = "topk"
            more = {"k": architecture.k, "rescale_acts_by_decoder_norm": False}
    settings = {
        "architecture": kind,
        "d_in": sae.d,
        "d_sae": sae.n_latents,
        "dtype": "float32",
        "device": "cpu",
        "apply_b_dec_to_input": True,
        "normalize_activations": "none",
        "reshape_activations": "none",
        **more,
        # a file without a version is taken for one of before 6, and its settings are renamed
        "metadata": {
            "sae_lens_version": "6.54.0",
            "written_by": f"featuretopo {featuretopo.__version__}",
            **about,
        },
    }
    save_file({name: plain(each) for name, each in tensors.items()}, folder / WEIGHTS)
    (folder / SETTINGS).write_text(json.dumps(settings, indent=1) + "\n", "utf-8")
