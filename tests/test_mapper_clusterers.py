"""Clusterers within cells, against scipy's and scikit-learn's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from reference import chords, crowds, gaussian
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn import cluster
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper import (
    HDBSCAN,
    Balls,
    Clusterer,
    Cubes,
    DensityClusters,
    FirstGap,
    LargestGap,
    SingleLinkage,
    SklearnClusterer,
    Whole,
    cell_edges,
    clusterer,
    density,
    mapper,
)
from featuretopo.topology.mapper.clusterers import single_linkage as module
from featuretopo.topology.mapper.clusterers.single_linkage import single_linkage
from featuretopo.topology.mapper.density import clusters_of
from featuretopo.truth import Blobs, GroundTruth

theorem = settings(max_examples=80, deadline=None, derandomize=True)
BLOBS = GroundTruth([Blobs(3, 10, spread=0.3)], d=32, rng=0).dictionary


def partition(labels: np.ndarray) -> np.ndarray:
    return labels[:, None] == labels


def largest_gap(heights: list[float], diameter: float) -> tuple[float, float]:
    """The height under the largest gap, and how much larger than the next it is."""
    ends = [*heights, diameter]
    gaps = sorted((ends[i + 1] - ends[i], ends[i]) for i in range(len(heights)))
    return gaps[-1][1], gaps[-1][0] - gaps[-2][0]


def first_gap(heights: list[float], diameter: float, bins: int) -> tuple[float, float]:
    """The lower end of the first empty bin, and how near any height is to the end of a bin."""
    width = (diameter - heights[0]) / bins
    places = [(height - heights[0]) / width for height in heights]
    inner = [abs(place - round(place)) for place in places if place > 1e-3]
    empty = [b for b in range(bins - 1) if not any(b <= place < b + 1 for place in places)]
    return (heights[0] + empty[0] * width if empty else np.inf), min(inner, default=1.0)


@theorem
@given(x=crowds(least=3, most=30), bins=st.sampled_from([None, 3, 10, 20]))
def test_single_linkage_is_scipys_cut_at_the_gap(x: Dictionary, bins: int | None) -> None:
    distances = chords(x)
    tree = linkage(squareform(distances, checks=False), "single")
    heights, diameter = tree[:, 2].tolist(), distances.max()
    if diameter - heights[0] < 1e-4:  # all alike: nothing stands apart
        scale, margin = np.inf, 1.0
    elif bins is None:
        scale, margin = largest_gap(heights, diameter)
    else:
        scale, margin = first_gap(heights, diameter, bins)
    assume(margin > 1e-4)
    known = fcluster(tree, min(scale, 3) + 1e-6, "distance")
    found = single_linkage(x.unit, LargestGap() if bins is None else FirstGap(bins))
    np.testing.assert_array_equal(partition(found), partition(known))
    first = np.unique(found, return_index=True)[1]
    assert (np.diff(first) > 0).all()  # numbered by first member


@pytest.mark.parametrize("spread", [0.001, 0.05, 0.15])
def test_large_cells_are_linked_as_small_ones_are(
    spread: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    rows = gaussian(9, 16, 1)[rng.integers(9, size=400)]
    unit = Dictionary(rows + spread * rng.standard_normal(rows.shape)).unit
    known = single_linkage(unit, FirstGap())
    assert known.max() == 8
    monkeypatch.setattr(module, "_MATRIX", 100)
    np.testing.assert_array_equal(single_linkage(unit, FirstGap()), known)


def test_nothing_stands_apart_in_a_small_cell_or_one_of_equal_distances() -> None:
    for n in (1, 2, 5):
        for cut in (LargestGap(), FirstGap()):
            assert single_linkage(np.eye(6, dtype=np.float32)[:n], cut).tolist() == [0] * n


def test_many_cells_side_by_side_give_what_one_by_one_they_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cells = [np.arange(5), np.arange(30), np.arange(7, 20)]
    known = [single_linkage(BLOBS.unit[rows], LargestGap()) for rows in cells]
    monkeypatch.setattr(clusterer, "HEAVY", 10)
    for labels, expected in zip(SingleLinkage().labels(BLOBS, cells), known, strict=True):
        np.testing.assert_array_equal(labels, expected)


@pytest.mark.parametrize("one_cluster", [True, False])
@pytest.mark.parametrize("min_samples", [None, 3])
def test_hdbscan_is_scikit_learns_on_chord(one_cluster: bool, min_samples: int | None) -> None:
    rows = np.arange(2, 28)
    rule = HDBSCAN(4, min_samples, one_cluster=one_cluster)
    known = cluster.HDBSCAN(
        min_cluster_size=4, min_samples=min_samples, metric="precomputed",
        allow_single_cluster=one_cluster, copy=True,
    ).fit_predict(chords(BLOBS.take(rows)))  # fmt: skip
    few, labels = rule.labels(BLOBS, [np.arange(3), rows])
    assert few.tolist() == [-1, -1, -1]
    np.testing.assert_array_equal(labels == -1, known == -1)
    np.testing.assert_array_equal(partition(labels), partition(known))
    assert labels.max() == 2


@pytest.mark.parametrize(
    "estimator",
    [
        cluster.DBSCAN(eps=0.5, min_samples=3),
        cluster.AgglomerativeClustering(None, distance_threshold=0.4, linkage="average"),
        cluster.KMeans(2, n_init=1, random_state=0),
    ],
)
def test_any_estimator_clusters_the_unit_vectors_of_each_cell(estimator: object) -> None:
    cells = [np.arange(12), np.arange(5, 30), np.array([3])]
    found = SklearnClusterer(estimator).labels(BLOBS, cells)
    for rows, labels in zip(cells[:2], found[:2], strict=True):
        known = estimator.fit_predict(BLOBS.unit[rows])  # type: ignore[attr-defined]
        np.testing.assert_array_equal(labels, known)
    assert found[2].tolist() == [-1]


def test_an_estimator_is_recorded_with_all_of_its_parameters() -> None:
    for eps in (0.5, np.float64(0.5)):  # the usual one, which scikit-learn does not tell
        told = repr(SklearnClusterer(cluster.DBSCAN(eps=eps), least=3))
        assert told.startswith("SklearnClusterer(DBSCAN(algorithm='auto', eps=0.5, leaf_size=30")
        assert "min_samples=5" in told and told.endswith(", least=3)")
    nested = repr(SklearnClusterer(make_pipeline(Normalizer(), cluster.DBSCAN())))
    assert "eps=0.5" in nested and "\n" not in nested


def test_an_estimator_is_left_as_it_was_and_its_other_noise_is_noise() -> None:
    class Odd(cluster.DBSCAN):
        def fit_predict(self, X, y=None):
            self.seen_ = len(X)
            return np.array([-3, 0, 1])[: len(X)]

    rule = Odd()
    assert SklearnClusterer(rule).labels(BLOBS, [np.arange(3)])[0].tolist() == [-1, 0, 1]
    assert not hasattr(rule, "seen_")


@pytest.mark.parametrize(
    "rule", [SingleLinkage(), HDBSCAN(3), SklearnClusterer(cluster.DBSCAN(eps=0.6)), Whole()]
)
def test_planted_groups_are_parts_of_the_graph_and_the_rule_is_told(rule: Clusterer) -> None:
    graph = mapper(BLOBS, cover=Cubes(3, overlap=0.4), clusterer=rule)
    assert graph.n_components == 3
    assert graph.parameters["clusterer"] == repr(rule)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: FirstGap(1), "FirstGap(bins=1): bins must be a whole number, at least 2"),
        (lambda: HDBSCAN(1), "min_cluster_size must be a whole number, at least 2"),
        (lambda: HDBSCAN(5, 0), "min_samples must be a whole number, at least 1"),
        (lambda: FirstGap("a"), "bins must be a whole number"),
        (lambda: HDBSCAN("a"), "min_cluster_size must be a whole number"),
        (lambda: HDBSCAN(5, 2.5), "min_samples must be a whole number"),
        (lambda: DensityClusters(0.5, 2.5), "min_samples must be a whole number"),
        (lambda: DensityClusters(True), "eps=True must be 'floor' or a chord distance"),
        (lambda: SingleLinkage("a"), "cut='a' must be LargestGap() or FirstGap(10)"),
        (lambda: SingleLinkage(LargestGap), "cut=LargestGap is a class: call it"),
        (lambda: SklearnClusterer(cluster.DBSCAN), "estimator=DBSCAN is a class: call it"),
        (lambda: SklearnClusterer("dbscan"), "'dbscan' has no fit_predict; give a clusterer"),
        (
            lambda: SklearnClusterer(cluster.DBSCAN(), least=0),
            "least must be a whole number, at least 1",
        ),
        (
            lambda: SklearnClusterer(cluster.KMeans(5)).labels(BLOBS, [np.arange(3)]),
            "KMeans(n_clusters=5) refuses a cell of 3 features (n_samples=3 should be >= "
            "n_clusters=5.); raise least=2 to leave out small cells",
        ),
    ],
)
def test_a_clusterer_out_of_range_is_refused(make: object, message: str) -> None:
    with pytest.raises(FeaturetopoError) as refused:
        make()  # type: ignore[operator]
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda cells: [np.zeros(len(rows) - 1, int) for rows in cells], "labels of shape (29,)"),
        (lambda cells: [np.full(len(rows), np.nan) for rows in cells], "type float64 for a cell"),
        (lambda cells: [], "gave labels for 0 of 1 cells"),
    ],
)
def test_labels_that_are_not_one_per_feature_are_refused(answer: object, message: str) -> None:
    class Short:
        def labels(self, x: Dictionary, cells: Sequence[np.ndarray]) -> list[np.ndarray]:
            return answer(cells)  # type: ignore[operator]

    with pytest.raises(FeaturetopoError) as refused:
        mapper(BLOBS.take(range(30)), cover=Balls(3), clusterer=Short())
    assert message in str(refused.value)


@theorem
@given(
    x=crowds(least=4, most=40),
    eps=st.floats(0.1, 1.6),
    starts=st.lists(st.integers(0, 30), min_size=1, max_size=8),
    block=st.sampled_from([3, 256]),
)
def test_edges_within_cells_are_those_of_pairs_that_share_one(
    x: Dictionary, eps: float, starts: list[int], block: int
) -> None:
    distances = chords(x)
    assume(not (np.abs(distances - eps) < 1e-6).any())
    cells = [np.arange(start, start + 12) % len(x) for start in starts]
    cells = [np.unique(rows) for rows in cells]
    together = np.zeros((len(x), len(x)), bool)
    for rows in cells:
        together[np.ix_(rows, rows)] = True
    known = np.argwhere(np.triu(together & (distances <= eps), 1))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cell_edges, "_BLOCK", block)
        patch.setattr(cell_edges, "_FETCH", -1000)  # however small the cells
        found = cell_edges.edges_within_cells(x.unit, cells, eps, 10_000)
        assert found is not None
        assert sorted(found.pairs.tolist()) == known.tolist()
        i, j = found.pairs.T
        np.testing.assert_allclose(found.lengths, distances[i, j], atol=1e-6)
        if len(known) > 1:
            assert cell_edges.edges_within_cells(x.unit, cells, eps, 1) is None


@pytest.mark.parametrize("heavy", [True, False])
def test_cells_that_overlap_are_clustered_as_one_by_one(
    heavy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    rows = gaussian(30, 16, 1)[rng.integers(30, size=900)]
    x = Dictionary(rows + 0.1 * rng.standard_normal(rows.shape))
    cells = [np.arange(start, start + 300) for start in range(0, 700, 150)]
    known = [clusters_of(x.unit[each], 0.4, 3) for each in cells]
    assert min(labels.max() for labels in known) > 10
    monkeypatch.setattr(density, "clusters_of", None)
    if heavy:
        monkeypatch.setattr(cell_edges, "HEAVY", 10)
    for labels, expected in zip(DensityClusters(0.4, 3).labels(x, cells), known, strict=True):
        np.testing.assert_array_equal(labels, expected)


def test_cells_of_single_features_are_not_worth_the_fetching() -> None:
    assert cell_edges.edges_within_cells(BLOBS.unit, [np.array([0]), np.array([1])], 1, 9) is None
