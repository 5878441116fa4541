"""Comparison: what is the same is shared, what is not is not, and every null can move."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joblib import Parallel
from reference import gaussian, portrait, rotation, seeds
from scipy import sparse
from scipy.stats import binom

from featuretopo.compare import Comparison, Measure, Verdict, compare, recover
from featuretopo.compare.bootstrap import mean_interval
from featuretopo.compare.diagram_null import null_diagrams
from featuretopo.compare.figures import forced_in_words, mmcs_after_procrustes
from featuretopo.compare.measure import beside_null, corrected
from featuretopo.compare.overlap import jaccard, overlap, overlap_interval
from featuretopo.compare.partners import pair_by_cosine, pair_by_names
from featuretopo.compare.redrawn import redrawn
from featuretopo.compare.verdict import in_words, judge
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import noise_floor, random_rotation
from featuretopo.similarity import cca, mmcs
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.clusters import Cluster
from featuretopo.topology.distances import bottleneck
from featuretopo.topology.persistence import persistence
from featuretopo.truth import Blobs, Circle, GroundTruth, Sphere

D = 12
OF_ROWS = {"mean_cca", "svcca", "cka", "rsa", "knn_jaccard", "distance_correlation", "rtd"}
FRAME_FREE = {"matched_score", "mmcs_after", "cluster_overlap", "loop_overlap"}
OF_NODES = {"mapper_nodes", "mapper_subgraph"}  # of few nodes, chance never shares one
FRAME_FREE |= OF_ROWS | OF_NODES | {"mapper_paths"}
DISTANCES = {f"{kind}_h{dim}" for kind, dim in product(("bottleneck", "wasserstein"), (0, 1))}


def truth(seed: int, d: int = D) -> Dictionary:
    """Three blobs and some directions in general position, named."""
    x = GroundTruth([Blobs(3, 9, spread=0.25), Sphere(9)], d, rng=seed).dictionary
    return Dictionary(x.vectors, labels=x.labels, names=[f"feature {i}" for i in range(len(x))])


def with_a_loop(seed: int) -> Dictionary:
    shapes = [Blobs(2, 8, spread=0.3), Circle(12), Sphere(12)]
    return GroundTruth(shapes, d=16, rng=seed).dictionary


def unnamed(x: Dictionary) -> Dictionary:
    return Dictionary(x.vectors)


def turned(x: Dictionary, seed: int) -> Dictionary:
    return Dictionary(x.vectors @ rotation(x.d, seed), names=x.names)


def codes_of(n_samples: int, n: int, seed: int) -> sparse.csr_array:
    rng = np.random.default_rng(seed)
    return sparse.csr_array(rng.random((n_samples, n)) * (rng.random((n_samples, n)) < 0.1))


def values(found: Comparison) -> dict[str, tuple[float, float]]:
    return {m.name: (m.low, m.high) for m in found.measures}


@pytest.fixture(scope="module")
def home() -> Arrangement:
    return portrait(truth(0))


@pytest.fixture(scope="module")
def looped() -> Arrangement:
    return portrait(with_a_loop(0))


# Overlap

groups = st.lists(st.sets(st.integers(0, 11), min_size=1), max_size=4).map(
    lambda sets: [np.array(sorted(rows)) for rows in sets]
)


@st.composite
def pairings(draw: st.DrawFn) -> np.ndarray:
    m = draw(st.integers(0, 12))
    rows = [draw(st.permutations(range(12)))[:m] for _ in range(2)]
    return np.array(rows, dtype=np.int64).T.reshape(m, 2)


@given(a=groups, b=groups, pairs=pairings())
def test_overlap_is_that_of_plain_sets(
    a: list[np.ndarray], b: list[np.ndarray], pairs: np.ndarray
) -> None:
    def best(own: set[int], others: list[set[int]]) -> float:
        return max(len(own & other) / max(len(own | other), 1) for other in others)

    held_a, held_b = (
        [{i for i, row in enumerate(pairs[:, side]) if row in group} for group in of]
        for side, of in ((0, a), (1, b))
    )
    found = overlap(a, b, pairs)
    if not a or not b:
        assert found == 0
        return
    known = [len(g) * best(h, held_b) for g, h in zip(a, held_a, strict=True)]
    known += [len(g) * best(h, held_a) for g, h in zip(b, held_b, strict=True)]
    assert found == pytest.approx(sum(known) / sum(map(len, [*a, *b])))
    assert 0 <= found <= 1
    assert found == pytest.approx(overlap(b, a, pairs[:, ::-1]))
    assert found == pytest.approx(overlap(a, b, pairs[::-1]))


@given(a=groups.filter(len), order=st.permutations(range(12)))
def test_overlap_of_the_same_groups_of_the_same_features_is_one(
    a: list[np.ndarray], order: list[int]
) -> None:
    pairs = np.column_stack([np.arange(12), order])
    assert overlap(a, [np.array(order)[group] for group in a], pairs) == 1


@given(a=st.sets(st.integers(0, 9)), b=st.sets(st.integers(0, 9)))
def test_jaccard_is_that_of_sets(a: set[int], b: set[int]) -> None:
    known = len(a & b) / len(a | b) if a | b else 0
    assert jaccard(np.array(sorted(a), int), np.array(sorted(b), int)) == known


# What is the same


def test_a_dictionary_shares_everything_with_itself(looped: Arrangement) -> None:
    found = compare(looped, looped, draws=19, rng=0)
    assert found.verdict.judgement == "shared"
    assert (found.n_pairs, found.unmatched_share) == (len(looped.dictionary), 0)
    # names have no score of their own
    assert {m.name for m in found.measures} == {"mmcs_before"} | FRAME_FREE - {
        "matched_score"
    } | DISTANCES
    for measure in found.measures:
        # the censored deaths of a loop are known to lie between the cut and 2
        known = 0 if measure.direction == "lower" else 1
        assert measure.low == pytest.approx(known, abs=1e-6)
        # nor is more known of it than its upper end
        assert measure.p_value == (0.05 if measure.low == measure.high else 1)


def test_a_rotation_changes_cosines_and_nothing_else(home: Arrangement) -> None:
    other = portrait(turned(home.dictionary, 5), "turned")
    found = compare(home, other, draws=19, rng=0)
    assert found["mmcs_before"].low < 0.8
    assert found["mmcs_after"].low == pytest.approx(1, abs=1e-5)
    assert found["mean_cca"].low == pytest.approx(1, abs=1e-5)
    assert found["cluster_overlap"].low == 1
    assert all(found[name].low < 1e-4 for name in DISTANCES)
    assert found.verdict.judgement == "shared"
    assert found.pairing == f"{len(home.dictionary)} names in common"


def test_cosines_between_frames_are_those_of_chance(home: Arrangement) -> None:
    runs = 20
    low = 0
    for seed in range(runs):
        other = replace(home, dictionary=unnamed(turned(home.dictionary, seed)))
        p = compare(home, other, draws=19, rng=seed)["mmcs_before"].p_value
        assert p is not None
        low += p <= 0.05
    assert low <= binom.ppf(0.999, runs, 0.05)


def test_shuffling_the_features_changes_nothing(home: Arrangement) -> None:
    other = truth(1)
    shuffled = other.take(np.random.default_rng(0).permutation(len(other)))
    one, two = (compare(home, portrait(x), draws=19, rng=0) for x in (other, shuffled))
    for name, known in values(one).items():
        assert values(two)[name] == pytest.approx(known, abs=1e-4), name


def test_swapping_the_sides_changes_no_value(home: Arrangement) -> None:
    other = portrait(truth(1))
    one, two = compare(home, other, draws=19, rng=0), compare(other, home, draws=19, rng=0)
    for name, known in values(one).items():
        assert values(two)[name] == pytest.approx(known, abs=1e-5), name


def test_codes_find_the_partners(home: Arrangement) -> None:
    x = home.dictionary
    order = np.random.default_rng(3).permutation(len(x))
    other = portrait(unnamed(turned(x, 5).take(order)))
    codes = codes_of(300, len(x), 0)
    found = compare(home, other, codes=(codes, codes[:, order]), draws=19, rng=0)
    assert found.verdict.judgement == "shared"
    assert found["matched_score"].low == pytest.approx(1)
    assert found["mmcs_after"].low == pytest.approx(1, abs=1e-5)
    assert found["cluster_overlap"].low == 1
    assert {found[name].p_value for name in ("matched_score", "mmcs_after")} == {0.05}
    assert found.unmatched_share == 0 and "300 samples" in found.pairing


# What is not


def test_strangers_share_nothing_though_their_pictures_are_alike() -> None:
    p: dict[str, list[float]] = {}
    runs = 30
    for seed in range(runs):
        a, b = (portrait(truth(2 * seed + side)) for side in (1, 2))
        # the first diagrams are alike by recipe; the codes know nothing of each other
        codes = tuple(codes_of(200, len(a.dictionary), 2 * seed + side) for side in (1, 2))
        found = compare(a, b, codes=codes, draws=19, rng=seed)  # type: ignore[arg-type]
        assert found.verdict.judgement != "shared"
        assert found["mmcs_before"].p_value is not None
        for name in ("mmcs_before", *FRAME_FREE - {"loop_overlap"} - OF_NODES):
            value = found[name].p_value
            assert value is not None
            p.setdefault(name, []).append(value)
    for name, of_all in p.items():
        assert sum(value <= 0.05 for value in of_all) <= binom.ppf(0.999, runs, 0.05), name
        assert sum(value <= 0.5 for value in of_all) <= binom.ppf(0.999, runs, 0.5), name
        if name != "cluster_overlap":  # takes few values, and ties make p larger
            assert np.mean(of_all) < 0.525 + 4 * 0.29 / np.sqrt(runs), name


def without_names_in_common(kind: str, home: Arrangement) -> tuple[Arrangement, Arrangement]:
    x = home.dictionary
    names = {
        "unnamed": None,
        "one unnamed": None,
        "other names": [f"other {i}" for i in range(len(x))],
        "seven names": [*x.names[:7], *(f"other {i}" for i in range(7, len(x)))],
        "twice": [*x.names[:14:2], *x.names[:14:2], *(f"other {i}" for i in range(14, len(x)))],
    }[kind]
    a = home if kind != "unnamed" else replace(home, dictionary=unnamed(x))
    return a, replace(home, dictionary=Dictionary(x.vectors, names=names))


KINDS = ["unnamed", "one unnamed", "other names", "seven names", "twice"]


@pytest.mark.parametrize("kind", KINDS)
def test_without_names_in_common_best_matches_by_cosine_are_partners(
    kind: str, home: Arrangement
) -> None:
    a, b = without_names_in_common(kind, home)
    found = compare(a, b, draws=19, rng=0)
    # names that pair nothing are not passed over in silence
    many = {"unnamed": None, "one unnamed": None, "other names": 0, "seven names": 7, "twice": 0}[
        kind
    ]
    why = "" if many is None else f", since {many} names are in common, not 8"
    assert found.pairing == f"each other's best match by cosine{why}"
    said = f"of 36 and 36 names {many} are in common" in found.verdict.reasons[-1]
    assert said == (many is not None)
    assert (found.n_pairs, found.unmatched_share) == (len(home.dictionary), 0)
    expected = {"mmcs_before", "matched_in_spectrum"} | FRAME_FREE - {"loop_overlap"} | DISTANCES
    assert {m.name for m in found.measures} == expected
    assert found.verdict.judgement == "shared"


@pytest.mark.parametrize("kind", KINDS)
def test_in_another_frame_nobody_can_tell(kind: str, home: Arrangement) -> None:
    a, b = without_names_in_common(kind, home)
    y = b.dictionary
    b = replace(b, dictionary=Dictionary(turned(y, 4).vectors, names=y.names))
    found = compare(a, b, draws=19, rng=0)
    assert found.verdict.judgement == "cannot tell"
    assert "best matches by cosine are no nearer, or" in found.verdict.reasons[0]
    assert "diagrams do not know which features" in str(found.verdict)
    assert found.alignment.needed == ""


@pytest.mark.parametrize("kind", KINDS)
def test_in_another_dimension_nothing_is_computed_before_it_is_refused(
    kind: str, home: Arrangement, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[object] = []
    monkeypatch.setattr(
        import_module("featuretopo.compare.comparison"), "arrangement", looked.append
    )
    a, b = (side.dictionary for side in without_names_in_common(kind, home))
    b = Dictionary(b.vectors @ rotation(14, 0)[:D], names=b.names)
    words = r"different dimensions \(12 and 14\); give codes of shared samples, or"
    many = {"other names": 0, "seven names": 7, "twice": 0}.get(kind)
    names = (
        r" names in common \(of digits alone"
        if many is None
        else rf" 8 names in common \(there are {many}\)"
    )
    with pytest.raises(FeaturetopoError, match=words + names):
        compare(a, b, draws=19, rng=0)
    assert not looked


def test_an_offset_in_common_is_no_common_frame() -> None:
    x = truth(0).vectors + 1.5 * np.eye(D)[0]
    told = []
    for seed in range(8):
        turn = np.eye(D)
        turn[1:, 1:] = rotation(D - 1, seed)
        pair = portrait(Dictionary(x)), portrait(Dictionary(x @ turn))
        found = compare(*pair, draws=39, rng=seed)
        assert found["matched_score"].p_value == 0.025
        told.append(found.verdict.judgement)
    assert told.count("cannot tell") >= 7


# Of many features, a null is drawn for some


@pytest.fixture
def in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, constant, value in (
        ("redrawn", "_WORK", 0), ("redrawn", "_PART", (24, 2048)), ("diagram_null", "_MOST", 20),
        ("measures", "_TURNED", 10), ("figures", "_SCORED", 12),
        ("figures", "_MOST_ROWS", dict.fromkeys(OF_ROWS, 20)),
    ):  # fmt: skip
        module = import_module(f"featuretopo.compare.{name}")
        assert hasattr(module, constant)
        monkeypatch.setattr(module, constant, value)


@pytest.mark.usefixtures("in_part")
@pytest.mark.parametrize("by", ["names", "codes", "cosine"])
def test_of_many_features_a_part_is_tested_and_says_so(by: str, home: Arrangement) -> None:
    x = home.dictionary
    noisy = x.vectors + 0.05 * gaussian(len(x), D, 7)
    other = portrait(Dictionary(noisy, names=x.names) if by == "names" else Dictionary(noisy))
    codes = codes_of(300, len(x), 0)
    found = compare(home, other, codes=(codes, codes) if by == "codes" else None, draws=19, rng=0)
    again = compare(home, other, codes=(codes, codes) if by == "codes" else None, draws=19, rng=0)
    assert values(found) == values(again)
    assert found.verdict.judgement == "shared"
    assert found["cluster_overlap"].low > 0.95 and found["cluster_overlap"].tested > 0.7
    assert f"on 24 of {len(x)} features of a, drawn at random, up to half of them from its" in (
        found["cluster_overlap"].null_name
    )
    assert found["mmcs_before"].tested != found["mmcs_before"].low
    assert "on 10 features of each at most" in found["mmcs_before"].null_name
    assert "H0 of at most 20 features" in found["wasserstein_h0"].null_name
    assert found["wasserstein_h0"].tested < found["wasserstein_h0"].low
    assert found["bottleneck_h1"].tested is None
    for measure in found.measures:
        # by cosine, chance may leave too few pairs for a figure
        if measure.tested is not None and len(measure.null) == 19:
            lower = measure.direction == "lower"
            extreme = [v <= measure.tested if lower else v >= measure.tested for v in measure.null]
            assert measure.p_value == (sum(extreme) + 1) / 20
            if measure.name in OF_NODES and len(set(measure.null)) == 1:
                assert measure.effect is None
                continue
            beyond = (measure.tested - np.mean(measure.null)) / np.std(measure.null)
            assert measure.effect == pytest.approx(-beyond if lower else beyond)


@pytest.mark.usefixtures("in_part")
def test_what_takes_more_pairs_than_dimensions_is_tested_on_a_larger_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(import_module("featuretopo.compare.redrawn"), "_PART", (16, 2048))
    rng = np.random.default_rng(0)
    x, turn = gaussian(400, D, 1), random_rotation(D, rng)
    near = x + 0.05 * gaussian(400, D, 2)
    a, same, turned = (portrait(Dictionary(rows)) for rows in (x, near, x @ turn))
    found = compare(a, same, draws=199, rng=0)
    for name in ("mmcs_after", "mean_cca", "svcca"):
        assert (len(found[name].null), found[name].p_value) == (19, 0.05)
        assert found[name].null_name.endswith(
            "on 30 of 400 features of a, drawn at random; 19 draws"
        )
        assert found[name].tested > max(found[name].null)
    assert len(found["rsa"].null) == 199 and "on 16 of 400 features" in found["rsa"].null_name
    assert found.alignment.needed == "nothing"
    # where there is nothing but a rotation, it is found by what does not see the frame
    codes = codes_of(300, 400, 0)
    assert (
        compare(a, turned, codes=(codes, codes), draws=399, rng=0).alignment.needed == "a rotation"
    )


@pytest.mark.usefixtures("in_part")
def test_a_part_of_strangers_stands_out_as_seldom_as_the_level_says() -> None:
    p: dict[str, list[float]] = {}
    runs = 30
    for seed in range(runs):
        a, b = (portrait(unnamed(truth(2 * seed + side))) for side in (1, 2))
        found = compare(a, b, draws=39, rng=seed)
        assert found.verdict.judgement != "shared"
        for measure in found.measures:
            if measure.name not in DISTANCES and measure.p_value is not None:
                p.setdefault(measure.name, []).append(measure.p_value)
    often = {name for name, of_all in p.items() if len(of_all) > 20}
    assert often >= {"mmcs_before", "matched_score", "rsa", "cluster_overlap"}
    for name, of_all in p.items():
        for level in (0.05, 0.5):
            false = sum(value <= level for value in of_all)
            assert false <= binom.ppf(0.999, len(of_all), level), name


def test_half_of_a_part_is_of_interest_where_there_is_enough() -> None:
    x = Dictionary(gaussian(400, 8, 0))
    pairing = pair_by_cosine(x, x)
    assert pairing is not None
    for interest, least in ((np.arange(100), 20), (np.arange(5), 5)):
        found = redrawn(pairing, 2, 0, 40, interest)
        rows = found.tested.pairs[:, 0]
        assert len(rows) == 40 and len(np.unique(rows)) == 40
        assert least <= np.isin(rows, interest).sum() < least + 12
        assert found.tested.pairs.tolist() == [[row, row] for row in rows]
        assert len(found.matching.pairs) == 400
    assert not redrawn(pairing, 2, 0, 400).in_part


def test_only_names_in_common_that_stand_once_are_partners() -> None:
    a = Dictionary(gaussian(12, 4, 0), names=[*"abcdefghij", "same", "same"])
    b = Dictionary(gaussian(12, 4, 1), names=["same", *"jihgfedcba", "z"])
    found = pair_by_names(a, b)
    assert found is not None
    partners = [(a.names[i], b.names[j]) for i, j in found.match().pairs]
    assert partners == [(name, name) for name in "abcdefghij"]
    assert (found.match().unmatched_a, found.match().unmatched_b) == pytest.approx((1 / 6, 1 / 6))
    scrambled = found.scrambled(np.random.default_rng(0)).pairs
    assert sorted(scrambled[:, 1]) == sorted(found.match().pairs[:, 1])
    assert (scrambled != found.match().pairs).any()


def test_spaces_of_different_dimension_are_compared_through_partners(home: Arrangement) -> None:
    wider = home.dictionary.vectors @ np.eye(D, 14) @ rotation(14, 0)
    other = portrait(Dictionary(wider, names=home.dictionary.names))
    for a, b in ((home, other), (other, home)):
        found = compare(a, b, draws=19, rng=0)
        assert "mmcs_before" not in {m.name for m in found.measures}
        assert found["mmcs_after"].low == pytest.approx(1, abs=1e-5)
        assert found["mean_cca"].low == pytest.approx(1, abs=1e-5)
        assert found.verdict.judgement == "shared"


def test_too_few_pairs_fit_no_rotation(home: Arrangement) -> None:
    pairs = np.column_stack([np.arange(2 * D - 1)] * 2)
    assert mmcs_after_procrustes(home, home, pairs) is None
    assert mmcs_after_procrustes(home, home, np.column_stack([np.arange(2 * D)] * 2)) is not None


def test_the_rotation_is_fitted_on_each_half_and_scored_on_the_rest(home: Arrangement) -> None:
    other = portrait(truth(1))
    x, y = (side.dictionary.unit.astype(float) for side in (home, other))
    pairs = np.column_stack([np.arange(30), np.random.default_rng(0).permutation(36)[:30]])
    scores = []
    for half in (pairs[::2], pairs[1::2]):
        left, _, right = np.linalg.svd(x[half[:, 0]].T @ y[half[:, 1]])
        cos = x @ left @ right @ y.T
        scores.append(np.delete(cos, half[:, 0], axis=0).max(axis=1).mean())
        scores.append(np.delete(cos, half[:, 1], axis=1).max(axis=0).mean())
    found = mmcs_after_procrustes(home, other, pairs)
    assert found == pytest.approx(np.mean(scores), abs=1e-5)


def test_the_rotation_is_scored_on_features_that_did_not_fit_it() -> None:
    # pairs at random: a rotation fitted on them would score well above chance on themselves
    a, b = (portrait(Dictionary(gaussian(60, 20, seed))) for seed in (0, 1))
    pairs = np.column_stack([np.arange(60)] * 2)
    chance = [
        mmcs_after_procrustes(a, replace(b, dictionary=turned(b.dictionary, seed)), pairs)
        for seed in range(5)
    ]
    np.testing.assert_allclose(chance, chance[0], atol=1e-5)  # whatever the frame of b
    as_they_stand = mmcs(a.dictionary, b.dictionary).symmetric
    assert chance[0] == pytest.approx(as_they_stand, abs=0.03)


# Nulls


@pytest.mark.parametrize("by", ["names", "codes"])
def test_every_null_moves_its_figure(looped: Arrangement, by: str) -> None:
    other = portrait(with_a_loop(1))
    n = len(other.dictionary)
    codes = (codes_of(200, n, 0), codes_of(200, n, 1)) if by == "codes" else None
    found = compare(looped, other, codes=codes, draws=19, rng=0)
    # names have no score of their own
    scored = FRAME_FREE if by == "codes" else FRAME_FREE - {"matched_score"}
    assert {m.name for m in found.measures} == {"mmcs_before"} | scored | DISTANCES
    for measure in found.measures:
        assert len(measure.null) == 19 and measure.null_name
        if measure.name in OF_NODES and not set(measure.null) - {measure.low}:
            assert measure.p_value is None
            continue
        assert set(measure.null) - {measure.low}, measure.name
        lower = measure.direction == "lower"
        as_extreme = [v <= measure.high if lower else v >= measure.low for v in measure.null]
        assert measure.p_value == (sum(as_extreme) + 1) / 20


def test_null_diagrams_are_structureless_and_of_the_same_frame(looped: Arrangement) -> None:
    x = looped.dictionary
    null = null_diagrams(looped, looped.diagram, 6, seed=3)
    assert len(null) == 6
    for each in null:
        assert each.bars[0].shape == looped.diagram.bars[0].shape
        assert each.max_scale == looped.diagram.max_scale == noise_floor(*x.vectors.shape)
        assert (each.bars[1][:, 0] <= each.max_scale).all()
        assert (each.censored[1] == np.isinf(each.bars[1][:, 1])).all()
    again = null_diagrams(looped, looped.diagram, 2, seed=3)
    assert bottleneck(null[1], again[1], 0).high == 0
    assert all(bottleneck(null[0], each, 0).low > 0 for each in null[1:])
    # no clusters: few features have a neighbour below the floor, most of the truth's do
    close = [(d.bars[0][:, 1] < d.max_scale).mean() for d in (looped.diagram, *null)]
    assert close[0] > 0.5 > 2 * max(close[1:])


def test_distances_are_intervals_where_the_cut_hides_deaths(looped: Arrangement) -> None:
    far = persistence(Dictionary(gaussian(40, 16, 9)))
    found = compare(looped, replace(looped, diagram=far), draws=19, rng=0)["bottleneck_h1"]
    assert looped.diagram.censored[1].any()
    assert found.low < found.high and "p for the upper end" in found.note
    known = bottleneck(looped.diagram, far, 1)
    assert (found.low, found.high) == (known.low, known.seen)
    exact = compare(looped, looped, draws=19, rng=0)["bottleneck_h0"]
    assert exact.low == exact.high == 0 and "exact" in exact.note


# Seeds


def test_same_seed_same_comparison_and_no_global_state(home: Arrangement) -> None:
    other = portrait(truth(1))
    np.random.seed(1)
    before = np.random.get_state()[1].copy()
    one, two, third = (compare(home, other, draws=19, rng=seed) for seed in (4, 4, 5))
    assert (np.random.get_state()[1] == before).all()
    assert one.measures == two.measures
    assert values(one) == values(third)
    assert all(m.null != n.null for m, n in zip(one.measures, third.measures, strict=True)
               if m.p_value is not None)  # fmt: skip


def test_dictionaries_are_arranged_first() -> None:
    x = truth(0)
    found = compare(x, x, draws=19, rng=0)
    assert (found.a.name, found.b.name) == ("a", "b")
    assert found.a.dictionary is x
    assert found.a.embedding.xy.shape == (len(x), 2)
    again = compare(x, x, draws=19, rng=0)
    assert found.measures == again.measures
    np.testing.assert_array_equal(found.a.embedding.xy, again.a.embedding.xy)


# Verdicts


def measure(name: str, value: float, p: float | None) -> Measure:
    return Measure(name, name, value, value, "higher", (0.1, 0.2), "nothing", p)


@pytest.mark.parametrize(
    ("clusters", "loops", "judgement"),
    [
        ((0.9, 0.01), None, "shared"),
        ((0.7, 0.05), (1.0, 0.01), "shared"),
        ((0.9, 0.01), (0.6, 0.01), "partly shared"),
        ((0.9, 0.20), None, "cannot tell"),  # large, but so by chance
        ((0.9, None), None, "cannot tell"),
        ((0.9, 0.20), (0.8, 0.01), "partly shared"),
        ((0.9, 0.20), (0.1, 0.01), "cannot tell"),
        ((0.5, 0.01), None, "partly shared"),
        ((0.9, 0.01), (0.0, 1.0), "partly shared"),
        ((0.29, 0.01), None, "not shared"),
        ((0.1, 1.0), (0.0, 1.0), "not shared"),
        (None, (0.8, 0.01), "shared"),
        (None, None, "cannot tell"),
    ],
)
def test_the_verdict_follows_from_the_overlaps(
    clusters: tuple[float, float] | None, loops: tuple[float, float] | None, judgement: str
) -> None:
    measures = [measure("mmcs_before", 0.3, 0.5), measure("mmcs_after", 0.95, 0.005)]
    measures += [measure("cluster_overlap", *clusters)] if clusters else []
    measures += [measure("loop_overlap", *loops)] if loops else []
    counts = {"cluster_overlap": (3, 2), "loop_overlap": (1, 1)}
    found = judge(measures, counts=counts)
    assert found.judgement == judgement
    # cosines never decide, but are told
    assert "MMCS 0.95 after Procrustes (p = 0.005), 0.30 as they stand." in found.reasons
    if clusters:
        assert f"3 and 2 clusters overlap by {clusters[0]:.2f}" in found.reasons[0]
        assert "0.15 by chance" in found.reasons[0]


@pytest.mark.parametrize(
    ("value", "interval", "p", "judgement"),
    [
        (0.1, (0.05, 0.29), 1.0, "not shared"),
        (0.1, (0.05, 0.31), 1.0, "cannot tell"),  # a large p does not say "not shared"
        (0.4, (0.25, 0.5), 0.01, "cannot tell"),
        (0.4, (0.31, 0.5), 0.01, "partly shared"),
        (0.8, (0.6, 0.9), 0.01, "shared"),
        (0.2, (0.1, 0.28), 0.01, "not shared"),  # more than chance, and still little
        (0.2, (0.2, 0.2), None, "cannot tell"),  # no partner lies in another group by chance
    ],
)
def test_the_verdict_knows_how_sure_it_is(
    value: float, interval: tuple[float, float], p: float | None, judgement: str
) -> None:
    overlap = replace(measure("cluster_overlap", value, p), interval=interval)
    found = judge([overlap], counts={"cluster_overlap": (3, 3)})
    assert found.judgement == judgement
    assert f"{value:.2f}, 95% interval {interval[0]:.2f} to {interval[1]:.2f}" in found.reasons[0]


def test_partners_by_chance_are_told() -> None:
    counts = {"cluster_overlap": (3, 3)}
    for p, told in ((0.4, True), (0.01, False), (None, False)):
        measures = [measure("cluster_overlap", 0.1, 0.5), measure("matched_score", 0.1, p)]
        reasons = " ".join(judge(measures, counts=counts).reasons)
        assert ("fire together no more than chance" in reasons) == told


def test_activations_of_another_space_are_refused(home: Arrangement) -> None:
    wide, right = gaussian(20, D + 1, 0), gaussian(20, D, 0)
    with pytest.raises(FeaturetopoError, match="activations of b have 13 dimensions, its features"):
        compare(home, home, activations=(right, wide))


def test_an_sae_that_did_not_learn_its_truth_cannot_testify(looped: Arrangement) -> None:
    truth = GroundTruth([Blobs(2, 8, spread=0.3), Circle(12), Sphere(12)], d=16, rng=0)
    noise = portrait(Dictionary(gaussian(40, 16, 5)), "noise")
    learned, failed = (
        recover(truth, truth.dictionary, x, fvu=0.0, l0=1.0, true_l0=1.0, dead_latents=0)
        for x in (looped, noise)
    )
    codes = (codes_of(50, 40, 0),) * 2
    options = {"codes": codes, "draws": 19, "rng": 0}
    found = compare(looped, looped, recoveries=[learned, learned], **options)
    assert found.verdict.judgement == "shared"
    found = compare(looped, noise, recoveries=[learned, failed], **options)
    assert found.verdict.judgement == "cannot tell"
    share = failed.nearest_neighbour_pass_share
    assert found.verdict.reasons == (
        f"noise did not learn its truth: {share:.0%} of the true features pass the "
        "nearest-neighbour test, 50% are asked for; train it longer or wider.",
    )


def test_latents_without_a_true_feature_are_looked_for_on_both_sides() -> None:
    truth = GroundTruth([Blobs(2, 8, spread=0.3), Sphere(24)], d=32, rng=0)
    x = truth.dictionary.vectors
    more = gaussian(12, 32, 7)
    more /= np.linalg.norm(more, axis=1, keepdims=True)
    shared = np.vstack([x, more])
    n = len(shared)
    codes = codes_of(300, n, 0)

    def compared(own: int) -> Comparison:
        other = shared.copy()
        other[n - own :] = gaussian(own, 32, 8)  # what the other SAE has learned in its place
        latents = [portrait(Dictionary(each), name) for name, each in (("a", shared), ("b", other))]
        recoveries = [
            recover(truth, truth.dictionary, each, fvu=0, l0=1, true_l0=1, dead_latents=0)
            for each in latents
        ]
        moved = codes.tolil()
        moved[:, n - own :] = codes_of(300, own, 9).tolil()
        return compare(*latents, codes=(codes, moved.tocsr()), recoveries=recoveries, draws=19)

    found = compared(1)["unowned_in_common"]
    assert found.low > 0.7 and found.p_value == 0.05
    assert max(found.null) < 0.7
    assert "unowned_in_common" not in {m.name for m in compare(
        portrait(truth.dictionary), portrait(truth.dictionary), codes=(codes_of(50, 40, 0),) * 2,
        draws=19).measures}  # fmt: skip


def test_measures_that_do_not_stand_out_are_named(home: Arrangement) -> None:
    found = compare(home, home, draws=19, rng=0)
    assert f"All {len(found.measures)} measures with a null stand out" in str(found.verdict)
    none = corrected([measure("cluster_overlap", 0.9, 0.5), measure("other", 0.1, 0.5)])
    words = judge(none, counts={"cluster_overlap": (1, 1)}).reasons
    assert "None of 2 measures stands out from its null (q <= 0.05)." in words
    known = [measure("cluster_overlap", 0.9, 0.005), measure("other", 0.1, 0.5)]
    verdict = judge(corrected(known), counts={"cluster_overlap": (1, 1)})
    assert "1 of 2 measures stand out from their null (q <= 0.05); not other." in verdict.reasons


@given(st.lists(st.one_of(st.none(), st.floats(1e-3, 1)), max_size=8))
def test_corrected_p_values_are_those_of_benjamini_and_hochberg(given_p: list) -> None:
    found = corrected([measure(str(i), 0.5, p) for i, p in enumerate(given_p)])
    known = sorted(p for p in given_p if p is not None)
    for p, each in zip(given_p, found, strict=True):
        if p is None:
            assert each.q_value is None
        else:
            plain = min(q * len(known) / (i + 1) for i, q in enumerate(known) if q >= p)
            assert each.q_value == pytest.approx(min(plain, 1))


def test_an_effect_is_told_in_standard_deviations_of_the_null() -> None:
    higher = measure("x", 0.25, 0.1)  # null .1, .2
    assert higher.effect == pytest.approx(2)
    assert replace(higher, direction="lower").effect == pytest.approx(-2)
    assert replace(higher, direction="lower", low=0.0).effect == pytest.approx(-2)
    assert replace(higher, null=()).effect is None
    assert replace(higher, null=(0.1, 0.1)).effect is None
    # a null that rounding alone moves has no spread to count in
    assert replace(higher, null=(0.1, 0.1 + 1e-9)).effect is None
    assert replace(higher, null=(0.25, 0.25 + 1e-9)).effect is None
    by_rounding = beside_null("x", "X", 0.25, [0.25 + 1e-9 * i for i in range(19)], "")
    assert by_rounding.p_value is None and "cannot move it" in by_rounding.note


def test_draws_too_few_for_the_correction_say_so_and_not_that_nothing_stands_out() -> None:
    counts = {"cluster_overlap": (1, 1)}
    overlap = replace(measure("cluster_overlap", 0.1, 1.0), null=(0.1,) * 19)
    lowest = replace(overlap, name="x", p_value=0.05)  # of 19 draws
    assert judge(corrected([lowest, overlap]), counts=counts).reasons[-1] == (
        "19 draws are too few to tell any of 2 measures from its null after correction "
        "(q <= 0.05): take more."
    )
    higher = replace(lowest, p_value=0.1)
    assert judge(corrected([higher, overlap]), counts=counts).reasons[-1] == (
        "None of 2 measures stands out from its null (q <= 0.05)."
    )


def test_intervals_hold_the_value_and_shrink_with_the_number_of_features() -> None:
    widths = []
    for per_blob in (6, 24):
        shapes = [Blobs(4, per_blob, spread=0.4), Sphere(20)]
        x = GroundTruth(shapes, 16, rng=0).dictionary
        noisy = Dictionary(
            x.vectors + gaussian(len(x), 16, 1) * 0.1, names=[f"f {i}" for i in range(len(x))]
        )
        named = Dictionary(x.vectors, names=noisy.names)
        found = compare(portrait(named), portrait(noisy), draws=19, rng=0)
        for each in found.measures:
            if each.interval:
                assert each.interval[0] <= each.low <= each.interval[1]
        widths.append({m.name: np.ptp(m.interval) for m in found.measures if m.interval})
    assert set(widths[0]) >= {"mmcs_before", "mmcs_after", "knn_jaccard", "cluster_overlap"}
    for name in ("mmcs_before", "mmcs_after", "knn_jaccard"):
        assert widths[1][name] < widths[0][name]


@given(seed=seeds)
@settings(max_examples=20, deadline=None)
def test_the_interval_of_an_overlap_holds_it(seed: int) -> None:
    # strangers: a best of many small overlaps grows when pairs are drawn twice
    rng = np.random.default_rng(seed)
    groups_a, groups_b = (np.split(rng.permutation(96), 12) for _ in range(2))
    pairs = np.column_stack([np.arange(96), np.arange(96)])
    low, high = overlap_interval(groups_a, groups_b, pairs, rng)
    assert 0 <= low < overlap(groups_a, groups_b, pairs) < high < 0.3


def test_an_interval_covers_the_mean_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    runs, covered = 200, 0
    for _ in range(runs):
        low, high = mean_interval([rng.exponential(1, 60), rng.exponential(1, 90)], rng)
        covered += low <= 1 <= high
    # percentile intervals of skewed values fall a little short
    assert binom.ppf(0.001, runs, 0.92) <= covered <= binom.ppf(0.999, runs, 0.96)
    assert mean_interval([], rng) is None and mean_interval([[1.0], []], rng) is None


def test_the_interval_of_an_overlap_covers_what_it_is_on_average() -> None:
    rng = np.random.default_rng(0)

    def sample() -> tuple[list[np.ndarray], list[np.ndarray], np.ndarray]:
        """120 features in 6 groups; on the other side a third of them are in another one."""
        own = rng.integers(0, 6, 120)
        other = np.where(rng.random(120) < 1 / 3, rng.integers(0, 6, 120), own)
        sides = [[np.flatnonzero(groups == g) for g in range(6)] for groups in (own, other)]
        return sides[0], sides[1], np.column_stack([np.arange(120)] * 2)

    truth = np.mean([overlap(*sample()) for _ in range(400)])
    runs = 100
    covered = 0
    for _ in range(runs):
        low, high = overlap_interval(*sample(), rng)
        covered += low <= truth <= high
    assert covered >= binom.ppf(0.001, runs, 0.92)


def test_the_overlap_of_resampled_pairs_is_that_of_repeated_pairs() -> None:
    rng = np.random.default_rng(0)
    groups_a, groups_b = [np.arange(0, 6), np.arange(6, 9)], [np.arange(0, 4), np.arange(5, 10)]
    pairs = np.column_stack([np.arange(10), np.arange(10)])
    plain = [overlap(groups_a, groups_b, pairs[rng.integers(0, 10, 10)]) for _ in range(4000)]
    low, high = overlap_interval(groups_a, groups_b, pairs, np.random.default_rng(1))
    value = overlap(groups_a, groups_b, pairs)
    known = np.quantile(plain, [0.025, 0.975]) - np.mean(plain) + value
    np.testing.assert_allclose([low, high], np.clip(known, 0, 1), atol=0.05)
    assert low <= value <= high
    assert overlap_interval([], groups_b, pairs, rng) == (0, 0)


def test_groups_on_one_side_only_are_told() -> None:
    counts = {"cluster_overlap": (4, 0), "loop_overlap": (0, 0)}
    found = judge([measure("cluster_overlap", 0.0, 1.0)], counts=counts)
    assert found == Verdict("not shared", ("One side has 4 clusters, the other none.",))
    assert str(found) == "not shared: One side has 4 clusters, the other none."
    hidden = replace(measure("cluster_overlap", 0.0, None), interval=(0.0, 0.7))
    assert judge([hidden], counts=counts) == Verdict(
        "cannot tell",
        (
            "One side has 4 clusters, the other none that stands out from its null; what does not, "
            "or lies above the noise floor, may overlap by up to 0.70.",
        ),
    )


@pytest.mark.parametrize("which", ["a", "b"])
@pytest.mark.parametrize("by_name", [True, False])
def test_a_large_p_on_one_side_does_not_say_that_nothing_is_shared(
    which: str, by_name: bool
) -> None:
    x = GroundTruth([Blobs(3, 10, spread=0.3), Sphere(20)], D, rng=0).dictionary
    if by_name:
        x = Dictionary(x.vectors, names=[f"f{row}" for row in range(len(x))])
    sides = {"a": portrait(x, "a"), "b": portrait(x, "b")}
    assert compare(*sides.values(), draws=19, rng=0).verdict.judgement == "shared"
    found = sides[which].clusters
    # the same groups, with a p just above the level; and none at all
    faint = tuple(replace(each, p_value=0.06) for each in found)
    sides[which] = replace(sides[which], clusters=faint)
    told = compare(*sides.values(), draws=19, rng=0)
    assert told.verdict.judgement == "cannot tell"
    assert told["cluster_overlap"].low == 0 and told["cluster_overlap"].interval == (0, 1)
    # one that rises above the noise floor is not listed, and its features are as near all the same
    sides[which] = replace(sides[which], clusters=())
    told = compare(*sides.values(), draws=19, rng=0)
    assert told.verdict.judgement == "cannot tell"
    assert "or lies above the noise floor, may overlap by up to 1.00" in told.verdict.reasons[0]


def test_a_group_whose_features_lie_apart_on_the_other_side_is_not_shared() -> None:
    x = GroundTruth([Blobs(3, 10, spread=0.3), Sphere(20)], 24, rng=0).dictionary
    names = [f"f{row}" for row in range(len(x))]
    sides = [portrait(Dictionary(rows, names=names)) for rows in (x.vectors, gaussian(50, 24, 1))]
    assert not sides[1].clusters
    for one, other in (sides, sides[::-1]):
        found = compare(one, other, draws=19, rng=0)
        assert found.verdict.judgement == "not shared"
        assert found.verdict.reasons[0] == "One side has 3 clusters, the other none."
        # the upper end is that of the neighbours that members keep
        assert 0 < found["cluster_overlap"].interval[1] < 0.3


def test_a_loop_above_the_floor_is_not_called_absent() -> None:
    x = GroundTruth([Circle(8), Sphere(40)], d=24, rng=0).dictionary
    names = [f"f{row}" for row in range(len(x))]
    noisy = x.vectors + 0.1 * gaussian(*x.vectors.shape, 0)
    found = compare(
        *(portrait(Dictionary(rows, names=names)) for rows in (x.vectors, noisy)), draws=99, rng=0
    )
    assert found["cka"].p_value == 0.01 and found.verdict.judgement == "cannot tell"


def test_groups_that_do_not_stand_out_beside_some_that_do_are_allowed_for() -> None:
    x = GroundTruth([Blobs(4, 8, spread=0.25), Sphere(20)], 24, rng=0).dictionary
    names = [f"f{row}" for row in range(len(x))]
    one = portrait(Dictionary(x.vectors, names=names))
    # the same groups, of which one stands out
    other = replace(
        one,
        clusters=tuple(
            replace(each, p_value=0.005 if place == 0 else 0.06)
            for place, each in enumerate(one.clusters)
        ),
    )
    found = compare(one, other, draws=19, rng=0)
    assert found["cluster_overlap"].low < 0.5
    assert found["cluster_overlap"].interval[1] == 1
    assert found.verdict.judgement in ("cannot tell", "partly shared")


@pytest.mark.parametrize(
    ("p", "judgement"), [(0.005, "not shared"), (0.0125, "not shared"), (0.03, "cannot tell")]
)
def test_the_only_group_of_two_sides_may_be_chance(
    home: Arrangement, p: float, judgement: str
) -> None:
    first, *_ = home.clusters
    one = replace(home, clusters=(replace(first, p_value=p),), loops=())
    apart = Dictionary(gaussian(len(home.dictionary), D, 5), names=home.dictionary.names)
    none = replace(portrait(apart), clusters=(), loops=())
    found = compare(one, none, draws=19, rng=0).verdict
    assert found.judgement == judgement
    assert ("no more than chance may show" in found.reasons[0]) == (judgement == "cannot tell")
    two = replace(home, clusters=(replace(first, p_value=p),) * 2, loops=())
    assert compare(two, none, draws=19, rng=0).verdict.judgement == "not shared"


def test_clusters_that_chance_would_give_do_not_count(home: Arrangement) -> None:
    weak = tuple(
        Cluster(c.members, c.scale, c.joined_at, c.separated_until, 0.06, 1.0)
        for c in home.clusters
    )
    found = compare(replace(home, clusters=weak), replace(home, clusters=weak), draws=19, rng=0)
    assert "cluster_overlap" not in {m.name for m in found.measures}
    assert found.verdict.judgement == "cannot tell"
    assert found.verdict.reasons[0] == (
        "Neither shows a cluster or a loop that stands out from its null."
    )


def test_p_values_in_words() -> None:
    assert [in_words(p) for p in (0.0123, 1.0, None)] == ["= 0.0123", "= 1", "not defined"]


# What is refused


def test_unknown_measures_are_named(home: Arrangement) -> None:
    with pytest.raises(KeyError, match=r"'mmcs'; this comparison has .*'mmcs_before'"):
        compare(home, home, draws=19, rng=0)["mmcs"]


def test_what_is_no_dictionary_and_no_pair_of_codes_is_refused(home: Arrangement) -> None:
    with pytest.raises(FeaturetopoError, match=r"b is ndarray, must be a Dictionary .*: ft\.Dict"):
        compare(home, np.eye(4))  # type: ignore[arg-type]
    codes = codes_of(50, len(home.dictionary), 0)
    for wrong in (codes, (codes,), (codes, codes, codes)):
        with pytest.raises(FeaturetopoError, match="codes must be a pair"):
            compare(home, home, codes=wrong)  # type: ignore[arg-type]


def test_a_comparison_is_shown_in_one_line(home: Arrangement) -> None:
    found = compare(home, home, draws=19, rng=0)
    n = len(home.dictionary)
    assert found.matching is not None and len(found.matching.pairs) == n
    assert repr(found) == f"Comparison(x and x: shared; {len(found.measures)} measures, {n} pairs)"


def test_too_few_draws_are_refused(home: Arrangement) -> None:
    with pytest.raises(FeaturetopoError) as refused:
        compare(home, home, draws=18)
    assert str(refused.value) == ("draws=18: fewer than 19 can never give p <= .05; 199 is usual")


@pytest.mark.parametrize("given", [(1, 2), 1, "ab"])
def test_what_is_no_recovery_is_refused(home: Arrangement, given: Any) -> None:
    with pytest.raises(FeaturetopoError, match="must be what recover or learned gives"):
        compare(home, home, recoveries=given, draws=19)


def test_one_recovery_for_two_dictionaries_is_refused(home: Arrangement) -> None:
    with pytest.raises(FeaturetopoError) as refused:
        compare(home, home, recoveries=[None], draws=19)  # type: ignore[list-item]
    assert str(refused.value) == "recoveries of 1 SAEs: give those of both, or none"


def test_recoveries_of_other_dictionaries_are_refused(home: Arrangement) -> None:
    truth = GroundTruth([Blobs(2, 8, spread=0.3), Sphere(12)], d=16, rng=0)
    side = portrait(truth.dictionary, "other")
    other = recover(truth, truth.dictionary, side, fvu=0, l0=1, true_l0=1, dead_latents=0)
    with pytest.raises(FeaturetopoError, match="the recovery of other has 28 live latents, Dict"):
        compare(home, home, recoveries=[other, other], draws=19)


def test_codes_of_other_features_are_refused(home: Arrangement) -> None:
    n = len(home.dictionary)
    with pytest.raises(FeaturetopoError) as refused:
        compare(home, home, codes=(codes_of(50, n, 0), codes_of(50, n - 1, 0)), draws=19)
    assert str(refused.value) == (
        f"codes of {n - 1} latents for Dictionary({n} features, {D} dimensions): give one column "
        "per feature"
    )


def test_codes_of_other_samples_are_refused(home: Arrangement) -> None:
    n = len(home.dictionary)
    with pytest.raises(FeaturetopoError, match="codes of 50 and 51 samples: give those of the"):
        compare(home, home, codes=(codes_of(50, n, 0), codes_of(51, n, 0)), draws=19)


def test_codes_that_are_not_sparse_or_never_fire_are_refused(home: Arrangement) -> None:
    good = codes_of(50, len(home.dictionary), 0)
    with pytest.raises(FeaturetopoError, match="codes are a ndarray: give one sparse matrix"):
        compare(home, home, codes=(good, good.toarray()), draws=19)
    with pytest.raises(FeaturetopoError, match="no latent ever fires; give those of samples on"):
        compare(home, home, codes=(good, 0 * good), draws=19)


def test_codes_of_any_sparse_kind_are_the_same(home: Arrangement) -> None:
    good = codes_of(50, len(home.dictionary), 0)
    found = [
        compare(home, home, codes=(codes, good), draws=19, rng=0)["matched_score"]
        for codes in (good, good.tocoo())
    ]
    assert found[0].low == found[1].low and found[0].p_value == found[1].p_value


@settings(max_examples=10, deadline=None, derandomize=True)
@given(seed=seeds)
def test_partners_without_any_correlation_give_no_figure_but_a_score(seed: int) -> None:
    # no code ever fires with another: all correlations are below 0, and nothing is paired
    x = truth(seed % 7)
    n = len(x)
    a = sparse.csr_array(np.vstack([np.eye(n), np.zeros((n, n))]))
    b = sparse.csr_array(np.vstack([np.zeros((n, n)), np.eye(n)]))
    side = portrait(x)
    found = compare(side, side, codes=(a, b), draws=19, rng=seed)
    assert found.n_pairs == 0 and found.unmatched_share == 1
    assert found["matched_score"].low == 0
    assert found["cluster_overlap"].low == 0
    assert found.verdict.judgement == "cannot tell"  # no partners are no difference
    assert "fewer than 8 could be paired" in found.verdict.reasons[0]


# Encoder rows


def test_partners_are_found_by_encoder_rows(home: Arrangement) -> None:
    x = home.dictionary
    order = np.random.default_rng(0).permutation(len(x))
    encoders = gaussian(len(x), 40, 3)
    other = portrait(Dictionary(x.vectors[order] @ rotation(D, 1)))
    found = compare(home, other, encoders=(encoders, encoders[order]), draws=39, rng=0)
    assert found.verdict.judgement == "shared"
    assert found.pairing == "each other's best match by cosine of encoder rows"
    assert found["matched_score"].low == pytest.approx(1)
    assert found.n_pairs == len(x)
    # fewer than 24 are each other's best by chance, and a rotation in 12 dimensions takes as many
    assert found.alignment.needed == ""
    assert "after a rotation 1.00" in found.alignment.words
    assert "cannot be told from these partners" in found.alignment.words
    # their frame is another one: without them nobody can tell
    assert compare(home, other, draws=19, rng=0).verdict.judgement == "cannot tell"


def test_encoder_rows_of_strangers_tell_nothing(home: Arrangement) -> None:
    two = gaussian(len(home.dictionary), 8, 3), gaussian(len(home.dictionary), 8, 4)
    found = compare(home, home, encoders=two, draws=19, rng=0)
    assert found.verdict.judgement == "cannot tell"
    assert "by cosine are no nearer" in found.verdict.reasons[0]


@pytest.mark.parametrize(
    ("encoders", "codes", "words"),
    [
        ((gaussian(5, 8, 0), gaussian(36, 8, 0)), None, "5 encoder rows for"),
        ((gaussian(36, 8, 0), gaussian(36, 9, 0)), None, "8 and 9"),
        (gaussian(36, 8, 0), None, "encoders must be a pair"),
        ((1, 2), (1, 2), "codes and encoders: each says who is whose partner; give one"),
    ],
)
def test_encoder_rows_that_do_not_belong_are_refused(
    encoders: object, codes: object, words: str, home: Arrangement
) -> None:
    with pytest.raises(FeaturetopoError, match=words):
        compare(home, home, encoders=encoders, codes=codes, draws=19)


# Names that only some features have in common


def some_names(x: Dictionary, kept: np.ndarray, word: str) -> Dictionary:
    names = [name if row in kept else f"{word} {row}" for row, name in enumerate(x.names)]
    return Dictionary(x.vectors, labels=x.labels, names=names)


def test_groups_without_a_name_in_common_are_left_out(home: Arrangement) -> None:
    x = home.dictionary
    assert len(home.clusters) == 3
    kept = np.concatenate([home.clusters[0].members, home.clusters[1].members])
    one, other = (portrait(some_names(x, kept, word)) for word in ("here", "there"))
    found = compare(one, other, draws=19, rng=0)
    assert found["cluster_overlap"].low == 1
    assert found.verdict.judgement == "shared"
    assert any(
        "1 of 3 and 1 of 3 clusters are left out: none of their features has a name in common."
        in reason
        for reason in found.verdict.reasons
    )


def test_where_no_group_has_a_name_in_common_nobody_can_tell(home: Arrangement) -> None:
    x = home.dictionary
    in_groups = np.concatenate([group.members for group in home.clusters])
    kept = np.setdiff1d(np.arange(len(x)), in_groups)
    one, other = (portrait(some_names(x, kept, word)) for word in ("here", "there"))
    found = compare(one, other, draws=19, rng=0)
    assert found.verdict.judgement == "cannot tell"
    assert found.verdict.reasons[0].startswith("3 of 3 and 3 of 3 clusters are left out")
    assert "cluster_overlap" not in {m.name for m in found.measures}


def test_groups_left_out_are_not_said_to_have_no_counterpart(home: Arrangement) -> None:
    x = home.dictionary
    kept = np.concatenate([home.clusters[0].members, home.clusters[1].members])
    one, other = (portrait(some_names(x, kept, word)) for word in ("here", "there"))
    found = compare(one, other, draws=19, rng=0)
    assert [(each.a, each.b, each.jaccard) for each in found.groups] == [(0, 0, 1.0), (1, 1, 1.0)]


def test_of_a_group_only_what_has_its_name_in_common_weighs(home: Arrangement) -> None:
    x = home.dictionary
    first, second, third = (group.members for group in home.clusters)
    # of two clusters one name each is in common; the third, all names in common, is none in b
    kept = np.concatenate([first[:1], second[:1], third])
    moved = x.vectors.copy()
    moved[third] = np.random.default_rng(0).standard_normal((len(third), D))
    one = portrait(some_names(x, kept, "here"))
    other = portrait(Dictionary(moved, names=some_names(x, kept, "there").names))
    if not any(set(third) & set(group.members) for group in other.clusters):
        found = compare(one, other, draws=19, rng=0)
        n = len(third)
        assert found["cluster_overlap"].low == pytest.approx(4 / (n + 4))
        assert found.verdict.judgement != "shared"
    else:
        pytest.fail("the third cluster was to be none on the other side")


@pytest.mark.usefixtures("in_part")
def test_an_overlap_is_defined_whatever_part_is_tested() -> None:
    rng = np.random.default_rng(0)
    x, y = GroundTruth([Blobs(1, 20, spread=0.3), Sphere(180)], 64, rng=0).dictionary.vectors, None
    names = [f"f{row}" for row in range(200)]
    y = rng.standard_normal((200, 64))
    y[-4:] = y[-1] + 0.1 * rng.standard_normal((4, 64))  # a cluster of four other names
    sides = portrait(Dictionary(x, names=names)), portrait(Dictionary(y, names=names))
    assert min(len(side.clusters) for side in sides) > 0
    for seed in range(6):
        found = compare(*sides, draws=19, rng=seed)
        assert found.verdict.judgement in ("not shared", "cannot tell")
        assert len(found["cluster_overlap"].null) == 19


@pytest.mark.usefixtures("in_part")
def test_the_same_whatever_the_number_of_workers(
    home: Arrangement, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = portrait(Dictionary(home.dictionary.vectors + 0.05 * gaussian(len(truth(0)), D, 7)))
    used: list[int] = []

    def by(workers: int) -> Comparison:
        def parallel(n_jobs: int, prefer: str) -> Parallel:
            used.append(workers)
            return Parallel(n_jobs=workers, prefer=prefer)

        monkeypatch.setattr(import_module("featuretopo.draws"), "Parallel", parallel)
        return compare(home, other, draws=19, rng=0)

    one, three = by(1), by(3)
    assert set(used) == {1, 3} and len(used) > 4
    assert one.measures == three.measures
    assert (one.verdict, one.alignment, one.groups) == (
        three.verdict,
        three.alignment,
        three.groups,
    )


def test_a_null_that_says_nothing_is_told_so() -> None:
    still = beside_null("x", "X", 1.0, [1.0] * 19, "nothing", note="of all")
    assert (still.p_value, still.note) == (None, "of all; no p: the null cannot move it")
    few = beside_null("x", "X", 1.0, [0.0] * 18, "little")
    assert (few.p_value, few.note) == (None, "no p: defined on 18 draws, 19 are asked for")
    enough = beside_null("x", "X", 1.0, [0.0] * 19, "enough", note="of all")
    assert (enough.p_value, enough.note) == (0.05, "of all")
    assert beside_null("x", "X", 1.0, [], "", note="no null").note == "no null"


def test_correlations_that_are_one_by_counting_are_told() -> None:
    x, y = gaussian(20, 12, 0), gaussian(20, 12, 1)
    told = forced_in_words(x, y)["mean_cca"]
    # 12 and 12 directions among 19 meet in 5
    assert told == (
        "; 5 of 12 canonical correlations are 1 by counting alone: 20 pairs, 12 and 12 directions"
    )
    assert sum(cca(x, y).correlations > 1 - 1e-9) == 5
    assert not forced_in_words(gaussian(25, 12, 0), gaussian(25, 12, 1))
    assert "mean_cca" not in forced_in_words(x[:12], y[:12])  # refused, so left out
    # each pair twice tells no more
    assert "40 pairs" in forced_in_words(np.tile(x, (2, 1)), np.tile(y, (2, 1)))["mean_cca"]
    names = [f"f{i}" for i in range(20)]
    one, other = (portrait(Dictionary(rows, names=names)) for rows in (x, y))
    assert "5 of 12 canonical" in compare(one, other, draws=19, rng=0)["mean_cca"].note


def test_mmcs_is_told_both_ways_and_one_to_one(home: Arrangement) -> None:
    x = home.dictionary
    more = portrait(Dictionary(np.concatenate([x.vectors, np.tile(x.vectors[:1], (12, 1))])))
    found = compare(home, more, draws=19, rng=0)
    known = mmcs(x, more.dictionary)
    start = f"{known.a_to_b:.3f} from the first to the second, {known.b_to_a:.3f} back; "
    assert found["mmcs_before"].note.startswith(start)
    assert "100% of the smaller side have a partner of their own above cosine .9" in (
        found["mmcs_before"].note
    )
    assert found.matching is not None
    words = found.matching.hubs_in_words
    assert words.startswith(f"best matches of {len(x)} features: 100% have one for themselves")
    assert "12 are nobody's" in words
    assert words.split(";")[0] in found._repr_html_()
