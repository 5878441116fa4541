"""Unseen: how much two sides may overlap in groups that do not stand out on one of them.

A large p does not say that a group is not there, nor does a noise floor that it rises above.
"""

from __future__ import annotations

import numpy as np

from featuretopo.compare.bootstrap import mean_interval
from featuretopo.compare.evenly import evenly
from featuretopo.compare.groups import Sides, groups, with_partners
from featuretopo.compare.overlap import IntArray, jaccards, overlap_interval
from featuretopo.errors import FeaturetopoError
from featuretopo.similarity import Matching, knn_jaccard
from featuretopo.topology.arrangement import Arrangement

_NEIGHBOURS = 2, 10  # fewest and most that a feature's group may be known by
_MOST_ROWS = 1000  # partners among which neighbours are looked for, half of them of the groups
_FEWEST = 4  # members with a partner, of whom something can be told


def most_unseen(
    name: str,
    a: Arrangement,
    b: Arrangement,
    sides: Sides,
    matching: Matching,
    rng: np.random.Generator,
) -> float:
    """Upper end of the 95% interval of an overlap, groups that do not stand out allowed for.

    Those of either side that are most like a group that counts on the other stand beside what
    counts. Where one side has no group at all, whatever its p, the upper end is that of how many
    of their nearest neighbours the members of the other's groups keep; 1 where even that is
    unknown.

    Parameters
    ----------
    name : str
        Of the figure of overlap.
    a, b : Arrangement
    sides : pair of list of ndarray
        The groups that count, of which one side may have none.
    matching : Matching
    rng : Generator
    """
    every = with_partners(groups(a, b, level=1.0)[name], matching)
    if all(every):
        return overlap_interval(*_most_alike(sides, every, matching.pairs), matching.pairs, rng)[1]
    return _neighbours_kept(a, b, sides, matching.pairs, rng)


def _most_alike(sides: Sides, every: Sides, pairs: IntArray) -> Sides:
    """Of either side the groups that count, and those that are most like one of the other's."""
    of_a, of_b = every
    known = [{group.tobytes() for group in counted} for counted in sides]
    in_a, in_b = (
        np.array([group.tobytes() in those for group in all_of])
        for those, all_of in zip(known, every, strict=True)
    )
    share = jaccards(of_a, of_b, pairs)
    of_b_counted, of_a_counted = share[:, in_b], share[in_a]
    in_a[of_b_counted.argmax(axis=0)] = True
    in_b[of_a_counted.argmax(axis=1)] = True
    return (
        [group for group, kept in zip(of_a, in_a, strict=True) if kept],
        [group for group, kept in zip(of_b, in_b, strict=True) if kept],
    )


def _neighbours_kept(
    a: Arrangement, b: Arrangement, sides: Sides, pairs: IntArray, rng: np.random.Generator
) -> float:
    """Upper end of the share of nearest neighbours that members of groups have on both sides."""
    place, shown = (0, sides[0]) if sides[0] else (1, sides[1])
    inside = np.isin(pairs[:, place], np.concatenate(shown))
    if inside.sum() < _FEWEST:
        return 1.0
    members = evenly(pairs[inside], _MOST_ROWS // 2)
    rows = np.concatenate([members, evenly(pairs[~inside], _MOST_ROWS - len(members))])
    k = int(np.clip(min(map(len, shown)) - 1, *_NEIGHBOURS))
    x, y = a.dictionary.unit[rows[:, 0]], b.dictionary.unit[rows[:, 1]]
    try:
        kept = knn_jaccard(x, y, k).of_rows[: len(members)]
    except FeaturetopoError:  # too few rows, or all are equally far
        return 1.0
    interval = mean_interval([kept], rng)
    return 1.0 if interval is None else interval[1]
