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


def defaults_of(kind: str) -> dict[str, Any]:
    """Return what an architecture takes where its table says nothing.

    Examples
    --------
    >>> defaults_of("ReLU"), defaults_of("TopK")
    ({'tied': False, 'decoder_bias': True}, {})
    """
    return {f.name: f.default for f in _fields(kind) if f.default is not dataclasses.MISSING}


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
    given = {key: value for key, value in table.items() if key != "type"}
    known = ["alpha"] if kind == "Toy2022" else [f.name for f in _fields(kind)]
    for key in given:
        if key not in known:
            others = [name for name in known if name != sparsity_name(kind)]
            choices = ["type", "sparsity", *others]  # as a sweep's file has them
            raise FeaturetopoError(f"{kind} has no {key!r}{did_you_mean(key, choices)}")
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


def _fields(kind: str) -> list[dataclasses.Field[Any]]:
    """Return what a table may say of an architecture; of Toy2022, nothing beside its alpha."""
    from featuretopo import sae

    if kind == "Toy2022":
        return []
    return [f for f in dataclasses.fields(getattr(sae, kind)) if f.name != "auxk"]
