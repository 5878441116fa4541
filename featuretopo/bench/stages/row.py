"""A row of results, as a stage leaves it."""

from __future__ import annotations

import math
from typing import Any


def row(
    measure: str,
    value: float | None,
    *,
    part: str = "",
    interval: tuple[float, float] | None = None,
    p: float | None = None,
    q: float | None = None,
    effect: float | None = None,
    note: str = "",
) -> dict[str, Any]:
    """Return one row; a value that is no number is none, and the row says "undefined".

    Examples
    --------
    >>> row("mmcs", 0.9)["status"], row("mmcs", float("nan"))["status"]
    ('done', 'undefined')
    """
    known = value is not None and math.isfinite(value)
    low, high = interval or (None, None)
    return {
        "measure": measure,
        "part": part,
        "value": float(value) if known and value is not None else None,
        "low": low,
        "high": high,
        "p": p,
        "q": q,
        "effect": effect,
        "note": note,
        "status": "done" if known or note else "undefined",
    }
