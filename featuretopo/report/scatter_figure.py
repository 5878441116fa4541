"""A static picture of an embedding; many features are counted into squares first."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from featuretopo.labels import Labels
from featuretopo.report.svg import Point, Scale, element, marks, picture, rectangle, text
from featuretopo.report.wording import number, shortened
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.embedding import Embedding
from featuretopo.topology.shared_embedding import SharedEmbedding

_SIZE, _PAD, _BIN = 340, 14, 5
_MOST_MARKS = 2_000


def scatter_figure(arrangement: Arrangement, labels: Labels) -> Markup:
    """Draw the UMAP picture of one dictionary, one colour and mark per label."""
    at = _in_frame(np.asarray(arrangement.embedding.xy, float))
    return _scatter(
        at, arrangement.name, arrangement.embedding, labels.of(arrangement.dictionary), labels
    )


def shared_figures(found: SharedEmbedding, labels: Labels) -> list[Markup]:
    """Draw a joint or aligned picture once for each dictionary, over all the others in grey."""
    everything = _in_frame(np.asarray(found.xy, float))
    thin = everything[:: len(everything) // _MOST_MARKS + 1]
    behind = marks(_pairs(thin), "circle", "behind", size=3.0)
    ends = np.cumsum([len(part.xy) for part in found.parts])[:-1]
    return [
        _scatter(at, name, part, labels.of(dictionary), labels, behind)
        for at, name, part, dictionary in zip(
            np.split(everything, ends), found.names, found.parts, found.dictionaries, strict=True
        )
    ]


def faithful(part: Embedding | SharedEmbedding) -> str:
    """Say how far a picture can be believed."""
    return (
        f"trustworthiness {number(part.trustworthiness)}, "
        f"neighbours kept {number(part.neighbour_preservation)}"
    )


def _scatter(
    at: npt.NDArray[np.float64],
    name: str,
    embedding: Embedding,
    style_of: npt.NDArray[np.int64],
    labels: Labels,
    *behind: Markup,
) -> Markup:
    draw = _points if len(at) <= _MOST_MARKS else _squares
    return picture(
        _SIZE,
        _SIZE,
        f"UMAP picture of {name}",
        f"{len(at)} features in the plane, {embedding.n_neighbors} neighbours, "
        f"{faithful(embedding)}. For the eye only.",
        rectangle(0.5, 0.5, _SIZE - 1, _SIZE - 1, "frame"),
        *behind,
        *draw(at, style_of, labels),
        *_names(at, style_of, labels),
    )


def _in_frame(xy: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    low, high = xy.min(axis=0), xy.max(axis=0)
    half = max(float((high - low).max()) / 2, 1e-9)  # one unit is as long down as across
    cx, cy = ((low + high) / 2).tolist()
    x = Scale(cx - half, cx + half, _PAD, _SIZE - _PAD)
    y = Scale(cy - half, cy + half, _SIZE - _PAD, _PAD)
    return np.array([(x(u), y(v)) for u, v in xy.tolist()])


def _points(
    at: npt.NDArray[np.float64], style_of: npt.NDArray[np.int64], labels: Labels
) -> list[Markup]:
    drawn: list[Markup] = []
    for i, style in reversed(list(enumerate(labels.styles))):  # what has no label lies below
        rows = at[style_of == i]
        if len(rows):
            size = 3.0 if style.hue is None else 5.0
            drawn.append(marks(_pairs(rows), style.shape, style.class_, size=size))
    return drawn


def _squares(
    at: npt.NDArray[np.float64], style_of: npt.NDArray[np.int64], labels: Labels
) -> list[Markup]:
    """Squares in the colour of the label most frequent in them, fuller the more they hold."""
    n_styles, side = len(labels.styles), _SIZE // _BIN + 1
    column, row = (at // _BIN).astype(np.int64).T
    counts = np.zeros((side * side, n_styles), np.int64)
    np.add.at(counts, (row * side + column, style_of), 1)
    total = counts.sum(axis=1)
    winner = counts.argmax(axis=1)
    level = np.ceil(4 * np.log1p(total) / np.log1p(total.max())).astype(np.int64)  # 0 to 4
    drawn: list[Markup] = []
    for i, style in enumerate(labels.styles):
        for fullness in range(1, 5):
            cells = np.flatnonzero((winner == i) & (level == fullness))
            corners = ((c % side * _BIN, c // side * _BIN) for c in cells.tolist())
            d = "".join(f"M{u} {v}h{_BIN}v{_BIN}h-{_BIN}z" for u, v in corners)
            if d:
                drawn.append(element("path", d=d, class_=f"fill {style.class_} full{fullness}"))
    return drawn


def _names(
    at: npt.NDArray[np.float64], style_of: npt.NDArray[np.int64], labels: Labels
) -> list[Markup]:
    """Write a label's name where its features gather, if they do and there is room."""
    written: list[Markup] = []
    taken: list[tuple[float, float, float]] = []
    for i, style in enumerate(labels.styles):
        rows = at[style_of == i]
        if style.hue is None or len(rows) < 3:
            continue
        centre = np.median(rows, axis=0)
        if np.median(np.linalg.norm(rows - centre, axis=1)) > _SIZE / 6:
            continue
        words = shortened(style.name, 18)
        half = 3.4 * len(words)
        x = float(np.clip(centre[0], half + 2, _SIZE - half - 2))
        y = float(np.clip(rows[:, 1].min() - 6, 12, _SIZE - 4))
        if all(abs(x - u) > half + w or abs(y - v) > 13 for u, v, w in taken):
            taken.append((x, y, half))
            written.append(text(x, y, words, anchor="middle", class_="halo"))
    return written


def _pairs(rows: npt.NDArray[np.float64]) -> list[Point]:
    return [(float(a), float(b)) for a, b in rows]
