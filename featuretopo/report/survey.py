"""Survey: many pairs at a glance, where a page cannot show each in full."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from featuretopo.compare.comparison import Comparison
from featuretopo.compare.measure import Measure
from featuretopo.compare.verdict import LEVEL, only_bounded
from featuretopo.report.detail import median_effect
from featuretopo.report.survey_figure import VERDICT_MARKS, beyond, measure_map, verdict_map
from featuretopo.report.svg import marks, picture
from featuretopo.report.wording import count, interval, number


@dataclass(frozen=True, slots=True)
class Line:
    """One pair in a line of a table: what stands there is ready to be shown."""

    ends: tuple[str, str]
    anchor: str
    judgement: str
    n_pairs: int
    standing_out: str
    effect: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """All pairs, each as a mark in a map and as a line in a table.

    Attributes
    ----------
    n_pairs, n_shown : int
        All pairs, and those that the page shows in full.
    example : tuple of str
        Two dictionaries whose comparison is not shown in full.
    verdicts : Markup
        The map of the verdicts.
    key : tuple of (Markup, str)
        Its marks, and in words what they stand for and how many there are.
    maps : tuple of (str, str, Markup)
        Of each measure: title, how many stand out in words, map.
    lines : tuple of Line
    """

    n_pairs: int
    n_shown: int
    example: tuple[str, str]
    verdicts: Markup
    key: tuple[tuple[Markup, str], ...]
    maps: tuple[tuple[str, str, Markup], ...]
    lines: tuple[Line, ...]


def survey(comparisons: Sequence[Comparison], anchors: Mapping[int, str]) -> Survey:
    """Survey pairs, of which some are shown in full.

    Parameters
    ----------
    comparisons : sequence of Comparison
        One at least that is not shown in full.
    anchors : mapping of int to str
        Where on the page a comparison is shown in full, by its id().
    """
    titles = {m.name: m.title for c in comparisons for m in c.measures}
    judged = Counter[str](c.verdict.judgement for c in comparisons)
    hidden = next(c for c in comparisons if id(c) not in anchors)
    return Survey(
        n_pairs=len(comparisons),
        n_shown=len(anchors),
        example=(hidden.a.name, hidden.b.name),
        verdicts=verdict_map(comparisons),
        key=tuple(
            (picture(14, 14, "mark", words, marks([(7, 7)], shape, class_, size=size)),
             f"{words}: {judged[words]:,}")
            for words, (shape, class_, size) in VERDICT_MARKS.items()
            if judged[words]
        ),
        maps=tuple(
            (title, _beyond_in_words(name, comparisons), measure_map(name, comparisons))
            for name, title in titles.items()
        ),
        lines=tuple(line_of(c, anchors.get(id(c), ""), list(titles)) for c in comparisons),
    )  # fmt: skip


def line_of(comparison: Comparison, anchor: str, names: Sequence[str] = ()) -> Line:
    """Put one pair into a line.

    Parameters
    ----------
    comparison : Comparison
    anchor : str
        Where on the page it is shown in full; empty if it is not.
    names : sequence of str
        Measures to give the value of.
    """
    by_name = {m.name: m for m in comparison.measures}
    known = [m for m in comparison.measures if m.q_value is not None]
    many = sum(m.q_value is not None and m.q_value <= LEVEL for m in known)
    effect = median_effect(comparison)
    return Line(
        ends=(comparison.a.name, comparison.b.name),
        anchor=anchor,
        judgement=comparison.verdict.judgement,
        n_pairs=comparison.n_pairs,
        standing_out=_standing_out(many, known) if known else "-",
        effect="-" if effect is None else f"{effect:+.1f}",
        cells=tuple(_cell(by_name[name]) if name in by_name else "-" for name in names),
    )


def _standing_out(many: int, known: Sequence[Measure]) -> str:
    loose = sum(map(only_bounded, known))
    return f"{many} of {len(known)}{f', {loose} only bounded' if loose else ''}"


def _cell(measure: Measure) -> str:
    return f"{interval(measure.low, measure.high)}{'*' if beyond(measure) else ''}"


def _beyond_in_words(name: str, comparisons: Sequence[Comparison]) -> str:
    found = [m for c in comparisons for m in c.measures if m.name == name]
    values = [v for m in found for v in (m.low, m.high) if math.isfinite(v)]
    span = f"{number(min(values))} to {number(max(values))}" if values else "undefined"
    if not any(m.null for m in found):
        return f"{span}; without a null"
    many = sum(map(beyond, found))
    return f"{span}; {many:,} of {count(len(found), 'pair')} beyond their null"
