"""What the cosine says of each SAE beside what the arrangement says."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from featuretopo.compare.recovery import Recovery
from featuretopo.report.svg import Scale, axis_bottom, line, marks, picture, text
from featuretopo.report.wording import shortened

_WIDTH, _GUTTER, _ROW, _TOP = 580, 124, 46, 34


def shapes_found(recovery: Recovery) -> tuple[int, int]:
    """Return how many shapes were recovered, and of how many that can be seen at all."""
    visible = [shape for shape in recovery.shapes if shape.expected != "nothing"]
    return sum(shape.recovered for shape in visible), len(visible)


def gap_figure(recoveries: Sequence[Recovery]) -> Markup:
    """Draw four shares per SAE on one line: shapes, features of their own, passing, MMCS."""
    scale = Scale(0, 1, _GUTTER, _WIDTH - 24)
    bottom = _TOP + _ROW * len(recoveries) + 8
    rows: list[Markup] = []
    for i, recovery in enumerate(recoveries):
        y = _TOP + _ROW * (i + 0.5)
        found, total = shapes_found(recovery)
        near, mmcs = recovery.nearest_neighbour_pass_share, recovery.mmcs_truth_to_sae
        own = recovery.distinct_share
        left, right = sorted((near, own))
        values = [near, own, mmcs, *([found / total] if total else [])]
        rows += [
            line(scale(0), y, scale(1), y, "guide"),
            line(scale(min(values)), y, scale(max(values)), y, "gap"),
            text(_GUTTER - 12, y + 4, shortened(recovery.name, 15), anchor="end", class_="name"),
            marks([(scale(mmcs), y)], "circle", "hue0", size=12),
            text(scale(mmcs) + 9, y - 8, f"{mmcs:.2f}", class_="value"),
            marks([(scale(near), y)], "diamond", "hue1", size=12),
            marks([(scale(own), y)], "triangle", "hue3", size=11),
            # away from each other, however near the two are
            text(scale(left) - 2, y + 21, f"{left:.2f}", anchor="end", class_="value"),
            text(scale(right) + 2, y + 21, f"{right:.2f}", class_="value"),
        ]
        if total:
            x = scale(found / total)
            nothing = x < _GUTTER + 30  # the name of the SAE stands to the left of the axis
            rows += [
                marks([(x, y)], "square", "hue2", size=9),
                text(
                    x + 3 if nothing else x - 3,
                    y - 8,
                    f"{found}/{total}",
                    anchor="start" if nothing else "end",
                    class_="value",
                ),
            ]
    return picture(
        _WIDTH,
        bottom + 40,
        "MMCS against what the arrangement says, per SAE",
        "; ".join(_row_in_words(recovery) for recovery in recoveries),
        *_key(),
        *rows,
        axis_bottom(scale, bottom, "share (shapes, features) or mean cosine (MMCS)", count=5),
    )


def _key() -> list[Markup]:
    parts: list[Markup] = []
    places = (
        (12, "square", "hue2", 9, "shapes recovered"),
        (158, "triangle", "hue3", 11, "latents of their own"),
        (326, "diamond", "hue1", 12, "features passing"),
        (474, "circle", "hue0", 12, "MMCS"),
    )
    for x, shape, hue, size, words in places:
        parts.append(marks([(x + 6, 14)], shape, hue, size=size))
        parts.append(text(x + 18, 18, words, class_="name"))
    return parts


def _row_in_words(recovery: Recovery) -> str:
    found, total = shapes_found(recovery)
    return (
        f"{recovery.name}: MMCS {recovery.mmcs_truth_to_sae:.2f}, share of features passing the "
        f"nearest-neighbour test {recovery.nearest_neighbour_pass_share:.2f}, distinct best "
        f"latents per feature {recovery.distinct_share:.2f}, "
        f"shapes recovered {found} of {total}"
    )
