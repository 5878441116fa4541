"""Frequency: how often features fire."""

from __future__ import annotations

from dataclasses import dataclass

from featuretopo.errors import FeaturetopoError


@dataclass(frozen=True)
class PerShape:
    """One frequency for every shape whose features fire together, one for lone features.

    Parameters
    ----------
    joint : float
        Mean number of features that fire per sample, of each such shape.
    lone : float
        Probability that a feature that belongs to no such shape fires in a sample, in (0, 1).

    Raises
    ------
    FeaturetopoError
        If one of them is out of range.

    Examples
    --------
    >>> PerShape(joint=0.2, lone=0.02)
    PerShape(joint=0.2, lone=0.02)
    """

    joint: float = 0.2
    lone: float = 0.02

    def __post_init__(self) -> None:
        if not self.joint > 0:
            raise FeaturetopoError(f"joint={self.joint} must be positive; 0.05 to 0.5 is usual")
        if not 0 < self.lone < 1:
            raise FeaturetopoError(f"lone={self.lone} must lie in (0, 1); 0.001 to 0.05 is usual")
