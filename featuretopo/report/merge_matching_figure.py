"""Which merge of one dictionary became which of the other: the matching behind the H0 distance."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from featuretopo.errors import FeaturetopoError
from featuretopo.report.bar_matching_figure import Matched
from featuretopo.report.svg import Scale, axis_left, element, line, marks, picture, text
from featuretopo.report.wording import number, shortened
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.matching import diagram_matching

_WIDTH, _HEIGHT, _LEFT, _TOP, _OUT = 180, 200, 64, 26, 150


def matched_merges(a: Arrangement, b: Arrangement) -> Matched | None:
    """Draw the scales at which groups merge, those of a at the left, and what each became in b.

    Lines that fall on the same pixels are drawn once, so that many features make no large picture.
    None where the diagrams cannot be compared, or a side has no H0 bar that ends.
    """
    try:
        found = diagram_matching(a.diagram, b.diagram, dim=0, order=1)
    except FeaturetopoError:
        return None
    deaths = [side.diagram.bars[0][:, 1] for side in (a, b)]
    known = [each[np.isfinite(each)] for each in deaths]
    if not all(map(len, known)):
        return None
    low, high = (float(f(np.concatenate(known))) for f in (np.min, np.max))
    # what differs by less than float32 tells apart is one scale
    margin = 0.04 * (high - low) if high - low > 1e-5 else 0.05
    y = Scale(low - margin, high + margin, _TOP + _HEIGHT, _TOP)
    left, right = _LEFT + 8, _LEFT + 8 + _WIDTH

    def levels(side: int, rows: list[int]) -> list[int]:
        return [round(y(death)) for death in deaths[side][rows].tolist()]

    moves = set(
        zip(levels(0, found.pairs[:, 0].tolist()), levels(1, found.pairs[:, 1].tolist()),
            strict=True)
    )  # fmt: skip
    drawn = [_path([(left, u, right, v) for u, v in sorted(moves)], "edge")]
    for side, (alone, x, out) in enumerate(
        ((found.alone_a, left, left - 6), (found.alone_b, right, right + 6))
    ):
        ends = sorted(set(levels(side, alone.tolist())))
        drawn.append(_path([(x, end, out, end) for end in ends], f"curve hue{side}"))
    for side, (arrangement, shape, x) in enumerate(((a, "circle", left), (b, "diamond", right))):
        drawn += [
            line(x, _TOP, x, _TOP + _HEIGHT, "axis"),
            marks([(x, 12)], shape, f"hue{side}", size=8),
            text(x + 10, 16, shortened(arrangement.name, 18), class_="name"),
        ]
    return Matched(
        picture(
            right + _OUT,
            _TOP + _HEIGHT + 12,
            f"H0 bars of {a.name} matched with those of {b.name}",
            f"{len(found.pairs)} matched, {len(found.alone_a) + len(found.alone_b)} shrink to "
            f"nothing; Wasserstein distance {number(found.distance)}.",
            axis_left(y, _LEFT, "death", count=4),
            *drawn,
        ),
        len(found.pairs),
        len(found.alone_a) + len(found.alone_b),
        float(found.moves.max(initial=0.0)),
        found.distance,
    )


def _path(lines: list[tuple[float, float, float, float]], class_: str) -> Markup:
    d = "".join(f"M{x:g} {u}L{to:g} {v}" for x, u, to, v in lines)
    return element("path", d=d, class_=class_) if d else Markup("")
