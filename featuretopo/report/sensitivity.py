"""What hangs on parameters that somebody chose, dictionary by dictionary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from markupsafe import Markup

from featuretopo.compare.verdict import LEVEL
from featuretopo.report.stability_figure import OVER, WHAT, stability_figure, stability_in_words
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.mapper.stability import MapperStability


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """One dictionary: its Mapper graph over a range, its clusters with features left out.

    Attributes
    ----------
    name : str
    found : MapperStability
    coverage : tuple of float
        Least and largest share of the features in a graph, over all covers and clusterers.
    n_clusters : int
        Those that stand out from their null.
    stability : tuple of float or None
        Their least and median stability; None without clusters.
    figures : tuple of (str, Markup)
        What is kept, in words, and counts over the covers and the clusterers.
    """

    name: str
    found: MapperStability
    coverage: tuple[float, float]
    n_clusters: int
    stability: tuple[float, float] | None
    figures: tuple[tuple[str, Markup], ...]


def sensitivities(
    arrangements: Sequence[Arrangement], stabilities: Mapping[str, MapperStability]
) -> tuple[Sensitivity, ...]:
    """Return the sensitivity of each dictionary whose stability is known, by its name."""
    return tuple(
        _sensitivity(a, stabilities[a.name]) for a in arrangements if a.name in stabilities
    )


def _sensitivity(a: Arrangement, found: MapperStability) -> Sensitivity:
    stable = [c.stability for c in a.clusters if c.p_value <= LEVEL]
    return Sensitivity(
        name=a.name,
        found=found,
        coverage=(float(found.coverage.min()), float(found.coverage.max())),
        n_clusters=len(stable),
        stability=(min(stable), median(stable)) if stable else None,
        figures=tuple(
            (words, stability_figure(found, what, over, a.name))
            for over in OVER
            for what in WHAT
            if (words := stability_in_words(found, what, over))
        ),
    )
