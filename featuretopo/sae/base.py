"""SAE: a trained sparse autoencoder. What makes it one kind or another is its architecture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from featuretopo.checks import real_array
from featuretopo.dictionary import Dictionary


def to_tensor(activations: npt.NDArray[Any]) -> Tensor:
    """Return activations as a float32 tensor; copied only if they are not that already.

    What float32 cannot hold becomes infinite.

    Raises
    ------
    FeaturetopoError
        If they are no real numbers.
    """
    array = real_array("activations", activations)
    with np.errstate(over="ignore"):
        return torch.from_numpy(np.require(array, np.float32, ["C", "W"]))


class Architecture(ABC):
    """How codes are computed from activations, and what is minimised.

    Attributes
    ----------
    tied : bool
        Whether the encoder is the decoder's transpose.
    decoder_bias : bool
        Whether there is one.
    encoder_start : float
        Length of the encoder's rows where training starts, those of the decoder being 1.
    penalty_warmup : float
        Share of a training's steps over which the weight of the penalty rises from 0, linearly.
    plain_adam : bool
        Whether Adam remembers squared gradients equally long from the first step on, and moves rows
        of any length alike; see :class:`featuretopo.sae.step.Optimiser` for what it does otherwise.
    """

    tied: bool = False
    decoder_bias: bool = True
    encoder_start: ClassVar[float] = 1.0
    penalty_warmup: ClassVar[float] = 0.0
    plain_adam: ClassVar[bool] = False

    def check(self, n_latents: int, d: int) -> None:  # noqa: B027 (most have nothing to refuse)
        """Refuse a size that this architecture cannot have."""

    def extra(self, n_latents: int) -> dict[str, nn.Parameter]:
        """Make the parameters that it has beside encoder, decoder and biases."""
        return {}

    def eased(self, share: float) -> Architecture:
        """Return it with only a share of its penalty; itself where it eases none."""
        return self

    @abstractmethod
    def encode(self, sae: SAE, x: Tensor) -> Tensor:
        """Return the codes, shape (b, n_latents), of activations x (b, d)."""

    @abstractmethod
    def loss(self, sae: SAE, x: Tensor, silent_for: Tensor) -> tuple[Tensor, Step]:
        """Return what is minimised on a batch x (b, d), and what happened in the step.

        `silent_for` (n_latents,) says how many samples ago each latent last fired.
        """


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What happened in one training step."""

    squared_error: Tensor  # (), summed over the batch
    fired: Tensor  # (n_latents,) bool
    active: Tensor  # (), codes that are not zero, summed over the batch


def step_of(residual: Tensor, codes: Tensor) -> Step:
    """Tell what happened from x - x_hat (b, d) and dense codes (b, n_latents)."""
    active = codes > 0
    return Step(residual.detach().pow(2).sum(), active.any(dim=0), active.sum())


@dataclass(frozen=True, slots=True)
class History:
    """What the trainer saw: one entry every so many steps.

    Attributes
    ----------
    step : tuple of int
    loss : tuple of float
        What is minimised, on the training batch.
    fvu : tuple of float
        Fraction of variance unexplained on the training batch.
    l0 : tuple of float
        Mean number of active latents on the training batch.
    dead : tuple of int
        Latents that had not fired for as many steps as lie between two entries.
    """

    step: tuple[int, ...] = ()
    loss: tuple[float, ...] = ()
    fvu: tuple[float, ...] = ()
    l0: tuple[float, ...] = ()
    dead: tuple[int, ...] = ()


class SAE(nn.Module):
    """A sparse autoencoder: x_hat = codes @ W_dec + b_dec, features as rows everywhere.

    Attributes
    ----------
    W_enc, W_dec : Parameter, shape (n_latents, d)
        Encoder and decoder. Decoder rows have length 1 where :func:`featuretopo.train` made them,
        and the length in the file where :func:`featuretopo.sae.load_sae` did.
    b_enc : Parameter, shape (n_latents,)
    b_dec : Parameter, shape (d,)
    extra : ParameterDict
        What the architecture has beside these.
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
        self.W_enc = self.W_dec if architecture.tied else nn.Parameter(W_dec.clone())
        self.b_enc = nn.Parameter(W_dec.new_zeros(n_latents))
        with_bias = architecture.decoder_bias
        self.b_dec = nn.Parameter(
            b_dec if with_bias else W_dec.new_zeros(d), requires_grad=with_bias
        )
        self.extra = nn.ParameterDict(architecture.extra(n_latents))

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
        return self.architecture.encode(self, x)

    def before_selection(self, x: Tensor) -> Tensor:
        """Return W_enc (x - b_dec) + b_enc, shape (b, n_latents)."""
        # the shift is folded into the bias: backwards, that spares one of three dense products
        return nn.functional.linear(x, self.W_enc, self.b_enc - self.W_enc @ self.b_dec)

    def decode(self, codes: Tensor) -> Tensor:
        """Return reconstructions, shape (b, d), of codes, shape (b, n_latents)."""
        return codes @ self.W_dec + self.b_dec

    def forward(self, x: Tensor) -> Tensor:
        """Return the reconstruction of activations x, shape (b, d)."""
        return self.decode(self.encode(x))

    @property
    def dictionary(self) -> Dictionary:
        """The decoder rows as a Dictionary, one learned feature each."""
        return Dictionary(self.W_dec)
