"""A Mapper graph as a picture. Positions are for the eye; every number comes from the graph."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from featuretopo.labels import Labels
from featuretopo.report.labels import labels_in_words
from featuretopo.report.svg import compact, element, marks, picture, rectangle, text
from featuretopo.report.wording import count
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.mapper.layout import packed_layout

_WIDTH, _HEIGHT, _PAD, _MARGIN = 340, 320, 12, 0.45


def mapper_figure(arrangement: Arrangement, labels: Labels) -> Markup:
    """Draw one graph: nodes by size and by the label most frequent in them."""
    graph = arrangement.mapper
    at = _placed(packed_layout(graph))
    style_of = labels.of(arrangement.dictionary)
    edges = "".join(
        f"M{compact(at[u][0])} {compact(at[u][1])}L{compact(at[v][0])} {compact(at[v][1])}"
        for u, v in graph.edges.tolist()
    )
    nodes: list[Markup] = []
    for node, rows in enumerate(graph.members):
        style = labels.styles[int(np.bincount(style_of[rows]).argmax())]
        size = min(22.0, 4.0 + 1.8 * math.sqrt(len(rows)))
        labelled = labels_in_words(arrangement.dictionary, rows)
        words = f"{count(len(rows), 'feature')}: {labelled}"
        mark = marks([at[node]], style.shape, style.class_, size=size)
        nodes.append(element("g", element("title", words), mark))
    return picture(
        _WIDTH,
        _HEIGHT,
        f"Mapper graph of {arrangement.name}",
        f"{count(graph.n_nodes, 'node')}, {count(len(graph.edges), 'edge')}, "
        f"{count(graph.n_components, 'component')}, {count(graph.n_loops, 'independent loop')}. "
        "Positions come from a layout and mean nothing.",
        rectangle(0.5, 0.5, _WIDTH - 1, _HEIGHT - 1, "frame"),
        element("path", d=edges, class_="edge") if edges else "",
        *nodes,
        "" if nodes else text(_WIDTH / 2, _HEIGHT / 2, "no nodes", anchor="middle", class_="label"),
    )


def _placed(layout: npt.NDArray[np.float64]) -> list[tuple[float, float]]:
    """Zoom a layout to the picture and set it in the middle."""
    width, height = layout.max(axis=0, initial=0.0) + _MARGIN
    zoom = min((_WIDTH - 2 * _PAD) / width, (_HEIGHT - 2 * _PAD) / height)
    left, top = (_WIDTH - width * zoom) / 2, (_HEIGHT - height * zoom) / 2
    return [(left + float(u) * zoom, top + float(v) * zoom) for u, v in layout]
