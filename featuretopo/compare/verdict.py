"""Verdict: what the measured values say, in words.

The verdict rests on which features share what, not on cosines and not on diagram distances:
two dictionaries of the same recipe have the same diagrams without sharing a feature.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from featuretopo.compare.measure import Measure
from featuretopo.nulls import p_value

if TYPE_CHECKING:
    from featuretopo.compare.learned import Learned
    from featuretopo.compare.recovery import Recovery

Judgement = Literal["shared", "partly shared", "not shared", "cannot tell"]

LEVEL = 0.05
#: The measures that a verdict rests on.
OVERLAPS = ("cluster_overlap", "loop_overlap")
#: Overlap from which an arrangement counts as shared, and below which as not shared.
SHARED, NOT_SHARED = 0.7, 0.3
#: What the only group of two sides has to reach: clusters and loops of both are four tests.
LONE_LEVEL = LEVEL / 4
#: Share of true features that an SAE must have recovered to speak for its model.
LEAST_RECOVERY = 0.5


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judgement and the sentences that carry it.

    Attributes
    ----------
    judgement : {"shared", "partly shared", "not shared", "cannot tell"}
        Of the arrangement of two dictionaries.
    reasons : tuple of str
        One sentence each, with the figures in it.
    """

    judgement: Judgement
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.judgement}: {' '.join(self.reasons)}"


def judge(
    measures: Sequence[Measure],
    *,
    unpaired: str = "",
    counts: Mapping[str, tuple[int, int]],
    lone: Mapping[str, float] = MappingProxyType({}),
    left_out: Sequence[str] = (),
    caution: str = "",
    recoveries: Sequence[Recovery | Learned] = (),
) -> Verdict:
    """Judge a pair by the overlap of its clusters and loops.

    An overlap counts as not shared if its bootstrap interval ends below .3: a large p-value alone
    does not say that. One that chance gives as well (p > .05), whose null cannot move it (no
    partners in the groups), or whose interval reaches over .3, tells nothing. The interval allows
    for groups that do not stand out (:mod:`featuretopo.compare.unseen`). Of the others, one
    counts as shared from .7 on, the rest as partly shared. Clusters and loops together: shared or
    not shared if both are (or the only ones there are), partly shared if one is shared or partly
    shared and the other is anything less; else nobody can tell. Where one side has a single group
    and the other none, chance may have made that one (p > .05 / 4): nobody can tell.

    An SAE that did not learn its truth cannot testify: whatever was measured, nobody can tell.

    Parameters
    ----------
    measures : sequence of Measure
    unpaired : str
        Why it is unknown which feature is whose partner; empty where it is known.
    counts : mapping of str to pair of int
        How many groups each side has, by the name of the overlap measure.
    lone : mapping of str to float
        By the same name, the p-value of a group that is the only one of both sides.
    left_out : sequence of str
        Sentences on groups that nothing can be told of.
    caution : str
        A sentence on how features were paired. May be empty.
    recoveries : sequence of Recovery or Learned
        What is known of how well the SAEs learned their truths.

    Examples
    --------
    >>> print(judge([], unpaired="No names in common.", counts={}).judgement)
    cannot tell
    """
    found = _judged(measures, unpaired, counts, lone, left_out, recoveries)
    return replace(found, reasons=(*found.reasons, caution)) if caution else found


