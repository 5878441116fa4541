"""Layouts: which rule governs which features, on one shape or across several."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from featuretopo.checks import as_numbers
from featuretopo.errors import FeaturetopoError, did_you_mean
from featuretopo.llm.cooccurrence.active import ActiveFiring
from featuretopo.llm.cooccurrence.composite import MixedFiring, NestedFiring, Union
from featuretopo.llm.cooccurrence.independent import Independent
from featuretopo.llm.cooccurrence.rule import (
    Cooccurrence,
    Firing,
    FloatArray,
    Group,
    IntArray,
    check_rule,
)
from featuretopo.random import stream
from featuretopo.truth.ground_truth import GroundTruth


class Layout(ABC):
    """How a whole model's features are shared out among rules."""

    @abstractmethod
    def lay_out(self, truth: GroundTruth, frequencies: FloatArray, seed: int) -> Firing:
        """Make the rules ready for all features of `truth`, which fire with `frequencies`."""


@dataclass(frozen=True)
class EachShape(Layout):
    """The same rule on every shape whose features belong together; lone features independently.

    A model that is given a plain rule does this.

    Examples
    --------
    >>> from featuretopo.llm import ExactlyK
    >>> EachShape(ExactlyK(1))
    EachShape(rule=ExactlyK(k=1))
    """

    rule: Cooccurrence

    def __post_init__(self) -> None:
        check_rule("rule", self.rule)

    def lay_out(self, truth: GroundTruth, frequencies: FloatArray, seed: int) -> Firing:
        """Plan the rule on every joint shape, one stream for all lone features."""
        rules = [self.rule if shape.joint else None for shape in truth.shapes]
        return _by_shape(truth, rules, frequencies, seed)


@dataclass(frozen=True)
class ByShape(Layout):
    """A rule for each kind of shape, or for single shapes.

    Parameters
    ----------
    rules : mapping from str to Cooccurrence
        By the shape's name ("blob 3"), or its kind ("blob"); the name goes before the kind.
    otherwise : Cooccurrence
        For all other shapes whose features belong together. Lone features fire independently
        unless their shape is named.

    Raises
    ------
    FeaturetopoError
        When a model is built: if the truth has no shape or kind of a name given.

    Examples
    --------
    >>> from featuretopo.llm import Bump, ExactlyK, SimulatedLLM
    >>> from featuretopo.truth import Blobs, Circle, GroundTruth
    >>> truth = GroundTruth([Blobs(2, 6), Circle(12)], d=16, rng=0)
    >>> rule = ByShape({"blob": ExactlyK(1), "circle of 12": Bump(0.5)})
    >>> SimulatedLLM(truth, cooccurrence=rule, rng=0).sample(5, rng=0).activations.shape
    (5, 16)
    """

    rules: Mapping[str, Cooccurrence]
    otherwise: Cooccurrence = field(default_factory=Independent)

    def __post_init__(self) -> None:
        if not isinstance(self.rules, Mapping):
            raise FeaturetopoError(
                f"rules={self.rules!r} must be a mapping of names to rules: "
                "{'circle': ExactlyK(1)}"
            )
        for name, rule in self.rules.items():
            check_rule(f"rules[{name!r}]", rule)
        check_rule("otherwise", self.otherwise)

    def lay_out(self, truth: GroundTruth, frequencies: FloatArray, seed: int) -> Firing:
        """Look every shape's rule up."""
        check_shape_names(truth, self.rules)
        rules = [
            self.rules.get(
                shape.name, self.rules.get(shape.kind, self.otherwise if shape.joint else None)
            )
            for shape in truth.shapes
        ]
        return _by_shape(truth, rules, frequencies, seed)


