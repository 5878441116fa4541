"""Persistence images of two diagrams side by side, and where one has more than the other."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from featuretopo.report.pairs import Pair
from featuretopo.report.svg import (
    Scale,
    axis_bottom,
    axis_left,
    compact,
    element,
    picture,
    rectangle,
    text,
)
from featuretopo.report.wording import number, shortened
from featuretopo.topology.vectors import persistence_image

FloatArray = npt.NDArray[np.floating[Any]]

_PIXELS = 128  # of the whole square from 0 to the cut; what is drawn is a part of it
_LEAST = 12  # cells drawn along each axis, however little fills them
_SHADES = 5  # as many as figures.css has; the first is what a fifth of the strongest cell leaves
_WIDTH, _HEIGHT, _GAP, _LEFT, _TOP = 200, 110, 26, 50, 24


@dataclass(frozen=True, slots=True)
class Images:
    """Images of the loops of several dictionaries on one grid.

    Attributes
    ----------
    of : dict of str to ndarray, shape (n_births, n_persistences)
        By the dictionary's name; all cropped to the cells that any of them fills.
    births, persistences : tuple of float
        First and last value along each axis.
    """

    of: dict[str, FloatArray]
    births: tuple[float, float]
    persistences: tuple[float, float]

    def difference(self, a: str, b: str) -> float:
        """Return how much of what two images hold together is in their difference, 0 to 1."""
        one, other = self.of[a], self.of[b]
        both = float((one + other).sum())
        return float(np.abs(one - other).sum()) / both if both else 0.0


def loop_images(pairs: Iterable[Pair]) -> Images | None:
    """Return the images of all that are compared; None where there is nothing to draw."""
    arrangements = [a for pair in pairs for a in (pair.comparison.a, pair.comparison.b)]
    cuts = [a.diagram.max_scale for a in arrangements if len(a.diagram.bars) > 1]
    if len(cuts) < len(arrangements) or not np.isfinite(cuts).all() or not cuts:
        return None
    side = max(cuts)
    whole = {
        a.name: persistence_image(a.diagram, 1, pixels=_PIXELS, side=side) for a in arrangements
    }
    strongest = np.max(list(whole.values()), axis=0)
    if not strongest.any():
        return None
    filled = strongest >= strongest.max() / _SHADES
    first = min(int(filled.any(axis=1).argmax()) - 1, _PIXELS - _LEAST)
    last = max(int(np.flatnonzero(filled.any(axis=0)).max()) + 2, _LEAST)
    first, last = max(first, 0), min(last, _PIXELS)
    cell = side / _PIXELS
    return Images(
        {name: image[first:, :last] for name, image in whole.items()},
        (first * cell, side),
        (0.0, last * cell),
    )


def image_figure(images: Images, a: str, b: str) -> Markup:
    """Draw the images of two dictionaries and their difference, all in one measure of shade.

    Parameters
    ----------
    images : Images
    a, b : str
        Names of the two dictionaries.
    """
    one, other = images.of[a], images.of[b]
    strongest = max(float(one.max()), float(other.max())) or 1.0
    more, less = np.maximum(one - other, 0), np.maximum(other - one, 0)
    panels = (
        (shortened(a, 28), [(one, "hue0")]),
        (shortened(b, 28), [(other, "hue1")]),
        ("difference", [(more, "hue0"), (less, "hue1")]),
    )
    drawn = []
    for place, (title, layers) in enumerate(panels):
        left = _LEFT + place * (_WIDTH + _GAP)
        x = Scale(*images.births, left, left + _WIDTH)
        y = Scale(*images.persistences, _TOP + _HEIGHT, _TOP)
        drawn += [
            rectangle(left, _TOP, _WIDTH, _HEIGHT, "frame"),
            *(_cells(layer, strongest, x, y, images, hue) for layer, hue in layers),
            text(left + _WIDTH / 2, _TOP - 8, title, anchor="middle", class_="label"),
            axis_bottom(x, _TOP + _HEIGHT, "birth", count=3),
        ]
        if not place:
            drawn.append(axis_left(y, left, "death minus birth", count=3))
    return picture(
        _LEFT + 3 * _WIDTH + 2 * _GAP + 8,
        _TOP + _HEIGHT + 40,
        f"Persistence images of H1: {a} and {b}",
        f"The difference holds {number(images.difference(a, b))} of what both images hold.",
        *drawn,
    )


def _cells(
    image: FloatArray, strongest: float, x: Scale, y: Scale, images: Images, hue: str
) -> Markup:
    """One path per shade: some ten bytes a cell."""
    shade = np.minimum(np.floor(image / strongest * _SHADES), _SHADES - 1).astype(int)
    births = np.linspace(*images.births, len(image) + 1)
    persistences = np.linspace(*images.persistences, image.shape[1] + 1)
    width, height = x(births[1]) - x(births[0]), y(persistences[0]) - y(persistences[1])
    paths = []
    for level in range(1, _SHADES):
        d = "".join(
            f"M{compact(x(births[i]))} {compact(y(persistences[j + 1]))}"
            f"h{compact(width)}v{compact(height)}h-{compact(width)}z"
            for i, j in np.argwhere(shade == level)
        )
        if d:
            paths.append(element("path", d=d, class_=f"fill {hue} shade{level}"))
    return Markup("").join(paths)
