"""Correlated: firings that correlate as asked, pair by pair."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy.special import ndtri

from featuretopo.checks import as_numbers
from featuretopo.errors import FeaturetopoError
from featuretopo.llm.cooccurrence.bivariate_normal import (
    feasible_range,
    firing_correlation,
    latent_correlation,
)
from featuretopo.llm.cooccurrence.latent_gaussian import cholesky_of, latent_blocks
from featuretopo.llm.cooccurrence.nearest_correlation import nearest_correlation
from featuretopo.llm.cooccurrence.rule import Fired, FloatArray, Group

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Correlated:
    """Firings correlate by `target`: that of the events themselves, not of Gaussians behind them.

    Every feature fires where a latent Gaussian passes its threshold; for every pair the latent
    correlation is solved for that gives the firing correlation asked for. If these latent
    correlations contradict each other (no Gaussian has them all), the nearest that exist are taken,
    a warning says how far the firing correlations move, and the plan's `delivered` holds them.
    Frequencies of 1e-5 and more are kept to one part in 50,000, of 1e-6 to one in 5,000.

    Parameters
    ----------
    target : float or array_like, shape (m, m)
        Correlation of every pair of the group, or a matrix: symmetric, 1 on the diagonal.

    Raises
    ------
    FeaturetopoError
        When a model is built: if the matrix is of another size or no correlation matrix, or a pair
        cannot correlate so at its frequencies; the message gives the range that it can.

    Examples
    --------
    >>> from featuretopo.llm import SimulatedLLM
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> truth = GroundTruth([Circle(12)], d=16, rng=0)
    >>> model = SimulatedLLM(truth, cooccurrence=Correlated(0.3), rng=0)
    >>> fires = model.sample(200_000, rng=0).dense_codes() > 0
    >>> correlation = np.corrcoef(fires.T)
    >>> float(correlation[np.triu_indices(12, 1)].mean().round(1))
    0.3
    """

    target: float | npt.ArrayLike

    def plan(self, group: Group, rng: np.random.Generator) -> CorrelatedFiring:
        """Solve for the latent correlations."""
        m = len(group)
        target = as_numbers("target", self.target)
        if target.ndim == 0:
            target = np.full((m, m), float(target))
            np.fill_diagonal(target, 1.0)
        if target.shape != (m, m):
            raise FeaturetopoError(
                f"target of shape {target.shape} for the {m} features of {group.name}: "
                f"give one number or a matrix of shape ({m}, {m})"
            )
        if not (np.allclose(target, target.T) and (np.diag(target) == 1).all()):
            raise FeaturetopoError(
                "target must be symmetric with ones on the diagonal; average it with its transpose"
            )
        i, j = np.triu_indices(m, 1)
        # the latent correlation hangs on the two frequencies and the target alone: solve each once
        p = group.frequencies
        asked = np.column_stack([np.minimum(p[i], p[j]), np.maximum(p[i], p[j]), target[i, j]])
        cases, case_of = np.unique(asked, axis=0, return_inverse=True)
        low, high = feasible_range(cases[:, 0], cases[:, 1])
        beyond = ~((low < cases[:, 2]) & (cases[:, 2] < high))  # so that a NaN is beyond
        if beyond.any():
            first = int(np.flatnonzero(beyond[case_of.ravel()])[0])
            at = case_of.ravel()[first]
            raise FeaturetopoError(
                f"features {i[first]} and {j[first]} of {group.name} fire with frequencies "
                f"{p[i[first]]:.4g} and {p[j[first]]:.4g}: their correlation must lie in "
                f"({low[at]:.4g}, {high[at]:.4g}), and {cases[at, 2]:.4g} was asked for; "
                "ask for less or bring the frequencies together"
            )
        latent = np.eye(m)
        latent[i, j] = latent_correlation(*cases.T)[case_of.ravel()]
        latent[j, i] = latent[i, j]
        return CorrelatedFiring(group.frequencies, target, latent, group.name)


class CorrelatedFiring:
    """Features fire where correlated latents are below their thresholds.

    Attributes
    ----------
    frequencies : ndarray, shape (m,)
    delivered : ndarray, shape (m, m)
        Correlation of the firings.
    repaired_by : float
        Largest difference between `delivered` and what was asked for.
    """

    def __init__(
        self, frequencies: FloatArray, target: FloatArray, latent: FloatArray, name: str
    ) -> None:
        self.frequencies = frequencies
        m = len(frequencies)
        possible = nearest_correlation(latent)
        self.delivered, self.repaired_by = target, 0.0
        if possible is not latent and np.abs(possible - latent).max() > 1e-6:
            i, j = np.triu_indices(m, 1)
            self.delivered = np.eye(m)
            self.delivered[i, j] = firing_correlation(
                frequencies[i], frequencies[j], possible[i, j]
            )
            self.delivered[j, i] = self.delivered[i, j]
            self.repaired_by = float(np.abs(self.delivered - target).max())
            _log.warning(
                "no Gaussian has the correlations asked for on %s: took the nearest; "
                "firing correlations moved by up to %.3g (mean %.3g)",
                name,
                self.repaired_by,
                np.abs(self.delivered - target)[i, j].mean(),
            )
        self._cholesky = cholesky_of(possible)
        self._threshold = ndtri(frequencies).astype(np.float32)

    def draw(self, n: int, rng: np.random.Generator) -> Fired:
        """Draw who fires in `n` samples, samples ascending."""
        parts = [
            _below(start, latent, self._threshold)
            for start, latent in latent_blocks(n, self._cholesky, rng)
        ]
        samples, features = map(np.concatenate, zip(*parts, strict=True))
        return Fired(samples, features)


@njit(cache=True)
def _below(start, latent, threshold) -> Any:  # type: ignore[no-untyped-def] # pragma: no cover
    n, m = latent.shape
    count = 0
    for s in range(n):
        for i in range(m):
            count += latent[s, i] < threshold[i]
    samples, features = np.empty(count, np.int32), np.empty(count, np.int32)
    at = 0
    for s in range(n):
        for i in range(m):
            if latent[s, i] < threshold[i]:
                samples[at], features[at] = start + s, i
                at += 1
    return samples, features
