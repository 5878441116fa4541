"""Matryoshka: dictionaries within one another, each of which reconstructs by itself."""

from __future__ import annotations

from dataclasses import dataclass

from featuretopo.checks import check_number
from featuretopo.errors import FeaturetopoError
from featuretopo.sae.batch_topk import BatchTopK


@dataclass(frozen=True)
class Matryoshka(BatchTopK):
    """BatchTopK codes; loss = mean over the nested dictionaries of ``|x - x_hat|^2``, + AuxK.

    The first latents have to do without the later ones: general features come first, and are not
    absorbed by special ones.

    Source: Bussmann, Nabeshima, Karvonen and Nanda 2025, Learning multi-level features with
    Matryoshka sparse autoencoders.

    Parameters
    ----------
    k, auxk
        As :class:`BatchTopK`.
    shares : tuple of float
        How much of the latents each dictionary holds, growing, the last 1.

    Raises
    ------
    FeaturetopoError
        If the shares are no numbers or do not grow to 1, or one holds no latent.

    Examples
    --------
    >>> Matryoshka(8).sizes(64)
    [4, 8, 16, 32, 64]
    """

    shares: tuple[float, ...] = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.shares, (list, tuple)):
            raise FeaturetopoError(f"shares={self.shares!r} must be a list, e.g. [0.25, 0.5, 1]")
        object.__setattr__(self, "shares", tuple(self.shares))
        for number, share in enumerate(self.shares):
            check_number(f"shares[{number}]", share)
        growing = all(a < b for a, b in zip((0, *self.shares), self.shares, strict=False))
        if not growing or self.shares[-1:] != (1,):
            raise FeaturetopoError(f"shares={self.shares} must grow from above 0 to 1")

    def sizes(self, n_latents: int) -> list[int]:
        """How many latents each dictionary holds."""
        return [round(share * n_latents) for share in self.shares]

    def check(self, n_latents: int, d: int) -> None:
        """Refuse k > n_latents, and dictionaries that hold nothing or nothing more."""
        super().check(n_latents, d)
        sizes = self.sizes(n_latents)
        if any(a >= b for a, b in zip([0, *sizes], sizes, strict=False)):
            raise FeaturetopoError(
                f"shares={self.shares} of {n_latents} latents are {sizes}: each must hold more "
                "than the one before; add latents or take fewer shares"
            )
