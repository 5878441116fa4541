"""A still picture for where a widget cannot be shown: an exported notebook, a viewer of files."""

from __future__ import annotations

from featuretopo.explore.views import Subject
from featuretopo.labels import Labels
from featuretopo.report.diagram_figure import common_scale, diagram_figure
from featuretopo.report.scatter_figure import faithful, scatter_figure
from featuretopo.report.standalone import Picture, beside


def still(subject: Subject) -> Picture:
    """Draw the UMAP picture and the persistence diagram of each dictionary.

    They are what no change of lens, cover or clusterer changes.
    """
    sides = subject.sides
    labels = Labels(side.dictionary for side in sides)
    top = common_scale(sides)
    umaps = [(f"{s.name}: {faithful(s.embedding)}", scatter_figure(s, labels)) for s in sides]
    diagrams = [(f"{s.name}: persistence diagram", diagram_figure(s, top)) for s in sides]
    return beside([*umaps, *diagrams], labels)
