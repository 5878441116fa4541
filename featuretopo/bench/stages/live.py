"""The live latents of an SAE and their codes, out of the store."""

from __future__ import annotations

from typing import Any

from scipy import sparse

from featuretopo.bench.stages.catalogue import Result
from featuretopo.dictionary import Dictionary

#: Live latents that topology needs at least.
FEWEST = 4


def has_topology(topology: Result) -> bool:
    """Whether an SAE had latents enough for its topology to be looked at."""
    return "tree" in topology.values


def live_dictionary(sae: Result) -> Dictionary:
    """Return the decoder rows of the latents that fired on the held-out samples."""
    alive = sae.arrays["alive"]
    return Dictionary(sae.arrays["W_dec"][alive], names=[f"latent {i}" for i in alive])


def live_codes(sae: Result) -> Any:
    """Return the codes of the shared samples, shape (n_shared, n_alive), as scipy CSR."""
    parts = tuple(sae.arrays[f"codes.{name}"] for name in ("data", "indices", "indptr"))
    return sparse.csr_array(parts, shape=tuple(sae.values["shape"]))
