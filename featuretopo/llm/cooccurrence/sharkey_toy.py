"""SharkeyToy: how features fire in the toy model of the 2022 report on sparse autoencoders."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from featuretopo.errors import FeaturetopoError
from featuretopo.llm.cooccurrence.independent import IndependentFiring
from featuretopo.llm.cooccurrence.latent_gaussian import cholesky_of, latent_blocks
from featuretopo.llm.cooccurrence.rule import Fired, Group


@dataclass(frozen=True)
class SharkeyToy:
    """Correlated uniform numbers, scaled by each feature's frequency, are its chance to fire.

    Latent Gaussians with a random covariance (a Gaussian matrix times its transpose) are drawn
    anew for every sample; a feature of frequency p fires with probability 2 p F(latent), F the
    Gaussian distribution function, so that it fires with frequency p on average. The report's
    frequencies are an exponential decay rescaled to the L0 asked for, *after* the decay.

    Source: Sharkey, Braun and Millidge, Taking features out of superposition with sparse
    autoencoders, 2022. The whole model is :func:`featuretopo.llm.sharkey_toy`.

    Raises
    ------
    FeaturetopoError
        When a model is built: if a frequency is above 1/2.

    Examples
    --------
    >>> from featuretopo.llm import sharkey_toy
    >>> model = sharkey_toy(rng=0)
    >>> len(model.dictionary), model.d, round(model.mean_l0, 6)
    (512, 256, 5.0)
    """

    def plan(self, group: Group, rng: np.random.Generator) -> SharkeyFiring:
        """Draw the covariance."""
        if group.frequencies.max() > 0.5:
            raise FeaturetopoError(
                f"SharkeyToy on {group.name}: frequency {group.frequencies.max():.3g} must be at "
                "most 0.5, since it is doubled; lower it"
            )
        return SharkeyFiring(group, rng)


class SharkeyFiring:
    """Candidates at twice the frequency, each kept with the probability that its latent gives."""

    def __init__(self, group: Group, rng: np.random.Generator) -> None:
        self.frequencies = group.frequencies
        m = len(group)
        gaussian = rng.standard_normal((m, m))
        covariance = gaussian @ gaussian.T
        deviation = np.sqrt(np.diag(covariance))
        # a hair on the diagonal: the smallest eigenvalue of such a matrix is near zero
        correlation = (covariance / np.outer(deviation, deviation) + 1e-6 * np.eye(m)) / (1 + 1e-6)
        self._cholesky = cholesky_of(correlation)
        self._candidates = IndependentFiring(np.minimum(2 * group.frequencies, 1 - 1e-12))

    def draw(self, n: int, rng: np.random.Generator) -> Fired:
        """Draw who fires in `n` samples, samples ascending."""
        kept = []
        for start, latent in latent_blocks(n, self._cholesky, rng):
            fired = self._candidates.draw(len(latent), rng)
            chance = ndtr(latent[fired.samples, fired.features])
            stays = rng.random(len(chance)) < chance
            kept.append((fired.samples[stays] + np.int32(start), fired.features[stays]))
        samples, features = map(np.concatenate, zip(*kept, strict=True))
        return Fired(samples, features)