def _judged(
    measures: Sequence[Measure],
    unpaired: str,
    counts: Mapping[str, tuple[int, int]],
    lone: Mapping[str, float],
    left_out: Sequence[str],
    recoveries: Sequence[Recovery | Learned],
) -> Verdict:
    by_name = {measure.name: measure for measure in measures}
    failed = [each for each in recoveries if each.nearest_neighbour_pass_share < LEAST_RECOVERY]
    if failed:
        return Verdict("cannot tell", tuple(_not_learned(each) for each in failed))
    if unpaired:
        return Verdict("cannot tell", (unpaired, *_same_picture(by_name)))
    overlaps = [by_name[name] for name in OVERLAPS if name in by_name]
    if not overlaps:
        nothing = "Neither shows a cluster or a loop that stands out from its null."
        said = [*(left_out or [nothing]), *_cosines(by_name), *_agreement(measures)]
        said += _by_chance(by_name) + _by_spectrum(by_name)
        return Verdict("cannot tell", tuple(said))
    by_luck = {name: p for name, p in lone.items() if p > LONE_LEVEL}
    grades: list[Judgement] = [
        "cannot tell" if measure.name in by_luck else _grade(measure, counts[measure.name])
        for measure in overlaps
    ]
    judgement = _together(grades)
    reasons = [
        _sentence(measure, counts[measure.name], by_luck.get(measure.name)) for measure in overlaps
    ]
    reasons += [*left_out, *_cosines(by_name)]
    reasons += _agreement(measures) + _by_chance(by_name) + _by_spectrum(by_name)
    if judgement == "not shared":
        reasons += _same_picture(by_name)
    return Verdict(judgement, tuple(reasons))


def _grade(measure: Measure, counts: tuple[int, int]) -> Judgement:
    low, high = measure.interval or (measure.low, measure.low)
    if measure.p_value is None and 0 not in counts:
        return "cannot tell"  # partners say nothing of the groups: none, or all, are in them
    if high < NOT_SHARED:
        return "not shared"
    if measure.p_value is None or measure.p_value > LEVEL:
        return "cannot tell"  # as much overlap as chance gives
    if low < NOT_SHARED:
        return "cannot tell"
    return "shared" if measure.low >= SHARED else "partly shared"


def _together(grades: Sequence[Judgement]) -> Judgement:
    if set(grades) <= {"cannot tell", "not shared"}:
        return "cannot tell" if "cannot tell" in grades else "not shared"
    return "shared" if set(grades) == {"shared"} else "partly shared"


def _sentence(measure: Measure, counts: tuple[int, int], by_luck: float | None) -> str:
    what = measure.name.removesuffix("_overlap")
    if 0 in counts:
        many = max(counts)
        told = f"One side has {many} {what}{'s' if many > 1 else ''}, the other none"
        high = (measure.interval or (0.0, 0.0))[1]
        if by_luck is None and high < NOT_SHARED:
            return f"{told}."
        if by_luck is None:
            return (
                f"{told} that stands out from its null; what does not, or lies above the noise "
                f"floor, may overlap by up to {high:.2f}."
            )
        return (
            f"{told}: with p {in_words(by_luck)} no more than chance may show in one of four tests "
            "(clusters and loops of both sides)."
        )
    chance = f"{sum(measure.null) / len(measure.null):.2f} by chance, " if measure.null else ""
    interval = (
        f", 95% interval {measure.interval[0]:.2f} to {measure.interval[1]:.2f}"
        if measure.interval
        else ""
    )
    tested = "" if measure.tested is None else f"{measure.tested:.2f} on the part tested, "
    return (
        f"{counts[0]} and {counts[1]} {what}s overlap by {measure.low:.2f}{interval} "
        f"({tested}{chance}p {in_words(measure.p_value)})."
    )


def only_bounded(measure: Measure) -> bool:
    """Whether a figure is known so loosely that it neither stands out from its null nor fails to.

    Of its interval, the end that says least does not stand out, and the other would (p <= .05):
    that of a distance whose deaths above the cut are unknown. Where neither end would, it is
    simply not told from chance.

    Examples
    --------
    >>> null = tuple(float(i) for i in range(100))
    >>> only_bounded(Measure("w", "W", 2, 80, "lower", null, "", 0.8))
    True
    """
    low, high = measure.against_null
    if low == high or measure.p_value is None or measure.p_value <= LEVEL:
        return False
    better = high if measure.direction == "higher" else low
    return p_value(better, measure.null, measure.direction) <= LEVEL