@dataclass(frozen=True)
class Together(Layout):
    """One rule over all features of the model, whatever shape they are on.

    Examples
    --------
    >>> from featuretopo.llm import LowRank, SimulatedLLM
    >>> from featuretopo.truth import Circle, GroundTruth, Sphere
    >>> truth = GroundTruth([Circle(12), Sphere(20)], d=16, rng=0)
    >>> model = SimulatedLLM(truth, cooccurrence=Together(LowRank(4)), rng=0)
    >>> model.sample(5, rng=0).activations.shape
    (5, 16)
    """

    rule: Cooccurrence

    def __post_init__(self) -> None:
        check_rule("rule", self.rule)

    def lay_out(self, truth: GroundTruth, frequencies: FloatArray, seed: int) -> Firing:
        """Plan the rule on everything."""
        everything = np.arange(len(truth.dictionary))
        group = _group(truth, "the model", everything, frequencies)
        return self.rule.plan(group, stream(seed, "rule", "together"))


@dataclass(frozen=True)
class Nested(Layout):
    """Two rules: `across` says which shapes are active together, `within` who fires on those.

    Parameters
    ----------
    across : Cooccurrence
        Between the shapes whose features belong together; e.g. ``MutuallyExclusive()``, at most one
        shape at a time, or ``Correlated(0.3)``.
    within : ExactlyK, Between, MutuallyExclusive or Bump
        On a shape that is active. How often a shape is active follows from the frequencies.

    Raises
    ------
    FeaturetopoError
        When a model is built: if `within` knows no active shapes, or one would always be active.

    Examples
    --------
    >>> from featuretopo.llm import Correlated, ExactlyK, SimulatedLLM
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> truth = GroundTruth([Circle(8), Circle(9)], d=16, rng=0)
    >>> rule = Nested(across=Correlated(0.5), within=ExactlyK(1))
    >>> codes = SimulatedLLM(truth, cooccurrence=rule, rng=0).sample(20_000, rng=0).dense_codes()
    >>> active = np.stack([codes[:, :8].any(axis=1), codes[:, 8:].any(axis=1)])
    >>> float(np.corrcoef(active)[0, 1].round(1))
    0.5
    """

    across: Cooccurrence
    within: Cooccurrence

    def __post_init__(self) -> None:
        check_rule("across", self.across)
        check_rule("within", self.within)

    def lay_out(self, truth: GroundTruth, frequencies: FloatArray, seed: int) -> Firing:
        """Plan `within` on every joint shape, and `across` on how often these are active."""
        joint = [i for i, shape in enumerate(truth.shapes) if shape.joint]
        if not joint:
            raise FeaturetopoError(
                "Nested needs shapes whose features belong together; this truth has none"
            )
        members = [truth.shapes[i].members for i in joint]
        inner: list[ActiveFiring] = []
        for i, rows in zip(joint, members, strict=True):
            group = _group(truth, truth.shapes[i].name, rows, frequencies)
            firing = self.within.plan(group, stream(seed, "rule", "within", i))
            if not isinstance(firing, ActiveFiring):
                raise FeaturetopoError(
                    f"within={self.within!r} does not say when a shape is active; "
                    "use ExactlyK, Between, MutuallyExclusive or Bump"
                )
            inner.append(firing)
        activity = np.array([firing.activity for firing in inner])
        if activity.max() >= 1:
            always = truth.shapes[joint[int(activity.argmax())]].name
            raise FeaturetopoError(f"{always} would be active in every sample; lower its frequency")
        vectors = np.stack([truth.dictionary.vectors[rows].mean(axis=0) for rows in members])
        shapes = Group("the shapes", activity, vectors, np.full(len(joint), -1))
        outer = self.across.plan(shapes, stream(seed, "rule", "across"))
        nested = NestedFiring(outer, inner, members, len(frequencies))
        lone = np.setdiff1d(np.arange(len(frequencies)), np.concatenate(members))
        if not len(lone):
            return nested
        alone = Independent().plan(
            _group(truth, "the lone features", lone, frequencies), stream(seed, "rule", "lone")
        )
        return Union([(np.arange(len(frequencies)), nested), (lone, alone)], len(frequencies))


