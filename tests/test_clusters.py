"""Clusters: planted ones are found exactly, and chance finds them as often as it says."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from itertools import groupby
from math import log
from types import SimpleNamespace
from unittest import mock

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from reference import chords, crowds, gaussian, rotation, seeds
from scipy.sparse.csgraph import connected_components
from scipy.stats import binom

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import noise_floor
from featuretopo.topology.clusters import clusters
from featuretopo.topology.component_null import ComponentNull
from featuretopo.topology.dictionary_null import dictionary_null, evenness
from featuretopo.topology.pairs import edges_under
from featuretopo.topology.separation import groups_at, prominence, separating_scale
from featuretopo.topology.spanning import spanning_tree
from featuretopo.truth import Blobs, GroundTruth, Sphere
from featuretopo.truth.shape import Shape

theorem = settings(max_examples=25, deadline=None, derandomize=True)


def as_sets(found: tuple[object, ...]) -> set[frozenset[int]]:
    return {frozenset(cluster.members.tolist()) for cluster in found}  # type: ignore[attr-defined]


@settings(max_examples=12, deadline=None, derandomize=True)
@given(
    blobs=st.integers(2, 5),
    per_blob=st.integers(6, 14),
    alone=st.integers(20, 40),
    spread=st.floats(0.05, 0.5),
    seed=seeds,
)
def test_planted_blobs_are_found_exactly(
    blobs: int, per_blob: int, alone: int, spread: float, seed: int
) -> None:
    truth = GroundTruth([Blobs(blobs, per_blob, spread=spread), Sphere(alone)], d=96, rng=seed)
    found = clusters(truth.dictionary, draws=19, rng=seed)
    assert as_sets(found) == {frozenset(shape.members.tolist()) for shape in truth.shapes[:blobs]}


@theorem
@given(
    x=crowds(least=4, most=60), few=st.sampled_from([0, 4096]), listed=st.sampled_from([5, 9999])
)
def test_prominence_is_the_same_by_whichever_tree(x: Dictionary, few: int, listed: int) -> None:
    floor = noise_floor(len(x), x.d)
    tree = spanning_tree(x.unit)
    groups = groups_at(tree, separating_scale(tree, floor))
    known = max((prominence(len(members), *ends) for members, *ends in groups), default=0.0)
    module = import_module("featuretopo.topology.clusters")
    with mock.patch.multiple(module, FEW=few, LISTED=listed):
        assert module._most_prominent(x.unit, floor) == pytest.approx(known)


def test_more_draws_begin_with_those_made_before() -> None:
    truth = GroundTruth([Blobs(2, 5, spread=0.9), Sphere(40)], d=24, rng=0)
    vectors = truth.dictionary.vectors
    grown = Dictionary(vectors)
    for draws in (19, 60, 40):
        at_once = clusters(Dictionary(vectors), draws=draws, rng=3)
        found = clusters(grown, draws=draws, rng=3)
        assert [c.p_value for c in found] == [c.p_value for c in at_once]
        assert found


@theorem
@given(x=crowds(least=4, most=25), seed=seeds)
def test_each_cluster_is_one_piece_that_stands_apart(x: Dictionary, seed: int) -> None:
    distances = chords(x)
    for cluster in clusters(x, draws=19, rng=seed):
        inside = np.isin(np.arange(len(x)), cluster.members)
        own = distances[np.ix_(inside, inside)]
        heights = spanning_tree(x.unit[inside]).lengths
        assert cluster.joined_at == pytest.approx(heights.max(), abs=1e-6)
        assert connected_components(own <= cluster.scale)[0] == 1
        beyond = distances[np.ix_(inside, ~inside)].min(initial=np.inf)
        assert cluster.separated_until == pytest.approx(beyond, abs=1e-6)
        assert cluster.joined_at <= cluster.scale <= noise_floor(*x.vectors.shape) + 1e-9
        assert cluster.scale < cluster.separated_until
        assert len(cluster.members) >= 4


def best_by_trying(distances: np.ndarray, floor: float) -> list[tuple[float, float, float]]:
    """Every range of scales over which the number of groups holds: (how clear, start, end)."""
    lengths = np.unique(distances[np.triu_indices(len(distances), 1)])
    scales = [*lengths[lengths <= floor], floor]
    groups = [
        int((np.bincount(connected_components(distances <= at)[1]) >= 4).sum())
        for at in scales[:-1]
    ]
    ranges = []
    steps = zip(groups, scales[:-1], scales[1:], strict=True)
    for number, part in groupby(steps, key=lambda step: step[0]):
        each = list(part)
        start = max(each[0][1], 0.01)
        end = max(each[-1][2], start)
        if number:
            ranges.append((number * log(end / start), start, end))
    return ranges


@settings(max_examples=150, deadline=None, derandomize=True)
@given(x=crowds(least=4, most=25), floor=st.floats(0.05, 1.9))
def test_separating_scale_is_the_best_of_all_scales(x: Dictionary, floor: float) -> None:
    tree, edges = spanning_tree(x.unit), edges_under(x.unit, floor)
    by_tree = separating_scale(tree, floor)
    # what coincides to rounding counts as equal
    grid = 1e-6
    distances = (chords(x) / grid).round() * grid
    ranges = best_by_trying(distances, floor)
    if not ranges:
        assert by_tree == floor
        return
    most = max(clear for clear, *_ in ranges)
    assume(most > 1e-3)  # not only within rounding of the floor
    near_best = [
        np.sqrt(start * end) for clear, start, end in ranges if clear >= most * (1 - 1e-3) - 1e-4
    ]
    assert min(abs(by_tree - middle) for middle in near_best) < 1e-3
    rank = np.argsort(edges.lengths, kind="stable")
    ordered = type(edges)(edges.pairs[rank], edges.lengths[rank], edges.n)
    assert min(abs(separating_scale(ordered, floor) - middle) for middle in near_best) < 1e-3


def test_edges_of_one_length_come_all_at_once() -> None:
    # four tight features, then one length joins two more groups of four and all to each other
    pairs = [[0, 1], [1, 2], [2, 3], [4, 5], [5, 6], [6, 7], [8, 9], [9, 10], [10, 11], [3, 4],
             [7, 8]]  # fmt: skip
    lengths = np.array([0.2] * 3 + [0.5] * 8)
    tree = type(edges_under(np.eye(2), 1))(np.array(pairs), lengths, 12)
    assert separating_scale(tree, 0.9) == pytest.approx(np.sqrt(0.2 * 0.9))


@theorem
@given(x=crowds(least=4, most=25), seed=seeds)
def test_rotating_and_shuffling_change_no_cluster(x: Dictionary, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(x))
    floor = noise_floor(*x.vectors.shape)
    lengths = spanning_tree(x.unit).lengths
    gaps = np.abs(np.subtract.outer(lengths, np.append(lengths, floor)))
    assume(not ((gaps > 0) & (gaps < 1e-5)).any())  # or else rounding decides
    moved = Dictionary((x.vectors @ rotation(x.d, seed))[order])
    before, after = (clusters(each, draws=19, rng=seed) for each in (x, moved))
    assert {frozenset(order[list(members)].tolist()) for members in as_sets(after)} == as_sets(
        before
    )
    assert sorted(c.prominence for c in before) == pytest.approx(
        sorted(c.prominence for c in after), rel=1e-3
    )


def test_all_features_in_one_piece_join_nothing() -> None:
    found = clusters(Dictionary(np.ones(8) + 0.01 * gaussian(10, 8, 0)), draws=19, rng=0)
    assert len(found) == 1
    assert len(found[0].members) == 10 and found[0].separated_until == np.inf


def test_orthogonal_features_have_no_cluster() -> None:
    assert clusters(Dictionary(np.eye(12)), draws=19, rng=0) == ()


def test_largest_come_first() -> None:
    truth = GroundTruth([Blobs(2, 8, spread=0.3), Blobs(1, 20, spread=0.3)], d=48, rng=0)
    found = clusters(truth.dictionary, draws=19, rng=0)
    assert [len(cluster.members) for cluster in found] == [20, 8, 8]


# What stands out


@given(
    size=st.integers(4, 100), joined=st.floats(0.01, 1), times=st.floats(1, 2), more=st.integers(1)
)
def test_prominence_grows_with_size_and_distance(
    size: int, joined: float, times: float, more: int
) -> None:
    one = prominence(size, joined, joined * times)
    assert one == pytest.approx(size * log(times), abs=1e-9)
    assert prominence(size + more, joined, joined * times) >= one
    assert prominence(size, joined, 2 * joined) >= one
    assert prominence(size, joined, np.inf) == 0  # apart from nothing
    assert prominence(size, joined, joined / 2) == 0


def test_p_counts_the_redraws_with_a_group_as_prominent(monkeypatch: pytest.MonkeyPatch) -> None:
    redraws = [
        GroundTruth([Blobs(2, 8, spread=0.1 + 0.02 * i), Sphere(14)], d=24, rng=i).dictionary
        for i in range(19)
    ]
    largest = [max(c.prominence for c in clusters(each, draws=19, rng=0)) for each in redraws]
    queue = iter(redraws)
    module = import_module("featuretopo.topology.clusters")
    null = SimpleNamespace(redraws=lambda draws, rng: [[next(queue).unit]])
    monkeypatch.setattr(module, "dictionary_null", lambda unit, rng: null)
    x = GroundTruth([Blobs(2, 8, spread=0.3), Sphere(14)], d=24, rng=99).dictionary
    found = clusters(x, draws=19, rng=0)
    assert len(found) == 2
    for cluster in found:
        assert cluster.prominence == pytest.approx(
            prominence(len(cluster.members), cluster.joined_at, cluster.separated_until)
        )
        as_prominent = sum(other >= cluster.prominence for other in largest)
        assert cluster.p_value == (as_prominent + 1) / 20
    assert any(0.05 < cluster.p_value < 1 for cluster in found)


@pytest.mark.parametrize(
    ("shapes", "d"),
    [
        ([Blobs(4, 10, spread=0.5), Sphere(40)], 64),
        ([Blobs(3, 10, spread=0.3)], 64),
        ([Blobs(2, 20, spread=0.3)], 64),
        ([Blobs(4, 32, spread=0.3), Sphere(128)], 64),  # four features to a dimension
        ([Blobs(6, 8, spread=0.3), Sphere(80)], 24),
    ],
)
def test_planted_blobs_stand_out_from_their_null(shapes: list[Shape], d: int) -> None:
    truth = GroundTruth(shapes, d, rng=0)
    found = clusters(truth.dictionary, draws=49, rng=0)
    assert as_sets(found) == {
        frozenset(shape.members.tolist()) for shape in truth.shapes if shape.kind == "blob"
    }
    assert [cluster.p_value for cluster in found] == [0.02] * len(found)


def test_one_blob_alone_is_what_its_null_is() -> None:
    [found] = clusters(GroundTruth([Blobs(1, 20, spread=0.3)], 64, rng=0).dictionary, draws=19)
    assert (found.prominence, found.p_value) == (0, 1)


def test_same_seed_same_p_and_no_global_state() -> None:
    x = Dictionary(gaussian(60, 4, 0))
    np.random.seed(0)
    first = clusters(x, draws=19, rng=5)
    np.random.seed(1)
    after = np.random.get_state()[1].copy()
    again = clusters(x, draws=19, rng=5)
    assert [c.p_value for c in first] == [c.p_value for c in again]
    assert (np.random.get_state()[1] == after).all()


def isotropic(seed: int) -> np.ndarray:
    return gaussian(80, 32, seed)


def elliptic(seed: int) -> np.ndarray:
    return gaussian(80, 32, seed) / np.sqrt(np.arange(1, 33))


def offset(seed: int) -> np.ndarray:
    """A common direction brings all features together, and none into a group."""
    return gaussian(80, 32, seed) + 1


@pytest.mark.parametrize("kind", [isotropic, elliptic, offset])
def test_chance_shows_a_cluster_no_more_often_than_its_level(
    kind: Callable[[int], np.ndarray],
) -> None:
    runs, cells = 60, 6
    p = np.ones(runs)
    for seed in range(runs):
        found = clusters(Dictionary(kind(seed)), draws=19, rng=seed)
        p[seed] = min((cluster.p_value for cluster in found), default=1)
    for level in (0.05, 0.5):
        assert (p <= level).sum() <= binom.ppf(1 - 0.01 / cells, runs, level)


@pytest.mark.parametrize(
    ("n", "draws", "message"),
    [
        (10, 18, "draws=18: fewer than 19 can never give p <= .05; 199 is usual"),
        (2, 19, "noise floor of n=2, d=4: needs n >= 3 and d >= 2"),
    ],
)
def test_too_little_is_refused(n: int, draws: int, message: str) -> None:
    with pytest.raises(FeaturetopoError) as refused:
        clusters(Dictionary(gaussian(n, 4, 0)), draws=draws)
    assert str(refused.value) == message


def test_the_null_takes_lengths_of_a_gaussian_and_not_of_groups() -> None:
    rng = np.random.default_rng(0)
    scales = 1 / np.arange(1, 17)
    elongated = Dictionary(rng.standard_normal((256, 16)) * scales).unit
    found = dictionary_null(elongated, np.random.default_rng(0)).extents
    as_they_are = ComponentNull.like(elongated).extents
    # the directions alone are too round
    assert as_they_are[0] / as_they_are[9] < 7 < found[0] / found[9] < 14
    blobs = GroundTruth([Blobs(4, 32, spread=0.3), Sphere(128)], 64, rng=0).dictionary.unit
    grouped = dictionary_null(blobs, np.random.default_rng(0)).extents
    assert grouped == pytest.approx(ComponentNull.like(blobs).extents)
    few = Dictionary(gaussian(60, 16, 0)).unit  # fewer than four to a dimension
    assert dictionary_null(few, np.random.default_rng(0)).extents == pytest.approx(
        ComponentNull.like(few).extents
    )


def test_few_points_do_not_make_the_null_uneven() -> None:
    # of 256 points around an offset in 64 dimensions, the sample's own variances differ eightfold
    x = Dictionary(gaussian(256, 64, 0) + 0.7).unit
    sample, null = ComponentNull.like(x), dictionary_null(x, np.random.default_rng(0))
    assert np.ptp(np.log(sample.extents)) > 1 > 0.5 > np.ptp(np.log(null.extents))
    # and the spread along the mean, which projecting takes, is as wide as any other
    along = null.mean[:-1] / np.linalg.norm(null.mean[:-1])
    assert (along**2 @ null.extents**2) == pytest.approx((null.extents**2).mean(), rel=0.3)


@pytest.mark.parametrize(("scales", "least", "most"), [(0, 0, 0.3), (1, 0.9, 1)])
def test_evenness_is_that_of_the_space(scales: float, least: float, most: float) -> None:
    x = gaussian(120, 60, 1) * np.arange(1.0, 61) ** -scales
    variances = np.linalg.eigvalsh(np.cov(x.T))
    kept = evenness(variances.sum(), (variances**2).sum(), 60, 120)
    assert least <= kept <= most
    # what is kept is as uneven as the variances that the points were drawn with
    true = np.arange(1.0, 61) ** (-2 * scales)
    spread = kept * variances.std() / variances.mean()
    assert spread == pytest.approx(true.std() / true.mean(), rel=0.3, abs=0.25)


def test_many_features_get_fewer_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    x = GroundTruth([Blobs(2, 8, spread=0.3), Sphere(14)], d=24, rng=0).dictionary
    assert {c.p_value for c in clusters(x, rng=0)} == {0.005}
    monkeypatch.setattr(import_module("featuretopo.topology.clusters"), "_QUICK", 20)
    assert {c.p_value for c in clusters(x, rng=0)} == {0.05}


def test_of_many_features_some_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    module = import_module("featuretopo.topology.dictionary_null")
    monkeypatch.setattr(module, "_LOOKED_AT", 100)
    x = Dictionary(gaussian(400, 8, 0) / np.arange(1, 9)).unit
    found = dictionary_null(x, np.random.default_rng(0)).extents
    monkeypatch.setattr(module, "_LOOKED_AT", 400)
    # as near as 400 points tell a standard deviation
    of_all = dictionary_null(x, np.random.default_rng(0)).extents
    assert found == pytest.approx(of_all, rel=1 / np.sqrt(2 * 400))