def _agreement(measures: Sequence[Measure]) -> list[str]:
    """Say which of all measures stand out from their null, corrected for being many."""
    known = [measure for measure in measures if measure.q_value is not None]
    below = [m for m in known if m.q_value is not None and m.q_value > LEVEL]
    bounded = [m.title for m in below if only_bounded(m)]
    silent = [m.title for m in below if m.title not in bounded]
    loose = (
        f" Only bounded, so that nobody can tell: {', '.join(bounded)} (deaths above the cut are "
        "unknown)."
        if bounded
        else ""
    )
    if not known:
        return []
    if len(below) == len(known):
        draws = max(len(measure.null) for measure in known)
        if any(m.p_value is not None and m.p_value * (draws + 1) < 1.5 for m in known):
            return [
                f"{draws} draws are too few to tell any of {len(known)} measures from its null "
                f"after correction (q <= {LEVEL}): take more."
            ]
        return [f"None of {len(known)} measures stands out from its null (q <= {LEVEL}).{loose}"]
    if not below:
        return [f"All {len(known)} measures with a null stand out from it (q <= {LEVEL})."]
    not_told = f"; not {', '.join(silent)}" if silent else ""
    return [
        f"{len(known) - len(below)} of {len(known)} measures stand out from their null "
        f"(q <= {LEVEL}){not_told}.{loose}"
    ]


def _by_chance(by_name: Mapping[str, Measure]) -> list[str]:
    """Say when partners are no more alike than chance makes them."""
    score = by_name.get("matched_score")
    if score is None or score.p_value is None or score.p_value <= LEVEL:
        return []
    return [
        f"Partners fire together no more than chance makes them (p {in_words(score.p_value)}): "
        "nothing is shared, or the codes are not of the same samples in the same order."
    ]


def _by_spectrum(by_name: Mapping[str, Measure]) -> list[str]:
    """Say when partners by cosine are no nearer than what both sides prefer brings any two."""
    kept = by_name.get("matched_in_spectrum")
    if kept is None or kept.p_value is None or kept.p_value <= LEVEL:
        return []
    return [
        "Partners by cosine are no nearer than an offset or a few directions that both prefer "
        f"bring any two (p {in_words(kept.p_value)}): whether features are shared, or only those "
        "directions, names in common or codes of shared samples would tell."
    ]


def _not_learned(recovery: Recovery | Learned) -> str:
    return (
        f"{recovery.name} did not learn its truth: "
        f"{recovery.nearest_neighbour_pass_share:.0%} of the true features pass the "
        f"nearest-neighbour test, {LEAST_RECOVERY:.0%} are asked for; train it longer or wider."
    )


def _cosines(by_name: dict[str, Measure]) -> list[str]:
    after, before = by_name.get("mmcs_after"), by_name.get("mmcs_before")
    if not after:
        return []
    earlier = f", {before.low:.2f} as they stand" if before else ""
    return [f"MMCS {after.low:.2f} after Procrustes (p {in_words(after.p_value)}){earlier}."]


def _same_picture(by_name: Mapping[str, Measure]) -> list[str]:
    """Say when the H0 diagrams look alike all the same."""
    h0 = by_name.get("wasserstein_h0")
    if h0 is None or h0.p_value is None or h0.p_value > LEVEL:
        return []
    return [
        f"Their H0 diagrams are nearer to each other than either is to that of random directions "
        f"(Wasserstein {h0.low:.1f}, p {in_words(h0.p_value)}); diagrams do not know which "
        "features they are made of."
    ]


def in_words(p: float | None) -> str:
    """Write a p-value as ``"= .012"`` or ``"not defined"``.

    Examples
    --------
    >>> in_words(0.005), in_words(None)
    ('= 0.005', 'not defined')
    """
    return "not defined" if p is None else f"= {p:.3g}"
