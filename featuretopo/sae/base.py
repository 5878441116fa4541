"""SAE: a trained sparse autoencoder. What makes it one kind or another is its architecture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from featuretopo.dictionary import Dictionary


def to_tensor(activations: npt.NDArray[Any]) -> Tensor:
    """Return activations as a float32 tensor; copied only if they are not that already."""
    return torch.from_numpy(np.require(activations, np.float32, ["C", "W"]))


class Architecture(Protocol):
    """How codes are computed from activations, and what is minimised."""

    def check(self, n_latents: int, d: int) -> None:
        """Refuse a size that this architecture cannot have."""
        ...

    def encode(self, sae: SAE, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return the active latents of activations x: indices and values, both (b, k)."""
        ...

    def loss(self, sae: SAE, x: Tensor, silent_for: Tensor) -> tuple[Tensor, Step]:
        """Return what is minimised on a batch x (b, d), and what happened in the step.

        `silent_for` (n_latents,) says how many samples ago each latent last fired.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What happened in one training step."""

    squared_error: Tensor  # (), summed over the batch
    fired: Tensor  # (n_latents,) bool


@dataclass(frozen=True, slots=True)
class History:
    """What the trainer saw: one entry every so many steps.

    Attributes
    ----------
    step : tuple of int
    fvu : tuple of float
        Fraction of variance unexplained on the training batch.
    dead : tuple of int
        Latents that had not fired for as many steps as lie between two entries.
    """

    step: tuple[int, ...] = ()
    fvu: tuple[float, ...] = ()
    dead: tuple[int, ...] = ()


class SAE(nn.Module):
    """A sparse autoencoder: x_hat = codes @ W_dec + b_dec, features as rows everywhere.

    Attributes
    ----------
    W_enc, W_dec : Parameter, shape (n_latents, d)
        Encoder and decoder; decoder rows have length 1.
    b_enc : Parameter, shape (n_latents,)
    b_dec : Parameter, shape (d,)
    architecture : Architecture
    history : History
    """

    def __init__(self, W_dec: Tensor, b_dec: Tensor, architecture: Architecture) -> None:
        super().__init__()
        n_latents, d = W_dec.shape
        architecture.check(n_latents, d)
        self.architecture = architecture
        self.history = History()
        self.W_dec = nn.Parameter(W_dec)
        self.W_enc = nn.Parameter(W_dec.clone())
        self.b_enc = nn.Parameter(torch.zeros(n_latents))
        self.b_dec = nn.Parameter(b_dec)

    @property
    def n_latents(self) -> int:
        """Number of latents."""
        return int(self.W_dec.shape[0])

    @property
    def d(self) -> int:
        """Dimension of the activations."""
        return int(self.W_dec.shape[1])

    def encode(self, x: Tensor) -> Tensor:
        """Return codes, shape (b, n_latents), of activations, shape (b, d)."""
        indices, values = self.architecture.encode(self, x)
        return torch.zeros(len(x), self.n_latents).scatter(1, indices, values)

    def decode(self, codes: Tensor) -> Tensor:
        """Return reconstructions, shape (b, d), of codes, shape (b, n_latents)."""
        return codes @ self.W_dec + self.b_dec

    def forward(self, x: Tensor) -> Tensor:
        """Return the reconstruction of activations x, shape (b, d)."""
        return self.decode(self.encode(x))

    @property
    def dictionary(self) -> Dictionary:
        """The decoder rows as a Dictionary, one learned feature each."""
        return Dictionary(self.W_dec.detach().numpy())
