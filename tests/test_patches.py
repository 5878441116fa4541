"""Patches: what is alike only in part is found in that part, and chance is called chance."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from reference import gaussian, portrait
from scipy import sparse
from scipy.stats import binom

from featuretopo.compare import Patch
from featuretopo.compare import patches as patches_of
from featuretopo.compare.patches import _bands_of, _dealt_out
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.truth import Blobs, Circle, GroundTruth, Sphere

D = 16
FIGURES = {"cka", "rsa", "knn_jaccard", "distance_correlation", "rtd"}
GRAPHS = {"mapper_nodes", "mapper_subgraph", "mapper_paths"}
OVERLAPS = {"cluster_overlap", "loop_overlap"}
DISTANCES = {f"{kind}_h{dim}" for kind in ("bottleneck", "wasserstein") for dim in (0, 1)}


def patches(a: Dictionary, b: Dictionary, **given: Any) -> tuple[Patch, ...]:
    """With the topology of either at hand, quickly."""
    return patches_of(portrait(a), portrait(b), **given)


def labelled(seed: int = 0) -> Dictionary:
    x = GroundTruth([Circle(16), Blobs(2, 12, spread=0.3), Sphere(24)], D, rng=seed).dictionary
    return Dictionary(
        x.vectors,
        x.labels,
        names=[f"f{row}" for row in range(len(x))],
        label_names=x.label_names,
    )


def with_the_circle_only(x: Dictionary, seed: int = 1) -> Dictionary:
    vectors = gaussian(len(x), D, seed)
    vectors[:16] = x.vectors[:16] + 0.02 * gaussian(16, D, seed + 1)
    return Dictionary(vectors, names=x.names)


def test_a_patch_is_alike_where_the_rest_is_not() -> None:
    x = labelled()
    whole, circle, *others = patches(x, with_the_circle_only(x), draws=39, rng=0)
    assert (whole.name, whole.n_features, whole.n_pairs) == ("everything", len(x), len(x))
    assert not whole.against_others
    assert (circle.name, circle.n_pairs) == ("circle of 16", 16)
    names = {m.name for m in circle.measures}
    assert (
        FIGURES | DISTANCES | {"loop_overlap"} <= names <= (FIGURES | DISTANCES | OVERLAPS | GRAPHS)
    )
    assert {m.name for m in circle.against_others} == names - DISTANCES
    assert circle["loop_overlap"].low == 1
    for measure in (*circle.measures, *circle.against_others):
        if measure.name in FIGURES:
            assert measure.p_value <= 0.05, measure.name
            assert len(measure.null) == 39
    assert circle["wasserstein_h0"].low < whole["wasserstein_h0"].low / 5
    assert circle["cka"].low > 0.9
    for patch in others:
        assert patch["cka"].low < 0.6
        for measure in patch.against_others:
            assert measure.name not in FIGURES - {"rtd"} or measure.p_value > 0.05
        # the same figure stands against both nulls
        assert {m.name: m.low for m in patch.against_others} == {
            m.name: m.low for m in patch.measures if m.name not in DISTANCES
        }
    with pytest.raises(KeyError, match="this patch has"):
        circle["nothing"]
    assert repr(circle) == "Patch('circle of 16': 16 features, 16 pairs)"


def test_the_same_measures_on_the_whole_as_on_a_patch_that_is_all_there_is() -> None:
    x = labelled()
    one = Dictionary(x.vectors, np.zeros(len(x), int), names=x.names, label_names=["all"])
    whole, patch = patches(one, with_the_circle_only(x), draws=19, rng=0)
    assert {m.name: m.low for m in whole.measures} == {m.name: m.low for m in patch.measures}
    assert not patch.against_others  # there is no other part


def test_q_is_corrected_over_all_patches_and_the_whole_s_over_its_own() -> None:
    x = labelled()
    whole, *found = patches(x, with_the_circle_only(x), draws=19, rng=0)
    for of in (
        whole.measures,
        [m for patch in found for m in patch.measures],
        [m for patch in found for m in patch.against_others],
    ):
        of = [m for m in of if m.p_value is not None]
        p_values = [m.p_value for m in of]
        for m in of:
            shares = [p * len(of) / sum(q <= p for q in p_values) for p in p_values
                      if p >= m.p_value]  # fmt: skip
            assert m.q_value == pytest.approx(min(1.0, *shares))


def test_draws_that_make_too_few_pairs_count_as_less_alike() -> None:
    x = labelled()
    y = Dictionary(x.vectors[::-1] + 0.01 * gaussian(len(x), D, 5))
    circle = patches(x, y, draws=19, rng=0)[1]  # by cosine: chance pairs few of 16
    assert circle.n_pairs == 16
    for measure in circle.measures:
        assert measure.name not in FIGURES or measure.p_value == 0.05, measure.name
    some = [m for m in circle.measures if len(m.null) < 19]
    assert some
    for measure in some:
        assert f"; {19 - len(measure.null)} draws made too few pairs" in measure.null_name


def test_a_figure_that_is_defined_because_of_the_patch_gets_no_p_from_draws_without_it() -> None:
    shapes = [Circle(16), Blobs(2, 12), Sphere(20)]
    a, b = (GroundTruth(shapes, D, rng=seed).dictionary for seed in (0, 9))
    names = [f"f{row}" for row in range(len(a))]
    x = Dictionary(a.vectors, a.labels, names=names, label_names=a.label_names)
    found = patches(x, Dictionary(b.vectors, names=names), draws=39, rng=0)
    paths = [m for each in found for m in each.against_others if m.name == "mapper_paths"]
    rare = [m for m in paths if len(m.null) < 19]  # few features drawn from all are in any node
    assert rare
    for each in rare:
        assert each.p_value is None
        assert f"not defined on {39 - len(each.null)} draws, which are left out" in each.null_name


def test_too_few_pairs_tell_nothing() -> None:
    x = labelled()
    few = Dictionary(x.vectors, [0] * 5 + [1] * (len(x) - 5), names=x.names)
    small, large = patches(few, x, draws=19, rng=0)[1:]
    assert (small.n_features, small.n_pairs, small.measures) == (5, 5, ())
    assert large.measures


@pytest.mark.parametrize("by", ["codes", "cosine", "encoders"])
def test_patches_are_paired_with_all_of_b(by: str) -> None:
    x = labelled()
    y = Dictionary(x.vectors[::-1])
    rng = np.random.default_rng(0)
    fires = rng.random((400, len(x))) < 0.1
    codes = sparse.csr_array(fires * rng.random(fires.shape))
    given = {
        "codes": {"codes": (codes, codes[:, ::-1])},
        "cosine": {},
        "encoders": {"encoders": (x, y)},
    }[by]
    found = patches(x, y, draws=19, rng=0, **given)
    assert [patch.n_pairs for patch in found[1:]] == [16, 12, 12, 24]
    assert found[1]["matched_score"].low == pytest.approx(1)
    assert found[1]["rsa"].low == pytest.approx(1)
    banded = "bands of firing frequency" in found[1].against_others[0].null_name
    assert banded == (by == "codes")


def test_labels_are_dealt_out_within_their_bands() -> None:
    rng = np.random.default_rng(0)
    often = np.repeat([1, 5, 20, 100], 10)
    codes = sparse.csr_array(np.arange(100)[:, None] < often)
    x = Dictionary(gaussian(40, D, 0))
    bands = _bands_of(x, (codes, codes))
    assert all(len(set(bands[often == value])) == 1 for value in set(often.tolist()))
    assert (np.diff(bands) >= 0).all() and bands.max() < 10
    wanted = bands[[0, 1, 2, 12, 35]]
    for _ in range(20):
        places = _dealt_out(wanted, bands, rng)
        assert len(set(places.tolist())) == 5
        assert sorted(bands[places]) == sorted(wanted)
    assert not _bands_of(x, None).any()


def test_strangers_stand_out_as_seldom_as_the_level_says() -> None:
    hits: Counter[str] = Counter()
    sets, names = 40, [f"{row}x" for row in range(36)]
    for seed in range(sets):
        x = Dictionary(gaussian(36, 8, seed), [0] * 14 + [1] * 22, names=names)
        y = Dictionary(gaussian(36, 8, seed + 1000), names=names)
        patch = patches(x, y, draws=19, rng=seed)[1]
        for which in ("measures", "against_others"):
            found = getattr(patch, which)
            found = [m for m in found if m.name not in DISTANCES and m.p_value is not None]
            assert {m.name for m in found} >= FIGURES | {"mean_cca", "svcca"}
            hits.update(f"{which} {m.name}" for m in found if m.p_value <= 0.05)
    assert 0 < max(hits.values()) <= binom.ppf(1 - 0.01 / 24, sets, 0.05), hits


def test_what_cannot_be_asked_is_refused() -> None:
    x = labelled()
    with pytest.raises(FeaturetopoError, match="has no labels, which say what a patch is"):
        patches(Dictionary(x.vectors), x)
    with pytest.raises(FeaturetopoError, match="cannot be paired across different dimensions"):
        patches(x, Dictionary(gaussian(64, 5, 0)))
    with pytest.raises(FeaturetopoError, match="fewer than 19"):
        patches(x, x, draws=5)
    with pytest.raises(FeaturetopoError, match="b is ndarray, must be a Dictionary"):
        patches_of(x, x.vectors)
    with pytest.raises(FeaturetopoError, match="encoders must be a pair"):
        patches(x, x, encoders=x)


def test_where_bands_leave_no_choice_there_is_no_p() -> None:
    rng = np.random.default_rng(0)
    rare = np.arange(40) % 2
    fires = np.array([rng.permutation(400) < (10 if each else 150) for each in rare]).T
    codes = sparse.csr_array(fires * rng.random(fires.shape))
    x = Dictionary(gaussian(40, D, 0), rare, label_names=["common", "rare"])
    for patch in patches(x, Dictionary(gaussian(40, D, 1)), codes=(codes, codes), draws=19)[1:]:
        assert patch.against_others
        for measure in patch.against_others:
            assert set(measure.null) == {measure.low}
            assert measure.p_value is None and measure.note.endswith("the null cannot move it")
        assert "of each of 2 bands of firing frequency" in patch.against_others[0].null_name


def test_overlaps_are_of_the_patch_alone() -> None:
    x = GroundTruth([Blobs(4, 10, spread=0.3), Sphere(20)], D, rng=0).dictionary
    labels = np.repeat([0, 1, 2], [20, 20, 20])
    names = [f"f{row}" for row in range(len(x))]
    a = Dictionary(x.vectors, labels, names, label_names=["same", "gone", "rest"])
    vectors = x.vectors.copy()
    vectors[20:40] = gaussian(20, D, 1)  # two of the four blobs are none any more
    _, same, gone, rest = patches(a, Dictionary(vectors, names=names), draws=39, rng=0)
    assert same["cluster_overlap"].low == 1 and same["cluster_overlap"].p_value == 0.025
    assert gone["cluster_overlap"].low < 0.3
    assert "cluster_overlap" not in {m.name for m in rest.measures}  # there are none to overlap
    assert same["wasserstein_h0"].low < 1e-4 < gone["wasserstein_h0"].low


def test_a_group_may_be_called_everything() -> None:
    x = labelled()
    one = Dictionary(x.vectors, x.labels, x.names, label_names=["everything", "b", "c", "d"])
    found = patches(one, x, draws=19, rng=0)
    assert [patch.n_features for patch in found] == [64, 16, 12, 12, 24]
    assert not found[0].against_others and found[1].against_others


def test_same_seed_same_patches() -> None:
    x = labelled()
    y = with_the_circle_only(x)
    one, two = (patches(x, y, draws=19, rng=3) for _ in range(2))
    assert one == two
