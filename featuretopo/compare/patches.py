"""Patches: are named groups of features alike in two dictionaries, where the whole is not?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from featuretopo.compare.figures import (
    NEED_PAIRS,
    figures_of_rows,
    forced_in_words,
    matched_rows,
)
from featuretopo.compare.groups import groups
from featuretopo.compare.mapper_figures import mapper_figures
from featuretopo.compare.measure import Measure, beside_null, corrected
from featuretopo.compare.measures import NOTES, TITLES, between_diagrams, direction_of
from featuretopo.compare.overlap import overlap
from featuretopo.compare.pairing import BY_NAME, FEWEST, Pairing
from featuretopo.compare.partners import certain_pairing
from featuretopo.compare.redrawn import Redrawn, most_tested, redrawn
from featuretopo.compare.sides import check_side
from featuretopo.dictionary import Dictionary
from featuretopo.draws import over_draws
from featuretopo.errors import FeaturetopoError
from featuretopo.random import RngLike, child_seed, seed_of, stream
from featuretopo.similarity import Matching
from featuretopo.similarity.rows import IntArray
from featuretopo.topology.arrangement import Arrangement, arrangement
from featuretopo.topology.clusters import check_draws
from featuretopo.topology.persistence import persistence

WHOLE = "everything"
_BANDS = 10  # of firing frequency
_HEAVY = 500  # features whose figures take some tenths of a second


@dataclass(frozen=True, slots=True)
class Patch:
    """One named group of features of a, and what the pair measures say of it alone.

    Attributes
    ----------
    name : str
        ``"everything"`` for the whole dictionary.
    n_features : int
        In a.
    n_pairs : int
        How many of them have a partner in b.
    measures : tuple of Measure
        Of its pairs; p from partners scrambled. Distances of diagrams are between those of its
        features and of their partners, against structureless likes of either. Empty with fewer than
        8 pairs.
    against_others : tuple of Measure
        The same figures but those of diagrams, held against those of as many features drawn from
        all of a that fire as often. Empty for the whole.
    """

    name: str
    n_features: int
    n_pairs: int
    measures: tuple[Measure, ...]
    against_others: tuple[Measure, ...]

    def __repr__(self) -> str:
        return f"Patch({self.name!r}: {self.n_features:,} features, {self.n_pairs:,} pairs)"

    def __getitem__(self, name: str) -> Measure:
        """Return the measure called `name`."""
        for measure in self.measures:
            if measure.name == name:
                return measure
        raise KeyError(f"{name!r}; this patch has {[m.name for m in self.measures]}")


def patches(
    a: Dictionary | Arrangement,
    b: Dictionary | Arrangement,
    *,
    codes: tuple[Any, Any] | None = None,
    encoders: tuple[Any, Any] | None = None,
    draws: int = 199,
    rng: RngLike = None,
) -> tuple[Patch, ...]:
    """Compare two dictionaries on the whole and on each group of a, with the same measures.

    Features are paired as in :func:`featuretopo.compare`, those of a patch of a with all of b. Two
    questions are asked of each patch. Is it more alike than chance makes it: partners are
    scrambled, the matching redone. And is it more alike than as many features drawn from all of a:
    its label is dealt out anew, within ten bands of how often a's features fire where codes tell,
    for rare features and common ones differ in how well an SAE learns them. Such a draw crosses
    groups: where it is shared which groups there are, draws are alike, and only a patch that is
    more so stands out.

    Parameters
    ----------
    a : Dictionary or Arrangement
        With labels.
    b : Dictionary or Arrangement
    codes : pair of scipy.sparse CSR, optional
        Codes of a's and of b's features on the same samples, shapes (n_samples, n_a), (n_samples,
        n_b).
    encoders : pair of Dictionary or array_like, optional
        Encoder rows, shapes (n_a, d) and (n_b, d).
    draws : int
        Null draws of either question, at least 19.
    rng : int, Generator or None
        Seed of the nulls.

    Returns
    -------
    tuple of Patch
        The whole first, then a's groups in the order of their labels. q is corrected over all
        measures of all patches, for each of the two questions; that of the whole, over its own.

    Raises
    ------
    FeaturetopoError
        If a has no labels, features cannot be paired, codes or encoder rows do not belong to the
        dictionaries, or draws < 19.

    Examples
    --------
    >>> from featuretopo.truth import Blobs, Circle, GroundTruth
    >>> a = GroundTruth([Circle(20), Blobs(2, 10)], d=16, rng=0).dictionary
    >>> [(patch.name, patch.n_pairs) for patch in patches(a, a, draws=19, rng=0)]
    [('everything', 40), ('circle of 20', 20), ('blob 1', 10), ('blob 2', 10)]
    """
    check_draws(draws)
    for name, given in (("a", a), ("b", b)):
        check_side(name, given)
    x, y = (side.dictionary if isinstance(side, Arrangement) else side for side in (a, b))
    check_labelled(x)
    pairing = certain_pairing(x, y, codes, encoders)
    seed = seed_of(rng)
    left, right = (
        side if isinstance(side, Arrangement) else arrangement(side, rng=child_seed(seed, name))
        for side, name in ((a, "a"), (b, "b"))
    )
    sizes = _Sizes(draws, seed, most_tested(len(y), max(x.d, y.d)))
    space = _Space(left, right, pairing, _bands_of(x, codes)[pairing.rows])
    named: list[tuple[str, IntArray]] = [(WHOLE, np.arange(len(x)))]
    named += [(name, x.members(name)) for name in x.label_names if len(x.members(name))]
    return _corrected(
        [_patch(name, rows, space, sizes, place) for place, (name, rows) in enumerate(named)]
    )


def check_labelled(a: Dictionary) -> None:
    """Refuse a dictionary without labels, which say what a patch is."""
    if not (a.labels >= 0).any():
        raise FeaturetopoError(
            f"{a!r} has no labels, which say what a patch is: ft.Dictionary(vectors, labels=..., "
            "label_names=...)"
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Space:
    """Two dictionaries, how they are paired, and which band each paired feature of a is in."""

    a: Arrangement
    b: Arrangement
    pairing: Pairing
    bands: IntArray

    def figures(self, matching: Matching) -> dict[str, float]:
        """Measures of its pairs; none where they are too few."""
        if len(matching.pairs) < FEWEST:
            return {}
        found = figures_of_rows(self.a, self.b, matching)
        if matching.method != BY_NAME:
            found["matched_score"] = float(matching.score.mean())
        # (MMCS after a rotation is scored on features outside the patch)
        found |= self._overlaps(matching)
        return found | mapper_figures(self.a.mapper, self.b.mapper, matching.pairs)

    def _overlaps(self, matching: Matching) -> dict[str, float]:
        """Overlap of what each cluster and loop of the whole has among the partners.

        Told anew for every draw: the partners of another draw are in other groups of b. Not defined
        where no group of either side has any.
        """
        found = {}
        for name, sides in groups(self.a, self.b).items():
            of_a, of_b = (
                [part for group in of if len(part := np.intersect1d(group, rows))]
                for of, rows in zip(sides, matching.pairs.T, strict=True)
            )
            if of_a or of_b:
                found[name] = overlap(of_a, of_b, matching.pairs)
        return found

    def diagrams(self, matching: Matching, draws: int, seed: int) -> list[Measure]:
        """Distances between the diagrams of the features and of their partners."""
        i, j = matching.pairs.T
        return between_diagrams(_alone(self.a, i), _alone(self.b, np.unique(j)), draws, seed)


@dataclass(frozen=True, slots=True)
class _Sizes:
    """How many draws, from which seed, for how many features at most."""

    draws: int
    seed: int
    most: int


def _patch(name: str, rows: IntArray, space: _Space, sizes: _Sizes, place: int) -> Patch:
    draws, seed = sizes.draws, child_seed(sizes.seed, f"patch {place}")
    places = np.flatnonzero(np.isin(space.pairing.rows, rows))
    pairs = redrawn(space.pairing.part(places), draws, seed, sizes.most)
    n_pairs = len(pairs.matching.pairs)
    if n_pairs < FEWEST:
        return Patch(name, len(rows), n_pairs, (), ())
    observed = space.figures(pairs.matching)
    tested = space.figures(pairs.tested) if pairs.in_part else {}
    forced = forced_in_words(*matched_rows(space.a, space.b, pairs.matching.pairs))

    def measures(null: Callable[[int], Matching], words: str) -> tuple[Measure, ...]:
        by_draw = over_draws(
            lambda draw: space.figures(null(draw)), draws, heavy=len(places) > _HEAVY
        )
        return tuple(
            _beside(figure, value, by_draw, words, pairs, tested, forced.get(figure, ""))
            for figure, value in observed.items()
        )

    within = measures(lambda draw: pairs.null[draw], pairs.null_description)
    within += tuple(space.diagrams(pairs.matching, draws, child_seed(seed, "diagrams")))
    if len(places) == len(space.pairing.rows):  # there is no other part
        return Patch(name, len(rows), n_pairs, within, ())

    def dealt_out(draw: int) -> Matching:
        rng = stream(seed, "others", draw)
        wanted = space.bands[rng.permutation(places)[: sizes.most]]
        return space.pairing.part(_dealt_out(wanted, space.bands, rng)).match()

    size = min(len(places), sizes.most)
    bands = len(np.unique(space.bands))
    banded = f", as many of each of {bands} bands of firing frequency" if bands > 1 else ""
    words = f"{size:,} features of a drawn anew{banded}; matching and figure redone"
    return Patch(name, len(rows), n_pairs, within, measures(dealt_out, words))


def _beside(
    figure: str,
    value: float,
    by_draw: Sequence[dict[str, float]],
    words: str,
    pairs: Redrawn,
    tested: dict[str, float],
    caution: str,
) -> Measure:
    asked = figure in tested or not pairs.in_part
    null = [each[figure] for each in by_draw if figure in each] if asked else []
    # of graphs and groups, a draw can be without for what it is of, however many its pairs
    without = [each for each in by_draw if figure not in each]
    undefined = sum(not each or figure in NEED_PAIRS for each in without) if asked else 0
    few = f"; {undefined} draws made too few pairs, and count as less alike" if undefined else ""
    left_out = len(without) - undefined if asked else 0
    few += f"; not defined on {left_out} draws, which are left out" if left_out else ""
    return beside_null(
        figure,
        TITLES[figure],
        value,
        null,
        words + few,
        direction=direction_of(figure),
        note=NOTES.get(figure, pairs.description) + caution,
        tested=tested.get(figure),
        undefined=undefined,
    )


def _alone(side: Arrangement, rows: IntArray) -> Arrangement:
    """Some features as a dictionary of their own, with a diagram of their own."""
    part = side.dictionary.take(rows)
    return replace(side, dictionary=part, diagram=persistence(part))


def _bands_of(a: Dictionary, codes: tuple[Any, Any] | None) -> IntArray:
    """Which band of firing frequency each feature of a is in; all in one where nothing tells."""
    if codes is None:
        return np.zeros(len(a), np.int64)
    often = np.asarray((codes[0] != 0).sum(axis=0)).ravel()
    edges = np.quantile(often, np.arange(1, _BANDS) / _BANDS)
    return np.searchsorted(edges, often, side="right")


def _dealt_out(wanted: IntArray, bands: IntArray, rng: np.random.Generator) -> IntArray:
    """Draw places at random, as many from each band as are wanted of it."""
    sizes = np.bincount(wanted, minlength=_BANDS)
    places = [
        rng.choice(np.flatnonzero(bands == band), size, replace=False)
        for band, size in enumerate(sizes)
    ]
    return np.sort(np.concatenate(places))


def _corrected(found: Sequence[Patch]) -> tuple[Patch, ...]:
    """Correct the p-values over all patches, for each of the two questions; the whole's by itself.

    A whole that is alike in every measure would lower the bound that its patches have to pass.
    """
    whole, *patches = found
    within = iter(
        [*corrected(whole.measures), *corrected([m for patch in patches for m in patch.measures])]
    )
    others = iter(corrected([m for patch in found for m in patch.against_others]))
    return tuple(
        replace(
            patch,
            measures=tuple(next(within) for _ in patch.measures),
            against_others=tuple(next(others) for _ in patch.against_others),
        )
        for patch in found
    )
