"""Hierarchical: a feature fires only where its parent does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numba import njit

from featuretopo.checks import as_numbers, check_truth
from featuretopo.errors import FeaturetopoError
from featuretopo.llm.cooccurrence.independent import Independent
from featuretopo.llm.cooccurrence.rule import (
    Cooccurrence,
    Fired,
    FloatArray,
    Group,
    IntArray,
    check_rule,
)


@dataclass(frozen=True)
class Hierarchical:
    """A feature fires only where its parent does: dogs where animals, poodles where dogs.

    Roots fire by a rule of their own. Where a parent fires, its children fire each on its own, or
    at most one of them.

    Parameters
    ----------
    parents : sequence of int, optional
        Place of each feature's parent within the group, -1 for a root. Default: the parents that
        the ground truth knows (a Tree has them).
    roots : Cooccurrence
        How the roots fire.
    siblings : {"independent", "exclusive"}
        How the children of one parent fire.
    conditional : bool
        How the frequency of a child is meant. False: of all samples, as everywhere else; it must
        not be above its parent's. True: of those samples in which its parent fires.

    Raises
    ------
    FeaturetopoError
        When a model is built: if there are no parents, they are not a forest, or a child would
        have to fire more often than its parent.

    Examples
    --------
    >>> from featuretopo.llm import Given, SimulatedLLM, Together
    >>> from featuretopo.truth import GroundTruth, Sphere
    >>> truth = GroundTruth([Sphere(3)], d=8, rng=0)
    >>> rule = Hierarchical(parents=(-1, 0, 0))
    >>> model = SimulatedLLM(
    ...     truth, cooccurrence=Together(rule), frequency=Given((0.2, 0.1, 0.05)), rng=0
    ... )
    >>> fires = model.sample(1000, rng=0).dense_codes() > 0
    >>> bool((fires[:, 1:] <= fires[:, :1]).all())
    True
    """

    parents: Sequence[int] | None = None
    roots: Cooccurrence = field(default_factory=Independent)
    siblings: Literal["independent", "exclusive"] = "independent"
    conditional: bool = False

    def __post_init__(self) -> None:
        check_rule("roots", self.roots)
        check_truth("conditional", self.conditional)
        if self.siblings not in ("independent", "exclusive"):
            raise FeaturetopoError(
                f"siblings={self.siblings!r} must be 'independent' or 'exclusive'"
            )

    def plan(self, group: Group, rng: np.random.Generator) -> HierarchicalFiring:
        """Sort the features by depth and find what each does given its parent."""
        parents = group.parents if self.parents is None else _whole(self.parents)
        depth = _depths(parents, group)
        given = group.frequencies.copy()  # (m,), given that the parent fires
        frequencies = group.frequencies.copy()
        for child in np.argsort(depth, kind="stable")[int((depth == 0).sum()) :]:
            parent = parents[child]
            if self.conditional:
                frequencies[child] = given[child] * frequencies[parent]
            elif frequencies[child] > frequencies[parent]:
                raise FeaturetopoError(
                    f"feature {child} of {group.name} would fire with frequency "
                    f"{frequencies[child]:.4g}, its parent {parent} with "
                    f"{frequencies[parent]:.4g}: a child fires only where its parent does; "
                    "lower it, or say conditional=True"
                )
            else:
                given[child] = frequencies[child] / frequencies[parent]
        if self.siblings == "exclusive":
            children = parents >= 0
            total = np.bincount(parents[children], given[children], len(parents))
            if total.max() > 1 + 1e-9:
                raise FeaturetopoError(
                    f"the children of feature {int(total.argmax())} of {group.name} would fire in "
                    f"{total.max():.4g} of the samples in which it does, one at a time: at most 1; "
                    "lower their frequencies or raise its"
                )
        roots = np.flatnonzero(depth == 0)
        root_group = Group(
            f"the roots of {group.name}",
            group.frequencies[roots],
            group.vectors[roots],
            np.full(len(roots), -1),
        )
        return HierarchicalFiring(self, frequencies, given, parents, roots, root_group, rng)


class HierarchicalFiring:
    """Top down: only the children of features that fire are looked at."""

    def __init__(
        self,
        rule: Hierarchical,
        frequencies: FloatArray,
        given: FloatArray,
        parents: IntArray,
        roots: IntArray,
        root_group: Group,
        rng: np.random.Generator,
    ) -> None:
        self.frequencies = frequencies
        self._roots = roots.astype(np.int32)
        self._fire_roots = rule.roots.plan(root_group, rng)
        self._exclusive = rule.siblings == "exclusive"
        order = np.lexsort((-given, parents))  # the likeliest child of each parent first
        order = order[parents[order] >= 0]
        self._children = order.astype(np.int32)
        self._starts = np.searchsorted(parents[order], np.arange(len(parents) + 1))
        self._given = given[order]
        self._scales = -1 / np.log1p(-np.minimum(self._given, 1 - 1e-15))

    def draw(self, n: int, rng: np.random.Generator) -> Fired:
        """Draw who fires in `n` samples: roots first, then level by level."""
        fired = self._fire_roots.draw(n, rng)
        levels = [Fired(fired.samples, self._roots[fired.features])]
        while len(levels[-1].samples):
            levels.append(
                Fired(
                    *_fire_children(
                        levels[-1].samples,
                        levels[-1].features,
                        self._starts,
                        self._children,
                        self._given,
                        self._scales,
                        self._exclusive,
                        rng,
                    )
                )
            )
        return Fired(
            np.concatenate([level.samples for level in levels]),
            np.concatenate([level.features for level in levels]),
        )


def _whole(parents: Sequence[int]) -> IntArray:
    given = as_numbers("parents", parents)
    if (given != np.floor(given)).any():
        raise FeaturetopoError("parents must be whole numbers: places in the group, -1 for none")
    return given.astype(np.int64)


def _depths(parents: IntArray, group: Group) -> IntArray:
    """Generations above each feature, shape (m,)."""
    m = len(group)
    if parents.shape != (m,):
        raise FeaturetopoError(
            f"parents of shape {parents.shape} for the {m} features of {group.name}: "
            "give one a feature"
        )
    if not (parents >= 0).any():
        raise FeaturetopoError(
            f"{group.name} has no parents: give Hierarchical(parents=...), -1 for a root, "
            "or use a Tree"
        )
    if parents.min() < -1 or parents.max() >= m:
        raise FeaturetopoError(f"parents must be -1 or places from 0 to {m - 1}")
    depth = np.zeros(m, np.int64)
    above = parents.copy()
    while (above >= 0).any():
        depth[above >= 0] += 1
        if depth.max() >= m:
            raise FeaturetopoError(
                f"feature {int(np.argmax(depth))} of {group.name} is its own ancestor; "
                "parents must be a forest"
            )
        above = np.where(above >= 0, parents[above], -1)
    return depth


@njit(cache=True)
def _fire_children(  # type: ignore[no-untyped-def] # pragma: no cover
    samples, features, starts, children, given, scales, exclusive, rng
) -> Any:
    room = len(samples) + 1024
    out_samples, out_features = np.empty(room, np.int32), np.empty(room, np.int32)
    count = 0
    for at in range(len(samples)):
        first, end = starts[features[at]], starts[features[at] + 1]
        if first == end:
            continue
        if count + end - first > len(out_samples):  # all children may fire at once
            more = np.empty(count + end - first, np.int32)
            out_samples = np.concatenate((out_samples, more))
            out_features = np.concatenate((out_features, more))
        if exclusive:
            u = rng.random()
            for c in range(first, end):
                u -= given[c]
                if u < 0:
                    out_samples[count], out_features[count] = samples[at], children[c]
                    count += 1
                    break
            continue
        # children come likeliest first: from each that is looked at, jump as if all behind it were
        # as likely, and take the one that is hit in the ratio of the two; few are looked at
        place, likely = first - 1.0, first
        while True:
            place += 1 + np.floor(rng.standard_exponential() * scales[likely])
            if place >= end:
                break
            c = int(place)
            if rng.random() * given[likely] < given[c]:
                out_samples[count], out_features[count] = samples[at], children[c]
                count += 1
            likely = c
    return out_samples[:count], out_features[:count]
