"""Comparison: two dictionaries in, every measure of the pair out, each beside its null."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from featuretopo.compare.alignment import Alignment, align
from featuretopo.compare.bootstrap import mean_interval
from featuretopo.compare.diagram_null import DESCRIPTION, null_diagrams
from featuretopo.compare.figures import (
    NEED_PAIRS,
    groups,
    paired_figures,
    paired_intervals,
    unowned_in_common,
)
from featuretopo.compare.group_matching import GroupMatch, match_groups
from featuretopo.compare.measure import FEWEST_DRAWS, Direction, Measure, corrected
from featuretopo.compare.pairing import (
    FEWEST,
    Redrawn,
    pair_by_codes,
    pair_by_names,
    redrawn,
)
from featuretopo.compare.recovery import Recovery
from featuretopo.compare.verdict import Verdict, judge
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import p_value, random_rotation
from featuretopo.random import RngLike, child_seed, seed_of, stream
from featuretopo.similarity import best_matches, mmcs
from featuretopo.topology.arrangement import Arrangement, arrangement
from featuretopo.topology.clusters import check_draws
from featuretopo.topology.distances import bottleneck, wasserstein

_TITLES = {
    "matched_score": "Mean score of matched pairs",
    "mmcs_after": "MMCS after Procrustes",
    "mean_cca": "Mean CCA",
    "svcca": "SVCCA",
    "cka": "CKA",
    "rsa": "RSA",
    "knn_jaccard": "kNN-Jaccard",
    "distance_correlation": "Distance correlation",
    "cluster_overlap": "Overlap of clusters",
    "loop_overlap": "Overlap of loops",
}
_NOTES = {
    "mmcs_after": "rotation fitted on one half of the pairs, MMCS of the rest",
    "mean_cca": "over matched pairs; blind to any invertible linear map",
    "svcca": "over matched pairs; 99% of the variance kept on each side",
    "cka": "linear, debiased, over matched pairs; blind to rotation, not to stretching",
    "rsa": "Spearman correlation of the cosines within each side, over matched pairs",
    "knn_jaccard": "share of a feature's 10 nearest that both sides have, over matched pairs",
    "distance_correlation": "debiased, squared, over matched pairs",
    "cluster_overlap": "mean best Jaccard index over matched features",
    "loop_overlap": "mean best Jaccard index over matched features",
}


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """Every measure of one pair of dictionaries, and the verdict.

    Attributes
    ----------
    a, b : Arrangement
        The two dictionaries with their own topology.
    pairing : str
        How features were paired, in words; empty when they could not be.
    n_pairs : int
        Number of matched pairs.
    unmatched_share : float
        Share of the smaller dictionary's features left without a partner.
    measures : tuple of Measure
    groups : tuple of GroupMatch
        Which cluster and which loop of a is which of b; empty without partners.
    alignment : Alignment
        Whether a permutation, a rotation or both bring partners together.
    verdict : Verdict
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

    def __repr__(self) -> str:
        words = f"{self.a.name} and {self.b.name}: {self.verdict.judgement}"
        return f"Comparison({words}; {len(self.measures)} measures, {self.n_pairs:,} pairs)"

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
    recoveries: Sequence[Recovery] = (),
    draws: int = 199,
    rng: RngLike = None,
) -> Comparison:
    """Compare two dictionaries: cosines, correlations, diagrams, clusters and loops.

    Features are paired through the codes of shared samples where these are given, else through
    names in common, else not at all; then only what needs no partners is measured and the
    verdict is "cannot tell".

    Parameters
    ----------
    a, b : Dictionary or Arrangement
        At least 4 features each.
    codes : pair of scipy.sparse CSR, optional
        Codes of a's and of b's features on the same samples in the same order, shapes
        (n_samples, n_a) and (n_samples, n_b).
    recoveries : sequence of Recovery
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
        If the codes do not belong to the dictionaries, there is one recovery for two, or
        draws < 19.

    Examples
    --------
    >>> from featuretopo.truth import Blobs, GroundTruth
    >>> truth = GroundTruth([Blobs(4, 8)], d=16, rng=0).dictionary
    >>> compare(truth, truth, draws=19, rng=0).verdict.judgement
    'shared'
    """
    check_draws(draws)
    for name, given in (("a", a), ("b", b)):
        if not isinstance(given, Dictionary | Arrangement):
            raise FeaturetopoError(
                f"{name} is {type(given).__name__}, must be a Dictionary (features as rows): "
                f"ft.Dictionary({name})"
            )
    if codes is not None and not (isinstance(codes, tuple | list) and len(codes) == 2):
        raise FeaturetopoError("codes must be a pair: those of a and those of b")
    if len(recoveries) not in (0, 2):
        raise FeaturetopoError(f"recoveries of {len(recoveries)} SAEs: give those of both, or none")
    seed = seed_of(rng)
    left, right = (
        x if isinstance(x, Arrangement) else arrangement(x, name=name, rng=child_seed(seed, name))
        for x, name in ((a, "a"), (b, "b"))
    )
    x, y = left.dictionary, right.dictionary
    for each, dictionary in zip(recoveries, (x, y), strict=False):
        live = each.n_latents - each.dead_latents
        if live != len(dictionary):
            raise FeaturetopoError(
                f"the recovery of {each.name} has {live} live latents, {dictionary!r} has other "
                "features: give the recoveries of a and b, in this order"
            )
    by_name = pair_by_names(x, y)
    by_code = None if codes is None else pair_by_codes(x, y, codes)
    known = by_code or by_name
    pairs = redrawn(known, draws, seed) if known else None
    found = [*_in_one_frame(left, right, draws, seed), *_diagrams(left, right, draws, seed)]
    n_pairs, unmatched = 0, 1.0
    if pairs:
        matching = pairs.matching
        n_pairs = len(matching.pairs)
        unmatched = min(matching.unmatched_a, matching.unmatched_b)
        found += _through(pairs, left, right, seed)
        found += _unowned(pairs, recoveries)
    measures = corrected(found)
    counts = {name: (len(u), len(v)) for name, (u, v) in groups(left, right).items()}
    missing = [_TITLES[name] for name in NEED_PAIRS if name not in {m.name for m in measures}]
    left_out = f"; not defined on {n_pairs:,} pairs: {', '.join(missing)}" if missing else ""
    return Comparison(
        a=left,
        b=right,
        pairing=pairs.description + left_out if pairs else "",
        n_pairs=n_pairs,
        unmatched_share=unmatched,
        measures=measures,
        groups=match_groups(left, right, pairs.matching.pairs, child_seed(seed, "groups"))
        if pairs
        else (),
        alignment=align(x, y, pairs, draws=draws, seed=child_seed(seed, "alignment")),
        verdict=judge(measures, paired=n_pairs >= FEWEST, counts=counts, recoveries=recoveries),
    )


