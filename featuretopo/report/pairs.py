"""Comparisons as a reader meets them: named dictionaries, a matrix, one overview per measure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from markupsafe import Markup

from featuretopo.compare.comparison import Comparison
from featuretopo.compare.measure import Measure
from featuretopo.compare.patches import Patch
from featuretopo.compare.verdict import OVERLAPS
from featuretopo.report.labels import labels_in_words
from featuretopo.report.null_figure import domain, overview_figure, strip_figure
from featuretopo.report.wording import listed
from featuretopo.topology.arrangement import Arrangement


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure of one pair with its picture and the middle 90% of its null."""

    measure: Measure
    picture: Markup
    null_range: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A cluster or loop and its counterpart, in words."""

    kind: str
    a: str
    b: str
    jaccard: float
    agreement: float | None
    agreement_p: float | None


@dataclass(frozen=True, slots=True)
class Pair:
    """One comparison and its measures, ready to be shown."""

    anchor: str
    comparison: Comparison
    rows: tuple[MeasureRow, ...]

    @property
    def groups(self) -> tuple[GroupRow, ...]:
        """Which cluster and loop is which, in words."""
        return tuple(
            GroupRow(
                each.kind,
                _group_words(self.comparison.a, each.kind, each.a),
                _group_words(self.comparison.b, each.kind, each.b),
                each.jaccard,
                each.agreement,
                each.agreement_p,
            )
            for each in self.comparison.groups
        )

    @property
    def overlaps(self) -> tuple[Measure, ...]:
        """The measures that the verdict rests on, those of them that there are."""
        return tuple(row.measure for name in OVERLAPS if (row := self.row(name)))

    @property
    def ends(self) -> tuple[str, str]:
        """Both dictionaries, as they are called on the page."""
        return self.comparison.a.name, self.comparison.b.name

    @property
    def name(self) -> str:
        """Both in one, whole."""
        return " / ".join(self.ends)

    def row(self, name: str) -> MeasureRow | None:
        """Return the row of the measure called `name`, or None if this pair lacks it."""
        return next((row for row in self.rows if row.measure.name == name), None)


@dataclass(frozen=True, slots=True)
class Overview:
    """One measure over all pairs that have it."""

    name: str
    title: str
    picture: Markup


@dataclass(frozen=True, slots=True)
class Pairing:
    """One way in which features were paired, and how far it reached."""

    words: str
    n_comparisons: int
    fewest_pairs: int
    most_pairs: int
    unmatched_share: float


def distinctly_named(
    comparisons: Sequence[Comparison], more: Iterable[Arrangement]
) -> tuple[tuple[Comparison, ...], tuple[Arrangement, ...]]:
    """Return the comparisons, and every arrangement once, no two of them called the same.

    Arrangements are one if they are the same object, or have the same name and features.
    """
    known: dict[int, Arrangement] = {}
    shown: list[tuple[str, Arrangement]] = []

    def named(arrangement: Arrangement) -> Arrangement:
        if id(arrangement) in known:
            return known[id(arrangement)]
        namesakes = [other for name, other in shown if name == arrangement.name]
        vectors = arrangement.dictionary.vectors
        same = [o for o in namesakes if np.array_equal(o.dictionary.vectors, vectors)]
        if same:
            known[id(arrangement)] = same[0]
        else:
            number = f" ({len(namesakes) + 1})" if namesakes else ""
            known[id(arrangement)] = replace(arrangement, name=arrangement.name + number)
            shown.append((arrangement.name, known[id(arrangement)]))
        return known[id(arrangement)]

    pairs = tuple(replace(c, a=named(c.a), b=named(c.b)) for c in comparisons)
    for arrangement in more:
        named(arrangement)
    return pairs, tuple(arrangement for _, arrangement in shown)


def pairs_of(comparisons: Sequence[Comparison]) -> tuple[Pair, ...]:
    """Return the comparisons with a picture per measure, each measure on one scale throughout."""
    limits = {name: domain(c[name] for c in having) for name, having in _by_measure(comparisons)}
    return tuple(
        Pair(
            f"pair-{i}",
            comparison,
            tuple(
                MeasureRow(m, strip_figure(m, limits[m.name], _name(comparison)), _null_range(m))
                for m in comparison.measures
            ),
        )
        for i, comparison in enumerate(comparisons, 1)
    )


def overviews(pairs: Sequence[Pair]) -> tuple[Overview, ...]:
    """Return one overview per measure, over all pairs that have it."""
    result = []
    for name, having in _by_measure([pair.comparison for pair in pairs]):
        rows = [((c.a.name, c.b.name), c[name]) for c in having]
        figure = overview_figure(rows, domain(m for _, m in rows))
        result.append(Overview(name, rows[0][1].title, figure))
    return tuple(result)


def pairings(comparisons: Sequence[Comparison]) -> tuple[Pairing, ...]:
    """Return the ways in which features were paired; empty words where they could not be."""
    result = []
    for words in dict.fromkeys(c.pairing for c in comparisons):
        group = [c for c in comparisons if c.pairing == words]
        sizes = [c.n_pairs for c in group]
        worst = max(c.unmatched_share for c in group)
        result.append(Pairing(words, len(group), min(sizes), max(sizes), worst))
    return tuple(result)


def patch_titles(patches: Sequence[Patch]) -> dict[str, str]:
    """Return the measures that any of the patches has, with what they are called."""
    return {m.name: m.title for patch in patches for m in patch.measures}


def matrix(
    pairs: Sequence[Pair], arrangements: Sequence[Arrangement]
) -> tuple[tuple[Arrangement, tuple[Pair | None, ...]], ...]:
    """Return one row per dictionary with the pair it forms with each other one."""
    by_ends = {(id(p.comparison.a), id(p.comparison.b)): p for p in pairs}
    by_ends |= {(b, a): pair for (a, b), pair in by_ends.items()}
    compared = [a for a in arrangements if any(id(a) in ends for ends in by_ends)]
    return tuple((a, tuple(by_ends.get((id(a), id(b))) for b in compared)) for a in compared)


def _name(comparison: Comparison) -> str:
    return f"{comparison.a.name} / {comparison.b.name}"


def _group_words(x: Arrangement, kind: str, place: int | None) -> str:
    if place is None:
        return "no counterpart"
    group = (x.clusters if kind == "cluster" else x.loops)[place]
    if (x.dictionary.labels[group.members] >= 0).any():
        return labels_in_words(x.dictionary, group.members)
    return listed([x.dictionary.names[row] for row in group.members])


def _by_measure(comparisons: Sequence[Comparison]) -> list[tuple[str, list[Comparison]]]:
    names = dict.fromkeys(m.name for c in comparisons for m in c.measures)
    return [(n, [c for c in comparisons if any(m.name == n for m in c.measures)]) for n in names]


def _null_range(measure: Measure) -> tuple[float, float, float] | None:
    """5%, 50% and 95% quantile of the null."""
    if not measure.null:
        return None
    low, middle, high = np.quantile(measure.null, [0.05, 0.5, 0.95]).tolist()
    return low, middle, high
