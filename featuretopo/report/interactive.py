"""The one interactive figure: UMAP pictures with a name under the pointer.

plotly.js is 4.8 MB, so it travels compressed inside the page and is unpacked by the browser, and
only when the reader asks for the figure. Without scripts the static pictures stand there alone.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape

import numpy as np

from featuretopo.labels import HUES, Labels
from featuretopo.report.wording import shortened
from featuretopo.topology.arrangement import Arrangement
from featuretopo.visible import visible


@dataclass(frozen=True, slots=True)
class Interactive:
    """What the page's script unpacks, each as gzip in base64."""

    plotly: str
    data: str


def interactive(arrangements: Sequence[Arrangement], labels: Labels) -> Interactive:
    """Pack plotly.js and the pictures of all dictionaries."""
    pictures = []
    for arrangement in arrangements:
        xy = np.asarray(arrangement.embedding.xy, float)
        pictures.append(
            {
                "name": visible(arrangement.name),
                "x": np.round(xy[:, 0], 3).tolist(),
                "y": np.round(xy[:, 1], 3).tolist(),
                "style": labels.of(arrangement.dictionary).tolist(),
                "names": [_plain(name, 80) for name in arrangement.dictionary.names],
            }
        )
    styles = [
        {
            "name": _plain(style.name, 40),
            "colour": None if style.hue is None else HUES[style.hue],
            "symbol": {"triangle": "triangle-up"}.get(style.shape, style.shape),
        }
        for style in labels.styles
    ]
    words = json.dumps({"pictures": pictures, "styles": styles}, separators=(",", ":"))
    return Interactive(_plotly(), _packed(words))


def _plain(name: str, limit: int) -> str:
    # plotly reads a little HTML in texts, and a name must stay a name; of quotes it reads nothing
    return escape(visible(shortened(name, limit)), quote=False)


@cache
def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    return _packed(get_plotlyjs())


def _packed(words: str) -> str:
    # mtime=0: the same input gives the same page, byte for byte
    return base64.b64encode(gzip.compress(words.encode("utf-8", "replace"), 9, mtime=0)).decode()
