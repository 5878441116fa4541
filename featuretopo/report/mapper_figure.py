"""A Mapper graph as a picture. Positions are for the eye; every number comes from the graph."""

from __future__ import annotations

import math

import networkx as nx
import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from featuretopo.report.labels import Labels, labels_in_words
from featuretopo.report.svg import compact, element, marks, picture, rectangle, text
from featuretopo.report.wording import count
from featuretopo.topology.arrangement import Arrangement

_WIDTH, _HEIGHT, _PAD = 340, 320, 12
_SLOW = 500  # nodes above which the layout is cut short


def mapper_figure(arrangement: Arrangement, labels: Labels) -> Markup:
    """Draw one graph: nodes by size and by the label most frequent in them."""
    graph = arrangement.mapper
    at = _packed(graph.to_networkx())
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


def _packed(graph: nx.Graph) -> dict[int, tuple[float, float]]:
    """Lay out every component by itself and set them in rows, largest first.

    One spring layout for all would let loose components drift over each other.
    """
    boxes: list[tuple[float, dict[int, npt.NDArray[np.float64]]]] = []
    for nodes in sorted(nx.connected_components(graph), key=lambda c: (-len(c), min(c))):
        part = graph.subgraph(sorted(nodes))
        side = 1.0 if len(part) == 1 else 1.6 * math.sqrt(len(part))
        rounds = 50 if len(part) > _SLOW else 200
        place = nx.spring_layout(part, seed=0, iterations=rounds)
        boxes.append((side, _squared(place, side)))
    row = max(1.25 * math.sqrt(sum(side**2 for side, _ in boxes)), *(s for s, _ in boxes), 1.0)
    at: dict[int, tuple[float, float]] = {}
    x = y = height = 0.0
    for side, place in boxes:
        if x + side > row + 1e-9:
            x, y, height = 0.0, y + height, 0.0
        at |= {node: (x + float(p[0]), y + float(p[1])) for node, p in place.items()}
        x, height = x + side, max(height, side)
    zoom = min((_WIDTH - 2 * _PAD) / row, (_HEIGHT - 2 * _PAD) / max(y + height, 1e-9))
    left, top = (_WIDTH - row * zoom) / 2, (_HEIGHT - (y + height) * zoom) / 2
    return {node: (left + u * zoom, top + v * zoom) for node, (u, v) in at.items()}


def _squared(
    place: dict[int, npt.NDArray[np.float64]], side: float
) -> dict[int, npt.NDArray[np.float64]]:
    """Stretch a layout to a square of width `side`, with a margin around it."""
    xy = np.array(list(place.values()))
    low, width = xy.min(axis=0), np.ptp(xy, axis=0)
    inner = max(side - 0.9, 0.0)
    spread = np.where(width > 0, (xy - low) / np.where(width > 0, width, 1), 0.5)
    return dict(zip(place, (side - inner) / 2 + spread * inner, strict=True))
