"""Frequency: how often each feature fires."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from featuretopo.checks import as_numbers, check_can, check_number, check_numbers
from featuretopo.errors import FeaturetopoError
from featuretopo.llm.cooccurrence.layout import check_shape_names
from featuretopo.truth.ground_truth import GroundTruth

FloatArray = npt.NDArray[np.floating[Any]]


class Frequency(Protocol):
    """How often each feature of a truth fires."""

    def of(self, truth: GroundTruth, rng: np.random.Generator) -> FloatArray:
        """Return the probability of each feature to fire in a sample, shape (n_features,)."""
        ...


def check_frequency(name: str, value: object) -> None:
    """Refuse what says of no feature how often it fires."""
    check_can(name, value, "of", usual="a law, e.g. PerShape(0.2) or Given(array)")


def check_drawn(name: str, law: object) -> None:
    """Refuse a law that leaves nothing to chance where frequencies are to be drawn anew.

    Examples
    --------
    >>> check_drawn("frequency", Zipf())
    >>> check_drawn("frequency", UniformFrequency())
    Traceback (most recent call last):
    featuretopo.errors.FeaturetopoError: frequency=UniformFrequency(l0=5.0) gives the same \
frequencies whenever they are drawn: give a law of ranks, e.g. Zipf(0.5)
    """
    if not getattr(law, "drawn", True):
        raise FeaturetopoError(
            f"{name}={law!r} gives the same frequencies whenever they are drawn: give a law of "
            "ranks, e.g. Zipf(0.5)"
        )


@dataclass(frozen=True)
class PerShape:
    """One frequency for every shape whose features fire together, one for lone features.

    Parameters
    ----------
    joint : float
        Mean number of features that fire per sample, of each such shape.
    lone : float
        Probability that a feature that belongs to no such shape fires in a sample, in (0, 1).
    shapes : mapping from str to float
        Mean number of firings per sample of single shapes, by name ("blob 3"), or of every shape of
        a kind ("circle").

    Raises
    ------
    FeaturetopoError
        If one of them is out of range; when a model is built: if the truth has no shape of a name
        given, or a feature would fire in every sample.

    Examples
    --------
    >>> from featuretopo.truth import Blobs, Circle, GroundTruth
    >>> truth = GroundTruth([Blobs(1, 4), Circle(5)], d=8, rng=0)
    >>> PerShape(joint=0.2, shapes={"circle": 1.0}).of(truth, np.random.default_rng(0)).tolist()
    [0.05, 0.05, 0.05, 0.05, 0.2, 0.2, 0.2, 0.2, 0.2]
    """

    joint: float = 0.2
    lone: float = 0.02
    shapes: Mapping[str, float] = field(default_factory=dict)
    drawn: ClassVar[bool] = False  # the random numbers of `of` decide nothing

    def __post_init__(self) -> None:
        check_numbers(self, "joint", "lone")
        if not self.joint > 0:
            raise FeaturetopoError(f"joint={self.joint} must be positive; 0.05 to 0.5 is usual")
        if not 0 < self.lone < 1:
            raise FeaturetopoError(f"lone={self.lone} must lie in (0, 1); 0.001 to 0.05 is usual")
        if not isinstance(self.shapes, Mapping):
            raise FeaturetopoError(
                f"shapes={self.shapes!r} must be a mapping of names to firings: {{'circle': 1.0}}"
            )
        for name, firings in self.shapes.items():
            check_number(f"shapes[{name!r}]", firings)
            if not firings > 0:
                raise FeaturetopoError(f"{name!r} fires {firings} times a sample; must be positive")

    def of(self, truth: GroundTruth, rng: np.random.Generator) -> FloatArray:
        """Share every shape's firings out among its features."""
        check_shape_names(truth, self.shapes)
        frequencies = np.empty(len(truth.dictionary))
        for shape in truth.shapes:
            size = len(shape.members)
            usual = self.joint if shape.joint else self.lone * size
            firings = self.shapes.get(shape.name, self.shapes.get(shape.kind, usual))
            if not firings < size:
                raise FeaturetopoError(
                    f"{firings} firings a sample among the {size} features of {shape.name}: each "
                    f"would fire with probability {firings / size:.3g}, which must lie in (0, 1); "
                    "lower the frequency"
                )
            frequencies[shape.members] = firings / size
        return frequencies


@dataclass(frozen=True)
class UniformFrequency:
    """Every feature fires equally often; `l0` of them in a sample, on average.

    Examples
    --------
    >>> from featuretopo.truth import GroundTruth, Sphere
    >>> truth = GroundTruth([Sphere(4)], d=8, rng=0)
    >>> UniformFrequency(l0=1).of(truth, np.random.default_rng(0)).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """

    l0: float = 5.0
    drawn: ClassVar[bool] = False

    def __post_init__(self) -> None:
        check_numbers(self, "l0")

    def of(self, truth: GroundTruth, rng: np.random.Generator) -> FloatArray:
        """Return one frequency for all."""
        return _scaled(self, np.ones(len(truth.dictionary)), self.l0)


