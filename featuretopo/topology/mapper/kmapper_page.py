"""kmapper's own page of a graph, with our labels and colours, in one file that asks for nothing.

kmapper writes a page that loads d3, FileSaver and a font from the network. FileSaver it ships; d3
comes from a package that ships it for pages of its own (the extra `kmapper-page`). The font is left
out: the page names others.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections import Counter
from dataclasses import dataclass
from html import escape
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.files import atomic
from featuretopo.labels import HUES, Labels, Style
from featuretopo.topology.mapper.graph import IntArray, MapperGraph
from featuretopo.topology.mapper.kmapper_adapter import to_kmapper

_GREY = "#999999"
_OUTSIDE = re.compile(
    r"""<(?:link|script|img)\b[^>]*?(?:href|src)\s*=\s*["'](?:https?:)?//[^>]*>"""
)
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Colours:
    """What kmapper colours by: a number for each feature, and a colour for each number."""

    values: Any  # (n_features, n_ways)
    names: list[str]
    scale: list[list[Any]] | None  # kmapper's own
    bins: int


def kmapper_page(
    graph: MapperGraph,
    path: str | os.PathLike[str],
    *,
    x: Dictionary | None = None,
    title: str = "Mapper graph",
) -> Path:
    """Write kmapper's page of a graph: one HTML file that needs no network.

    A node lists its features by name, and the search box finds them. It has the colour of the
    label most frequent in it, as in all our figures; without labels, of its mean along an axis of
    the lens, on kmapper's own scale. The summary says how the graph was made, what it covers, and
    its warnings. Of more than six labels, some have a colour in common.

    Parameters
    ----------
    graph : MapperGraph
        With one node at least.
    path : path
    x : Dictionary, optional
        The dictionary of the graph, for its labels.
    title : str

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    FeaturetopoError
        If the graph is none or empty, `x` is not its dictionary, `path` is a folder, kmapper is
        of a version whose page is not known, or d3 is not installed.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> rows = (np.array([0, 1]), np.array([1, 2]))
    >>> graph = MapperGraph(rows, np.array([[0, 1]]), np.zeros((3, 1)), 3, {"lens": "none"})
    >>> page = kmapper_page(graph, pathlib.Path(tempfile.mkdtemp()) / "graph.html")
    >>> "https://cdnjs" in page.read_text("utf-8")
    False
    """
    from kmapper import KeplerMapper

    target = Path(path)
    if not isinstance(graph, MapperGraph):
        raise FeaturetopoError(
            f"{type(graph).__name__} is no MapperGraph: from_kmapper(graph, lens) makes one of "
            "kmapper's"
        )
    if not graph.n_nodes:
        words = "; ".join(graph.warnings) or "no feature is in a node"
        raise FeaturetopoError(f"the graph is empty, and kmapper draws no such graph: {words}")
    if x is not None and not isinstance(x, Dictionary):
        raise FeaturetopoError(
            f"x is of type {type(x).__name__}, which has no labels: give the Dictionary that the "
            "graph was made of, or none"
        )
    if x is not None and (len(x) != graph.n_features or (graph.names and x.names != graph.names)):
        raise FeaturetopoError(
            f"{x!r} is not the dictionary of this graph of {graph.n_features} features: give the "
            "one that it was made of, or none"
        )
    if target.is_dir():
        raise FeaturetopoError(f"{target}: is a folder; give the name of an HTML file in it")
    labels = None if x is None or (x.labels < 0).all() else Labels([x])
    style_of = None if labels is None or x is None else labels.of(x)
    colours = _by_lens(graph) if labels is None else _by_label(labels.styles, style_of)
    html = KeplerMapper(verbose=0).visualize(
        to_kmapper(graph),
        color_values=colours.values,
        color_function_name=colours.names,
        colorscale=colours.scale,
        nbins=colours.bins,
        custom_tooltips=_told(graph),
        custom_meta=_meta(graph, labels.styles if labels else ()),
        title=escape(title),
        lens=graph.lens,
        lens_names=_axes(graph),
        include_searchbar=True,
        save_file=False,
    )
    html = _alone(html)
    if labels is not None and style_of is not None:
        html = _most_frequent(html, graph, style_of, labels.styles)
    with atomic(target) as temporary:
        temporary.write_bytes(_locked(html).encode("utf-8", "replace"))
    return target


def _axes(graph: MapperGraph) -> list[str]:
    name = escape(graph.parameters.get("lens", "lens"))
    return [f"{name}, axis {axis}" for axis in range(graph.lens.shape[1])]


def _by_lens(graph: MapperGraph) -> _Colours:
    return _Colours(graph.lens, _axes(graph), None, 10)


