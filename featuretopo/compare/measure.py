"""Measure: one figure of a comparison beside its null."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from featuretopo.nulls import p_value

Direction = Literal["higher", "lower"]

#: Null draws that can show p <= .05.
FEWEST_DRAWS = 19
#: Figures are of float32 rows: nearer than this is the same.
_RESOLUTION = 1e-6


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure, the interval it is known to, its null and its p-value.

    Attributes
    ----------
    name : str
        Key in tables and files, e.g. ``"mmcs_after"``.
    title : str
        What it is called for people, e.g. ``"MMCS after Procrustes"``.
    low, high : float
        The value; two different numbers where only an interval is known.
    direction : {"higher", "lower"}
        Which way means "more alike".
    null : tuple of float
        The same figure on every null draw. Empty where there is none (the note says why).
    null_name : str
        What was drawn, in words.
    p_value : float or None
        Share of null draws at least as alike, (b + 1) / (m + 1); None where the null is empty
        or cannot move the figure.
    note : str
        What a reader must know beside the number. May be empty.
    interval : tuple of float or None
        Where the value lies in 95% of bootstrap resamples of the pairs (or features) that it is a
        mean of. None where it is no such mean.
    q_value : float or None
        The p-value corrected for the other measures of the same comparison (Benjamini and
        Hochberg): the share of false finds among all that are called at this level.
    tested : float or None
        The same figure on the part of the features that the null is drawn for (the null's name
        says which), which p and effect are of. None where the null is one of all features.
    """

    name: str
    title: str
    low: float
    high: float
    direction: Direction
    null: tuple[float, ...]
    null_name: str
    p_value: float | None
    note: str = ""
    interval: tuple[float, float] | None = None
    q_value: float | None = None
    tested: float | None = None

    @property
    def against_null(self) -> tuple[float, float]:
        """What stands against the null: low and high, or what was tested in their place."""
        return (self.low, self.high) if self.tested is None else (self.tested, self.tested)

    @property
    def effect(self) -> float | None:
        """How far the value lies beyond its null's mean towards "alike", in standard deviations.

        Of an interval, the end that says least; of a part, what was tested. None where there is no
        null, or it does not vary.
        """
        low, high = self.against_null
        if self.null_mean is None or not moves(self.null, low):
            return None
        spread = float(np.std(self.null))
        if spread <= _RESOLUTION * abs(low - self.null_mean):
            return None
        above = self.direction == "higher"
        return (low - self.null_mean if above else self.null_mean - high) / spread

    @property
    def null_mean(self) -> float | None:
        """What chance gives: the mean of the null draws; None where there is none."""
        return float(np.mean(self.null)) if self.null else None


def beside_null(
    name: str,
    title: str,
    value: float,
    null: Sequence[float],
    null_name: str,
    *,
    high: float | None = None,
    direction: Direction = "higher",
    interval: tuple[float, float] | None = None,
    note: str = "",
    tested: float | None = None,
    undefined: int = 0,
) -> Measure:
    """Put a figure beside its null; p is of `tested` where given, else of the end that says least.

    No p where fewer than 19 draws are defined, or none of them moves the figure; the note says
    so. Draws on which it is not defined may be said to be less alike than any: their number is
    `undefined`.
    """
    least = value if high is None or direction == "higher" else high
    least = least if tested is None else tested
    drawn = [*null, *[-np.inf if direction == "higher" else np.inf] * undefined]
    silent = _silent(least, drawn)
    return Measure(
        name=name,
        title=title,
        low=value,
        high=value if high is None else high,
        direction=direction,
        null=tuple(null),
        null_name=null_name,
        p_value=None if silent else p_value(least, drawn, direction),
        note="; ".join(words for words in (note, silent if drawn else "") if words),
        interval=interval,
        tested=tested,
    )


def _silent(value: float, null: Sequence[float]) -> str:
    """Say why there is no p: too few draws to show p <= .05, or the null cannot move the figure."""
    if len(null) < FEWEST_DRAWS:
        return f"no p: defined on {len(null)} draws, {FEWEST_DRAWS} are asked for"
    return "" if moves(null, value) else "no p: the null cannot move it"


def moves(null: Sequence[float], value: float) -> bool:
    """Tell whether any draw of a null differs from the figure by more than rounding.

    Examples
    --------
    >>> moves([0.5, 0.5 + 1e-9], 0.5), moves([0.5, 0.51], 0.5)
    (False, True)
    """
    return any(abs(draw - value) > _RESOLUTION * max(1.0, abs(value)) for draw in null)


def corrected(measures: Sequence[Measure]) -> tuple[Measure, ...]:
    """Give each measure its p-value corrected for being one of many.

    Source: Benjamini and Hochberg, Journal of the Royal Statistical Society B 57 (1995) 289.

    Parameters
    ----------
    measures : sequence of Measure
        Those without a p-value do not count.
    """
    from scipy.stats import false_discovery_control

    known = [i for i, measure in enumerate(measures) if measure.p_value is not None]
    found = list(measures)
    p_values = [measures[i].p_value for i in known]
    for i, q in zip(known, false_discovery_control(p_values) if known else [], strict=True):
        found[i] = replace(found[i], q_value=float(q))
    return tuple(found)
