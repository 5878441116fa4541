"""A figure of the report outside of it: one SVG with its colours inside, and words above."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from textwrap import wrap

from markupsafe import Markup

from featuretopo.errors import FeaturetopoError
from featuretopo.files import atomic
from featuretopo.labels import HUES, Labels
from featuretopo.report.raster import png_of
from featuretopo.report.svg import compact, element, marks, picture, text
from featuretopo.report.wording import shortened
from featuretopo.visible import visible

_WIDTH, _GAP, _PAD, _LINE = 900, 24, 8, 18
_LETTER = 7.6  # width of one, about, in the widest of the usual fonts
# XML holds no half of a surrogate pair, whatever names hold
_NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")


_Placed = tuple[list[str], Markup, float, float]  # lines above, figure, width, height


@dataclass(frozen=True, slots=True, repr=False)
class Picture:
    """An SVG that stands for itself; a notebook shows it, without scripts and without a kernel.

    Attributes
    ----------
    svg : str
        The whole file.
    """

    svg: str

    def __repr__(self) -> str:
        return f"Picture({len(self.svg):,} characters of SVG)"

    def _repr_svg_(self) -> str:
        return self.svg

    def png(self, *, zoom: float = 2.0) -> bytes:
        """Return the picture as a PNG file, drawn without a browser.

        Parameters
        ----------
        zoom : float
            Pixels of the PNG to a pixel of the picture.

        Raises
        ------
        FeaturetopoError
            If `zoom` is not in (0, 10], or resvg-py (the extra ``png``) is not installed.
        """
        return png_of(self.svg, zoom)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the picture as a ``.svg`` file, or as ``.png`` where the extra ``png`` is."""
        suffix = Path(path).suffix
        if suffix not in (".svg", ".png"):
            raise FeaturetopoError(
                f"{os.fspath(path)}: a picture is saved as .svg or .png; end its name so"
            )
        content = self.svg.encode() if suffix == ".svg" else self.png()
        with atomic(path) as temporary:
            temporary.write_bytes(content)


def beside(captioned: Sequence[tuple[str, Markup]], labels: Labels | None = None) -> Picture:
    """Set figures beside each other, as many to a row as there is room for.

    Parameters
    ----------
    captioned : sequence of (str, Markup)
        What to write above a figure, and the figure.
    labels : Labels, optional
        Write below which mark stands for which label.
    """
    styles = labels.styles if labels is not None else ()
    return with_key(
        captioned,
        [
            (picture(14, 14, "mark", s.shape, marks([(7, 7)], s.shape, s.class_, size=8)), s.name)
            for s in styles
            if len(styles) > 1
        ],
    )


def with_key(captioned: Sequence[tuple[str, Markup]], key: Sequence[tuple[Markup, str]]) -> Picture:
    """Set figures beside each other, and below them what their marks stand for.

    Parameters
    ----------
    captioned : sequence of (str, Markup)
        What to write above a figure, and the figure.
    key : sequence of (Markup, str)
        A mark, 14 pixels square, and its words.

    Raises
    ------
    FeaturetopoError
        If there is no figure.
    """
    if not captioned:
        raise FeaturetopoError("nothing to draw: give at least one")
    drawn: list[Markup] = []
    wide, y = 0.0, float(_PAD)
    for row in _rows(captioned):
        x, above = float(_PAD), _LINE * max(len(lines) for lines, *_ in row) + 6
        for lines, figure, width, height in row:
            drawn += [
                text(x, y + _LINE * (i + 0.7), line, class_="name") for i, line in enumerate(lines)
            ]
            drawn.append(element("svg", figure, x=x, y=y + above, width=width, height=height))
            x += width + _GAP
        wide = max(wide, x - _GAP + _PAD)
        y += above + max(height for *_, height in row) + _PAD
    if key:
        y += _LINE
        lines_of_key, n_lines = _key(key, wide, y)
        drawn += lines_of_key
        y += _LINE * n_lines
    whole = element(
        "svg",
        element("style", Markup(_style())),
        element("rect", width=wide, height=y, fill="#fff"),  # whatever the notebook's theme
        *drawn,
        xmlns="http://www.w3.org/2000/svg",
        class_="featuretopo",
        viewBox=f"0 0 {compact(wide)} {compact(y)}",
        width=wide,
        height=y,
    )
    return Picture(_NOT_XML.sub("\ufffd", _coloured(visible(whole))))


def _rows(captioned: Sequence[tuple[str, Markup]]) -> list[list[_Placed]]:
    rows: list[list[_Placed]] = [[]]
    x = 0.0
    for words, figure in captioned:
        width, height = _size(figure)
        if x and x + width > _WIDTH:
            rows.append([])
            x = 0.0
        rows[-1].append((wrap(words, int(width / _LETTER)), figure, width, height))
        x += width + _GAP
    return rows


def _size(figure: Markup) -> tuple[float, float]:
    found = re.match(r'<svg [^>]*? width="([\d.]+)" height="([\d.]+)"', figure)
    assert found, "every figure is made by svg.picture"
    return float(found[1]), float(found[2])


def _key(key: Sequence[tuple[Markup, str]], width: float, y: float) -> tuple[list[Markup], int]:
    drawn: list[Markup] = []
    x, line = float(_PAD), 0
    for mark, name in key:
        words = shortened(name, 28)
        needs = 24 + _LETTER * len(words)
        if x + needs > width and x > _PAD:
            x, line = float(_PAD), line + 1
        at = y + _LINE * line
        drawn.append(element("svg", mark, x=x - 2, y=at - 11, width=14, height=14))
        drawn.append(text(x + 14, at, words))
        x += needs
    return drawn, line + 1


@cache
def _style() -> str:
    """Our figures' rules, in the light colours, for this picture and nothing around it."""
    pages = resources.files("featuretopo.report") / "page"
    rules = []
    for names, body in re.findall(
        r"([^{}]+)\{([^}]*)\}", (pages / "figures.css").read_text("utf-8")
    ):
        own = (f".featuretopo {name.strip().removeprefix('svg ')}" for name in names.split(","))
        rules.append(f"{', '.join(own)} {{{body.rstrip()} }}")
    return "\n".join([".featuretopo, .featuretopo svg { overflow: visible; }", *rules]).replace(
        "font-family: inherit", "font-family: system-ui, sans-serif"
    )


def _coloured(svg: str) -> str:
    """Put the light colours where a page would have looked them up."""
    colours = _colours()
    return re.sub(r"var\(--([\w-]+)\)", lambda found: colours.get(found[1], found[0]), svg)


@cache
def _colours() -> dict[str, str]:
    style = resources.files("featuretopo.report") / "page" / "style.css"
    light = re.findall(r"--([\w-]+): (#\w+);", style.read_text("utf-8"))
    return dict(reversed(light)) | {f"hue{i}": hue for i, hue in enumerate(HUES)}