def _in_one_frame(a: Arrangement, b: Arrangement, draws: int, seed: int) -> list[Measure]:
    """MMCS as the two dictionaries stand, if they live in spaces of the same dimension."""
    x, y = a.dictionary.unit, b.dictionary.unit
    if x.shape[1] != y.shape[1]:
        return []
    null = []
    for draw in range(draws):
        turn = random_rotation(y.shape[1], stream(seed, "rotation", draw)).astype(np.float32)
        null.append(mmcs(x, y @ turn).symmetric)
    value, best = mmcs(x, y), best_matches(x, y)
    return [
        _measure(
            "mmcs_before",
            "MMCS as they stand",
            value.symmetric,
            null,
            "one side turned by a random rotation",
            interval=mean_interval(
                [best.cosine_of_a, best.cosine_of_b], stream(seed, "bootstrap", "mmcs_before")
            ),
            note=f"{value.corrected:.2f} of the way from uniform random directions to the same "
            "features; means something only if both live in one space",
        )
    ]


def _diagrams(a: Arrangement, b: Arrangement, draws: int, seed: int) -> list[Measure]:
    """Distances between the diagrams, against structureless likes of either side in turn."""
    likes_of_a = null_diagrams(a, draws // 2, child_seed(seed, "diagrams", "a"))
    likes_of_b = null_diagrams(b, draws - draws // 2, child_seed(seed, "diagrams", "b"))
    likes = [(a.diagram, like) for like in likes_of_b] + [(like, b.diagram) for like in likes_of_a]
    found = []
    for title, figure in (("Bottleneck", bottleneck), ("Wasserstein", wasserstein)):
        for dim in (0, 1):
            value = figure(a.diagram, b.diagram, dim)
            # nothing can be told from the distance to a diagram without bars
            empty = min(len(x.diagram.bars[dim]) for x in (a, b)) == 0
            null = [] if empty else [figure(x, y, dim).low for x, y in likes]
            found.append(
                _measure(
                    f"{title.lower()}_h{dim}",
                    f"{title} distance of H{dim}",
                    value.low,
                    null,
                    DESCRIPTION,
                    high=value.high,
                    direction="lower",
                    note="chord; "
                    + ("order 1, L-infinity; " if title == "Wasserstein" else "")
                    + ("exact" if value.low == value.high else "p for the upper end")
                    + ("; no null: one diagram has no bar" if empty else ""),
                )
            )
    return found


def _through(pairs: Redrawn, a: Arrangement, b: Arrangement, seed: int) -> list[Measure]:
    """Everything that needs partners, redone whole on every draw."""
    observed = paired_figures(a, b, pairs.matching)
    intervals = paired_intervals(a, b, pairs.matching, stream(seed, "bootstrap"))
    null = [paired_figures(a, b, matching) for matching in pairs.null]
    return [
        _measure(
            name,
            _TITLES[name],
            value,
            [figures[name] for figures in null if name in figures],
            pairs.null_description,
            interval=intervals.get(name),
            note=_NOTES.get(name, pairs.description),
        )
        for name, value in observed.items()
    ]


def _unowned(pairs: Redrawn, recoveries: Sequence[Recovery]) -> list[Measure]:
    """Latents without a true feature, where both sides learned the same ones."""
    value = unowned_in_common(recoveries, pairs.matching)
    if value is None:
        return []
    null = [unowned_in_common(recoveries, matching) or 0.0 for matching in pairs.null]
    return [
        _measure(
            "unowned_in_common",
            "Unowned latents in common",
            value,
            null,
            pairs.null_description,
            note="share of the latents without a true feature of their own whose partner has none",
        )
    ]


def _measure(
    name: str,
    title: str,
    value: float,
    null: Sequence[float],
    null_name: str,
    *,
    high: float | None = None,
    direction: Direction = "higher",
    interval: tuple[float, float] | None = None,
    note: str = "",
) -> Measure:
    least = value if high is None or direction == "higher" else high
    return Measure(
        name=name,
        title=title,
        low=value,
        high=value if high is None else high,
        direction=direction,
        null=tuple(null),
        null_name=null_name,
        # of an interval, the end that says least
        p_value=p_value(least, null, direction) if _can_judge(value, null) else None,
        note=note,
        interval=interval,
    )


def _can_judge(value: float, null: Sequence[float]) -> bool:
    """Whether the null moves the figure, and there are draws enough of it to show p <= .05."""
    return bool(set(null) - {value}) and len(null) >= FEWEST_DRAWS