@dataclass(frozen=True)
class Mixture(Layout):
    """Every sample follows one of several rules, drawn anew each time.

    All keep to the same frequencies, so the mixture does.

    Parameters
    ----------
    rules : sequence of Cooccurrence or Layout
    weights : sequence of float, optional
        Positive; share of the samples that each rule gets, up to a factor. Default: equal.

    Raises
    ------
    FeaturetopoError
        Without rules, or if the weights do not fit them.

    Examples
    --------
    >>> from featuretopo.llm import ExactlyK, SimulatedLLM
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> truth = GroundTruth([Circle(12)], d=16, rng=0)
    >>> rule = Mixture((ExactlyK(1), ExactlyK(4)), weights=(3, 1))
    >>> model = SimulatedLLM(truth, cooccurrence=rule, rng=0)
    >>> sorted(set((model.sample(1000, rng=0).values > 0).sum(axis=1).tolist()))
    [0, 1, 4]
    """

    rules: Sequence[Cooccurrence | Layout]
    weights: Sequence[float] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.rules, Sequence) or not self.rules:
            raise FeaturetopoError(
                f"rules={self.rules!r}: a Mixture needs a list of at least one rule"
            )
        for i, rule in enumerate(self.rules):
            check_rule(f"rules[{i}]", rule, layouts=True)
        weights = self._weights()
        if weights.shape != (len(self.rules),) or not ((weights > 0) & (weights < np.inf)).all():
            raise FeaturetopoError(
                f"weights={self.weights!r} must be {len(self.rules)} positive numbers, one a rule"
            )

    def lay_out(self, truth: GroundTruth, frequencies: FloatArray, seed: int) -> Firing:
        """Lay every rule out over the whole model."""
        weights = self._weights()
        firings = [as_layout(rule).lay_out(truth, frequencies, seed) for rule in self.rules]
        return MixedFiring(firings, weights / weights.sum())

    def _weights(self) -> FloatArray:
        if self.weights is None:
            return np.ones(len(self.rules))
        return as_numbers("weights", self.weights)


def as_layout(cooccurrence: Cooccurrence | Layout) -> Layout:
    """Return the layout that a plain rule stands for."""
    return cooccurrence if isinstance(cooccurrence, Layout) else EachShape(cooccurrence)


def check_shape_names(truth: GroundTruth, names: Mapping[str, object]) -> None:
    """Refuse what is neither the name nor the kind of a shape of the whole truth.

    A part of a truth may have lost the shape; that is no mistake.
    """
    known = truth.shape_names
    for name in names:
        if name not in known:
            raise FeaturetopoError(f"the truth has no shape {name!r}{did_you_mean(name, known)}")


def _group(truth: GroundTruth, name: str, rows: IntArray, frequencies: FloatArray) -> Group:
    place = np.full(len(frequencies), -1)
    place[rows] = np.arange(len(rows))
    above = truth.parents[rows]
    parents = np.where(above >= 0, place[above], -1)  # a parent outside the group is none
    return Group(name, frequencies[rows], truth.dictionary.vectors[rows], parents)


def _by_shape(
    truth: GroundTruth, rules: Sequence[Cooccurrence | None], frequencies: FloatArray, seed: int
) -> Firing:
    """Plan one rule a shape; all features of shapes without one share one independent stream."""
    parts: list[tuple[IntArray, Firing]] = []
    lone = []
    for i, (shape, rule) in enumerate(zip(truth.shapes, rules, strict=True)):
        if rule is None or isinstance(rule, Independent):
            lone.append(shape.members)
            continue
        group = _group(truth, shape.name, shape.members, frequencies)
        parts.append((shape.members, rule.plan(group, stream(seed, "rule", "shape", i))))
    if lone:
        rows = np.concatenate(lone)
        group = _group(truth, "the lone features", rows, frequencies)
        parts.append((rows, Independent().plan(group, stream(seed, "rule", "lone"))))
    return Union(parts, len(frequencies))
