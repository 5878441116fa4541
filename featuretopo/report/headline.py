"""The answer in one sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from featuretopo.compare.comparison import Comparison
from featuretopo.compare.recovery import Recovery
from featuretopo.compare.verdict import LEVEL
from featuretopo.report.order_figure import order_in_words
from featuretopo.report.shapes import kind_count, kinds
from featuretopo.report.wording import count, shortened, span
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.order import CircularOrder

_WIDE = 0.1  # a difference from MMCS that a reader must not miss
_JUDGED = {
    "shared": "shared",
    "partly shared": "partly shared",
    "not shared": "not shared",
    "cannot tell": "impossible to tell",
}


def headline(
    recoveries: Sequence[Recovery],
    comparisons: Sequence[Comparison],
    arrangements: Sequence[Arrangement],
    orders: Sequence[CircularOrder],
) -> str:
    """Say in one sentence what the values on the page say."""
    parts = [_recovered(recoveries)] if recoveries else []
    if len(comparisons) == 1:
        (only,) = comparisons
        names = f"{shortened(only.a.name, 60)} and {shortened(only.b.name, 60)}"
        parts.append(f"the arrangement of {names}: {only.verdict.judgement}")
    elif comparisons:
        parts.append(_pairs(comparisons))
    if not parts and arrangements:
        parts = [_found(a) for a in arrangements[:3]]
    if not parts:
        return " ".join(map(order_in_words, orders))
    sentence = "; ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}."


def _recovered(recoveries: Sequence[Recovery]) -> str:
    mmcs = [r.mmcs_truth_to_sae for r in recoveries]
    near = [r.nearest_neighbour_pass_share for r in recoveries]
    who = "the SAE" if len(recoveries) == 1 else f"all {len(recoveries)} SAEs"
    own = [r.distinct_share for r in recoveries]
    gap = max(m - min(n, o) for m, n, o in zip(mmcs, near, own, strict=True)) > _WIDE
    found = []
    for kind in kinds(recoveries):
        passed, total = (
            sum(n) for n in zip(*(kind_count(r, kind) for r in recoveries), strict=True)
        )
        found.append(f"{passed} of {count(total, kind)}")
    shapes = f", and {_and(found)} are recovered" if found else ""
    return (
        f"MMCS to the truth is {span(mmcs)} for {who} and {span(near, percent=True)} of the true "
        f"features pass the nearest-neighbour test, {'yet there are' if gap else 'with'} only "
        f"{span(own)} distinct best latents per true feature{shapes}"
    )


def _pairs(comparisons: Sequence[Comparison]) -> str:
    judged = Counter[str](c.verdict.judgement for c in comparisons)
    said = [f"{words} in {judged[key]:,}" for key, words in _JUDGED.items() if judged[key]]
    said[0] += f" of {len(comparisons):,} pairs of dictionaries"
    return f"the arrangement is {_and(said)}"


def _and(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _found(arrangement: Arrangement) -> str:
    clusters = sum(c.p_value <= LEVEL for c in arrangement.clusters)
    loops = sum(loop.p_value <= LEVEL for loop in arrangement.loops)
    return (
        f"{count(clusters, 'cluster')} and {count(loops, 'loop')} of "
        f"{shortened(arrangement.name, 60)} stand out from structureless dictionaries"
    )
