"""family: simulated LLMs that share part of their features, and which is which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from featuretopo.checks import check_number, is_whole
from featuretopo.errors import FeaturetopoError
from featuretopo.llm.cooccurrence.counts import Between, ExactlyK
from featuretopo.llm.cooccurrence.independent import Independent
from featuretopo.llm.cooccurrence.layout import Layout, Together
from featuretopo.llm.cooccurrence.low_rank import LowRank
from featuretopo.llm.cooccurrence.rule import Cooccurrence
from featuretopo.llm.embedding import Embedding, Identity
from featuretopo.llm.frequency import Frequency, Zipf, check_drawn
from featuretopo.llm.magnitude import Magnitude
from featuretopo.llm.simulated import SimulatedLLM
from featuretopo.random import RngLike, child_seed, seed_of, stream
from featuretopo.truth.ground_truth import GroundTruth

IntArray = npt.NDArray[np.integer[Any]]
Change = Literal["frequency", "covariance", "cooccurrence", "embedding", "seed"]

_CHANGES = ("frequency", "covariance", "cooccurrence", "embedding", "seed")
_RULES = (ExactlyK(1), ExactlyK(2), Between(1, 3), Independent())


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """Simulated LLMs on parts of one ground truth.

    Attributes
    ----------
    truth : GroundTruth
        All features.
    models : tuple of SimulatedLLM
        The truth of each, ``models[i].truth``, is a part of the whole; its ``rows`` say which.
    shared : ndarray of int
        Rows of the whole truth that every model has.
    only : tuple of ndarray of int
        Rows of the whole truth that model i alone has.
    """

    truth: GroundTruth
    models: tuple[SimulatedLLM, ...]
    shared: IntArray
    only: tuple[IntArray, ...]

    @property
    def only_a(self) -> IntArray:
        """Rows that the first model alone has."""
        return self.only[0]

    @property
    def only_b(self) -> IntArray:
        """Rows that the second model alone has."""
        return self.only[1]

    def correspondence(self, i: int = 0, j: int = 1) -> IntArray:
        """Pairs of rows that are one feature in the dictionaries of models i and j, shape (m, 2).

        Examples
        --------
        >>> from featuretopo.truth import Sphere
        >>> truth = GroundTruth([Sphere(30)], d=8, rng=0)
        >>> pairs = family(truth, 2, overlap=0.5, rng=0).correspondence()
        >>> pairs.shape
        (10, 2)
        """
        a, b = self.models[i].truth.rows, self.models[j].truth.rows
        _, in_a, in_b = np.intersect1d(a, b, assume_unique=True, return_indices=True)
        return np.column_stack([in_a, in_b])


def family(
    truth: GroundTruth,
    n: int = 2,
    *,
    overlap: float = 1.0,
    rotation: Embedding | None = None,
    change: Change = "seed",
    cooccurrence: Cooccurrence | Layout | None = None,
    frequency: Frequency | None = None,
    magnitude: Magnitude | None = None,
    noise: float = 0.0,
    rng: RngLike = None,
) -> Family:
    """Build `n` simulated LLMs that share part of their features and differ in one thing.

    Parameters
    ----------
    truth : GroundTruth
        All features. A shape whose features belong together goes to a model whole or not at all;
        lone features go one by one.
    n : int
        Number of models, at least 2.
    overlap : float
        Share of each model's features that all models have, from 0 to 1, as nearly as whole shapes
        allow. The rest is dealt out, so that no feature is left over.
    rotation : Embedding, optional
        Map into each model's own space, drawn anew for each. Default: all live in the truth's.
    change : {"seed", "frequency", "covariance", "cooccurrence", "embedding"}
        What differs between the models. "seed": nothing but the samples (each has streams of its
        own). "frequency": how often each feature fires (a Zipf law unless `frequency` is given,
        ranks drawn anew; one without ranks is refused). "covariance": which features go together
        (``Together(LowRank(8))`` unless `cooccurrence` is given, loadings drawn anew).
        "cooccurrence": the rule; exactly one, exactly two, one to three, independent, in turn.
        "embedding": the map; `rotation` must be given.
    cooccurrence, frequency, magnitude, noise
        As in :class:`SimulatedLLM`, the same for all models but for what changes.
    rng : int, Generator or None

    Returns
    -------
    Family

    Raises
    ------
    FeaturetopoError
        If an argument is out of range, contradicts `change`, or a model would get fewer than two
        features.

    Examples
    --------
    >>> from featuretopo.truth import Circle, Sphere
    >>> truth = GroundTruth([Circle(12), Circle(12), Sphere(60)], d=32, rng=0)
    >>> two = family(truth, 2, overlap=0.5, change="seed", rng=0)
    >>> len(two.shared), [len(rows) for rows in two.only]
    (28, [28, 28])
    """
    if not isinstance(truth, GroundTruth):
        raise FeaturetopoError(f"truth={truth!r} must be a GroundTruth")
    if not is_whole(n) or n < 2:
        raise FeaturetopoError(f"n={n!r}: a family has at least 2 models, a whole number")
    check_number("overlap", overlap)
    if not 0 <= overlap <= 1:
        raise FeaturetopoError(f"overlap={overlap} must lie between 0 and 1")
    if change not in _CHANGES:
        raise FeaturetopoError(f"change={change!r} must be one of {', '.join(_CHANGES)}")
    if change == "cooccurrence" and cooccurrence is not None:
        raise FeaturetopoError(
            "change='cooccurrence' sets the rules itself; leave cooccurrence out"
        )
    if (change == "embedding") and rotation is None:
        raise FeaturetopoError(
            "change='embedding' needs a map to draw anew; give rotation=RandomRotation() or another"
        )
    if change == "frequency":
        frequency = frequency or Zipf()
        check_drawn("change='frequency': frequency", frequency)
    if change == "covariance":
        cooccurrence = cooccurrence or Together(LowRank(8))
    seed = seed_of(rng)
    shared, only = _deal(truth, n, overlap, stream(seed, "family", "features"))
    models = []
    for i in range(n):
        rows = np.sort(np.concatenate([shared, only[i]]))
        if len(rows) < 2:
            raise FeaturetopoError(
                f"model {i} would get {len(rows)} features; needs at least 2: "
                "lower n, or give more or smaller shapes"
            )
        own = change if change in ("frequency", "covariance") else None
        models.append(
            SimulatedLLM(
                truth.subset(rows),
                cooccurrence=_RULES[i % len(_RULES)] if change == "cooccurrence" else cooccurrence,
                frequency=frequency,
                magnitude=magnitude,
                embedding=rotation or Identity(),
                noise=noise,
                name=f"model {i}",
                rng=child_seed(seed, "family", own or "all", i if own else 0),
            )
        )
    return Family(truth, tuple(models), shared, only)


def _deal(
    truth: GroundTruth, n: int, overlap: float, rng: np.random.Generator
) -> tuple[IntArray, tuple[IntArray, ...]]:
    """Deal out joint shapes whole and lone features one by one: to all, or to one model each."""
    units: list[IntArray] = []
    for shape in truth.shapes:
        units.extend(
            [shape.members] if shape.joint else np.split(shape.members, len(shape.members))
        )
    # each of n models: s shared features and (total - s) / n of its own
    total = len(truth.dictionary)
    wanted = total * overlap / (overlap + n * (1 - overlap))
    hands: list[list[IntArray]] = [[] for _ in range(n + 1)]
    held = np.zeros(n + 1)
    room = np.array([(total - wanted) / n] * n + [wanted])
    # large ones first: what is left to fill can be filled by small ones
    order = rng.permutation(len(units))
    order = order[np.argsort([-len(units[u]) for u in order], kind="stable")]
    for u in order:
        lacks = (room - held) / np.maximum(room, 1e-9)
        lacks[room < 1e-9] = -np.inf
        hand = int(np.argmax(lacks))
        hands[hand].append(units[u])
        held[hand] += len(units[u])
    rows = [np.sort(np.concatenate(hand or [np.empty(0, np.int64)])) for hand in hands]
    return rows[n], tuple(rows[:n])
