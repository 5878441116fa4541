"""Alignment: do two dictionaries differ by a permutation of features, by a rotation, or by both?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from featuretopo.compare.bootstrap import mean_interval
from featuretopo.compare.measure import Measure, beside_null, corrected
from featuretopo.compare.pairing import BY_ENCODERS
from featuretopo.compare.redrawn import Redrawn
from featuretopo.compare.verdict import LEVEL
from featuretopo.dictionary import Dictionary
from featuretopo.nulls import FloatArray
from featuretopo.random import stream
from featuretopo.similarity import Matching, procrustes
from featuretopo.similarity.match import MUTUAL_BY_COSINE
from featuretopo.similarity.rows import IntArray

_AS_GOOD = 0.05  # of mean cosine: what a simpler alignment may fall short of the best


@dataclass(frozen=True, slots=True)
class Alignment:
    """How near features come under each kind of alignment, and which kind is needed.

    Attributes
    ----------
    measures : tuple of Measure
        Mean cosine of partners ``"as_they_stand"`` and ``"rotated"``.
    needed : str
        ``"nothing"``, ``"a permutation"``, ``"a rotation"``, ``"a permutation and a rotation"``,
        or ``""`` where nothing tried brings features nearer than chance.
    words : str
        The same as a sentence, with the figures in it.
    """

    measures: tuple[Measure, ...]
    needed: str
    words: str


_WORDS = {"as_they_stand": "as they stand", "rotated": "after a rotation"}
_TITLES = {
    "as_they_stand": "Cosine of partners as they stand",
    "rotated": "Cosine of partners after a rotation",
}


def align(a: Dictionary, b: Dictionary, partners: Redrawn, *, seed: int) -> Alignment:
    """Try every kind of alignment, each beside its null.

    Partners' cosines as they stand, and after the rotation that was fitted on the other half of
    them. A permutation is needed unless half of the partners stand in the same row on both sides; a
    rotation if cosines after it stand out from their null (q <= .05, corrected for there being
    several) and are larger by .05.

    Parameters
    ----------
    a, b : Dictionary
    partners : Redrawn
    seed : int

    Examples
    --------
    >>> from featuretopo.compare.partners import pair_by_cosine
    >>> from featuretopo.compare.redrawn import redrawn
    >>> x = Dictionary(np.random.default_rng(0).standard_normal((20, 8)))
    >>> y = x.take(np.arange(20)[::-1])
    >>> align(x, y, redrawn(pair_by_cosine(x, y), 39, seed=0), seed=0).needed
    'a permutation'
    """
    x, y = a.unit.astype(np.float64), b.unit.astype(np.float64)
    pairs = partners.tested.pairs

    # encoder rows that resemble decoder rows bring strangers near in the frame that they share, and
    # a null that turns them alone does not
    unfair = "as_they_stand" if partners.matching.method == BY_ENCODERS else ""

    def measured(name: str, score: Callable[[Matching], FloatArray | None]) -> list[Measure]:
        found = score(partners.tested)
        if found is None:
            return []
        null = [score(each) for each in partners.null if name != unfair]
        means = [float(each.mean()) for each in null if each is not None]
        return [
            beside_null(
                name,
                _TITLES[name],
                float(found.mean()),
                means,
                partners.null_description,
                interval=mean_interval([found], stream(seed, "bootstrap", name)),
            )
        ]

    by_features = partners.matching.method == MUTUAL_BY_COSINE
    # there, a null pair's is one in the frame that the draw turned
    found = measured(
        "as_they_stand",
        lambda each: _scores(each) if by_features else cosines(x, y, each.pairs),
    )
    found += measured("rotated", lambda each: held_out_cosines(x, y, each.pairs))
    if not found:
        words = "No alignment could be tried: too few partners for the dimension."
        return Alignment((), "", words)
    measures = corrected(found)
    in_place = float((pairs[:, 0] == pairs[:, 1]).mean())
    figures = "; ".join(f"{_WORDS[m.name]} {m.low:.2f}" for m in measures)
    figures = f"Mean cosine of partners: {figures}; {in_place:.0%} stand in the same row on both"
    if not any(m.name == "rotated" for m in measures):
        d = min(x.shape[1], y.shape[1])
        figures += f" (a rotation was not tried: {len(pairs):,} pairs for {d:,} dimensions)"
    standing_out = [m for m in measures if m.q_value is not None and m.q_value <= LEVEL]
    if not standing_out and any(m.p_value is None for m in measures):
        words = "whether that is more than chance gives cannot be told from these partners"
        return Alignment(measures, "", f"{figures}; {words}.")
    if not standing_out:
        return Alignment(measures, "", f"{figures}. None of it is more than chance gives.")
    best = max(m.low for m in standing_out)
    simplest = next(m for m in standing_out if m.low >= best - _AS_GOOD)
    parts = ["a permutation"] if in_place < 0.5 else []
    parts += ["a rotation"] if simplest.name == "rotated" else []
    needed = " and ".join(parts) or "nothing"
    return Alignment(measures, needed, f"{figures}. Needed to align them: {needed}.")


def _scores(matching: Matching) -> FloatArray | None:
    return matching.score if len(matching.pairs) else None


def cosines(x: FloatArray, y: FloatArray, pairs: IntArray) -> FloatArray | None:
    """Cosines of partners as they stand; None without partners or a common space."""
    if not len(pairs) or x.shape[1] != y.shape[1]:
        return None
    found: FloatArray = (x[pairs[:, 0]] * y[pairs[:, 1]]).sum(axis=1)
    return found


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
