"""A Mapper graph as a picture. Positions are for the eye; every number comes from the graph."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from featuretopo.dictionary import Dictionary, IntArray
from featuretopo.labels import NONE, Labels
from featuretopo.report.labels import labels_in_words
from featuretopo.report.svg import compact, element, marks, picture, rectangle, text
from featuretopo.report.wording import count, shortened
from featuretopo.topology.mapper.graph import MapperGraph
from featuretopo.topology.mapper.layout import packed_layout

_WIDTH, _HEIGHT, _PAD, _MARGIN = 340, 320, 12, 0.45
_NAMED = 5  # features that a node without labels tells by name


def mapper_figure(
    graph: MapperGraph, name: str, x: Dictionary | None = None, labels: Labels | None = None
) -> Markup:
    """Draw one graph: nodes by size and by the label most frequent in them.

    Without its dictionary and labels, nodes are grey and tell a few features by name.
    """
    at = _placed(packed_layout(graph))
    style_of = None if labels is None or x is None else labels.of(x)
    edges = "".join(
        f"M{compact(at[u][0])} {compact(at[u][1])}L{compact(at[v][0])} {compact(at[v][1])}"
        for u, v in graph.edges.tolist()
    )
    nodes: list[Markup] = []
    for node, rows in enumerate(graph.members):
        style, inside = NONE, _names(graph, rows)
        if style_of is not None and labels is not None and x is not None:
            style = labels.styles[int(np.bincount(style_of[rows]).argmax())]
            inside = labels_in_words(x, rows)
        size = min(22.0, 4.0 + 1.8 * math.sqrt(len(rows)))
        words = f"{count(len(rows), 'feature')}: {inside}"
        mark = marks([at[node]], style.shape, style.class_, size=size)
        nodes.append(element("g", element("title", words), mark))
    return picture(
        _WIDTH,
        _HEIGHT,
        f"Mapper graph of {name}",
        f"{count(graph.n_nodes, 'node')}, {count(len(graph.edges), 'edge')}, "
        f"{count(graph.n_components, 'component')}, {count(graph.n_loops, 'independent loop')}. "
        "Positions come from a layout and mean nothing.",
        rectangle(0.5, 0.5, _WIDTH - 1, _HEIGHT - 1, "frame"),
        element("path", d=edges, class_="edge") if edges else "",
        *nodes,
        "" if nodes else text(_WIDTH / 2, _HEIGHT / 2, "no nodes", anchor="middle", class_="label"),
    )


def _names(graph: MapperGraph, rows: IntArray) -> str:
    first = [shortened(graph.name(row), 24) for row in rows[:_NAMED].tolist()]
    return ", ".join([*first, *(["..."] if len(rows) > _NAMED else [])])


def _placed(layout: npt.NDArray[np.float64]) -> list[tuple[float, float]]:
    """Zoom a layout to the picture and set it in the middle."""
    width, height = layout.max(axis=0, initial=0.0) + _MARGIN
    zoom = min((_WIDTH - 2 * _PAD) / width, (_HEIGHT - 2 * _PAD) / height)
    left, top = (_WIDTH - width * zoom) / 2, (_HEIGHT - height * zoom) / 2
    return [(left + float(u) * zoom, top + float(v) * zoom) for u, v in layout]
