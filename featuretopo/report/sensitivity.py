"""What hangs on parameters that somebody chose, dictionary by dictionary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from markupsafe import Markup

from featuretopo.compare.verdict import LEVEL
from featuretopo.report.stability_figure import stability_figure
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.mapper.stability import MapperStability


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """One dictionary: its Mapper graph over a range of covers, its clusters with features left out.

    Attributes
    ----------
    name : str
    found : MapperStability
    coverage : tuple of float
        Least and largest share of the features that any cover keeps in the graph.
    n_clusters : int
        Those that stand out from their null.
    stability : tuple of float or None
        Their least and median stability; None without clusters.
    figures : tuple of (str, Markup)
        Counts over the covers.
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
        figures=(
            ("components", stability_figure(found, "components")),
            ("loops", stability_figure(found, "loops")),
        ),
    )
