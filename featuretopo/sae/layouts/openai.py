"""OpenAI's sparse_autoencoder: a state dict that names its activation function."""

from __future__ import annotations

from featuretopo.errors import FeaturetopoError
from featuretopo.sae.base import SAE
from featuretopo.sae.layouts.assemble import assemble
from featuretopo.sae.layouts.source import Axes, Source
from featuretopo.sae.relu import ReLU

_AXES: Axes = {
    "encoder.weight": "nd",
    "decoder.weight": "dn",
    "latent_bias": "n",
    "pre_bias": "d",
}
_STATISTICS = ("stats_last_nonzero", "latents_activation_frequency", "latents_mean_square")


def recognises(source: Source) -> bool:
    """Whether the biases are called as only here."""
    return {"pre_bias", "latent_bias"} <= source.names


def read(source: Source) -> SAE:
    """Read an SAE with ReLU; the others rescale each sample by itself, or have negative codes."""
    activation = source.file.tensors.about.get("activation", "ReLU")
    if activation != "ReLU":
        raise FeaturetopoError(
            f"activation={activation!r} must be 'ReLU': TopK there normalises each sample first, "
            "which no architecture here does; load the dictionary alone with featuretopo.load"
        )
    w = source.weights(_AXES, unread=_STATISTICS)
    return assemble(
        ReLU(0.0), w["encoder.weight"], w["latent_bias"], w["decoder.weight"].T, w["pre_bias"]
    )
