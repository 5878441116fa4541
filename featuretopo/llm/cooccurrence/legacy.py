"""Legacy: how features fired in the study that this project serves, its defects included."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import roots_legendre

from featuretopo.checks import at_least, check_numbers
from featuretopo.errors import FeaturetopoError
from featuretopo.llm.cooccurrence.rule import Fired, FloatArray, Group

_NODES, _WEIGHTS = roots_legendre(128)


@dataclass(frozen=True)
class Legacy:
    """One of `n_groups` groups is active in each sample, and the *same* k of its features fire.

    The m features of the model stand in `n_groups` groups of m // n_groups, in the order of the
    rows. Once a batch (a call of ``sample``), k features of each group are drawn without
    replacement, with probabilities proportional to decay^j for the j-th of a group. Every sample
    of the batch takes one group at random, and all k features that were drawn for it fire.

    Its defects, kept for comparison: within one batch the samples of a group differ in
    strengths alone, so a batch holds no more than n_groups different sets; the last m mod n_groups
    features never fire; frequencies follow from k, n_groups and decay, and cannot be asked for.
    The study's strengths were uniform on (0, 1) and its features Gaussian, of length near sqrt(d).

    Parameters
    ----------
    k : int
        Features that fire in every sample, at least 1.
    n_groups : int
        At least 1.
    decay : float
        In (0, 1].

    Raises
    ------
    FeaturetopoError
        If an argument is out of range; when a model is built: if a group has fewer than k
        features, or frequencies are given as well.

    Examples
    --------
    >>> from featuretopo.llm import SimulatedLLM, Together
    >>> from featuretopo.truth import GroundTruth, Sphere
    >>> truth = GroundTruth([Sphere(512)], d=256, rng=0)
    >>> model = SimulatedLLM(truth, cooccurrence=Together(Legacy(k=16)), rng=0)
    >>> fires = model.sample(2000, rng=0).dense_codes() > 0
    >>> len(np.unique(fires, axis=0)), int(fires.sum(axis=1).max())  # sets, features in each
    (12, 16)
    """

    k: int = 32
    n_groups: int = 12
    decay: float = 0.99

    #: Frequencies follow from the rule and cannot be asked for.
    sets_frequencies = True

    def __post_init__(self) -> None:
        at_least(self, k=(self.k, 1), n_groups=(self.n_groups, 1))
        check_numbers(self, "decay")
        if not 0 < self.decay <= 1:
            raise FeaturetopoError(f"{self!r}: decay must lie in (0, 1]; 0.99 was the study's")

    def plan(self, group: Group, rng: np.random.Generator) -> LegacyFiring:
        """Check that the groups are large enough."""
        size = len(group) // self.n_groups
        if size < self.k:
            raise FeaturetopoError(
                f"{self!r} on {group.name}: {len(group)} features in {self.n_groups} groups give "
                f"{size} each, fewer than k; lower k or n_groups"
            )
        return LegacyFiring(self, size, len(group))


class LegacyFiring:
    """One draw of k features a group, shared by a whole batch."""

    def __init__(self, rule: Legacy, size: int, m: int) -> None:
        self._rule, self._size = rule, size
        self._share = rule.decay ** np.arange(size)
        self._share /= self._share.sum()
        self.frequencies = np.zeros(m)
        self.frequencies[: size * rule.n_groups] = np.tile(
            _chance_to_be_drawn(self._share, rule.k) / rule.n_groups, rule.n_groups
        )

    def draw(self, n: int, rng: np.random.Generator) -> Fired:
        """Draw the sets of this batch and which of them each of `n` samples takes."""
        rule = self._rule
        sets = np.stack(
            [
                start + rng.choice(self._size, rule.k, replace=False, p=self._share)
                for start in np.arange(rule.n_groups) * self._size
            ]
        )  # (n_groups, k)
        taken = sets[rng.integers(rule.n_groups, size=n)]  # (n, k)
        return Fired(
            np.repeat(np.arange(n, dtype=np.int32), rule.k), taken.ravel().astype(np.int32)
        )


def _chance_to_be_drawn(share: FloatArray, k: int) -> FloatArray:
    """Probability of each of m items to be among k drawn one by one, shape (m,).

    Let item j arrive at an exponential time of rate share[j]: the first k to arrive are such a
    draw. So item i is in if at most k - 1 others have arrived by its own time.
    """
    m = len(share)
    if k == m:
        return np.ones(m)
    u = (1 + _NODES) / 2  # (nodes,): own time, as the quantile of its distribution
    chance = np.empty(m)
    for i in range(m):
        arrived = -np.expm1(np.outer(np.log1p(-u), share / share[i]))  # (nodes, m)
        number = np.zeros((len(u), k))  # of others that have arrived, up to k - 1
        number[:, 0] = 1
        for j in range(m):
            if j != i:
                more = number[:, :-1] * arrived[:, j, None]
                number *= 1 - arrived[:, j, None]
                number[:, 1:] += more
        chance[i] = _WEIGHTS @ number.sum(axis=1) / 2
    return chance
