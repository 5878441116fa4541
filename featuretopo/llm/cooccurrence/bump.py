"""Bump: neighbours on the manifold fire together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit
from scipy import sparse

from featuretopo.checks import check_numbers
from featuretopo.errors import FeaturetopoError
from featuretopo.llm.cooccurrence.active import active_samples, check_activity
from featuretopo.llm.cooccurrence.rule import Fired, Group

_REACH = 3.0  # widths: beyond, a neighbour would fire with a probability below .011


@dataclass(frozen=True)
class Bump:
    """Whenever the shape is active, a place on it is, and the features around it fire.

    The place is one of the features, each as likely; a feature at chord distance x from it fires
    with probability exp(-(x / width)^2 / 2), thinned where that is needed to keep its frequency.

    Parameters
    ----------
    width : float
        Chord distance, in (0, 2]. Neighbours on a circle of n are 2 sin(pi / n) apart.

    Raises
    ------
    FeaturetopoError
        If the width is out of range; when a model is built: if the shape would have to be active
        more than always.

    Examples
    --------
    >>> from featuretopo.llm import SimulatedLLM
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> truth = GroundTruth([Circle(24)], d=16, rng=0)
    >>> model = SimulatedLLM(truth, cooccurrence=Bump(0.3), rng=0)
    >>> fires = model.sample(50_000, rng=0).dense_codes() > 0
    >>> correlation = np.corrcoef(fires.T)[0]
    >>> bool(correlation[1] > correlation[2] > correlation[12])  # next, second next, opposite
    True
    """

    width: float

    def __post_init__(self) -> None:
        check_numbers(self, "width")
        if not 0 < self.width <= 2:
            raise FeaturetopoError(f"{self!r}: width must lie in (0, 2]; 0.2 to 0.6 is usual")

    def plan(self, group: Group, rng: np.random.Generator) -> BumpFiring:
        """Lay out who fires around each place."""
        vectors = group.vectors.astype(np.float64)
        unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        squared = np.maximum(2 - 2 * unit @ unit.T, 0)  # (m, m)
        np.fill_diagonal(squared, 0)
        bump = np.exp(-squared / (2 * self.width**2))
        bump[squared > (_REACH * self.width) ** 2] = 0
        return BumpFiring(self, bump, group)


class BumpFiring:
    """Whenever active, a centre, and the features around it."""

    def __init__(self, rule: Bump, bump: npt.NDArray[np.floating[Any]], group: Group) -> None:
        self.frequencies = group.frequencies
        wanted = group.frequencies / bump.mean(axis=0)  # (m,): activity that each feature needs
        self.activity = float(wanted.max())
        check_activity(rule, group.name, self.activity)
        around = sparse.csr_array(bump * (wanted / self.activity))
        self._starts, self._features = around.indptr, around.indices.astype(np.int32)
        self._probability = around.data

    def draw(self, n: int, rng: np.random.Generator) -> Fired:
        """Draw who fires in `n` samples, samples ascending."""
        return self.fire_in(active_samples(n, self.activity, rng), rng)

    def fire_in(self, samples: npt.NDArray[np.int32], rng: np.random.Generator) -> Fired:
        """Draw a centre for each of `samples`, and who fires around it."""
        return Fired(*_fire_around(samples, self._starts, self._features, self._probability, rng))


@njit(cache=True)
def _fire_around(  # type: ignore[no-untyped-def] # pragma: no cover
    active, starts, around, probability, rng
) -> Any:
    m = len(starts) - 1
    room = 1024
    samples, features = np.empty(room, np.int32), np.empty(room, np.int32)
    count = 0
    for sample in active:
        centre = int(rng.random() * m)
        if count + m > len(samples):  # all may fire at once
            more = np.empty(count + m, np.int32)
            samples, features = np.concatenate((samples, more)), np.concatenate((features, more))
        for at in range(starts[centre], starts[centre + 1]):
            if rng.random() < probability[at]:
                samples[count], features[count] = sample, around[at]
                count += 1
    return samples[:count], features[:count]
