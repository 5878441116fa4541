"""Which of many comparisons are shown in full: a page of fifty dictionaries must stay readable."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

from featuretopo.compare.comparison import Comparison
from featuretopo.compare.recovery import Recovery
from featuretopo.errors import FeaturetopoError, did_you_mean

#: So many pairs are all shown in full.
MOST_PAIRS = 20
#: Of more, so many are chosen, besides those that the caller names.
CHOSEN = 8
_MOST_SAES = 12  # whose shapes are shown one by one


def in_detail(
    comparisons: Sequence[Comparison], named: Iterable[tuple[str, str]] = ()
) -> tuple[Comparison, ...]:
    """Return the comparisons to show in full, in the order in which they came.

    All of them up to 20. Of more, the named ones, and eight that show what there is: of each
    verdict by turns the pair whose median effect is largest and the one whose is smallest.

    Parameters
    ----------
    comparisons : sequence of Comparison
    named : iterable of (str, str)
        Names of two dictionaries that were compared, in either order.

    Raises
    ------
    FeaturetopoError
        If no comparison is of two that are named.
    """
    asked = {_place(comparisons, a, b) for a, b in named}
    if len(comparisons) <= MOST_PAIRS:
        return tuple(comparisons)
    kept = asked | set(_chosen(comparisons))
    return tuple(c for i, c in enumerate(comparisons) if i in kept)


def median_effect(comparison: Comparison) -> float | None:
    """Return the median over measures of how far beyond its null each is; None without nulls."""
    effects = [m.effect for m in comparison.measures if m.effect is not None]
    return median(effects) if effects else None


def saes_in_detail(recoveries: Sequence[Recovery], drawn: Iterable[str]) -> tuple[Recovery, ...]:
    """Return the recoveries whose shapes are shown one by one.

    All of them up to 12. Of more, those of dictionaries that are drawn; where none is, the twelve
    at the ends: those that kept the most features apart, and those that kept the fewest.
    """
    if len(recoveries) <= _MOST_SAES:
        return tuple(recoveries)
    names = set(drawn)
    kept = {i for i, r in enumerate(recoveries) if r.name in names}
    if not kept:
        ranked = sorted(
            range(len(recoveries)), key=lambda i: -recoveries[i].nearest_neighbour_pass_share
        )
        kept = {*ranked[: _MOST_SAES // 2], *ranked[-_MOST_SAES // 2 :]}
    return tuple(r for i, r in enumerate(recoveries) if i in kept)


def _place(comparisons: Sequence[Comparison], a: str, b: str) -> int:
    for i, c in enumerate(comparisons):
        if {c.a.name, c.b.name} == {a, b}:
            return i
    names = list(dict.fromkeys(side.name for c in comparisons for side in (c.a, c.b)))
    for name in (a, b):
        if name not in names:
            raise FeaturetopoError(
                f"detail: no dictionary {name!r} was compared{did_you_mean(name, names)}"
            )
    raise FeaturetopoError(
        f"detail: no comparison is of {a!r} and {b!r}; name two that were compared"
    )


def _chosen(comparisons: Sequence[Comparison]) -> list[int]:
    """Take from either end of each verdict's pairs by turns."""
    by_verdict: dict[str, list[int]] = {}
    for i, c in enumerate(comparisons):
        by_verdict.setdefault(c.verdict.judgement, []).append(i)
    effects = [median_effect(c) for c in comparisons]
    for places in by_verdict.values():
        places.sort(key=lambda i: -(effects[i] or 0.0))
    chosen: list[int] = []
    largest = True
    while len(chosen) < CHOSEN:
        for places in by_verdict.values():
            if places and len(chosen) < CHOSEN:
                chosen.append(places.pop(0 if largest else -1))
        largest = not largest
    return chosen
