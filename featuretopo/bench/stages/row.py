"""A row of results, as a stage leaves it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np


def row(
    measure: str,
    value: float | None,
    *,
    part: str = "",
    interval: tuple[float, float] | None = None,
    p: float | None = None,
    q: float | None = None,
    effect: float | None = None,
    null: Sequence[float] = (),
    note: str = "",
) -> dict[str, Any]:
    """Return one row; a value that is no number is none, and the row says "undefined".

    Of the draws of a null, the row keeps where the middle 90% lie.

    Examples
    --------
    >>> row("mmcs", 0.9)["status"], row("mmcs", float("nan"))["status"]
    ('done', 'undefined')
    """
    known = value is not None and math.isfinite(value)
    low, high = interval or (None, None)
    drawn = [each for each in null if math.isfinite(each)]
    chance = np.quantile(drawn, (0.05, 0.95)).tolist() if drawn else (None, None)
    return {
        "measure": measure,
        "part": part,
        "value": float(value) if known and value is not None else None,
        "low": low,
        "high": high,
        "p": p,
        "q": q,
        "effect": effect,
        "null_low": chance[0],
        "null_high": chance[1],
        "note": note,
        "status": "done" if known or note else "undefined",
    }
