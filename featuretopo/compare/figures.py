"""The figures of a pair that are taken through a matching, and redone whole on every null draw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import numpy as np

from featuretopo.compare.bootstrap import mean_interval
from featuretopo.compare.evenly import evenly
from featuretopo.compare.groups import Groups, known_groups
from featuretopo.compare.learned import Learned
from featuretopo.compare.mapper_figures import mapper_figures
from featuretopo.compare.overlap import IntArray, overlap, overlap_interval
from featuretopo.compare.pairing import BY_NAME
from featuretopo.compare.recovery import Recovery
from featuretopo.compare.redrawn import Redrawn
from featuretopo.compare.unseen import most_unseen
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import FloatArray
from featuretopo.similarity import (
    Matching,
    cca,
    cka,
    distance_correlation,
    knn_jaccard,
    procrustes,
    rsa,
    svcca,
)
from featuretopo.similarity.cca import different_pairs, surely_forced
from featuretopo.similarity.nearest import nearest_rows
from featuretopo.similarity.rows import unit_rows
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.rtd import rtd

_NEIGHBOURS = 10

# Rows that a measure takes at most, evenly among all, where it compares each with each: that is
# done for every draw of the null.
_MOST_ROWS = {
    "cka": 1000,
    "rsa": 1000,
    "knn_jaccard": 1000,
    "distance_correlation": 1000,
    "rtd": 100,
}
_SCORED = 2048  # features that a rotation is scored on, at most
_SCORED_OFTEN = 256  # where that is done for every draw of a null on many pairs

# Measures of matched rows. Where one is not defined (too few pairs), it is left out.
_FIGURES: dict[str, Callable[[FloatArray, FloatArray], float]] = {
    "mean_cca": lambda x, y: cca(x, y).mean,
    "svcca": lambda x, y: svcca(x, y).mean,
    "cka": lambda x, y: cka(x, y, debiased=True),
    "rsa": rsa,
    "knn_jaccard": lambda x, y: knn_jaccard(x, y, _NEIGHBOURS).value,
    "distance_correlation": lambda x, y: distance_correlation(x, y, debiased=True),
    "rtd": lambda x, y: rtd(x, y).value / len(x),  # it adds up bars: more pairs have more
}

#: Measures of paired rows.
OF_ROWS = tuple(_FIGURES)

#: Figures that so many pairs as there are may be too few or too many for.
NEED_PAIRS = ("mmcs_after", *OF_ROWS)

_OF_MANY_ROWS = "mean_cca", "svcca"  # they take more pairs than dimensions


def figures_of_all(
    a: Arrangement, b: Arrangement, matching: Matching, known: Groups
) -> dict[str, float]:
    """Figures of all pairs that do not compare each with each. What is not defined is left out.

    `known` groups are those of all partners (:func:`known_groups`), whatever part the matching is
    of: their overlap is defined on every draw.
    """
    pairs = matching.pairs
    found = {}
    if matching.method != BY_NAME:  # names either match or do not: they have no score
        found["matched_score"] = mean_score(matching)
    after = mmcs_after_procrustes(a, b, pairs)
    if after is not None:
        found["mmcs_after"] = after
    for name, (of_a, of_b) in known.items():
        found[name] = overlap(of_a, of_b, pairs)
    return found | mapper_figures(a.mapper, b.mapper, pairs)


def mean_score(matching: Matching) -> float:
    """Mean score of the pairs; 0 where there are none."""
    return float(matching.score.mean()) if len(matching.pairs) else 0.0


def figures_of_rows(a: Arrangement, b: Arrangement, matching: Matching) -> dict[str, float]:
    """Measures of matched rows. What is not defined on so many is left out."""
    return figures_of_pairs(*matched_rows(a, b, matching.pairs))


def figures_of_many(a: Arrangement, b: Arrangement, matching: Matching) -> dict[str, float]:
    """Figures that take more pairs than dimensions, the rotation scored on fewer features."""
    found = figures_of_pairs(*matched_rows(a, b, matching.pairs), _OF_MANY_ROWS)
    after = mmcs_after_procrustes(a, b, matching.pairs, _SCORED_OFTEN)
    return found if after is None else found | {"mmcs_after": after}


def figures_of_pairs(
    x: FloatArray, y: FloatArray, names: Sequence[str] = OF_ROWS
) -> dict[str, float]:
    """Measures of paired rows, shapes (n, d_x) and (n, d_y).

    What compares each pair with each takes at most 1,000 of them, RTD 100, evenly among all.
    """
    found = {}
    for name in names:
        with suppress(FeaturetopoError):
            found[name] = figure_of_pairs(name, x, y)
    return found


def figure_of_pairs(name: str, x: FloatArray, y: FloatArray) -> float:
    """One measure of paired rows, as :func:`figures_of_pairs` has it.

    Raises
    ------
    FeaturetopoError
        Where it is not defined: why.
    """
    widest = max(x.shape[1], y.shape[1])
    if name == "svcca" and len(x) <= widest:
        raise FeaturetopoError(
            f"{len(x):,} rows in {widest:,} dimensions: so few can be turned into any others; give "
            f"at least {widest + 1:,}"
        )
    if name == "mean_cca" and surely_forced(x.astype(np.float64), y.astype(np.float64)):
        raise FeaturetopoError(
            f"{len(x):,} rows in {x.shape[1]:,} and {y.shape[1]:,} dimensions: every canonical "
            f"correlation is 1 by counting alone; give at least {x.shape[1] + y.shape[1] + 1:,}"
        )
    few = evenly(np.arange(len(x)), rows_taken(name, len(x)))
    return _FIGURES[name](x[few], y[few])


def forced_in_words(x: FloatArray, y: FloatArray) -> dict[str, str]:
    """Say of CCA and SVCCA how many correlations are 1 by counting alone; nothing where none is.

    Parameters
    ----------
    x, y : ndarray, shapes (n, d_x) and (n, d_y)
        Paired rows.
    """
    if different_pairs(x, y) > x.shape[1] + y.shape[1]:
        return {}
    words = {}
    for name, figure in (("mean_cca", cca), ("svcca", svcca)):
        with suppress(FeaturetopoError):  # it is left out
            found = figure(x, y)
            if found.forced:
                words[name] = (
                    f"; {found.forced} of {len(found.correlations)} canonical correlations are 1 "
                    f"by counting alone: {len(x):,} pairs, {found.dimensions[0]} and "
                    f"{found.dimensions[1]} directions"
                )
    return words


def unowned_in_common(recoveries: Sequence[Recovery | Learned], matching: Matching) -> float | None:
    """Share of the latents without a true feature of their own that have such a partner.

    Of the side that has fewer of them. None where one side has none, or nothing is known of the
    truths.
    """
    if len(recoveries) != 2:
        return None
    unowned = [np.array([*each.mixed, *each.spurious], np.int64) for each in recoveries]
    if min(map(len, unowned)) == 0:
        return None
    both = np.isin(matching.pairs[:, 0], unowned[0]) & np.isin(matching.pairs[:, 1], unowned[1])
    return float(both.sum() / min(map(len, unowned)))


def intervals(
    a: Arrangement, b: Arrangement, partners: Redrawn, rng: np.random.Generator
) -> dict[str, tuple[float, float] | None]:
    """95% bootstrap intervals of the figures that are means over pairs or features."""
    pairs = partners.matching.pairs
    found = {"matched_score": mean_interval([partners.matching.score], rng)}
    cosines = cosines_after_procrustes(a, b, pairs)
    if cosines is not None:
        found["mmcs_after"] = mean_interval(cosines, rng)
    x, y = matched_rows(a, b, evenly(pairs, _MOST_ROWS["knn_jaccard"]))
    with suppress(FeaturetopoError):  # it has no interval where it is not defined
        found["knn_jaccard"] = mean_interval([knn_jaccard(x, y, _NEIGHBOURS).of_rows], rng)
    for name, sides in known_groups(a, b, partners.matching).items():
        low, high = overlap_interval(*sides, pairs, rng)
        found[name] = low, max(high, most_unseen(name, a, b, sides, partners.matching, rng))
    return found


def rows_taken(name: str, n: int) -> int:
    """How many of n pairs a measure of rows takes."""
    return min(n, _MOST_ROWS.get(name, n))


def matched_rows(a: Arrangement, b: Arrangement, pairs: IntArray) -> tuple[FloatArray, FloatArray]:
    """Features of both sides, row by row partners."""
    return a.dictionary.unit[pairs[:, 0]], b.dictionary.unit[pairs[:, 1]]


def mmcs_after_procrustes(
    a: Arrangement, b: Arrangement, pairs: IntArray, most: int = _SCORED
) -> float | None:
    """MMCS after the rotation that brings matched features together, of features left out of it."""
    parts = cosines_after_procrustes(a, b, pairs, most)
    return None if parts is None else float(np.mean([part.mean() for part in parts]))


def cosines_after_procrustes(
    a: Arrangement, b: Arrangement, pairs: IntArray, most: int = _SCORED
) -> list[FloatArray] | None:
    """Largest cosines after the rotation that brings matched features together.

    The rotation is fitted on one half of the pairs and the largest cosines, both ways, are taken
    of the features outside that half (`most` of them at most, evenly among all); then the other way
    round: four parts. None with fewer pairs than dimensions in a half: the rotation would be left
    to chance.
    """
    x, y = a.dictionary.unit, b.dictionary.unit
    halves = [pairs[0::2], pairs[1::2]]
    if min(map(len, halves)) < min(x.shape[1], y.shape[1]):
        return None
    parts = []
    for half in halves:
        rotation = procrustes(x[half[:, 0]], y[half[:, 1]]).rotation.astype(np.float32)
        rest_a, rest_b = (
            side[evenly(np.setdiff1d(np.arange(len(side)), half[:, place]), most)]
            for place, side in enumerate((x, y))
        )
        parts.append(nearest_rows(unit_rows(rest_a @ rotation, "a"), y)[1])
        if x.shape[1] == y.shape[1]:  # a few turned back see what all of the other side turned do
            parts.append(nearest_rows(unit_rows(rest_b @ rotation.T, "b"), x)[1])
        else:
            parts.append(nearest_rows(rest_b, unit_rows(x @ rotation, "a"))[1])
    return parts
