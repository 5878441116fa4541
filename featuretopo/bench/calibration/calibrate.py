"""Calibrate: every measure on pairs whose likeness is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

from featuretopo.bench.calibration.costs import costs
from featuretopo.bench.calibration.every_measure import every_other_measure
from featuretopo.bench.calibration.families import KINDS, SHARES, By, pair
from featuretopo.bench.calibration.unpictured import unpictured
from featuretopo.compare import Measure, compare
from featuretopo.compare.verdict import Judgement
from featuretopo.errors import FeaturetopoError, did_you_mean
from featuretopo.nulls import FloatArray
from featuretopo.random import RngLike, child_seed, seed_of
from featuretopo.topology.clusters import check_draws, clusters
from featuretopo.topology.loops import loops

LEVELS = (0.01, 0.05, 0.1)
_ALIKE = 0.5  # share in common from which a pair counts as alike


@dataclass(frozen=True, slots=True)
class Calibrated:
    """How well one measure tells what is alike from what is not.

    Attributes
    ----------
    title : str
    auroc : float
        How often a pair with half or more in common stands above one with nothing in common; .5 is
        chance. NaN where one of the two is missing.
    worst_auroc, worst_kind : float, str
        The same among pairs of one kind, where it is lowest.
    spearman : float
        Rank correlation with the share in common: does it grow with what it is to measure?
    false : tuple of int
        Of strangers, how many have p <= .01, .05 and .1.
    n_strangers : int
        Of how many that have a p.
    false_lone, n_lone : tuple of int, int
        The same of strangers that are lone directions and nothing else.
    undefined : int
        Pairs on which it is not defined.
    cost : float
        CPU milliseconds of one value (:func:`~featuretopo.bench.calibration.costs.costs`): of all
        that is told, this alone is another on every run.
    """

    title: str
    auroc: float
    worst_auroc: float
    worst_kind: str
    spearman: float
    false: tuple[int, ...]
    n_strangers: int
    false_lone: tuple[int, ...]
    n_lone: int
    undefined: int
    cost: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """What every measure is worth, and what the verdict is.

    Attributes
    ----------
    by : {"codes", "cosine"}
        How partners were found.
    measures : tuple of Calibrated
        Those of a comparison first.
    verdicts : mapping of float to Counter
        How often each judgement was given, by the share in common.
    aligned, n_alike : int
        Of the pairs with half or more in common in frames of their own, how many were said to need
        a permutation and a rotation.
    n_pairs, draws : int
        Pairs in all, and null draws of every figure.
    """

    by: By
    measures: tuple[Calibrated, ...]
    verdicts: Mapping[float, Counter[Judgement]]
    aligned: int
    n_alike: int
    n_pairs: int
    draws: int

    def __getitem__(self, title: str) -> Calibrated:
        """Return the row of the measure called `title`."""
        for row in self.measures:
            if row.title == title:
                return row
        raise KeyError(f"{title!r}; there are {[row.title for row in self.measures]}")


@dataclass(frozen=True, slots=True)
class _Pair:
    """What came of one pair."""

    kind: str
    share: float
    measures: dict[str, Measure]
    judgement: Judgement
    needed: str


def calibrate(
    by: By = "codes",
    *,
    sets: int = 8,
    strangers: int = 30,
    draws: int = 99,
    workers: int = -1,
    rng: RngLike = None,
) -> Calibration:
    """Take every measure of pairs that have 0, 25, 50, 75 and 100% of their features in common.

    Of one recipe (:func:`~featuretopo.bench.calibration.families.recipe`), plain, in one frame,
    with noise, with a third of the latents dead, with features of one shape firing together; and
    strangers that are lone directions.

    Parameters
    ----------
    by : {"codes", "cosine"}
        How partners are found. By cosine, all pairs are in one frame.
    sets : int
        Pairs of every kind and share above 0.
    strangers : int
        Pairs of every kind with nothing in common; as many in all of lone directions.
    draws : int
        Null draws of every figure, at least 19.
    workers : int
        Processes; -1 for one to a core. Figures do not depend on it.
    rng : int, Generator or None

    Returns
    -------
    Calibration

    Raises
    ------
    FeaturetopoError
        If `by` is unknown, there are fewer than 2 pairs of a cell, or draws < 19.

    Examples
    --------
    >>> calibrate(sets=1)
    Traceback (most recent call last):
    featuretopo.errors.FeaturetopoError: sets=1, strangers=30: at least 2 of each
    """
    if by not in get_args(By):
        raise FeaturetopoError(f"unknown by={by!r}{did_you_mean(by, get_args(By))}")
    if min(sets, strangers) < 2:
        raise FeaturetopoError(f"sets={sets}, strangers={strangers}: at least 2 of each")
    check_draws(draws)
    seed = seed_of(rng)
    # by cosine all live in one frame: that kind would be the plain one twice
    structured = [
        name for name, kind in KINDS.items() if not kind.lone and (kind.turned or by == "codes")
    ]
    cells = [
        (name, share, place)
        for name in structured
        for share in SHARES
        for place in range(strangers if share == 0 else sets)
    ]
    cells += [("lone", 0.0, place) for place in range(strangers * len(structured))]
    found = Parallel(n_jobs=workers)(
        delayed(_measured)(by, kind, share, child_seed(seed, kind, place), draws)
        for kind, share, place in cells
    )
    return _summary(by, found, draws)


def _measured(by: By, kind: str, share: float, seed: int, draws: int) -> _Pair:
    with threadpool_limits(1):
        a, b, codes = pair(by, KINDS[kind], share, seed)
        arranged = child_seed(seed, "arranged")
        found = compare(
            *(unpictured(x, clusters(x, rng=arranged), loops(x, rng=arranged)) for x in (a, b)),
            codes=codes,
            draws=draws,
            rng=seed,
        )
        measures = [*found.measures, *every_other_measure(a, b, codes, draws, seed)]
    return _Pair(
        kind,
        share,
        {measure.title: measure for measure in measures},
        found.verdict.judgement,
        found.alignment.needed,
    )


def _summary(by: By, found: Sequence[_Pair], draws: int) -> Calibration:
    structured = [each for each in found if not KINDS[each.kind].lone]
    lone = [each for each in found if KINDS[each.kind].lone]
    titles = {title: None for each in structured for title in each.measures}
    taken = costs()
    turned = [
        each
        for each in structured
        if each.share >= _ALIKE and by == "codes" and KINDS[each.kind].turned
    ]
    return Calibration(
        by=by,
        measures=tuple(_calibrated(title, structured, lone, taken[title]) for title in titles),
        verdicts={
            share: Counter(each.judgement for each in structured if each.share == share)
            for share in SHARES
        },
        aligned=sum(each.needed == "a permutation and a rotation" for each in turned),
        n_alike=len(turned),
        n_pairs=len(found),
        draws=draws,
    )


def _calibrated(
    title: str, structured: Sequence[_Pair], lone: Sequence[_Pair], cost: float
) -> Calibrated:
    from scipy.stats import spearmanr

    having = [each for each in structured if title in each.measures]
    share = np.array([each.share for each in having])
    value = np.array([_towards_alike(each.measures[title]) for each in having])
    kinds = np.array([each.kind for each in having])
    of_kinds = {kind: _auroc(share[kinds == kind], value[kinds == kind]) for kind in set(kinds)}
    worst = min(sorted(of_kinds), key=lambda kind: np.nan_to_num(of_kinds[kind], nan=2.0))
    false, n_strangers = _false([each for each in having if each.share == 0], title)
    false_lone, n_lone = _false(lone, title)
    return Calibrated(
        title=title,
        auroc=_auroc(share, value),
        worst_auroc=of_kinds[worst],
        worst_kind=worst,
        spearman=float(spearmanr(share, value)[0])
        if np.ptp(value) and np.ptp(share)
        else float("nan"),
        false=false,
        n_strangers=n_strangers,
        false_lone=false_lone,
        n_lone=n_lone,
        undefined=len(structured) - len(having),
        cost=cost,
    )


def _towards_alike(measure: Measure) -> float:
    return measure.low if measure.direction == "higher" else -measure.low


def _auroc(share: FloatArray, value: FloatArray) -> float:
    from sklearn.metrics import roc_auc_score

    clear = (share == 0) | (share >= _ALIKE)
    alike = share[clear] > 0
    if len(set(alike.tolist())) < 2:
        return float("nan")
    return float(roc_auc_score(alike, value[clear]))


def _false(strangers: Sequence[_Pair], title: str) -> tuple[tuple[int, ...], int]:
    """How many strangers stand out at each level, and how many have a p."""
    found = [each.measures[title].p_value for each in strangers if title in each.measures]
    known = [p for p in found if p is not None]
    return tuple(sum(p <= level for p in known) for level in LEVELS), len(known)
