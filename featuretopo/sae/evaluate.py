"""How well an SAE reconstructs, how sparsely, and which of its latents are dead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy import sparse

from featuretopo.errors import FeaturetopoError
from featuretopo.sae.base import SAE, to_tensor


@dataclass(frozen=True, slots=True, eq=False)
class Evaluation:
    """An SAE on held-out samples.

    Attributes
    ----------
    fvu : float
        Fraction of variance unexplained: squared error over the variance around the mean.
    l0 : float
        Mean number of active latents.
    alive : ndarray of int
        Latents that fired at least once; the others are dead.
    """

    fvu: float
    l0: float
    alive: npt.NDArray[np.integer[Any]]


def sparse_codes(sae: SAE, activations: npt.NDArray[Any], *, block: int = 4096) -> Any:
    """Return the codes of activations (b, d) as a scipy CSR array (b, n_latents), in blocks."""
    if activations.ndim != 2 or activations.shape[1] != sae.d or len(activations) == 0:
        raise FeaturetopoError(
            f"activations of shape {activations.shape} for an SAE of {sae.d} dimensions: "
            f"they must have shape (b, {sae.d}), b at least 1"
        )
    parts = []
    with torch.no_grad():
        for start in range(0, len(activations), block):
            x = to_tensor(activations[start : start + block])
            parts.append(sparse.csr_array(sae.encode(x).numpy()))
    return sparse.vstack(parts, format="csr")


def evaluate(sae: SAE, activations: npt.NDArray[Any]) -> Evaluation:
    """Measure an SAE on held-out activations, shape (b, d)."""
    codes = sparse_codes(sae, activations)
    if not np.isfinite(activations).all() or (activations == activations[0]).all():
        raise FeaturetopoError(
            f"the {len(activations)} activations are constant, NaN or infinite: FVU means nothing; "
            "give others"
        )
    with torch.no_grad():
        guess = codes @ sae.W_dec.numpy() + sae.b_dec.numpy()
    error = float(((activations - guess) ** 2).sum())
    variance = float(((activations - activations.mean(axis=0)) ** 2).sum())
    fires = np.asarray(codes.sum(axis=0)).ravel()
    return Evaluation(error / variance, codes.nnz / len(activations), np.flatnonzero(fires))
