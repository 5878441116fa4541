"""Measure: one figure of a comparison beside its null."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Direction = Literal["higher", "lower"]


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
