"""Comparison: two dictionaries in, every measure of the pair out, each beside its null."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from featuretopo.compare.alignment import Alignment, align
from featuretopo.compare.figures import NEED_PAIRS
from featuretopo.compare.group_matching import GroupMatch, match_groups
from featuretopo.compare.groups import Groups, groups, known_groups, lone_groups
from featuretopo.compare.inputs import Inputs, inputs_of
from featuretopo.compare.learned import Learned
from featuretopo.compare.measure import Measure, corrected
from featuretopo.compare.measures import (
    TITLES,
    between_diagrams,
    beyond_spectrum,
    in_one_frame,
    through_partners,
    unowned,
)
from featuretopo.compare.pairing import BY_NAME, FEWEST, CodePairing, CosinePairing, Pairing
from featuretopo.compare.partners import certain_pairing
from featuretopo.compare.patches import Patch
from featuretopo.compare.raw import raw_measures
from featuretopo.compare.recovery import Recovery
from featuretopo.compare.redrawn import Redrawn, most_tested, redrawn, redrawn_larger
from featuretopo.compare.sides import check_side
from featuretopo.compare.verdict import LEVEL, Verdict, judge, only_bounded
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.html_table import html_table
from featuretopo.random import RngLike, child_seed, seed_of
from featuretopo.similarity import Matching, best_matches
from featuretopo.topology.arrangement import Arrangement, arrangement
from featuretopo.topology.clusters import check_draws


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Every measure of one pair of dictionaries, and the verdict.

    Attributes
    ----------
    a, b : Arrangement
        The two dictionaries with their own topology.
    pairing : str
        How features were paired, in words.
    n_pairs : int
        Number of matched pairs.
    unmatched_share : float
        Share of the smaller dictionary's features left without a partner.
    measures : tuple of Measure
        Those of raw activations come last.
    groups : tuple of GroupMatch
        Which cluster and which loop of a is which of b.
    alignment : Alignment
        Whether a permutation, a rotation or both bring partners together.
    verdict : Verdict
    patches : tuple of Patch
        What :func:`featuretopo.patches` says of the same pair, where it was asked.
    matching : Matching or None
        Which feature of a is whose partner, and which of b are hubs.
    inputs : Inputs or None
        Seed, draws, and what else it was made from.
    """

    a: Arrangement
    b: Arrangement
    pairing: str
    n_pairs: int
    unmatched_share: float
    measures: tuple[Measure, ...]
    groups: tuple[GroupMatch, ...]
    alignment: Alignment
    verdict: Verdict
    patches: tuple[Patch, ...] = ()
    matching: Matching | None = None
    inputs: Inputs | None = None

    def __repr__(self) -> str:
        words = f"{self.a.name} and {self.b.name}: {self.verdict.judgement}"
        return f"Comparison({words}; {len(self.measures)} measures, {self.n_pairs:,} pairs)"

    def _repr_html_(self) -> str:
        rows = [["measure", "value", "null (5% to 95%)", "p", "q"]]
        for m in self.measures:
            value = f"{m.low:.3g}" if m.low == m.high else f"{m.low:.3g} to {m.high:.3g}"
            value = "undefined" if math.isnan(m.low) else value
            ends = np.quantile(m.null, [0.05, 0.95]).tolist() if m.null else []
            most = "≤ " if only_bounded(m) else ""
            shares = (
                "-" if each is None else f"{most}{each:.2g}" for each in (m.p_value, m.q_value)
            )
            rows.append([m.title, value, " to ".join(f"{v:.3g}" for v in ends) or "-", *shares])
        return html_table(
            f"{self.a.name} and {self.b.name}: {self.verdict.judgement}",
            rows,
            [
                *self.verdict.reasons,
                f"alignment: {self.alignment.words}",
                f"{self.n_pairs:,} pairs, {self.pairing}",
                *([self.matching.hubs_in_words] if self.matching is not None else []),
            ],
        )

    def __getitem__(self, name: str) -> Measure:
        """Return the measure called `name`."""
        for measure in self.measures:
            if measure.name == name:
                return measure
        raise KeyError(f"{name!r}; this comparison has {[m.name for m in self.measures]}")


