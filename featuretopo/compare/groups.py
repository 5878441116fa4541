"""Groups: the clusters and loops of two dictionaries that count, as far as partners are known."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from featuretopo.compare.overlap import IntArray
from featuretopo.compare.pairing import BY_NAME
from featuretopo.compare.verdict import LEVEL
from featuretopo.similarity import Matching
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.clusters import Cluster
from featuretopo.topology.loops import Loop

#: Members of groups of both sides, and these by the name of the figure that compares them.
Sides: TypeAlias = tuple[list[IntArray], list[IntArray]]
Groups: TypeAlias = dict[str, Sides]


def groups(a: Arrangement, b: Arrangement, level: float = LEVEL) -> Groups:
    """Members of the clusters and loops that count, of both sides, by the name of their figure.

    Those with a p-value of `level` at most.
    """
    return {
        "cluster_overlap": (_that_count(a.clusters, level), _that_count(b.clusters, level)),
        "loop_overlap": (_that_count(a.loops, level), _that_count(b.loops, level)),
    }


def known_groups(a: Arrangement, b: Arrangement, matching: Matching) -> Groups:
    """Those groups that an overlap can be told of, by the name of its figure.

    A latent that codes or cosines leave without a partner has no counterpart. A name that only one
    side has says nothing: of each group only what has its name in common is kept, a group of other
    names alone is left out, and so is the figure where that leaves a side without groups, or no
    side has any.
    """
    found = {}
    for name, sides in groups(a, b).items():
        known = with_partners(sides, matching)
        left_without = any(all_of and not left for all_of, left in zip(sides, known, strict=True))
        if any(known) and not left_without:
            found[name] = known
    return found


def with_partners(sides: Sides, matching: Matching) -> Sides:
    """Of groups of both sides what has its name in common, where names pair; else all."""
    if matching.method != BY_NAME:
        return sides
    of_a, of_b = (
        [np.intersect1d(group, matching.pairs[:, side]) for group in of]
        for side, of in enumerate(sides)
    )
    return [g for g in of_a if len(g)], [g for g in of_b if len(g)]


def lone_groups(a: Arrangement, b: Arrangement) -> dict[str, float]:
    """By the name of the figure: p-value of a group that is the only one of both sides."""
    found = {}
    for name, of in (
        ("cluster_overlap", (*a.clusters, *b.clusters)),
        ("loop_overlap", (*a.loops, *b.loops)),
    ):
        counted = [group.p_value for group in of if group.p_value <= LEVEL]
        if len(counted) == 1:
            found[name] = counted[0]
    return found


def _that_count(found: Sequence[Cluster] | Sequence[Loop], level: float) -> list[IntArray]:
    return [group.members for group in found if group.p_value <= level]
