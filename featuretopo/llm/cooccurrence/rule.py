"""What a rule of co-occurrence is: told how often each feature of a group fires, it says with whom.

Every rule keeps to the frequencies that it is given, so that models with different rules differ in
nothing but co-occurrence.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from featuretopo.checks import check_can

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """The features that one rule governs.

    Attributes
    ----------
    name : str
        For messages, e.g. ``"circle of 12"``.
    frequencies : ndarray, shape (m,)
        Probability of each feature to fire in a sample, in (0, 1).
    vectors : ndarray, shape (m, d)
        The features in the truth's space.
    parents : ndarray of int, shape (m,)
        Place of each feature's parent within the group, -1 for none.
    """

    name: str
    frequencies: FloatArray
    vectors: FloatArray
    parents: IntArray

    def __len__(self) -> int:
        return len(self.frequencies)


@dataclass(frozen=True, slots=True, eq=False)
class Fired:
    """Who fired where: one entry a firing, in any order, none twice.

    Attributes
    ----------
    samples, features : ndarray of int32, shape (n_firings,)
        Sample and place of the feature within its group.
    """

    samples: npt.NDArray[np.int32]
    features: npt.NDArray[np.int32]


class Firing(Protocol):
    """A rule made ready for one group."""

    @property
    def frequencies(self) -> FloatArray:
        """How often each feature really fires, shape (m,)."""
        ...

    def draw(self, n: int, rng: np.random.Generator) -> Fired:
        """Draw who fires in `n` samples."""
        ...


class Cooccurrence(Protocol):
    """A rule for the features of one group."""

    def plan(self, group: Group, rng: np.random.Generator) -> Firing:
        """Make the rule ready for `group`; `rng` is for what the rule itself leaves to chance."""
        ...


def check_rule(name: str, value: object, *, layouts: bool = False) -> None:
    """Refuse what is no rule of co-occurrence, and no layout where one may stand."""
    methods = ("plan", "lay_out") if layouts else ("plan",)
    usual = "a rule, e.g. ExactlyK(1)" + (", or a layout, e.g. Together(LowRank(8))" * layouts)
    check_can(name, value, *methods, usual=usual)