def compare(
    a: Dictionary | Arrangement,
    b: Dictionary | Arrangement,
    *,
    codes: tuple[Any, Any] | None = None,
    encoders: tuple[Any, Any] | None = None,
    activations: tuple[Any, Any] | None = None,
    recoveries: Sequence[Recovery | Learned] = (),
    draws: int = 199,
    rng: RngLike = None,
) -> Comparison:
    """Compare two dictionaries: cosines, correlations, diagrams, clusters and loops.

    Features are paired through the codes of shared samples where these are given, else by the
    encoder rows that read them where these are, else through names in common, else, in spaces of
    one dimension, as each other's best match by cosine. Where
    these are no nearer than chance, the verdict is "cannot tell".

    Of large dictionaries, what the null is drawn for is a part, and each null says which: some
    hundred features of a with all of b, so that a pair of 24,576 features each takes minutes.

    Parameters
    ----------
    a, b : Dictionary or Arrangement
        At least 4 features each.
    codes : pair of scipy.sparse CSR, optional
        Codes of a's and of b's features on the same samples in the same order, shapes
        (n_samples, n_a) and (n_samples, n_b).
    encoders : pair of Dictionary or array_like, optional
        Encoder rows, one per feature, shapes (n_a, d) and (n_b, d): partners are each other's best
        match among these, and are then compared by what they write.
    activations : pair of array_like, optional
        Activations of a's and of b's model on the same samples in the same order, shapes
        (n_samples, d_a) and (n_samples, d_b): the same measures without an SAE stand beside
        (named ``"raw_cka"`` and so on), corrected for each other alone; the verdict ignores them.
    recoveries : sequence of Recovery or Learned
        Of a and b, where their truths are known: one that did not learn its truth leaves the
        verdict at "cannot tell". Of both, or of none.
    draws : int
        Null draws of every figure, at least 19.
    rng : int, Generator or None
        Seed of the nulls.

    Returns
    -------
    Comparison

    Raises
    ------
    FeaturetopoError
        If the codes or encoder rows do not belong to the dictionaries, both are given, features
        cannot be paired (different dimensions, neither codes nor names in common), the
        activations are not of the same samples, there is one recovery for two, or draws < 19.

    Examples
    --------
    >>> from featuretopo.truth import Blobs, GroundTruth
    >>> truth = GroundTruth([Blobs(4, 8)], d=16, rng=0).dictionary
    >>> compare(truth, truth, draws=19, rng=0).verdict.judgement
    'shared'
    """
    check_draws(draws)
    for name, given in (("a", a), ("b", b)):
        check_side(name, given)
    if activations is not None and not (
        isinstance(activations, tuple | list) and len(activations) == 2
    ):
        raise FeaturetopoError("activations must be a pair: those of a and those of b")
    if isinstance(recoveries, Sequence) and len(recoveries) not in (0, 2):
        raise FeaturetopoError(f"recoveries of {len(recoveries)} SAEs: give those of both, or none")
    if not isinstance(recoveries, Sequence) or any(
        not isinstance(each, Recovery | Learned) for each in recoveries
    ):
        raise FeaturetopoError(
            f"recoveries={recoveries!r} must be what recover or learned gives, of a and of b"
        )
    seed = seed_of(rng)
    x, y = (side.dictionary if isinstance(side, Arrangement) else side for side in (a, b))
    for each, dictionary in zip(recoveries, (x, y), strict=False):
        live = each.n_latents - each.dead_latents
        if live != len(dictionary):
            raise FeaturetopoError(
                f"the recovery of {each.name} has {live} live latents, {dictionary!r} has other "
                "features: give the recoveries of a and b, in this order"
            )
    for name, side, rows in zip("ab", (x, y), activations or (), strict=False):
        if np.ndim(rows) == 2 and np.shape(rows)[1] != side.d:
            raise FeaturetopoError(
                f"activations of {name} have {np.shape(rows)[1]} dimensions, its features have "
                f"{side.d}: give those of the space that the features live in"
            )
    best = best_matches(x, y) if x.d == y.d else None
    pairing = certain_pairing(x, y, codes, encoders, best)
    # first what is quick: activations that cannot be measured are refused at once
    raw = raw_measures(activations, draws, child_seed(seed, "raw")) if activations else []
    left, right = (
        x if isinstance(x, Arrangement) else arrangement(x, name=name, rng=child_seed(seed, name))
        for x, name in ((a, "a"), (b, "b"))
    )
    most = most_tested(len(y), max(x.d, y.d))
    members = [*chain.from_iterable(of_a for of_a, _ in groups(left, right).values())]
    interest = np.unique(np.concatenate([np.empty(0, np.int64), *members]))
    pairs = redrawn(pairing, draws, seed, most, interest)
    larger = redrawn_larger(pairing, pairs, draws, seed, (len(y), x.d, y.d))
    matching = pairs.matching
    found = [
        *(in_one_frame(left, right, best, draws, seed) if best else []),
        *between_diagrams(left, right, draws, seed),
        *through_partners(pairs, larger, left, right, seed),
        *beyond_spectrum(pairs, seed),
        *unowned(pairs, recoveries),
    ]
    measures = corrected(found)
    known = known_groups(left, right, matching)
    missing = [TITLES[name] for name in NEED_PAIRS if name not in {m.name for m in measures}]
    left_out = _not_defined(pairs, missing) if missing else ""
    n_pairs = len(matching.pairs)
    return Comparison(
        a=left,
        b=right,
        pairing=pairs.description + left_out,
        n_pairs=n_pairs,
        unmatched_share=min(matching.unmatched_a, matching.unmatched_b),
        measures=(*measures, *corrected(raw)),
        groups=_matched_groups(left, right, matching, child_seed(seed, "groups")),
        alignment=align(x, y, larger or pairs, seed=child_seed(seed, "alignment")),
        verdict=judge(
            measures,
            unpaired=_unpaired(pairs, n_pairs, measures),
            counts={name: (len(of_a), len(of_b)) for name, (of_a, of_b) in known.items()},
            lone=lone_groups(left, right),
            left_out=_groups_left_out(groups(left, right), known),
            caution=_names_apart(x, y, pairing),
            recoveries=recoveries,
        ),
        matching=matching,
        inputs=inputs_of(seed, draws, codes=codes, encoders=encoders, activations=activations),
    )


