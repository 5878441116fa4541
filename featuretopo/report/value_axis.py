"""An axis for values that doublings or decades lie between: logarithmic where that is needed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from featuretopo.report.svg import Scale, line, text

_FAR = 6.0  # largest to smallest, beyond which a linear axis would crowd the small
_LETTER = 6.6


@dataclass(frozen=True, slots=True)
class ValueAxis:
    """A horizontal axis through the values at hand.

    Attributes
    ----------
    scale : Scale
        Of the values or of their logarithms.
    ticks : tuple of float
        Where to write a number.
    log : bool

    Examples
    --------
    >>> axis_of([1, 100], 0, 100).log, axis_of([0, 1], 0, 100).log
    (True, False)
    >>> axis_of([0, 0.5, 1], 10, 110)(0.5)
    60.0
    """

    scale: Scale
    ticks: tuple[float, ...]
    log: bool

    def __call__(self, value: float) -> float:
        return self.scale(math.log(value) if self.log else value)

    def drawn(self, y: float, label: str) -> Markup:
        """Return the base line, its numbers where there is room for them, and what is measured."""
        parts = [line(self.scale.start, y, self.scale.end, y, "axis")]
        free = -math.inf
        for tick in self.ticks:
            x, words = self(tick), f"{tick:g}"
            parts.append(line(x, y, x, y + 4, "axis"))
            half = _LETTER * len(words) / 2
            if x - half > free:
                parts.append(text(x, y + 16, words, anchor="middle", class_="tick"))
                free = x + half + 3
        middle = (self.scale.start + self.scale.end) / 2
        parts.append(text(middle, y + 32, label, anchor="middle", class_="label"))
        return Markup("").join(parts)


def axis_of(values: Sequence[float], start: float, end: float, *, at: bool = False) -> ValueAxis:
    """Lay an axis through values, in pixels from `start` to `end`.

    Parameters
    ----------
    values : sequence of float
        One at least.
    start, end : float
    at : bool
        Write the values themselves instead of round numbers.
    """
    low, high = min(values), max(values)
    log = low > 0 and high / low > _FAR
    if log:
        scale = Scale(math.log(low), math.log(high), start, end)
        round_ones = tuple(
            v
            for power in range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
            for v in (10.0**power, 2 * 10.0**power, 5 * 10.0**power)
            if low <= v <= high
        )
    else:
        scale = Scale(low, high, start, end)
        round_ones = scale.ticks(4)
    return ValueAxis(scale, tuple(sorted(set(values))) if at else round_ones, log)
