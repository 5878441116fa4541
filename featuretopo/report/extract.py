"""Extract: the figures of a page that was written, each as a file that needs nothing else."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

from markupsafe import Markup

from featuretopo.errors import FeaturetopoError
from featuretopo.report.standalone import Picture, with_key

#: What a figure of ours is made of. Whatever else stands in a picture was put in by somebody.
_TAGS = {"svg", "title", "desc", "path", "rect", "circle", "line", "text", "g"}
_ATTRIBUTES = {
    "role", "viewBox", "width", "height", "class", "d", "x", "y", "cx", "cy", "r", "transform",
    "text-anchor", "stroke-width", "fill", "style",
}  # fmt: skip
_SVG = r"<svg .*?</svg>"
_LEGEND, _END = r'<ul class="legend".*?</ul>', r"<h[23]|</?details|</section"
_PARTS = re.compile(f"(?P<legend>{_LEGEND})|(?P<figure>{_SVG})|(?P<end>{_END})", re.DOTALL)
_ENTRY = re.compile(rf"<li>\s*(?P<mark>{_SVG})(?P<words>.*?)</li>", re.DOTALL)
_OURS = '<p class="kicker">featuretopo'
_WRITERS = "compare, inspect, demo or sweep report"
_LONGEST = 132  # letters of a file's name: both dictionaries and the measure


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a page.

    Attributes
    ----------
    name : str
        For a file, without its ending: where it stands on the page, and its title in plain letters.
    title : str
    picture : Picture
        With its title above, and below it what its marks stand for, where the page has that.
    """

    name: str
    title: str
    picture: Picture


def figures_of(path: str | os.PathLike[str]) -> list[Figure]:
    """Return the figures of a page of ours, in the order in which they stand there.

    Parameters
    ----------
    path : path
        The page of a comparison, of the demo, of an inspection or of a sweep.

    Raises
    ------
    FeaturetopoError
        If there is no such file, it is no such page, has no figures, or a picture in it is none of
        ours.
    """
    where = os.fspath(path)
    if not Path(path).is_file():
        raise FeaturetopoError(f"{where}: no such file; give a page that {_WRITERS} wrote")
    html = Path(path).read_bytes().decode("utf-8", "replace")
    if _OURS not in html:
        raise FeaturetopoError(
            f"{where}: no page with figures; give one that {_WRITERS} wrote (the views of explore "
            "save their pictures themselves)"
        )
    found: list[tuple[str, str]] = []  # a figure, and the legend below it
    waiting: list[str] = []
    for part in _PARTS.finditer(html):
        if part["figure"]:
            waiting.append(part["figure"])
        elif waiting:
            found += [(each, part["legend"] or "") for each in waiting]
            waiting = []
    found += [(each, "") for each in waiting]
    if not found:
        raise FeaturetopoError(f"{where}: has no figures")
    width = len(str(len(found)))
    return [
        _figure(f"{place:0{width}d}", figure, legend, where)
        for place, (figure, legend) in enumerate(found, 1)
    ]


def _figure(number: str, figure: str, legend: str, where: str) -> Figure:
    title = _title(figure, where)
    key = []
    for entry in _ENTRY.finditer(legend):
        _title(entry["mark"], where)
        key.append((Markup(entry["mark"]), unescape(entry["words"]).strip()))
    letters = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    if len(letters) > _LONGEST:  # names stand at the start of a title, what is shown at its end
        first, last = letters[: _LONGEST // 2], letters[2 - _LONGEST // 2 :]
        letters = f"{first.strip('-')}--{last.strip('-')}"
    picture = with_key([(title, Markup(figure))], key)
    return Figure(f"{number}-{letters}" if letters else number, title, picture)


def _title(figure: str, where: str) -> str:
    """Return the title of a picture, if the picture is one of ours."""
    try:
        root = ElementTree.fromstring(figure)
    except ElementTree.ParseError:
        root = None
    if root is None or any(
        each.tag not in _TAGS or not _ATTRIBUTES.issuperset(each.keys()) for each in root.iter()
    ):
        raise FeaturetopoError(
            f"{where}: holds a picture that featuretopo did not write; make the page again"
        )
    return (root.findtext("title") or "").strip()