def _names_apart(a: Dictionary, b: Dictionary, pairing: Pairing) -> str:
    """Say where both have names and they were no use."""
    if not isinstance(pairing, CosinePairing) or pairing.names is None:
        return ""
    return (
        f"Features were paired by cosine: of {len(a):,} and {len(b):,} names {pairing.names} are "
        f"in common, fewer than {FEWEST} pair nothing; check how they are written."
    )


def _not_defined(pairs: Redrawn, missing: Sequence[str]) -> str:
    return f"; not defined on {len(pairs.tested.pairs):,} pairs: {', '.join(missing)}"


def _matched_groups(
    a: Arrangement, b: Arrangement, matching: Matching, seed: int
) -> tuple[GroupMatch, ...]:
    """Match groups; of one without a name in common it is not known that it has no counterpart."""
    found = match_groups(a, b, matching.pairs, seed)
    if matching.method != BY_NAME:
        return found
    named = matching.pairs.T

    def known(each: GroupMatch) -> bool:
        side, place, rows = (b, each.b, named[1]) if each.a is None else (a, each.a, named[0])
        groups = side.clusters if each.kind == "cluster" else side.loops
        return place is None or bool(np.isin(groups[place].members, rows).any())

    return tuple(each for each in found if known(each))


def _groups_left_out(everything: Groups, known: Groups) -> list[str]:
    """Say how many clusters and loops nothing can be told of, for want of names in common."""
    found = []
    for name, sides in everything.items():
        left = known.get(name, ([], []))
        many = [len(of) - len(some) for of, some in zip(sides, left, strict=True)]
        if any(many):
            found.append(
                f"{many[0]} of {len(sides[0])} and {many[1]} of {len(sides[1])} "
                f"{name.removesuffix('_overlap')}s are left out: none of their features has a name "
                "in common."
            )
    return found


def _unpaired(pairs: Redrawn, n_pairs: int, measures: Sequence[Measure]) -> str:
    """Say why partners are not known; nothing where they are."""
    if n_pairs < FEWEST and isinstance(pairs.part, CodePairing):
        live = [
            int((codes.max(axis=0) != codes.min(axis=0)).sum())
            for codes in (pairs.part.codes_a, pairs.part.codes_b)
        ]
        return (
            f"Which feature is whose partner is unknown: fewer than {FEWEST} could be paired by "
            f"codes, since on these samples {live[0]:,} and {live[1]:,} latents vary: give more "
            "samples, or train the SAE anew."
        )
    if n_pairs < FEWEST:
        return (
            "Which feature is whose partner is unknown: fewer than 8 could be paired. Names in "
            "common tell (row numbers are no names), or codes of shared samples."
        )
    standing_out = {m.name for m in measures if m.p_value is not None and m.p_value <= LEVEL}
    # an offset in common brings any two near: what the frame cannot change must agree too
    in_one_frame = "matched_score" in standing_out and standing_out & {"cka", "rsa"}
    if pairs.by_cosine and not in_one_frame:
        return (
            "Which feature is whose partner is unknown: best matches by cosine are no nearer, or "
            "no more alike in what they are near, than chance, because nothing is shared or the "
            "frames differ. Names in common tell (row numbers are no names), or codes of shared "
            "samples."
        )
    return ""