@dataclass(frozen=True)
class Zipf:
    """The r-th most frequent feature fires in proportion to r^-exponent.

    Which feature has which rank is drawn at random, so that no shape is favoured.

    Parameters
    ----------
    exponent : float
        Not negative.
    l0 : float
        Mean number of features that fire in a sample.

    Raises
    ------
    FeaturetopoError
        If the exponent is negative; when a model is built: if a feature would always fire.

    Examples
    --------
    >>> from featuretopo.truth import GroundTruth, Sphere
    >>> truth = GroundTruth([Sphere(3)], d=8, rng=0)
    >>> sorted(Zipf(l0=1).of(truth, np.random.default_rng(0)).round(3).tolist())
    [0.182, 0.273, 0.545]
    """

    exponent: float = 1.0
    l0: float = 5.0

    def __post_init__(self) -> None:
        check_numbers(self, "exponent", "l0")
        if not 0 <= self.exponent < np.inf:
            raise FeaturetopoError(f"{self!r}: exponent must be >= 0; 1 is usual")

    def of(self, truth: GroundTruth, rng: np.random.Generator) -> FloatArray:
        """Draw the ranks and scale."""
        rank = 1.0 + rng.permutation(len(truth.dictionary))
        return _scaled(self, rank**-self.exponent, self.l0)


@dataclass(frozen=True)
class ExponentialDecay:
    """The frequency of feature i, in the order of the rows, is in proportion to rate^i.

    The 2022 report's: rate .99, 5 features a sample, scaled after the decay.

    Parameters
    ----------
    rate : float
        In (0, 1].
    l0 : float
        Mean number of features that fire in a sample.

    Raises
    ------
    FeaturetopoError
        If the rate is out of range; when a model is built: if a feature would always fire.

    Examples
    --------
    >>> from featuretopo.truth import GroundTruth, Sphere
    >>> truth = GroundTruth([Sphere(3)], d=8, rng=0)
    >>> ExponentialDecay(0.5, l0=1.4).of(truth, np.random.default_rng(0)).round(3).tolist()
    [0.8, 0.4, 0.2]
    """

    rate: float = 0.99
    l0: float = 5.0

    def __post_init__(self) -> None:
        check_numbers(self, "rate", "l0")
        if not 0 < self.rate <= 1:
            raise FeaturetopoError(f"{self!r}: rate must lie in (0, 1]; 0.99 is usual")

    def of(self, truth: GroundTruth, rng: np.random.Generator) -> FloatArray:
        """Decay and scale."""
        # from the logarithm: .9^10000 is no float64, and a frequency of 0 is none
        exponents = np.log(self.rate) * np.arange(len(truth.dictionary))
        return _scaled(self, np.exp(np.maximum(exponents, -700)), self.l0)


@dataclass(frozen=True, eq=False)
class Given:
    """The frequencies themselves.

    Parameters
    ----------
    frequencies : sequence of float, length n_features
        Each in (0, 1).

    Examples
    --------
    >>> from featuretopo.truth import GroundTruth, Sphere
    >>> truth = GroundTruth([Sphere(2)], d=8, rng=0)
    >>> Given((0.1, 0.2)).of(truth, np.random.default_rng(0)).tolist()
    [0.1, 0.2]
    """

    frequencies: Sequence[float]
    drawn: ClassVar[bool] = False

    def of(self, truth: GroundTruth, rng: np.random.Generator) -> FloatArray:
        """Return them, checked against the truth."""
        given = as_numbers("frequencies", self.frequencies)
        n = len(truth.dictionary)
        if given.shape != (n,):
            raise FeaturetopoError(
                f"frequencies of shape {given.shape} for {n} features: give one a feature"
            )
        wrong = np.flatnonzero(~((given > 0) & (given < 1)))
        if len(wrong):
            raise FeaturetopoError(
                f"feature {wrong[0]} has frequency {given[wrong[0]]:g}, which must lie in (0, 1)"
            )
        return given


def _scaled(rule: object, weights: FloatArray, l0: float) -> FloatArray:
    if not 0 < l0 < np.inf:
        raise FeaturetopoError(f"{rule!r}: l0 must be positive; 5 to 50 is usual")
    frequencies: FloatArray = weights * (l0 / weights.sum())
    if frequencies.max() >= 1:
        raise FeaturetopoError(
            f"{rule!r} on {len(weights)} features: the most frequent would fire with probability "
            f"{frequencies.max():.3g}, which must be below 1; lower l0 or make them more even"
        )
    if frequencies.min() < np.finfo(np.float64).tiny:
        raise FeaturetopoError(
            f"{rule!r} on {len(weights)} features: the least frequent would fire with probability "
            f"{frequencies.min():.3g}, too small for a float64; raise l0 or make them more even"
        )
    return frequencies
