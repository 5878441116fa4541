"""Group matching: which cluster or loop of one dictionary is which of the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import linear_sum_assignment

from featuretopo.compare.coordinates import circle_agreement
from featuretopo.compare.overlap import IntArray, jaccards
from featuretopo.compare.verdict import LEVEL
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.circular_coordinate import circular_coordinate
from featuretopo.topology.clusters import Cluster
from featuretopo.topology.loops import Loop


@dataclass(frozen=True, slots=True)
class GroupMatch:
    """A cluster or loop of a and its counterpart in b, or one that has none.

    Attributes
    ----------
    kind : {"cluster", "loop"}
    a, b : int or None
        Place in the arrangement's clusters or loops; None where there is no counterpart.
    jaccard : float
        Of the matched features that they hold; 0 without a counterpart.
    agreement : float or None
        For loops, the circular correlation of their features' angles along both, without a sense
        of direction; None where it cannot be had.
    agreement_p : float or None
        Among 199 shuffles of the features.
    """

    kind: Literal["cluster", "loop"]
    a: int | None
    b: int | None
    jaccard: float
    agreement: float | None = None
    agreement_p: float | None = None


def match_groups(
    a: Arrangement, b: Arrangement, pairs: IntArray, seed: int
) -> tuple[GroupMatch, ...]:
    """Match clusters with clusters and loops with loops, one to one, by features in common.

    Those with p <= .05 alone. The largest total Jaccard index is looked for; two groups without
    a matched feature in common are no counterparts.

    Parameters
    ----------
    a, b : Arrangement
    pairs : ndarray of int, shape (m, 2)
        Matched rows.
    seed : int
        Of the shuffles that angles are held against.

    Returns
    -------
    tuple of GroupMatch
        Clusters first; of each kind the best matches first, those without a counterpart last.
    """
    clusters = _matched("cluster", a.clusters, b.clusters, pairs)
    loops = [
        _with_angles(each, a, b, pairs, seed) for each in _matched("loop", a.loops, b.loops, pairs)
    ]
    return (*clusters, *loops)


def _matched(
    kind: Literal["cluster", "loop"],
    of_a: Sequence[Cluster] | Sequence[Loop],
    of_b: Sequence[Cluster] | Sequence[Loop],
    pairs: IntArray,
) -> list[GroupMatch]:
    count_a, count_b = _that_count(of_a), _that_count(of_b)
    found, left_a, left_b = [], set(count_a), set(count_b)
    if count_a and count_b:
        share = jaccards(
            [of_a[i].members for i in count_a], [of_b[j].members for j in count_b], pairs
        )
        for row, column in zip(*linear_sum_assignment(share, maximize=True), strict=True):
            if share[row, column] > 0:
                i, j = count_a[row], count_b[column]
                found.append(GroupMatch(kind, i, j, float(share[row, column])))
                left_a.discard(i)
                left_b.discard(j)
    found.sort(key=lambda match: -match.jaccard)
    found += [GroupMatch(kind, i, None, 0.0) for i in sorted(left_a)]
    return found + [GroupMatch(kind, None, j, 0.0) for j in sorted(left_b)]


def _that_count(of: Sequence[Cluster] | Sequence[Loop]) -> list[int]:
    return [place for place in range(len(of)) if of[place].p_value <= LEVEL]


def _with_angles(
    match: GroupMatch, a: Arrangement, b: Arrangement, pairs: IntArray, seed: int
) -> GroupMatch:
    """Say whether the features go around both loops in the same order."""
    if match.a is None or match.b is None:
        return match
    loop = a.loops[match.a]
    on_loop = pairs[np.isin(pairs[:, 0], loop.members)]
    try:
        angles = circular_coordinate(a.dictionary, loop).angles[on_loop[:, 0]]
    except FeaturetopoError:  # no coordinate on this loop
        return match
    there = np.isfinite(angles)
    found = circle_agreement(angles[there], on_loop[there, 1], b, b.loops[match.b], seed)
    if found is None:
        return match
    return GroupMatch(match.kind, match.a, match.b, match.jaccard, *found)
