"""Series: how a dictionary changes along width, sparsity, training time or seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from featuretopo.compare.comparison import Comparison, compare
from featuretopo.compare.partners import certain_pairing
from featuretopo.compare.sides import check_side
from featuretopo.compare.verdict import LEVEL
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError, did_you_mean
from featuretopo.random import RngLike, child_seed, seed_of
from featuretopo.similarity import latent_origins
from featuretopo.topology.arrangement import Arrangement, arrangement
from featuretopo.topology.clusters import check_draws


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One dictionary of a series, and what has become of the first one in it.

    Attributes
    ----------
    arrangement : Arrangement
        With its name.
    n_clusters, n_loops : int
        Those that stand out from their null, p <= .05.
    found_again : float or None
        Share of the first's features that own one or more here: nearer to it than its nearest
        neighbour in the first is, and than chance brings any
        (:func:`~featuretopo.similarity.latent_origins`). None for the first itself, in a space of
        another dimension, and where partners are known by codes or names but are no nearer than
        chance: in another frame.
    split : int or None
        Features of the first that own two or more here.
    new : int or None
        Features here that are like none of the first more than random directions are.
    comparison : Comparison or None
        Of the first and this one.
    """

    arrangement: Arrangement
    n_clusters: int
    n_loops: int
    found_again: float | None
    split: int | None
    new: int | None
    comparison: Comparison | None

    @property
    def name(self) -> str:
        """What the dictionary is called."""
        return self.arrangement.name

    def __repr__(self) -> str:
        words = f", {self.found_again:.0%} found again" if self.found_again is not None else ""
        return (
            f"Step({self.name!r}: {len(self.arrangement.dictionary):,} features, "
            f"{self.n_clusters} clusters, {self.n_loops} loops{words})"
        )


def series(
    dictionaries: Mapping[str, Dictionary | Arrangement],
    *,
    codes: Mapping[str, Any] | None = None,
    draws: int = 199,
    rng: RngLike = None,
) -> tuple[Step, ...]:
    """Hold each of several dictionaries against the first: wider, sparser, later, reseeded.

    Parameters
    ----------
    dictionaries : mapping of str to Dictionary or Arrangement
        Two or more, by what they are called, in order. The first is what the others are held
        against.
    codes : mapping of str to scipy.sparse CSR, optional
        Codes of each on the same samples, by the same names, shapes (n_samples, n).
    draws : int
        Null draws of every figure, at least 19.
    rng : int, Generator or None
        Seed of the nulls.

    Returns
    -------
    tuple of Step
        In the order given.

    Raises
    ------
    FeaturetopoError
        With fewer than two dictionaries, codes under other names, or where
        :func:`featuretopo.compare` refuses.

    Examples
    --------
    >>> from featuretopo.truth import Blobs, GroundTruth
    >>> narrow = GroundTruth([Blobs(4, 8)], d=16, rng=0).dictionary
    >>> wide = Dictionary(np.repeat(narrow.vectors, 2, axis=0))
    >>> [(step.name, step.split) for step in series({"32": narrow, "64": wide}, draws=19, rng=0)]
    [('32', None), ('64', 32)]
    """
    check_draws(draws)
    if not isinstance(dictionaries, Mapping):
        raise FeaturetopoError(
            f"dictionaries is {type(dictionaries).__name__}, must be a mapping from what each is "
            "called: ft.series({'first': x, 'wider': y})"
        )
    for name, given in dictionaries.items():
        check_side(name, given)
    if len(dictionaries) < 2:
        raise FeaturetopoError(f"{len(dictionaries)} dictionaries: a series needs two or more")
    if codes is not None and not isinstance(codes, Mapping):
        raise FeaturetopoError(
            f"codes is {type(codes).__name__}, must name those of each dictionary: "
            '{"first": ..., "second": ...}'
        )
    for name in codes or ():
        if name not in dictionaries:
            raise FeaturetopoError(f"codes of {name!r}{did_you_mean(name, [*dictionaries])}")
    for name in dictionaries if codes is not None else ():
        if name not in (codes or {}):
            raise FeaturetopoError(f"no codes of {name!r}: give those of all, or of none")
    seed = seed_of(rng)
    x, *rest = (
        (name, each.dictionary if isinstance(each, Arrangement) else each)
        for name, each in dictionaries.items()
    )
    for name, y in rest:  # what cannot be paired is refused before anything is computed
        certain_pairing(x[1], y, (codes[x[0]], codes[name]) if codes is not None else None, None)
    sides = [
        replace(x, name=name)
        if isinstance(x, Arrangement)
        else arrangement(x, name=name, rng=child_seed(seed, name))
        for name, x in dictionaries.items()
    ]
    first, *others = sides
    steps = [_step(first, None, None)]
    first_name, *names = dictionaries
    for name, side in zip(names, others, strict=True):
        pair = (codes[first_name], codes[name]) if codes is not None else None
        found = compare(first, side, codes=pair, draws=draws, rng=child_seed(seed, f"pair {name}"))
        steps.append(_step(side, first, found))
    return tuple(steps)


def _step(side: Arrangement, first: Arrangement | None, comparison: Comparison | None) -> Step:
    again, split, new = None, None, None
    if first is not None and comparison is not None and _in_one_frame(comparison):
        x, y = first.dictionary, side.dictionary
        origins = latent_origins(x, y)
        again = len(np.unique(origins.owner[origins.owner >= 0])) / len(x)
        split, new = len(origins.split), len(origins.spurious)
    n_clusters, n_loops = (
        sum(group.p_value <= LEVEL for group in groups) for groups in (side.clusters, side.loops)
    )
    return Step(side, n_clusters, n_loops, again, split, new, comparison)


def _in_one_frame(comparison: Comparison) -> bool:
    """Whether cosines across the two mean something, as far as is known."""
    before = [m for m in comparison.measures if m.name == "mmcs_before"]
    if not before:
        return False
    by_cosine = "by cosine" in comparison.pairing
    return by_cosine or (before[0].p_value is not None and before[0].p_value <= LEVEL)
