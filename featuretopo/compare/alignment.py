"""Alignment: do two dictionaries differ by a permutation of features, by a rotation, or by both?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from featuretopo.compare.bootstrap import mean_interval
from featuretopo.compare.measure import FEWEST_DRAWS, Measure, corrected
from featuretopo.compare.pairing import Redrawn
from featuretopo.compare.verdict import LEVEL
from featuretopo.dictionary import Dictionary
from featuretopo.nulls import FloatArray, p_value, random_rotation
from featuretopo.random import stream
from featuretopo.similarity import match, procrustes
from featuretopo.similarity.rows import IntArray

_MOST = 2**22  # pairs of features that are matched anew for each draw
_AS_GOOD = 0.05  # of mean cosine: what a simpler alignment may fall short of the best


@dataclass(frozen=True, slots=True)
class Alignment:
    """How near partners come under each kind of alignment, and which kind is needed.

    Attributes
    ----------
    measures : tuple of Measure
        Mean cosine of partners: ``"as_they_stand"``, ``"permuted"``, ``"rotated"`` and
        ``"permuted_and_rotated"``, those that could be tried.
    needed : str
        ``"nothing"``, ``"a permutation"``, ``"a rotation"``, ``"a permutation and a rotation"``,
        or ``""`` where none of those tried brings partners nearer than chance. Partners that are
        known by name count as they stand, in whatever order their rows are.
    words : str
        The same as a sentence, with the figures in it.
    """

    measures: tuple[Measure, ...]
    needed: str
    words: str


_KINDS = {
    "as_they_stand": ("as they stand", "nothing"),
    "permuted": ("after a permutation", "a permutation"),
    "rotated": ("after a rotation", "a rotation"),
    "permuted_and_rotated": ("after both", "a permutation and a rotation"),
}


def align(
    a: Dictionary,
    b: Dictionary,
    given: Redrawn | None,
    learned: Redrawn | None,
    *,
    draws: int,
    seed: int,
) -> Alignment:
    """Try every kind of alignment, each beside its null.

    A rotation is fitted on one half of the pairs and scored on the other, then the other way
    round. The simplest kind counts as needed whose cosines stand out from their null (q <= .05:
    corrected for there being several kinds) and reach those of the best to within .05. A
    permutation alone is tried up to four million pairs of features.

    Parameters
    ----------
    a, b : Dictionary
    given : Redrawn or None
        Partners that are known without looking at the features: by name, or row by row.
    learned : Redrawn or None
        Partners that were found through activations.
    draws, seed : int
    """
    x, y = a.unit.astype(np.float64), b.unit.astype(np.float64)
    one_space = x.shape[1] == y.shape[1]
    measures = []

    def cosines(pairs: IntArray) -> FloatArray | None:
        if not len(pairs):
            return None
        found: FloatArray = (x[pairs[:, 0]] * y[pairs[:, 1]]).sum(axis=1)
        return found

    def rotated(pairs: IntArray) -> FloatArray | None:
        return held_out_cosines(x, y, pairs)

    def tried(name: str, pairs: Redrawn, score: Callable[[IntArray], FloatArray | None]) -> None:
        found = score(pairs.matching.pairs)
        if found is None:
            return
        null = [score(each.pairs) for each in pairs.null]
        means = [float(each.mean()) for each in null if each is not None]
        measures.append(_measure(name, found, means, pairs.null_description, seed))

    if given and one_space:
        tried("as_they_stand", given, cosines)
    if one_space and len(x) * len(y) <= _MOST:
        null = []
        for draw in range(draws):
            turn = random_rotation(y.shape[1], stream(seed, "turned", draw))
            null.append(float(match(x, y @ turn).score.mean()))
        found = match(x, y).score
        measures.append(_measure("permuted", found, null, "one side turned at random", seed))
    if given:
        tried("rotated", given, rotated)
    if learned:
        tried("permuted_and_rotated", learned, rotated)
    return _judged(measures, learned is not None)


def held_out_cosines(x: FloatArray, y: FloatArray, pairs: IntArray) -> FloatArray | None:
    """Cosines of partners under the rotation that was fitted on the other half of the pairs.

    None with fewer pairs than dimensions in a half: the rotation would be left to chance.
    """
    halves = [pairs[0::2], pairs[1::2]]
    if min(map(len, halves)) < min(x.shape[1], y.shape[1]):
        return None
    found: list[FloatArray] = []
    for fitted, rest in (halves, halves[::-1]):
        turn = procrustes(x[fitted[:, 0]], y[fitted[:, 1]]).rotation
        if x.shape[1] > y.shape[1]:  # the narrower side is the one that is carried over whole
            found.append((x[rest[:, 0]] * (y[rest[:, 1]] @ turn.T)).sum(axis=1))
        else:
            found.append(((x[rest[:, 0]] @ turn) * y[rest[:, 1]]).sum(axis=1))
    return np.concatenate(found)


def _measure(
    name: str, cosines: FloatArray, null: list[float], null_name: str, seed: int
) -> Measure:
    value = float(cosines.mean()) if len(cosines) else 0.0
    return Measure(
        name=name,
        title=f"Cosine of partners {_KINDS[name][0]}",
        low=value,
        high=value,
        direction="higher",
        null=tuple(null),
        null_name=null_name,
        p_value=p_value(value, null) if len(null) >= FEWEST_DRAWS else None,
        interval=mean_interval([cosines], stream(seed, "bootstrap", name)),
    )


def _judged(found: list[Measure], partners_learned: bool) -> Alignment:
    measures = corrected(found)
    standing_out = [m for m in measures if m.q_value is not None and m.q_value <= LEVEL]
    figures = "; ".join(f"{_KINDS[m.name][0]} {m.low:.2f}" for m in measures)
    if not measures:
        words = "No alignment could be tried: too few partners for the dimension."
        return Alignment(measures, "", words)
    if not standing_out:
        more = "" if partners_learned else " Codes of shared samples would find partners."
        words = f"No alignment brings partners nearer than chance ({figures}).{more}"
        return Alignment(measures, "", words)
    best = max(m.low for m in standing_out)
    simplest = next(m for m in standing_out if m.low >= best - _AS_GOOD)
    needed = _KINDS[simplest.name][1]
    return Alignment(
        measures, needed, f"Mean cosine of partners: {figures}. Needed to align them: {needed}."
    )
