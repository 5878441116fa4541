"""An SAE against a truth that is known: its directions, and when its latents fire."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.llm.simulated import Batch
from featuretopo.sae.base import SAE
from featuretopo.sae.evaluate import sparse_codes
from featuretopo.similarity import MMCS, match, mmcs

IntArray = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class AgainstTruth:
    """What an SAE has of a truth.

    Attributes
    ----------
    mmcs : MMCS
        Of the true features (a) and the live latents (b).
    latents : ndarray of int, shape (n_features,)
        The latent that stands for each true feature; -1 for none.
    precision : ndarray, shape (n_features,)
        Share of the samples in which that latent fires, in which its feature fires too; NaN where
        the latent never fires, or there is none.
    recall : ndarray, shape (n_features,)
        Share of the samples in which the feature fires, in which its latent fires too; 0 where
        there is none, NaN where the feature never fires.
    """

    mmcs: MMCS
    latents: IntArray
    precision: npt.NDArray[np.float64]
    recall: npt.NDArray[np.float64]

    @property
    def mean_precision(self) -> float:
        """Mean over the features that have one; NaN where none has."""
        return _mean(self.precision)

    @property
    def mean_recall(self) -> float:
        """Mean over the features that fired; NaN where none did."""
        return _mean(self.recall)


def against_truth(
    sae: SAE,
    batches: Batch | Iterable[Batch],
    truth: Dictionary,
    *,
    pairs: npt.ArrayLike | None = None,
) -> AgainstTruth:
    """Measure which true features an SAE has, and whether its latents fire when they do.

    Parameters
    ----------
    sae : SAE
    batches : Batch, or iterable of them
        Held-out samples of a simulated LLM, with their true codes; gone through once.
    truth : Dictionary
        The true features in the SAE's space: the simulated LLM's dictionary.
    pairs : array_like of int, shape (m, 2), optional
        Feature and latent. Default: the one-to-one pairing with live latents that has the largest
        total cosine.

    Raises
    ------
    FeaturetopoError
        If nothing fires, the truth is another one's, or a pair is out of range or names a feature
        twice.

    Examples
    --------
    >>> from featuretopo.llm import SimulatedLLM
    >>> from featuretopo.sae import TopK, train
    >>> from featuretopo.truth import GroundTruth, Sphere
    >>> model = SimulatedLLM(GroundTruth([Sphere(8)], d=16, rng=0), rng=0)
    >>> sae = train(model, TopK(1), n_latents=8, steps=2, batch_size=16, rng=0)
    >>> against_truth(sae, model.sample(100, rng=1), model.dictionary).recall.shape
    (8,)
    """
    together: Any = 0  # (n_features, n_latents), sparse: samples in which both fire
    of_feature, of_latent = np.zeros(len(truth), np.int64), np.zeros(sae.n_latents, np.int64)
    for batch in [batches] if isinstance(batches, Batch) else batches:
        true, codes = _firings(sae, batch, truth)
        together = together + true.T @ codes
        of_feature += true.sum(axis=0)
        of_latent += codes.sum(axis=0)
    alive = np.flatnonzero(of_latent)
    if len(alive) == 0:
        raise FeaturetopoError("no latent fires on these samples; train the SAE, or give more")
    vectors = sae.dictionary.vectors
    if pairs is None:
        found = match(truth, vectors[alive]).pairs
        pairs = np.column_stack([found[:, 0], alive[found[:, 1]]])
    latents = _latents_of(truth, sae, pairs)
    has = np.flatnonzero(latents >= 0)
    both = np.zeros(len(truth))
    both[has] = together.tocsr()[has][:, latents[has]].diagonal()
    precision = np.full(len(truth), np.nan)
    with np.errstate(invalid="ignore"):  # 0 / 0 is NaN, as promised
        precision[has] = both[has] / of_latent[latents[has]]
        recall = both / of_feature
    return AgainstTruth(mmcs(truth, vectors[alive]), latents, precision, recall)


def _firings(sae: SAE, batch: Batch, truth: Dictionary) -> tuple[Any, Any]:
    """Return which features and which latents fire, as CSR arrays of 0 and 1, (b, ...)."""
    if batch.codes.n_features != len(truth):
        raise FeaturetopoError(
            f"codes of {batch.codes.n_features} features and a truth of {len(truth)}: give the "
            "dictionary of the model that the samples are of"
        )
    true, codes = batch.codes.sparse(), sparse_codes(sae, batch.activations)
    return (true > 0).astype(np.int64), (codes > 0).astype(np.int64)


def _latents_of(truth: Dictionary, sae: SAE, pairs: npt.ArrayLike) -> IntArray:
    given = np.asarray(pairs)
    sizes = len(truth), sae.n_latents
    if (
        given.ndim != 2
        or given.shape[1] != 2
        or given.dtype.kind not in "iu"
        or ((given < 0) | (given >= sizes)).any()
        or len(np.unique(given[:, 0])) < len(given)
    ):
        raise FeaturetopoError(
            f"pairs of shape {given.shape} must be rows of a feature below {sizes[0]}, each once, "
            f"and a latent below {sizes[1]}"
        )
    latents = np.full(len(truth), -1)
    latents[given[:, 0]] = given[:, 1]
    return latents


def _mean(values: npt.NDArray[np.float64]) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")
