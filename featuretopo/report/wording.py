"""How numbers are written for people."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from featuretopo.compare.measure import Measure


def number(value: float) -> str:
    """Return a figure with the digits worth reading.

    Examples
    --------
    >>> number(0.93456), number(11.372), number(0.00004), number(float("inf"))
    ('0.935', '11.37', '4.0e-05', 'infinite')
    """
    if math.isnan(value):
        return "undefined"
    if math.isinf(value):
        return "infinite" if value > 0 else "minus infinite"
    size = abs(value)
    if 0 < size < 0.0005:
        return f"{value:.1e}"
    if size < 10:
        return f"{value:.3f}"
    return f"{value:.2f}" if size < 100 else f"{value:,.1f}"


def interval(low: float, high: float) -> str:
    """Return one figure, or both ends where only an interval is known.

    Examples
    --------
    >>> interval(0.5, 0.5), interval(0.12, 0.34), interval(math.nan, math.nan)
    ('0.500', '0.120 to 0.340', 'undefined')
    """
    return number(low) if low == high or math.isnan(low) else f"{number(low)} to {number(high)}"


def share(value: float) -> str:
    """Return a share as whole per cent; never "100%" or "0%" for what is not quite all or none.

    Examples
    --------
    >>> share(0.564), share(0.9991), share(1.0)
    ('56%', '>99%', '100%')
    """
    if math.isnan(value):
        return "undefined"
    if 0.995 <= value < 1:
        return ">99%"
    return "<1%" if 0 < value < 0.005 else f"{value:.0%}"


def span(values: Sequence[float], *, percent: bool = False) -> str:
    """Return the range of several figures, for a sentence.

    Examples
    --------
    >>> span([0.94, 0.92]), span([0.56, 0.64], percent=True)
    ('0.92 to 0.94', '56% to 64%')
    """
    ends = [share(v) if percent else f"{v:.2f}" for v in (min(values), max(values))]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def p_value(p: float | None) -> str:
    """Return a p-value in words; None is the lack of one, not a large p.

    Examples
    --------
    >>> p_value(0.005), p_value(None)
    ('p = 0.005', 'no p-value')
    """
    if p is None:
        return "no p-value"
    return f"p = {p:.1e}" if 0 < p < 0.0005 else f"p = {p:.3f}"


def p_of(measure: Measure) -> str:
    """Return the p-value of a figure; where only an interval is known, what it is at most.

    Examples
    --------
    >>> known = Measure("d", "D", 0.2, 0.2, "lower", (0.1,) * 19, "redraws", 0.05)
    >>> loose = Measure("d", "D", 0.2, 0.7, "lower", (0.5,) * 19, "redraws", 1.0)
    >>> p_of(known), p_of(loose)
    ('p = 0.050', 'p ≤ 1.000')
    """
    return _at_most(measure, p_value(measure.p_value))


def q_of(measure: Measure) -> str:
    """Return the q-value of a figure in the same way.

    Examples
    --------
    >>> q_of(Measure("d", "D", 0.2, 0.7, "lower", (0.5,) * 19, "redraws", 0.05, q_value=0.1))
    'q ≤ 0.100'
    """
    return _at_most(measure, p_value(measure.q_value).replace("p", "q", 1))


def _at_most(measure: Measure, words: str) -> str:
    low, high = measure.against_null
    return words if low == high else words.replace("=", "≤")


def draws_in_words(measure: Measure) -> str:
    """Return the count that a p-value comes from; empty without a null."""
    draws = len(measure.null)
    if measure.p_value is None or not draws:
        return ""
    reached = round(measure.p_value * (draws + 1)) - 1
    return f"{reached} of {draws} draws at least as alike"


def exact_share(p: float, n: int) -> str:
    """Return a p-value by enumeration of `n` cases as the fraction it is.

    Examples
    --------
    >>> exact_share(1 / 360, 360), exact_share(4 / 19958400, 19958400)
    ('1/360', '1/4,989,600')
    """
    fraction = Fraction(round(p * n), n)
    return f"{fraction.numerator:,}/{fraction.denominator:,}"


def sentence(words: str) -> str:
    """Return a note as a sentence.

    Examples
    --------
    >>> sentence("exact; chord"), sentence("")
    ('Exact; chord.', '')
    """
    ended = words if words.endswith((".", "!", "?")) else f"{words}."
    return f"{ended[0].upper()}{ended[1:]}" if words else ""


def count(n: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> count(1, "loop"), count(3, "loop")
    ('1 loop', '3 loops')
    """
    return f"{n:,} {singular if n == 1 else plural or singular + 's'}"


def shortened(words: str, limit: int) -> str:
    """Return `words`, its middle left out where it is too long for its place.

    Examples
    --------
    >>> shortened("decoder-of-layer-12", 11)
    'decod…er-12'
    """
    if len(words) <= limit:
        return words
    head = limit // 2
    return f"{words[:head]}…{words[len(words) - (limit - head - 1) :]}"


def shortened_pair(ends: tuple[str, str], limit: int) -> str:
    """Return two names in one, each cut by itself: where names differ is often their end.

    Examples
    --------
    >>> shortened_pair(("decoder-of-layer-12", "decoder-of-layer-13"), 25)
    'decod…er-12 / decod…er-13'
    >>> shortened_pair(("truth", "decoder-of-layer-13"), 25)
    'truth / decoder-…layer-13'
    """
    room = limit - len(" / ")
    # what a short name leaves is the other's
    a, b = (max(room // 2, room - len(ends[1 - side])) for side in (0, 1))
    return f"{shortened(ends[0], a)} / {shortened(ends[1], b)}"


def listed(words: Sequence[str], limit: int = 8) -> str:
    """Return the first few of many names, and how many are left out.

    Examples
    --------
    >>> listed(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    shown = ", ".join(shortened(w, 40) for w in words[:limit])
    return shown if len(words) <= limit else f"{shown} and {len(words) - limit:,} more"
