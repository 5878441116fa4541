"""Recovery: the truth recovers itself, and what was merged or left out is not recovered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from reference import gaussian, portrait, rotation, seeds
from scipy.spatial.distance import pdist
from scipy.stats import binom, spearmanr

from featuretopo.compare import Recovery, recover
from featuretopo.compare.coordinates import tree_agreement
from featuretopo.compare.truth_figures import truth_measures
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import random_directions
from featuretopo.similarity import (
    absorbed_children,
    chance_bound,
    latent_origins,
    mmcs,
    nearest_neighbour_test,
)
from featuretopo.truth import Blobs, Circle, GroundTruth, Sphere, Tree

D = 64
TRUTH = GroundTruth([Blobs(3, 12, spread=0.4), Circle(12), Sphere(20)], D, rng=0)
X = TRUTH.dictionary
BLOB, CIRCLE, SPHERE = (TRUTH.shapes[i].members for i in (0, 3, 4))
NUMBERS = {"fvu": 0.05, "l0": 6.5, "true_l0": 6.0}


def recovery(learned: Dictionary, carried: Dictionary = X, dead: int = 0) -> Recovery:
    return recover(TRUTH, carried, portrait(learned, "sae"), dead_latents=dead, **NUMBERS)


def by_name(found: Recovery) -> dict[str, bool]:
    return {shape.name: shape.recovered for shape in found.shapes}


@pytest.fixture(scope="module")
def itself() -> Recovery:
    return recovery(X)


def test_the_truth_recovers_all_of_itself(itself: Recovery) -> None:
    assert len(itself.shapes) == 5
    for shape in itself.shapes:
        assert shape.recovered
        assert shape.n_latents == shape.n_features
        assert shape.nearest_neighbour_pass_share == 1
        assert shape.mean_max_cosine == pytest.approx(1, abs=1e-6)
        if shape.expected != "nothing":
            assert shape.jaccard == 1 and shape.p_value == 0.05
            assert f"a {shape.expected} with p <= 0.05" in shape.test
    assert [shape.expected for shape in itself.shapes] == ["cluster"] * 3 + ["loop", "nothing"]
    assert (itself.shapes[4].p_value, itself.shapes[4].jaccard) == (None, 0)
    assert "90% of its features pass" in itself.shapes[4].test
    assert (itself.nearest_neighbour_pass_share, itself.merged_latents) == (1, 0)
    assert itself.distinct_share == 1
    assert itself.mmcs_truth_to_sae == pytest.approx(1, abs=1e-6)
    assert itself.mmcs_sae_to_truth == pytest.approx(1, abs=1e-6)
    assert itself.verdict == (
        "MMCS 1.00, a latent for each of the 68 true features; 3 of 3 clusters and 1 of 1 loops "
        "show below the noise floor."
    )


def test_the_truth_stands_out_from_strangers(itself: Recovery) -> None:
    for measure in itself.measures:
        assert measure.low == getattr(itself, measure.name) == pytest.approx(1, abs=1e-6)
        assert (measure.p_value, len(measure.null)) == (0.01, 99)


def test_an_sae_of_another_truth_stands_out_no_more_often_than_chance_lets_it() -> None:
    other = GroundTruth([Blobs(3, 12, spread=0.4), Circle(12), Sphere(20)], D, rng=1).dictionary
    side = portrait(other, "sae")
    p_values: dict[str, list[float | None]] = {}
    for seed in range(40):
        learned = Dictionary(other.vectors @ rotation(D, seed))
        test = nearest_neighbour_test(X, learned)
        for m in truth_measures(TRUTH, X, test, replace(side, dictionary=learned), seed):
            p_values.setdefault(m.name, []).append(m.p_value)
    assert len(p_values) == 5
    for of_figure in p_values.values():
        false = sum(p <= 0.05 for p in of_figure if p is not None)
        assert false <= binom.ppf(0.999, 40, 0.05)


def test_strangers_are_the_truth_in_another_frame() -> None:
    near = Dictionary(X.vectors + 0.02 * np.random.default_rng(0).standard_normal(X.vectors.shape))
    found = recovery(near).measures[0]
    strangers = [mmcs(X.vectors @ rotation(D, seed), near).a_to_b for seed in range(40)]
    assert np.mean(found.null) == pytest.approx(np.mean(strangers), abs=0.01)
    assert np.std(found.null) == pytest.approx(np.std(strangers), rel=0.5)


def test_what_was_measured_elsewhere_is_handed_through(itself: Recovery) -> None:
    assert (itself.name, itself.fvu, itself.l0, itself.true_l0) == ("sae", 0.05, 6.5, 6.0)


def test_the_frame_and_the_order_of_latents_do_not_matter(itself: Recovery) -> None:
    turn = rotation(D, 0)
    shuffled = Dictionary(X.vectors @ turn).take(np.random.default_rng(0).permutation(len(X)))
    found = recovery(shuffled, Dictionary(X.vectors @ turn))
    assert by_name(found) == by_name(itself)
    assert [s.jaccard for s in found.shapes] == [s.jaccard for s in itself.shapes]
    assert found.verdict == itself.verdict


def test_latents_of_nothing_lower_mmcs_one_way_only(itself: Recovery) -> None:
    extra = random_directions(15, D, np.random.default_rng(0))
    found = recovery(Dictionary(np.vstack([X.vectors, extra])))
    assert by_name(found) == by_name(itself)
    assert found.mmcs_truth_to_sae == pytest.approx(1, abs=1e-6)
    assert found.mmcs_sae_to_truth < 0.95
    assert found.n_latents == len(X) + 15


def test_a_blob_merged_into_one_latent_is_not_recovered() -> None:
    rest = np.setdiff1d(np.arange(len(X)), BLOB)
    centre = X.vectors[BLOB].mean(axis=0)
    found = recovery(Dictionary(np.vstack([X.vectors[rest], centre])))
    assert by_name(found) == {
        "blob 1": False,
        "blob 2": True,
        "blob 3": True,
        "circle of 12": True,
        "uniform directions": True,
    }
    blob = found.shapes[0]
    assert blob.n_latents == 1 and found.merged_latents == 1
    # the cosines do not show it, and neither does the nearest-neighbour test of a centre
    assert blob.mean_max_cosine > 0.9
    assert found.mmcs_truth_to_sae > 0.98
    assert found.distinct_share == pytest.approx((len(X) - 11) / len(X))
    assert "68 true features share 57 best latents; 2 of 3 clusters" in found.verdict


def test_one_latent_in_a_cluster_does_not_pass_for_a_blob() -> None:
    rest = np.setdiff1d(np.arange(len(X)), BLOB)
    centre = X.vectors[BLOB].mean(axis=0)
    centre /= np.linalg.norm(centre)
    # a cluster around the centre, of latents that are the best of no feature
    near = centre - 0.3 * random_directions(5, D, np.random.default_rng(0))
    learned = Dictionary(np.vstack([X.vectors[rest], centre, near]))
    side = portrait(learned)
    around = np.arange(len(rest), len(learned))
    assert any(np.isin(around, each.members).all() for each in side.clusters)
    found = recover(TRUTH, X, side, dead_latents=0, **NUMBERS)
    best = nearest_neighbour_test(X, learned).best[BLOB]
    assert np.isin(best, around).all()
    assert not found.shapes[0].recovered and found.shapes[0].jaccard == len(set(best)) / 12
    whole = recover(TRUTH, X, portrait(X), dead_latents=0, **NUMBERS)
    assert found.cluster_agreement < whole.cluster_agreement - 0.1


def test_two_blobs_in_one_cluster_are_not_two_recovered_clusters() -> None:
    # the cluster found holds twice as much as each shape: Jaccard is exactly .5 or below
    second = TRUTH.shapes[1].members
    side = portrait(X)
    joined = np.concatenate([BLOB, second, TRUTH.shapes[2].members])
    one = [replace(side.clusters[0], members=joined)]
    found = recover(TRUTH, X, replace(side, clusters=tuple(one)), dead_latents=0, **NUMBERS)
    assert [shape.recovered for shape in found.shapes[:3]] == [False] * 3
    assert found.shapes[0].jaccard == pytest.approx(1 / 3)


def test_a_circle_with_a_gap_is_not_recovered() -> None:
    found = recovery(X.take(np.setdiff1d(np.arange(len(X)), CIRCLE[2:7])))
    assert not by_name(found)["circle of 12"]
    assert by_name(found)["blob 1"]
    assert found.shapes[3].nearest_neighbour_pass_share < 1


def test_lone_features_that_were_left_out_are_not_recovered() -> None:
    found = recovery(X.take(np.setdiff1d(np.arange(len(X)), SPHERE[:3])))
    sphere = found.shapes[4]
    assert sphere.nearest_neighbour_pass_share == pytest.approx(17 / 20, abs=0.051)
    assert sphere.recovered == (sphere.nearest_neighbour_pass_share >= 0.9)
    found = recovery(X.take(np.setdiff1d(np.arange(len(X)), SPHERE[:12])))
    assert not found.shapes[4].recovered


def test_a_cluster_that_chance_would_give_does_not_count() -> None:
    side = portrait(X)
    weak = tuple(replace(cluster, p_value=0.06) for cluster in side.clusters)
    frail = tuple(replace(loop, p_value=0.06) for loop in side.loops)
    found = recover(TRUTH, X, replace(side, clusters=weak, loops=frail), dead_latents=0, **NUMBERS)
    assert [shape.recovered for shape in found.shapes] == [False] * 4 + [True]
    assert {(shape.jaccard, shape.p_value) for shape in found.shapes} == {(0, None), (1, 0.06)}


def test_dead_latents_are_counted() -> None:
    found = recovery(X, dead=7)
    assert (found.dead_latents, found.n_latents) == (7, len(X) + 7)


def test_a_dictionary_that_is_not_the_carried_truth_is_refused() -> None:
    with pytest.raises(FeaturetopoError) as refused:
        recovery(X, X.take(np.arange(60)))
    assert str(refused.value) == (
        f"Dictionary(60 features, {D} dimensions) is not {TRUTH!r} carried into another space: "
        "give the model's dictionary"
    )


def test_another_space_is_refused() -> None:
    with pytest.raises(FeaturetopoError, match="64"):
        recovery(Dictionary(X.vectors[:, :32]))


def test_what_was_learned_beside_the_truth_is_told(itself: Recovery) -> None:
    assert (itself.split_features, itself.mixed, itself.spurious) == (0, (), ())
    assert (itself.absorbed_children, itself.cluster_agreement) == (None, pytest.approx(1))
    rng = np.random.default_rng(0)
    lone = X.vectors[SPHERE[:2]]
    twice = lone + 0.05 * rng.standard_normal(lone.shape) / np.sqrt(D)
    between = X.vectors[BLOB].mean(axis=0) + X.vectors[TRUTH.shapes[1].members].mean(axis=0)
    found = recovery(Dictionary(np.vstack([X.vectors, twice, between, -X.vectors[SPHERE[0]]])))
    # a direction and its opposite are not one feature
    assert found.spurious == (len(X) + 3,)
    assert (found.split_features, found.mixed) == (2, (len(X) + 2,))


def test_the_truths_coordinates_are_those_along_the_loop(itself: Recovery) -> None:
    circle = itself.shapes[3]
    assert circle.agreement == pytest.approx(1, abs=1e-6)
    assert circle.agreement_p == 1 / 200
    assert [s.agreement for s in itself.shapes if s.kind != "circle"] == [None] * 4


def test_a_tree_is_in_order_until_its_features_are_exchanged() -> None:
    truth = GroundTruth([Tree(2, 3, cosine=0.3), Sphere(20)], D, rng=0)
    x = truth.dictionary

    def of(learned: np.ndarray) -> Recovery:
        sae = portrait(Dictionary(learned))
        return recover(truth, x, sae, dead_latents=0, rng=0, **NUMBERS)

    whole = of(x.vectors)
    assert whole.shapes[0].agreement == pytest.approx(1, abs=1e-6)
    assert whole.shapes[0].agreement_p == 1 / 200
    assert whole.absorbed_children == 0
    leaves = np.arange(7, 15)  # whose latents hold their parents too
    absorbed = x.vectors.copy()
    absorbed[leaves] += x.vectors[truth.parents[leaves]]
    assert of(absorbed).absorbed_children == len(leaves)
    merged = tree_agreement(truth.parents[:15], np.zeros(15, int), portrait(x), 0)
    assert merged is None


def test_an_order_by_chance_is_told_as_seldom_as_the_level_says() -> None:
    parents = (np.arange(15) - 1) // 2
    parents[0] = -1
    p = []
    for seed in range(60):
        noise = portrait(Dictionary(gaussian(15, 8, seed)))
        found = tree_agreement(parents, np.arange(15), noise, seed)
        assert found is not None
        p.append(found[1])
    for level in (0.05, 0.5):
        assert sum(value <= level for value in p) <= binom.ppf(0.999, 60, level)


def test_steps_in_the_tree_are_counted_along_it() -> None:
    # a path of five features, each at 20 degrees from the last: chords grow with the steps
    angle = np.radians(20) * np.arange(5)
    path = portrait(Dictionary(np.column_stack([np.cos(angle), np.sin(angle)])))
    found = tree_agreement(np.arange(5) - 1, np.arange(5), path, 0)
    assert found is not None and found[0] == pytest.approx(1)
    steps = np.abs(np.subtract.outer(np.arange(5), np.arange(5)))[np.triu_indices(5, 1)]
    order = np.array([2, 0, 1, 4, 3])
    chords = pdist(path.dictionary.unit[order].astype(float)).round(6)
    shuffled = tree_agreement(np.arange(5) - 1, order, path, 0)
    assert shuffled is not None
    assert shuffled[0] == pytest.approx(spearmanr(steps, chords)[0])


@given(seed=seeds)
@settings(max_examples=30, deadline=None)
def test_every_latent_is_owned_mixed_or_spurious(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth, learned = rng.standard_normal((6, 5)), rng.standard_normal((9, 5))
    found = latent_origins(truth, learned)
    owned = np.flatnonzero(found.owner >= 0)
    everyone = np.concatenate([owned, found.mixed, found.spurious])
    assert sorted(everyone) == list(range(9))
    u, v = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (truth, learned))
    within = u @ u.T - 2 * np.eye(6)
    for latent in range(9):
        cosines = u @ v[latent]
        best = cosines.argmax()
        assert (latent in found.spurious) == (cosines.max() <= chance_bound(54, 5))
        nearer = cosines.max() > within[best].max() and latent not in found.spurious
        assert found.owner[latent] == (best if nearer else -1)
    assert found.split.tolist() == [t for t in range(6) if (found.owner == t).sum() > 1]


def test_as_few_random_latents_are_like_the_truth_as_chance_says() -> None:
    # of 50 x 200 pairs of random directions one is expected to pass the bound
    rng = np.random.default_rng(0)
    passed = [
        200
        - len(
            latent_origins(random_directions(50, 24, rng), random_directions(200, 24, rng)).spurious
        )
        for _ in range(50)
    ]
    assert 0.6 < np.mean(passed) < 1.4
    with pytest.raises(FeaturetopoError, match="1 pairs in 3 dimensions: give at least 2 of each"):
        chance_bound(1, 3)


def test_parents_that_are_none_are_refused() -> None:
    for parents, words in (
        ([-1, 0], r"parents of shape \(2,\) and type int64 for 3 features"),
        ([-1.0, 0.0, 1.0], r"parents of shape \(3,\) and type float64"),
        ([-1, 0, 3], "parent 3 of feature 2 must be -1 or a row below 3"),
        ([-2, 0, 0], "parent -2 of feature 0 must be -1"),
    ):
        with pytest.raises(FeaturetopoError, match=words):
            absorbed_children(np.eye(3), np.eye(3), parents)


def test_a_child_opposite_to_its_parent_is_not_absorbed() -> None:
    truth = np.array([[1.0, 0, 0], [-1, 0, 0], [0, 1, 0]])
    assert absorbed_children(truth, truth, [-1, 0, 0]).tolist() == []


def test_a_lesser_loop_that_stands_out_goes_before_a_larger_one_that_does_not() -> None:
    side = portrait(X)
    [loop] = side.loops
    weak = replace(loop, p_value=0.5)
    strong = replace(loop, members=loop.members[:8])
    found = recover(TRUTH, X, replace(side, loops=(weak, strong)), dead_latents=0, **NUMBERS)
    assert found.shapes[3].recovered and found.shapes[3].jaccard == pytest.approx(8 / 12)
    alone = recover(TRUTH, X, replace(side, loops=(weak,)), dead_latents=0, **NUMBERS)
    assert not alone.shapes[3].recovered and alone.shapes[3].agreement is None
