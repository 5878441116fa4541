"""The templates of the page, and what they can say."""

from __future__ import annotations

import math
from importlib import resources

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from featuretopo.compare.verdict import LEVEL, only_bounded
from featuretopo.labels import HUES
from featuretopo.report import wording
from featuretopo.report.asked import asked
from featuretopo.report.labels import labels_in_words
from featuretopo.report.pairs import patch_titles
from featuretopo.report.shapes import kind_count

_FILTERS = (
    "number",
    "interval",
    "share",
    "p_value",
    "p_of",
    "q_of",
    "draws_in_words",
    "sentence",
    "shortened",
    "shortened_pair",
    "listed",
)


def templates() -> Environment:
    """Return the templates; all words are escaped."""
    found = Environment(
        loader=PackageLoader("featuretopo.report", "page"),
        autoescape=True,  # names of features and files come from strangers
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters.update({name: getattr(wording, name) for name in _FILTERS})
    found.filters["literal"] = repr  # what stands in code is whole
    found.tests["only_bounded"] = only_bounded
    found.globals.update(
        asked=asked,
        count=wording.count,
        entropy_bound=lambda n: math.log(n - 1),
        hues=HUES,
        kind_count=kind_count,
        labels_in_words=labels_in_words,
        level=LEVEL,
        only_bounded=only_bounded,
        patch_titles=patch_titles,
        quantile=lambda values, share: float(np.quantile(values, share)),
    )
    return found


def page_file(name: str) -> Markup:
    """Return a style or script of ours, as it is."""
    file = resources.files("featuretopo.report") / "page" / name
    return Markup(file.read_text("utf-8"))
