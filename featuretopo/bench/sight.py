"""Which measures of a pair see how much two LLMs share, and which are fooled."""

from __future__ import annotations

import itertools
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from featuretopo.bench.measures import MEASURES
from featuretopo.compare.verdict import LEVEL

Rows = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Sight:
    """What one measure makes of pairs that share more and more.

    Attributes
    ----------
    measure, setting : str
    overlaps : tuple of float
        Share of the features that both LLMs have, from least to most.
    values : tuple of float or None
        Mean of the measure at each; of a verdict, which has no value, None.
    words : tuple of str
        Of a verdict: how often which, at each.
    sees : {"every step", "the ends", "nothing", ""}
        Whether it calls pairs that share more the more alike ones, whatever the seed: from each
        overlap to the next, from the least to the most, or not even that; "" of a verdict.
    found, fooled : (int, int)
        How many of how many pairs it tells from chance (p <= .05) where the overlap is largest,
        and where the two share nothing. The second of `fooled` is 0 where every pair shares
        something.
    """

    measure: str
    setting: str
    overlaps: tuple[float, ...]
    values: tuple[float | None, ...]
    words: tuple[str, ...]
    sees: Literal["every step", "the ends", "nothing", ""]
    found: tuple[int, int]
    fooled: tuple[int, int]


def sights(rows: Rows) -> tuple[Sight, ...]:
    """Hold each measure of a pair against what the pair was made to share.

    Parameters
    ----------
    rows : sequence of mappings
        As :func:`~featuretopo.bench.parameters.with_settings` gives them. Measures and settings
        with one overlap only are left out.
    """
    done = [row for row in rows if row["side"] == "ab" and row["status"] == "done"]
    found = []
    for measure, setting in itertools.product(
        [name for name in MEASURES if any(row["measure"] == name for row in done)],
        dict.fromkeys(row["setting"] for row in done),
    ):
        at: dict[float, list[Mapping[str, Any]]] = {}
        for row in done:
            if (row["measure"], row["setting"]) == (measure, setting):
                at.setdefault(row["overlap"], []).append(row)
        if len(at) > 1:
            found.append(_sight(measure, setting, at))
    return tuple(found)


def _sight(measure: str, setting: str, at: Mapping[float, Rows]) -> Sight:
    overlaps = tuple(sorted(at))
    values = [[row["value"] for row in at[o] if row["value"] is not None] for o in overlaps]
    return Sight(
        measure,
        setting,
        overlaps,
        tuple(statistics.fmean(each) if each else None for each in values),
        tuple(_counted(row["note"] for row in at[o]) for o in overlaps),
        _sees(values, MEASURES[measure].direction),
        _beyond_chance(at[overlaps[-1]]),
        _beyond_chance(at[overlaps[0]]) if overlaps[0] == 0 else (0, 0),
    )


def _sees(
    values: Sequence[Sequence[float]], direction: str
) -> Literal["every step", "the ends", "nothing", ""]:
    if not direction:
        return ""
    sign = 1 if direction == "higher" else -1

    def rises(less: Sequence[float], more: Sequence[float]) -> bool:
        # to be the worst of the more alike and the best of the less alike: no seed contradicts
        return bool(less and more) and min(sign * v for v in more) > max(sign * v for v in less)

    if all(itertools.starmap(rises, itertools.pairwise(values))):
        return "every step"
    return "the ends" if rises(values[0], values[-1]) else "nothing"


def _beyond_chance(rows: Rows) -> tuple[int, int]:
    tested = [row["p"] for row in rows if row["p"] is not None]
    return sum(p <= LEVEL for p in tested), len(tested)


def _counted(words: Any) -> str:
    counts = Counter(word for word in words if word)
    return ", ".join(word if n == 1 else f"{word} ({n})" for word, n in counts.most_common())
