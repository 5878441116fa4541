"""ReLU: every positive latent is active, and L1 keeps them few."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from featuretopo.checks import check_count, check_number, check_truth
from featuretopo.errors import FeaturetopoError
from featuretopo.sae.active import can_be_sparse, few_above
from featuretopo.sae.base import SAE, Architecture, Step, step_of


@dataclass(frozen=True)
class ReLU(Architecture):
    """codes = ReLU(W_enc (x - b_dec) + b_enc); ``loss = |x - x_hat|^2 + l1 |codes|_1``.

    Source: Bricken et al. 2023, Towards monosemanticity; Cunningham et al. 2023 (tied).

    Parameters
    ----------
    l1 : float
        Weight of the sparsity penalty, at least 0.
    tied : bool
        Whether the encoder is the decoder's transpose.
    decoder_bias : bool
        Whether there is one.

    Raises
    ------
    FeaturetopoError
        If l1 is no number, negative or not finite, or one of the others neither True nor False.

    Examples
    --------
    >>> ReLU(0.1)
    ReLU(l1=0.1, tied=False, decoder_bias=True)
    """

    l1: float
    tied: bool = False
    decoder_bias: bool = True
    # from rows of length 1 a third of all latents was active after 400 steps where 1% should be
    encoder_start: ClassVar[float] = 0.3

    def __post_init__(self) -> None:
        check_weight("l1", self.l1)
        check_truth("tied", self.tied)
        check_truth("decoder_bias", self.decoder_bias)

    def encode(self, sae: SAE, x: Tensor) -> Tensor:
        """Return the codes, shape (b, n_latents)."""
        return sae.before_selection(x).relu()

    def loss(self, sae: SAE, x: Tensor, silent_for: Tensor) -> tuple[Tensor, Step]:
        """Return the loss on a batch x (b, d), and what happened."""
        if can_be_sparse(sae, x) and (active := few_above(sae, x, 0.0)):
            error = active.error(x, active.values, sae.W_dec, sae.b_dec)
            fired = active.fired(active.values, sae.n_latents)
            loss = (error.mean + self.l1 * active.values.sum()) / len(x)
            return loss, Step(error.last, *fired)
        codes = self.encode(sae, x)
        residual = x - sae.decode(codes)
        return (residual.pow(2).sum() + self.l1 * codes.sum()) / len(x), step_of(residual, codes)


def toy_2022(alpha: float, n_latents: int, d: int) -> ReLU:
    """The SAE of the 2022 toy model: an encoder with bias, a decoder without.

    Its loss is the mean over dimensions of the squared error, plus `alpha` times the mean of codes
    over latents; here both are d times as large.

    Source: Sharkey, Braun and Millidge 2022, Taking features out of superposition with sparse
    autoencoders.

    Parameters
    ----------
    alpha : float
        At least 0; near .32 in the toy.
    n_latents, d : int
        Of the SAE that is to be trained.

    Raises
    ------
    FeaturetopoError
        If alpha is no number, negative or not finite, or one of the others no whole number or
        below 1.

    Examples
    --------
    >>> toy_2022(0.32, n_latents=512, d=256)
    ReLU(l1=0.16, tied=False, decoder_bias=False)
    """
    check_weight("alpha", alpha)
    check_count("n_latents", n_latents, 1, 512)
    check_count("d", d, 1, 256)
    return ReLU(alpha * d / n_latents, decoder_bias=False)


def check_weight(name: str, value: float) -> None:
    """Refuse a weight of a penalty that is no number, negative or not finite."""
    check_number(name, value)
    if not 0 <= value < float("inf"):
        raise FeaturetopoError(f"{name}={value} must be at least 0: it is the weight of a penalty")
