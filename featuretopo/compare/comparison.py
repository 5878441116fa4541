"""Comparison: two dictionaries in, every measure of the pair out, each beside its null."""

from __future__ import annotations

from dataclasses import dataclass

from featuretopo.compare.measure import Measure
from featuretopo.compare.verdict import Verdict
from featuretopo.topology.arrangement import Arrangement


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Every measure of one pair of dictionaries, and the verdict.

    Attributes
    ----------
    a, b : Arrangement
        The two dictionaries with their own topology.
    pairing : str
        How features were paired, in words; empty when they could not be.
    n_pairs : int
        Number of matched pairs.
    unmatched_share : float
        Share of the smaller dictionary's features left without a partner.
    measures : tuple of Measure
    verdict : Verdict
    """

    a: Arrangement
    b: Arrangement
    pairing: str
    n_pairs: int
    unmatched_share: float
    measures: tuple[Measure, ...]
    verdict: Verdict

    def __getitem__(self, name: str) -> Measure:
        """Return the measure called `name`."""
        return next(m for m in self.measures if m.name == name)