def _by_label(styles: tuple[Style, ...], style_of: IntArray | None) -> _Colours:
    """Each style a step of its own on the scale, and a bin of its own in a histogram."""
    n = len(styles)
    scale = [
        [(place + end) / n, "rgb({}, {}, {})".format(*bytes.fromhex(_colour(style)[1:]))]
        for place, style in enumerate(styles)
        for end in (0, 1)
    ]
    return _Colours(style_of, ["most frequent label"], scale, n)


def _colour(style: Style) -> str:
    return _GREY if style.hue is None else HUES[style.hue]


def _told(graph: MapperGraph) -> Any:
    """Names, escaped: kmapper takes them for HTML. One that stands twice gets its row number."""
    names = [graph.name(row) for row in range(graph.n_features)]
    count = Counter(names)
    return np.array(
        [
            escape(name if count[name] == 1 else f"{name} (row {row})")
            for row, name in enumerate(names)
        ],
        dtype=object,
    )


def _meta(graph: MapperGraph, styles: tuple[Style, ...]) -> dict[str, str]:
    components, loops = graph.betti_numbers
    told = {name: escape(words) for name, words in graph.parameters.items()}
    told["covers"] = f"{graph.coverage:.0%} of {graph.n_features:,} features"
    told["components, loops"] = f"{components}, {loops}"
    if graph.warnings:
        told["warnings"] = "<br>".join(map(escape, graph.warnings))
    if styles:
        told["labels"] = "<br>".join(
            f'<span style="color:{_colour(style)}">&#9632;</span> {escape(style.name)}'
            for style in styles
        )
    return told


def _alone(html: str) -> str:
    """Put inside what the page asks the network for."""
    theirs = resources.files("kmapper") / "static"
    scripts = {
        "d3.js": _d3(),
        "FileSaver.min.js": (theirs / "FileSaver.min.js").read_text("utf-8"),
    }

    def inside(found: re.Match[str]) -> str:
        for name, text in scripts.items():
            if found[0].startswith("<script") and f"/{name}" in found[0]:
                return f"<script>{text}"
        if found[0].startswith("<link"):
            return ""
        raise FeaturetopoError(
            f"kmapper's page asks for {found[0]}, which is not known: install kmapper 2.1"
        )

    return _OUTSIDE.sub(inside, html)


def _d3() -> str:
    found = find_spec("tuna")  # not imported: nothing of it is wanted but this file
    for folder in (found and found.submodule_search_locations) or ():
        script = Path(folder, "web", "static", "d3.min.js")
        if script.is_file():
            return script.read_text("utf-8")
    raise FeaturetopoError(
        "kmapper's page needs the script d3, which no package here holds: "
        "pip install 'featuretopo[kmapper-page]'"
    )


def _most_frequent(
    html: str, graph: MapperGraph, style_of: IntArray, styles: tuple[Style, ...]
) -> str:
    """Colour nodes by their most frequent label: kmapper knows none but numeric averages."""
    most = [int(np.bincount(style_of[rows]).argmax()) for rows in graph.members]
    drawn = json.loads(_constant(html, "graph")[1])
    for node, place in zip(drawn["nodes"], most, strict=True):
        node["color"] = [[place / max(1, len(styles) - 1)]]
    counts = np.bincount(most, minlength=len(styles)).tolist()
    bars = [
        {
            "height": round(100 * count / max(counts)),
            "perc": round(100 * count / len(most), 1),
            "color": _colour(style),
        }
        for style, count in zip(styles, counts, strict=True)
    ]
    html = _put(_put(html, "graph", drawn), "summary_histogram", [[bars]])
    return html.replace("<p> mean</p>", "<p> most frequent</p>")


def _constant(html: str, name: str) -> re.Match[str]:
    found = re.search(rf"^ *const {name} = (.*);$", html, re.MULTILINE)
    if found is None:
        raise FeaturetopoError(
            f"kmapper's page holds no {name!r}, so that its labels cannot be coloured: install "
            "kmapper 2.1, or leave out x"
        )
    return found


def _put(html: str, name: str, value: Any) -> str:
    found = _constant(html, name)
    text = json.dumps(value).replace("<", "\\u003c").replace(">", "\\u003e")
    return f"{html[: found.start(1)]}{text}{html[found.end(1) :]}"


def _locked(html: str) -> str:
    """Allow the page its own scripts and nothing from elsewhere."""
    digests = [
        base64.b64encode(hashlib.sha256(text.encode("utf-8", "replace")).digest()).decode()
        for text in _SCRIPT.findall(html)
    ]
    allowed = " ".join(f"'sha256-{digest}'" for digest in digests)
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src " + allowed
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return html.replace("<head>", f'<head>\n  {meta}\n  <link rel="icon" href="data:,">', 1)
