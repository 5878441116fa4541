"""Verdict: what the measured values say, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Judgement = Literal["shared", "partly shared", "not shared", "cannot tell"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement and the sentences that carry it.

    Attributes
    ----------
    judgement : {"shared", "partly shared", "not shared", "cannot tell"}
        Of the arrangement of two dictionaries.
    reasons : tuple of str
        One sentence each, with the figures in it.
    """

    judgement: Judgement
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.judgement}: {' '.join(self.reasons)}"
