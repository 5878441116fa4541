"""dictionary_learning: ae.pt, tensors alone, and config.json, which says of which class it is."""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate

from torch import Tensor

from featuretopo.errors import FeaturetopoError, did_you_mean
from featuretopo.sae.base import SAE, Architecture
from featuretopo.sae.batch_topk import BatchTopK
from featuretopo.sae.gated import Gated
from featuretopo.sae.jumprelu import JumpReLU
from featuretopo.sae.layouts.assemble import assemble, log_threshold, shift
from featuretopo.sae.layouts.settings import nested, whole
from featuretopo.sae.layouts.source import Axes, Source
from featuretopo.sae.matryoshka import Matryoshka
from featuretopo.sae.relu import ReLU
from featuretopo.sae.topk import TopK

SETTINGS = "config.json"

_LINEAR: Axes = {"encoder.weight": "nd", "decoder.weight": "dn"}
_MATRICES: Axes = {"W_enc": "dn", "W_dec": "nd", "b_enc": "n", "b_dec": "d"}


def recognises(source: Source) -> bool:
    """Whether the settings name a class, or the tensors are such as only these classes have."""
    return (
        "dict_class" in nested(source.settings, "trainer")
        or (set(_LINEAR) <= source.names and "pre_bias" not in source.names)
        or "group_sizes" in source.names
    )


def read(source: Source) -> SAE:
    """Read an SAE of any of the classes below."""
    return _CLASSES[_class_of(source)](source)


def _class_of(source: Source) -> str:
    said = nested(source.settings, "trainer").get("dict_class")
    if said is not None:
        if str(said) not in _CLASSES:
            raise FeaturetopoError(
                f"unknown dict_class {said!r} in {SETTINGS}{did_you_mean(str(said), _CLASSES)}"
            )
        return str(said)
    for name, tensor in (
        ("MatryoshkaBatchTopKSAE", "group_sizes"),
        ("GatedAutoEncoder", "gate_bias"),
        ("AutoEncoderNew", "decoder.bias"),
        ("AutoEncoder", "bias"),
    ):
        if tensor in source.names:
            return name
    raise FeaturetopoError(
        f"holds the tensors of several classes ({', '.join(sorted(source.names))}), and no "
        f"trainer.dict_class in {SETTINGS} beside it says which; put the SAE's own {SETTINGS} there"
    )


def _relu(source: Source) -> SAE:
    w = source.weights({**_LINEAR, "encoder.bias": "n", "bias": "d"})
    return _of_linear(ReLU(0.0), w, w["encoder.bias"], w["bias"])


def _relu_new(source: Source) -> SAE:
    # subtracts no bias from its input
    w = source.weights({**_LINEAR, "encoder.bias": "n", "decoder.bias": "d"})
    moved = shift(w["encoder.weight"], w["decoder.bias"])
    return _of_linear(ReLU(0.0), w, w["encoder.bias"].double() + moved, w["decoder.bias"])


def _gated(source: Source) -> SAE:
    vectors = {"gate_bias": "n", "mag_bias": "n", "r_mag": "n", "decoder_bias": "d"}
    w = source.weights({**_LINEAR, **vectors})
    extra = {"r_mag": w["r_mag"], "b_mag": w["mag_bias"]}
    return _of_linear(Gated(0.0), w, w["gate_bias"], w["decoder_bias"], **extra)


def _topk(source: Source) -> SAE:
    # a threshold may be there too, and is not what its codes are taken by
    w = source.weights({**_LINEAR, "encoder.bias": "n", "b_dec": "d"}, unread=("k", "threshold"))
    return _of_linear(TopK(_k(source)), w, w["encoder.bias"], w["b_dec"])


def _batch_topk(source: Source) -> SAE:
    axes = {**_LINEAR, "encoder.bias": "n", "b_dec": "d", "threshold": ""}
    w = source.weights(axes, unread=("k",))
    architecture = BatchTopK(_k(source))
    return _of_linear(architecture, w, w["encoder.bias"], w["b_dec"], threshold=w["threshold"])


def _matryoshka(source: Source) -> SAE:
    w = source.weights({**_MATRICES, "threshold": ""}, unread=("k", "group_sizes"))
    n = len(w["b_enc"])
    found = source.file.read("group_sizes").ravel().tolist()
    sizes = [whole({"group_sizes": size}, "group_sizes") for size in found]
    if sum(sizes) != n or min(sizes) < 1:
        raise FeaturetopoError(f"group_sizes={sizes} must be positive and add up to {n} latents")
    architecture = Matryoshka(_k(source), shares=tuple(size / n for size in accumulate(sizes)))
    return assemble(
        architecture, w["W_enc"].T, w["b_enc"], w["W_dec"], w["b_dec"], threshold=w["threshold"]
    )


def _jumprelu(source: Source) -> SAE:
    # subtracts no bias from its input
    w = source.weights({**_MATRICES, "threshold": "n"})
    b_enc = w["b_enc"].double() + shift(w["W_enc"].T, w["b_dec"])
    extra = {"log_threshold": log_threshold(w["threshold"])}
    return assemble(JumpReLU(0.0), w["W_enc"].T, b_enc, w["W_dec"], w["b_dec"], **extra)


def _of_linear(
    architecture: Architecture, w: dict[str, Tensor], b_enc: Tensor, b_dec: Tensor, **extra: Tensor
) -> SAE:
    return assemble(architecture, w["encoder.weight"], b_enc, w["decoder.weight"].T, b_dec, **extra)


def _k(source: Source) -> int:
    if "k" in source.names:
        return whole({"k": source.file.read("k").tolist()}, "k")
    return whole(nested(source.settings, "trainer"), "k")


_CLASSES: dict[str, Callable[[Source], SAE]] = {
    "AutoEncoder": _relu,
    "AutoEncoderNew": _relu_new,
    "GatedAutoEncoder": _gated,
    "AutoEncoderTopK": _topk,
    "BatchTopKSAE": _batch_topk,
    "MatryoshkaBatchTopKSAE": _matryoshka,
    "JumpReluAutoEncoder": _jumprelu,
}
