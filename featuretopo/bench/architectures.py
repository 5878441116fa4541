"""Architectures by name, and what "sparsity" is in each."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from featuretopo.errors import FeaturetopoError, did_you_mean

if TYPE_CHECKING:
    from featuretopo.sae import Architecture

#: The parameter of each architecture that decides how many latents are active.
_SPARSITY = {
    "TopK": "k",
    "BatchTopK": "k",
    "Matryoshka": "k",
    "ReLU": "l1",
    "Gated": "l1",
    "JumpReLU": "l0",
    "Toy2022": "alpha",
}


def sparsity_name(kind: str) -> str:
    """Return what an architecture calls its sparsity.

    Examples
    --------
    >>> sparsity_name("TopK"), sparsity_name("ReLU")
    ('k', 'l1')
    """
    if kind not in _SPARSITY:
        raise FeaturetopoError(f"unknown architecture {kind!r}{did_you_mean(kind, _SPARSITY)}")
    return _SPARSITY[kind]


def architecture_of(table: Mapping[str, Any], n_latents: int, d: int) -> Architecture:
    """Build the architecture that a table describes, for an SAE of this size.

    Raises
    ------
    FeaturetopoError
        If it does not exist, takes no such parameter, or cannot have this size.

    Examples
    --------
    >>> architecture_of({"type": "ReLU", "l1": 0.1}, n_latents=64, d=32)
    ReLU(l1=0.1, tied=False, decoder_bias=True)
    """
    from featuretopo import sae

    kind = table["type"]
    given: dict[str, Any] = {
        key: tuple(v) if isinstance(v, list) else v for key, v in table.items()
    }
    del given["type"]
    if kind == "Toy2022":
        known = ["alpha"]
    else:
        known = [f.name for f in dataclasses.fields(getattr(sae, kind)) if f.name != "auxk"]
    for key in given:
        if key not in known:
            raise FeaturetopoError(f"{kind} has no {key!r}{did_you_mean(key, known)}")
    k = given.get("k", 1)
    if not isinstance(k, int):
        raise FeaturetopoError(f"sparsity={k} of {kind} is its k: a whole number of latents")
    try:
        made: Architecture = (
            sae.toy_2022(given["alpha"], n_latents, d)
            if kind == "Toy2022"
            else getattr(sae, kind)(**given)
        )
    except TypeError as error:
        raise FeaturetopoError(f"{kind}: {error}") from error
    made.check(n_latents, d)
    return made
