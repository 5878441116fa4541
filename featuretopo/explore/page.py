"""A page with the same views that needs no kernel and no network."""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Sequence
from html import escape
from pathlib import Path

from featuretopo.errors import FeaturetopoError
from featuretopo.explore.bundle import script, style
from featuretopo.explore.graphs import graphs
from featuretopo.explore.packet import Packet
from featuretopo.explore.still import still
from featuretopo.explore.views import Subject, views
from featuretopo.files import atomic
from featuretopo.visible import visible


def explore_page(
    subject: Subject,
    path: str | os.PathLike[str],
    *,
    made: Packet | None = None,
    selected: Sequence[Sequence[int]] = (),
) -> Path:
    """Write one HTML file with the four views of each dictionary; a still picture without scripts.

    Parameters
    ----------
    subject : Subject
    path : path
    made : Packet, optional
        Graphs to show instead of those that the subject came with.
    selected : sequence of sequence of int
        Rows of each side that are selected when the page is opened; empty for none.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    FeaturetopoError
        If `path` is a folder.
    """
    target = Path(path)
    if target.is_dir():
        raise FeaturetopoError(f"{target}: is a folder; give the name of an HTML file in it")
    code = script("page")
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    policy = (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; "
        f"script-src 'sha256-{digest}'"
    )
    names = [escape(visible(side.name)) for side in subject.sides]
    title = " and ".join(names)
    heading = " and ".join(f"<bdi>{name}</bdi>" for name in names)
    held = {"views": views(subject), "graphs": made or graphs(subject)}
    picture = base64.b64encode(still(subject).svg.encode()).decode()
    chosen = json.dumps([list(rows) for rows in selected])
    html = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<link rel="icon" href="data:,">
<title>{title} - featuretopo</title>
<style>{style("widget")}{style("page")}</style>
</head>
<body>
<main><h1>{heading}</h1><div id="explore"></div></main>
<noscript><main><p>The views are drawn by a script. Without one, this is all that can be shown:</p>
<img alt="UMAP picture and persistence diagram of {title}"
src="data:image/svg+xml;base64,{picture}"></main></noscript>
{"".join(_standing(name, each) for name, each in held.items())}
<script type="application/json" id="selected">{chosen}</script>
<script type="module">{code}</script>
</body>
</html>
"""
    with atomic(target) as temporary:
        temporary.write_bytes(html.encode("utf-8", "replace"))
    return target


def _standing(name: str, held: Packet) -> str:
    # no name of a stranger may end the element that it stands in
    text = held.text.replace("<", "\\u003c")
    data = base64.b64encode(held.data).decode()
    return (
        f'<script type="application/json" id="{name}-text">{text}</script>\n'
        f'<script type="text/plain" id="{name}-data">{data}</script>\n'
    )
