"""SimulatedLLM: a source of activations whose features, codes and space are all known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.llm.codes import Codes, pack
from featuretopo.llm.cooccurrence import Cooccurrence, Independent
from featuretopo.llm.embedding import Embedding, Identity
from featuretopo.llm.frequency import PerShape
from featuretopo.llm.magnitude import Magnitude, UniformMagnitude
from featuretopo.random import RngLike, seed_of, stream
from featuretopo.truth.ground_truth import GroundTruth


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Samples of a simulated LLM.

    Attributes
    ----------
    activations : ndarray of float32, shape (b, d)
    codes : Codes
        The sparse coefficients behind them.
    """

    activations: npt.NDArray[np.float32]
    codes: Codes

    @property
    def indices(self) -> npt.NDArray[np.int64]:
        """Features that fire, shape (b, k), padded with value 0 where fewer do."""
        return self.codes.indices

    @property
    def values(self) -> npt.NDArray[np.float32]:
        """How strongly they fire, shape (b, k)."""
        return self.codes.values

    def dense_codes(self) -> npt.NDArray[np.float32]:
        """Return the codes as a dense array, shape (b, n_features)."""
        return self.codes.dense()


class SimulatedLLM:
    """Activations that are sparse mixtures of a ground truth's features, in a space of its own.

    ``activations = codes @ dictionary + noise``, where the dictionary is the ground truth
    carried through `embedding`.

    Parameters
    ----------
    truth : GroundTruth
        The features.
    cooccurrence : Cooccurrence
        How the features of a shape fire together. Lone features (a sphere's) always fire
        independently.
    frequency : PerShape
        How often they fire; the same for every rule of co-occurrence.
    magnitude : Magnitude
        How strongly.
    embedding : Embedding
        From the truth's space into the model's.
    noise : float
        Standard deviation of Gaussian noise added to every activation.
    name : str
        Names its random streams and its results.
    rng : int, Generator or None
        Seed of the embedding.

    Raises
    ------
    FeaturetopoError
        If a rule asks more of a shape than it has, or noise is negative.

    Examples
    --------
    >>> from featuretopo.llm import ExactlyK
    >>> from featuretopo.truth import Circle
    >>> truth = GroundTruth([Circle(12)], d=8, rng=0)
    >>> model = SimulatedLLM(truth, cooccurrence=ExactlyK(1), rng=0)
    >>> model.sample(5, rng=1).activations.shape
    (5, 8)
    """

    def __init__(
        self,
        truth: GroundTruth,
        *,
        cooccurrence: Cooccurrence | None = None,
        frequency: PerShape | None = None,
        magnitude: Magnitude | None = None,
        embedding: Embedding | None = None,
        noise: float = 0.0,
        name: str = "llm",
        rng: RngLike = None,
    ) -> None:
        if not 0 <= noise < np.inf:
            raise FeaturetopoError(f"noise={noise} must be a standard deviation >= 0")
        self.truth = truth
        self.cooccurrence = cooccurrence or Independent()
        self.frequency = frequency or PerShape()
        self.magnitude = magnitude or UniformMagnitude()
        self.noise = noise
        self.name = name
        matrix = (embedding or Identity()).matrix(
            truth.d, stream(seed_of(rng), "llm", name, "embedding")
        )
        source = truth.dictionary
        self.dictionary = Dictionary(
            source.vectors @ matrix.astype(np.float32),
            source.labels,
            source.names,
            source.coordinates,
            source.label_names,
        )
        # A rule that asks too much of a shape is refused here, not in the middle of a training.
        self.codes(1, rng=0)

    @property
    def d(self) -> int:
        """Dimension of the model's activation space."""
        return self.dictionary.d

    @property
    def mean_l0(self) -> float:
        """Mean number of features that fire in a sample, from the frequencies."""
        return sum(
            self.frequency.joint if shape.joint else self.frequency.lone * len(shape.members)
            for shape in self.truth.shapes
        )

    def codes(self, n: int, *, rng: RngLike = None) -> Codes:
        """Draw who fires in `n` samples, and how strongly."""
        if n < 1:
            raise FeaturetopoError(f"n={n}: a batch holds at least 1 sample")
        draw = stream(seed_of(rng), "llm", self.name, "codes")
        samples, features = [], []
        for shape in self.truth.shapes:
            size = len(shape.members)
            if shape.joint:
                who = self.cooccurrence.fire(n, size, self.frequency.joint, draw)
            else:
                who = Independent().fire(n, size, self.frequency.lone * size, draw)
            samples.append(who[0])
            features.append(shape.members[who[1]])
        hits = np.concatenate(samples)
        return pack(
            hits,
            np.concatenate(features),
            self.magnitude.draw(len(hits), draw),
            n,
            len(self.dictionary),
        )

    def activations(self, codes: Codes, *, rng: RngLike = None) -> npt.NDArray[np.float32]:
        """Carry codes into the model's space, shape (b, d); `rng` is for the noise.

        The same codes given to two models are the same samples seen by both.
        """
        if codes.n_features != len(self.dictionary):
            raise FeaturetopoError(
                f"codes of {codes.n_features} features for a model of {len(self.dictionary)}: "
                "they belong to another ground truth"
            )
        clean: npt.NDArray[Any] = codes.sparse() @ self.dictionary.vectors  # (b, d)
        if self.noise:
            draw = stream(seed_of(rng), "llm", self.name, "noise")
            clean += self.noise * draw.standard_normal(clean.shape, np.float32)
        return clean

    def sample(self, n: int, *, rng: RngLike = None) -> Batch:
        """Draw `n` samples."""
        seed = seed_of(rng)
        codes = self.codes(n, rng=seed)
        return Batch(self.activations(codes, rng=seed), codes)
