"""SimulatedLLM: a source of activations whose features, codes and space are all known."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from featuretopo.checks import as_numbers, check_number, is_whole
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.llm.codes import Codes, gather
from featuretopo.llm.cooccurrence.independent import Independent
from featuretopo.llm.cooccurrence.layout import Layout, as_layout
from featuretopo.llm.cooccurrence.rule import Cooccurrence, check_rule
from featuretopo.llm.embedding import Embedding, Identity, check_embedding
from featuretopo.llm.frequency import Frequency, PerShape, check_frequency
from featuretopo.llm.magnitude import Magnitude, UniformMagnitude, check_magnitude
from featuretopo.random import RngLike, child_seed, seed_of, stream
from featuretopo.truth.ground_truth import GroundTruth

if TYPE_CHECKING:
    import torch

    from featuretopo.llm.stream import Stream

_EXACT_INVERSE = 1e-6
_LARGEST_BATCH = 2**31 - 1  # samples are numbered in int32


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

    def tensor(self) -> torch.Tensor:
        """Return the activations as a torch tensor that shares their memory, shape (b, d)."""
        import torch

        return torch.from_numpy(self.activations)


class SimulatedLLM:
    """Activations that are sparse mixtures of a ground truth's features, in a space of its own.

    ``activations = codes @ dictionary + bias + noise``, where the dictionary is the ground truth
    carried through `embedding`.

    Parameters
    ----------
    truth : GroundTruth
        The features.
    cooccurrence : Cooccurrence or Layout
        Which features fire together. A plain rule (``ExactlyK(1)``) holds on every shape whose
        features belong together, while lone features (a sphere's) fire independently; a layout
        (``Together``, ``ByShape``, ``Nested``, ``Mixture``) says otherwise. Default:
        ``Independent()``.
    frequency : Frequency
        How often each fires, whatever the rule of co-occurrence. Default: ``PerShape()``.
    magnitude : Magnitude
        How strongly. Default: ``UniformMagnitude()``.
    embedding : Embedding
        From the truth's space into the model's. Default: ``Identity()``.
    noise : float
        Standard deviation of Gaussian noise added to every activation.
    bias : float or array_like, shape (d_model,)
        Added to every sample: a vector, or the length of a random one.
    name : str
        Names its random streams and its results.
    rng : int, Generator or None
        Seed of whatever the model itself leaves to chance: embedding, bias, ranks, loadings.

    Attributes
    ----------
    dictionary : Dictionary
        The truth carried into the model's space.
    frequency : Frequency or None
        None where the rule of co-occurrence sets the frequencies itself.
    frequencies : ndarray, shape (n_features,)
        Probability of each feature to fire in a sample.
    bias : ndarray of float32, shape (d_model,)

    Raises
    ------
    FeaturetopoError
        If an argument is out of range or a rule asks more of a shape than it has.

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
        cooccurrence: Cooccurrence | Layout | None = None,
        frequency: Frequency | None = None,
        magnitude: Magnitude | None = None,
        embedding: Embedding | None = None,
        noise: float = 0.0,
        bias: float | npt.ArrayLike = 0.0,
        name: str = "llm",
        rng: RngLike = None,
    ) -> None:
        if not isinstance(truth, GroundTruth):
            raise FeaturetopoError(
                f"truth={truth!r} must be a GroundTruth, e.g. GroundTruth([Circle(12)], d=8)"
            )
        _check_parts(cooccurrence, frequency, magnitude, embedding)
        check_number("noise", noise)
        if not 0 <= noise < np.inf:
            raise FeaturetopoError(f"noise={noise} must be a standard deviation >= 0")
        if not isinstance(name, str):
            raise FeaturetopoError(f"name={name!r} must be text: it names the random streams")
        self.cooccurrence = cooccurrence or Independent()
        inner = getattr(self.cooccurrence, "rule", self.cooccurrence)
        if getattr(inner, "sets_frequencies", False):
            if frequency is not None:
                raise FeaturetopoError(
                    f"{inner!r} sets the frequencies itself; leave out frequency={frequency!r}"
                )
            self.frequency: Frequency | None = None
        else:
            self.frequency = frequency or PerShape()
        self.truth = truth
        self.magnitude = magnitude or UniformMagnitude()
        self.embedding = embedding or Identity()
        self.noise = noise
        self.name = name
        self.seed = seed_of(rng)
        self._matrix = self.embedding.matrix(
            truth.d, stream(self.seed, "llm", name, "embedding")
        )  # (d, d_model)
        source = truth.dictionary
        self.dictionary = Dictionary(
            source.vectors @ self._matrix.astype(np.float32),
            source.labels,
            source.names,
            source.coordinates,
            source.label_names,
        )
        self.bias = self._bias(bias)
        asked = (self.frequency or PerShape()).of(
            truth, stream(self.seed, "llm", name, "frequency")
        )
        self.firing = as_layout(self.cooccurrence).lay_out(
            truth, asked, child_seed(self.seed, "llm", name, "cooccurrence")
        )
        self.frequencies = self.firing.frequencies

    def __repr__(self) -> str:
        return (
            f"SimulatedLLM({self.name!r}: {len(self.dictionary)} features in R^{self.d}, "
            f"{self.cooccurrence!r}, mean L0 {self.mean_l0:.3g})"
        )

    @property
    def d(self) -> int:
        """Dimension of the model's activation space."""
        return self.dictionary.d

    @property
    def mean_l0(self) -> float:
        """Mean number of features that fire in a sample, from the frequencies."""
        return float(self.frequencies.sum())

    def codes(self, n: int, *, rng: RngLike = None) -> Codes:
        """Draw who fires in `n` samples, and how strongly."""
        _check_batch("n", n)
        draw = stream(seed_of(rng), "llm", self.name, "codes")
        starts, features = gather(self.firing.draw(n, draw), n)
        return Codes(
            starts, features, self.magnitude.draw(len(features), draw), len(self.dictionary)
        )

    def activations(self, codes: Codes, *, rng: RngLike = None) -> npt.NDArray[np.float32]:
        """Carry codes into the model's space, shape (b, d); `rng` is for the noise.

        The same codes given to two models are the same samples seen by both.
        """
        if not isinstance(codes, Codes):
            raise FeaturetopoError(f"codes={codes!r} must be Codes: what `model.codes(n)` gives")
        if codes.n_features != len(self.dictionary):
            raise FeaturetopoError(
                f"codes of {codes.n_features} features for a model of {len(self.dictionary)}: "
                "they belong to another ground truth"
            )
        activations = codes.decode(self.dictionary.vectors)  # (b, d)
        if self.bias.any():
            activations += self.bias
        if self.noise:
            draw = stream(seed_of(rng), "llm", self.name, "noise")
            noise = draw.standard_normal(activations.shape, np.float32)
            noise *= np.float32(self.noise)
            activations += noise
        return activations

    def sample(self, n: int, *, rng: RngLike = None) -> Batch:
        """Draw `n` samples."""
        seed = seed_of(rng)
        codes = self.codes(n, rng=seed)
        return Batch(self.activations(codes, rng=seed), codes)

    def stream(self, batch_size: int, *, rng: RngLike = None) -> Stream:
        """Open an endless stream of batches, any of which can be made anywhere by its number."""
        _check_batch("batch_size", batch_size)
        from featuretopo.llm.stream import Stream

        return Stream(self, batch_size, seed_of(rng))

    def carry(self, vectors: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Carry rows of the truth's space into the model's, shape (n, d) to (n, d_model)."""
        carried: npt.NDArray[np.float32] = self._rows(vectors, 0) @ self._matrix.astype(np.float32)
        return carried

    def carry_back(self, vectors: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Carry rows of the model's space into the truth's, shape (n, d_model) to (n, d).

        What lies outside the subspace that the truth was carried to is dropped.

        Raises
        ------
        FeaturetopoError
            If the embedding has flattened the truth's space and cannot be undone.
        """
        smallest = np.linalg.svd(self._matrix, compute_uv=False).min()
        if self._matrix.shape[1] < self._matrix.shape[0] or smallest < _EXACT_INVERSE:
            raise FeaturetopoError(
                f"{self.embedding!r} takes {self._matrix.shape[0]} dimensions to "
                f"{self._matrix.shape[1]} and cannot be undone; carry the truth forward instead"
            )
        inverse = np.linalg.pinv(self._matrix).astype(np.float32)  # (d_model, d)
        back: npt.NDArray[np.float32] = self._rows(vectors, 1) @ inverse
        return back

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the whole description, truth included, as ``.toml`` or ``.json``.

        :func:`featuretopo.llm.load_llm` builds the same model from it, to the last bit.
        """
        from featuretopo.llm.description import save_llm

        save_llm(self, path)

    def _bias(self, bias: float | npt.ArrayLike) -> npt.NDArray[np.float32]:
        given = as_numbers("bias", bias).astype(np.float32)
        if given.ndim == 0:
            random = stream(self.seed, "llm", self.name, "bias").standard_normal(self.d)
            given = (float(given) * random / np.linalg.norm(random)).astype(np.float32)
        if given.shape != (self.d,) or not np.isfinite(given).all():
            raise FeaturetopoError(
                f"bias of shape {given.shape} must be one finite number, or a finite vector of "
                f"shape ({self.d},)"
            )
        return given

    def _rows(self, vectors: npt.ArrayLike, axis: int) -> npt.NDArray[np.float32]:
        rows = as_numbers("vectors", vectors).astype(np.float32)
        if rows.ndim != 2 or rows.shape[1] != self._matrix.shape[axis]:
            raise FeaturetopoError(
                f"vectors of shape {rows.shape} must have shape (n, {self._matrix.shape[axis]})"
            )
        return rows


def _check_parts(
    cooccurrence: object, frequency: object, magnitude: object, embedding: object
) -> None:
    if cooccurrence is not None:
        check_rule("cooccurrence", cooccurrence, layouts=True)
    if frequency is not None:
        check_frequency("frequency", frequency)
    if magnitude is not None:
        check_magnitude("magnitude", magnitude)
    if embedding is not None:
        check_embedding("embedding", embedding)


def _check_batch(name: str, size: int) -> None:
    if not is_whole(size) or not 1 <= size <= _LARGEST_BATCH:
        raise FeaturetopoError(
            f"{name}={size!r}: a batch holds 1 to {_LARGEST_BATCH:,} samples, a whole number; "
            "for more, take a stream"
        )
