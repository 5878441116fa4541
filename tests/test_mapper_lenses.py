"""Lenses against their definitions and scikit-learn's."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from reference import chords, crowds, gaussian, seeds
from sklearn.manifold import Isomap as ReferenceIsomap

import featuretopo as ft
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper import (
    PCA,
    UMAP,
    Angle,
    Circular,
    Coordinates,
    Cubes,
    Density,
    DensityClusters,
    Eccentricity,
    Function,
    Isomap,
    KNNDistance,
    Labels,
    LoopAngle,
    Norm,
    Stack,
    mapper,
)
from featuretopo.topology.mapper.lens import lens_of, lens_values
from featuretopo.truth import Blobs, Circle, GroundTruth, Sphere

theorem = settings(max_examples=40, deadline=None, derandomize=True)
EIGHT = Dictionary(gaussian(8, 3, 0))
RING = GroundTruth([Circle(24)], d=16, rng=0).dictionary


@theorem
@given(x=crowds(least=2), p=st.sampled_from([1, 1.5, 2, 4, np.inf]))
def test_eccentricity_is_the_mean_distance(x: Dictionary, p: float) -> None:
    distances = chords(x)
    known = distances.max(axis=1) if p == np.inf else np.mean(distances**p, axis=1) ** (1 / p)
    found = Eccentricity(p).values(x)
    assert found.shape == (len(x), 1)
    np.testing.assert_allclose(found[:, 0], known, atol=2e-3)  # of duplicates, single precision


@pytest.mark.parametrize("p", [1, 2, np.inf])
def test_eccentricity_block_by_block_is_the_same(p: float) -> None:
    x = Dictionary(gaussian(1100, 8, 0))
    unit = x.unit.astype(float)
    distances = np.sqrt(np.maximum(2 - 2 * unit @ unit.T, 0))
    known = distances.max(axis=1) if p == np.inf else np.mean(distances**p, axis=1) ** (1 / p)
    np.testing.assert_allclose(Eccentricity(p).values(x)[:, 0], known, atol=1e-4)


@theorem
@given(x=crowds(least=3), k=st.integers(1, 20))
def test_neighbour_lenses_are_those_of_sorted_distances(x: Dictionary, k: int) -> None:
    k = min(k, len(x) - 1)
    near = np.sort(chords(x), axis=1)[:, 1 : k + 1]  # itself comes first
    np.testing.assert_allclose(KNNDistance(k).values(x), near[:, -1:], atol=2e-3)
    known = np.exp(-(near**2) / 2 / 0.5**2).mean(axis=1)
    np.testing.assert_allclose(Density(k, 0.5).values(x)[:, 0], known, atol=2e-3)
    width = np.median(near[:, -1])
    assume(width > 0.01)
    known = np.exp(-(near**2) / 2 / width**2).mean(axis=1)
    np.testing.assert_allclose(Density(k).values(x)[:, 0], known, atol=0.02)


@theorem
@given(x=crowds(least=2), seed=seeds)
def test_norms_and_angles_are_those_of_the_vectors(x: Dictionary, seed: int) -> None:
    direction = np.random.default_rng(seed).normal(size=x.d)
    v = x.vectors.astype(float)
    np.testing.assert_allclose(Norm().values(x)[:, 0], np.sqrt((v**2).sum(axis=1)), rtol=1e-6)
    cos = v @ direction / np.linalg.norm(v, axis=1) / np.linalg.norm(direction)
    found = Angle(direction).values(x)[:, 0]
    np.testing.assert_allclose(found, np.arccos(np.clip(cos, -1, 1)), atol=2e-3)
    turned = Angle(-direction).values(x)[:, 0]
    np.testing.assert_allclose(found + turned, np.pi, atol=2e-3)
    of_lines = Angle(direction, signed=False).values(x)[:, 0]
    np.testing.assert_allclose(of_lines, np.minimum(found, turned), atol=2e-3)
    again = Angle(-direction, signed=False).values(x)[:, 0]
    np.testing.assert_allclose(again, of_lines, rtol=0, atol=1e-12)


def test_angle_tells_small_angles_apart() -> None:
    angle = np.array([1e-6, 2e-6, 0.0])
    x = Dictionary(np.column_stack([np.cos(angle), np.sin(angle)]))
    found = Angle(np.array([3.0, 0.0])).values(x)[:, 0]
    np.testing.assert_allclose(found, angle, atol=1e-12)
    opposite = Angle(np.array([-3.0, 0.0]), "probe", signed=False)
    np.testing.assert_allclose(opposite.values(x)[:, 0], angle, atol=1e-12)
    graph = mapper(x, lens=opposite, cover=Cubes(2))
    assert graph.parameters["lens"] == "Angle(name='probe', signed=False)"


@pytest.mark.parametrize("n_components", [1, 2, 3])
def test_isomap_with_all_landmarks_is_scikit_learns(n_components: int) -> None:
    grid = np.random.default_rng(0).uniform(-1, 1, (150, 2)) * [0.8, 0.4]
    x = Dictionary(np.column_stack([grid, np.ones(150), 0.3 * grid[:, 0] ** 2]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # theirs would warn of a graph in pieces
        known = ReferenceIsomap(n_neighbors=8, n_components=n_components)
        known = known.fit_transform(x.unit.astype(float))
    found = Isomap(n_components, n_neighbors=8).values(x)
    for ours, theirs in zip(found.T, known.T, strict=True):
        sign = np.sign(ours @ theirs)
        np.testing.assert_allclose(ours, sign * theirs, atol=1e-4)
    few = Isomap(n_components, n_neighbors=8, landmarks=40).values(x)
    for ours, theirs in list(zip(few.T, found.T, strict=True))[:2]:
        assert abs(np.corrcoef(ours, theirs)[0, 1]) > 0.98


def test_isomap_of_separate_groups_keeps_them_apart_and_of_few_dimensions_adds_nothing() -> None:
    blobs = GroundTruth([Blobs(2, 20, spread=0.2)], d=32, rng=0).dictionary
    along = Isomap(1, n_neighbors=3).values(blobs)[:, 0]
    one, other = along[blobs.labels == 0], along[blobs.labels == 1]
    assert one.max() < other.min() or other.max() < one.min()
    line = np.linspace(0.1, 1.2, 5)
    flat = Isomap(3, n_neighbors=1).values(Dictionary(np.column_stack([line, np.ones(5)])))
    assert np.ptp(flat[:, 0]) > 0.1 and np.abs(flat[:, 1:]).max() < 1e-4


def test_the_angle_along_a_loop_goes_once_around_the_graph() -> None:
    [loop] = ft.loops(RING, rng=0)
    graph = mapper(RING, lens=LoopAngle(loop), cover=Circular(6, overlap=0.4))
    assert (graph.n_nodes, graph.n_loops) == (6, 1)
    assert graph.parameters["lens"] == repr(LoopAngle(loop))
    assert repr(LoopAngle(loop)).startswith("LoopAngle(loop of 24 features born at 0.26")
    beside = GroundTruth([Circle(24), Sphere(10)], d=64, rng=0).dictionary
    [loop] = ft.loops(beside, rng=0)
    with pytest.raises(FeaturetopoError, match=r"10 of 34 features are not near the loop"):
        mapper(beside, lens=LoopAngle(loop))
    with pytest.raises(FeaturetopoError, match="is of a loop of these features"):
        ft.mapper_test(RING, lens=Stack(PCA(1), LoopAngle(loop)))
    with pytest.raises(FeaturetopoError, match=r"lens Norm\(\) is of lengths, and only directions"):
        ft.mapper_test(RING, lens=Stack(PCA(1), Norm()))
    with pytest.raises(FeaturetopoError, match=r"lens Labels\(.*\) is of labels: the null redoes"):
        ft.mapper_test(RING, lens=Labels())


@pytest.mark.parametrize("lens", [Isomap, UMAP])
@pytest.mark.parametrize("rng", [None, np.random.default_rng(5), np.int64(7)])
def test_a_lens_is_made_again_from_what_a_graph_records(lens: type, rng: object) -> None:
    given = lens(1, n_neighbors=5, rng=rng)
    again = eval(repr(given))
    assert again == given and isinstance(given.rng, int)
    graph = mapper(RING, lens=given, cover=Cubes(2))
    assert graph.parameters["lens"] == repr(again)
    np.testing.assert_array_equal(again.values(RING), graph.lens)
    assert lens(1, rng=None) != lens(1, rng=None)
    with pytest.raises(FeaturetopoError, match="rng=-1 must be a non-negative integer"):
        lens(1, rng=-1)


def test_angles_of_a_loop_go_with_the_features_that_a_bootstrap_keeps() -> None:
    [loop] = ft.loops(RING, rng=0)
    way = {"cover": Circular(6, overlap=0.4), "times": 4, "rng": 0}
    found = ft.mapper_bootstrap(RING, lens=LoopAngle(loop), **way)
    assert found.graph.parameters["lens"] == repr(LoopAngle(loop))
    known = ft.mapper_bootstrap(RING, lens=LoopAngle(loop).values(RING), **way)
    assert found.n_loops.tolist() == known.n_loops.tolist()
    assert (
        found.loop_confidence.tolist() == known.loop_confidence.tolist() and len(found.loops) == 1
    )
    stacked = ft.mapper_bootstrap(RING, lens=Stack(LoopAngle(loop), np.zeros(24)), **way)
    assert stacked.n_loops.tolist() == known.n_loops.tolist()


def test_labels_are_the_numbers_of_the_groups() -> None:
    x = GroundTruth([Blobs(3, 5), Sphere(4)], d=16, rng=0).dictionary
    np.testing.assert_array_equal(Labels().values(x)[:, 0], x.labels)


def test_a_stack_is_its_lenses_side_by_side() -> None:
    stack = Stack(PCA(2), Norm(), np.arange(8), lambda x: x.vectors[:, :2])
    parts = [PCA(2).values(EIGHT), Norm().values(EIGHT), np.arange(8.0)[:, None]]
    known = np.hstack([*parts, EIGHT.vectors[:, :2]])
    np.testing.assert_array_equal(stack.values(EIGHT), known)
    nested = Stack(Stack(PCA(2), Norm()), np.arange(8), lambda x: x.vectors[:, :2])
    np.testing.assert_array_equal(nested.values(EIGHT), known)


@pytest.mark.parametrize(
    ("given_lens", "words"),
    [
        (np.arange(8), "Coordinates(name='array')"),
        (list(range(8)), "Coordinates(name='array')"),
        (torch.arange(8.0, requires_grad=True), "Coordinates(name='array')"),
        (lambda x: torch.arange(8.0, requires_grad=True), "<lambda>"),
        (np.arange(8.0)[:, None], "Coordinates(name='array')"),
        (lambda x: np.arange(len(x)), "<lambda>"),
        (Function(lambda x: np.arange(len(x)), "rank"), "Function(name='rank')"),
    ],
)
def test_arrays_and_functions_are_lenses(given_lens: object, words: str) -> None:
    graph = mapper(EIGHT, lens=given_lens, cover=Cubes(2))  # type: ignore[arg-type]
    np.testing.assert_array_equal(graph.lens, np.arange(8.0)[:, None])
    assert words in graph.parameters["lens"]


def test_what_is_asked_of_a_graph_takes_arrays_and_functions_too() -> None:
    way = {"cover": Cubes(4, overlap=0.4), "clusterer": DensityClusters(0.5)}
    array = np.arctan2(*RING.unit[:, :2].T)
    assert ft.mapper_stability(RING, lens=array, covers=[Cubes(4)]).n_loops.shape == (5,)
    for lens in (array, Stack(array, PCA(1)), lambda x: x.unit[:, :2]):
        found = ft.mapper_bootstrap(RING, lens=lens, times=2, rng=0, **way)
        assert len(found.n_loops) == 2
    for lens in (array, Stack(PCA(1), array)):
        with pytest.raises(FeaturetopoError, match="lens 'array' is an array: the null redoes"):
            ft.mapper_test(RING, lens=lens)
    tested = ft.mapper_test(RING, lens=lambda x: x.unit[:, :2], draws=19, rng=0, **way)
    assert len(tested.components.null) == 19


class Wrong:
    """A lens that does not keep its promise."""

    def __init__(self, made: np.ndarray) -> None:
        self.made = made

    def values(self, x: Dictionary) -> np.ndarray:
        return self.made

    def __repr__(self) -> str:
        return "Wrong()"


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: lens_of("pca"), "lens='pca' is no lens: give one such as PCA(2), an array"),
        (lambda: lens_of([[1.0], [2.0, 3.0]]), "is no lens"),
        (lambda: lens_of(np.ma.masked_less(np.arange(8), 3)), "a masked array hides values"),
        (lambda: lens_of({"a": 1.0}), "lens={'a': 1.0} is no lens: give one such as PCA(2)"),
        (lambda: mapper(EIGHT, lens=np.ones(8) * 1j), "is no lens: give one such as PCA(2)"),
        (lambda: mapper(EIGHT, lens=lambda x: np.ones(8) * 1j), "holds what is no number, 1j"),
        (lambda: mapper(EIGHT, lens=lambda x: [[1], [2, 3]]), "has rows of unequal length"),
        (
            lambda: Coordinates([[1], [2, 3]], "rag").values(EIGHT),
            "lens 'rag' has rows of unequal length: give as many numbers for every feature",
        ),
        (lambda: mapper(EIGHT, lens=np.arange(7)), "lens 'array' of shape (7, 1) for 8 features"),
        (lambda: mapper(EIGHT, lens=np.zeros((8, 2, 1))), "of shape (8, 2, 1) for 8 features"),
        (lambda: mapper(EIGHT, lens=np.zeros((8, 0))), "of shape (8, 0) for 8 features"),
        (lambda: mapper(EIGHT, lens=lambda x: [1.0, 2.0]), "of shape (2, 1) for 8 features"),
        (
            lambda: mapper(EIGHT, lens=[0, 1, np.nan, 3, 4, np.inf, 6, 7]),
            "lens 'array' holds NaN or infinite values; drop them (first in row 2, 2 rows in all)",
        ),
        (lambda: mapper(EIGHT, lens=Wrong(np.zeros(8))), "lens 'Wrong()' of shape (8,)"),
        (lambda: lens_values(Wrong(np.full((8, 1), np.inf)), EIGHT), "lens 'Wrong()' holds NaN"),
        (lambda: Coordinates(np.ones((8, 1)) * 1j, "z").values(EIGHT), "no number, 1j first"),
        (lambda: mapper(EIGHT, lens=Wrong(np.ones((8, 1)) * 1j)), "holds what is no number, 1j"),
        (lambda: mapper(EIGHT, lens=[1j] * 8), "is no lens: give one such as PCA(2)"),
        (lambda: Function(3, "a"), "function=3 cannot be called: give a function of the"),
        (lambda: Function(len, 3), "name=3 must be text: what the values are, e.g. 'norm'"),
        (lambda: Coordinates(np.arange(8), None), "name=None must be text: what the values are"),
        (lambda: Stack(), "Stack() must hold at least one lens"),
        (lambda: Stack(np.arange(7)).values(EIGHT), "of shape (7, 1) for 8 features"),
        (lambda: Eccentricity(0.5), "p=0.5 must be at least 1; 1, 2 and inf are usual"),
        (lambda: KNNDistance(0), "KNNDistance(k=0): k must be a whole number, at least 1"),
        (lambda: KNNDistance(8).values(EIGHT), "less than the number of features, 8"),
        (lambda: Density(8).values(EIGHT), "Density(k=8, bandwidth=None): k must be less than"),
        (lambda: Density(3, bandwidth=0.0), "bandwidth=0.0 must be positive, or None"),
        (lambda: Density(1).values(Dictionary(np.ones((4, 2)))), "have 1 duplicates; give a"),
        (lambda: Labels().values(EIGHT), "has no labels: make it with labels=[...]"),
        (
            lambda: Angle(np.ones(4), "probe").values(EIGHT),
            "Angle(name='probe', signed=True) of shape (4,) must have shape (3,)",
        ),
        (lambda: Angle(np.ones(3), signed="no"), "signed='no' must be True or False"),
        (lambda: Angle(np.zeros(3)).values(EIGHT), "must be finite and not zero"),
        (lambda: Angle(np.full(3, np.nan)).values(EIGHT), "must be finite and not zero"),
        (lambda: UMAP(0), "n_components must be a whole number, at least 1"),
        (lambda: UMAP(2, n_neighbors=1), "n_neighbors must be a whole number, at least 2"),
        (lambda: UMAP(1.5), "n_components must be a whole number"),
        (lambda: PCA("2"), "n_components must be a whole number"),
        (lambda: Isomap(0), "n_components must be a whole number, at least 1"),
        (lambda: Isomap(2, n_neighbors=0), "n_neighbors must be a whole number, at least 1"),
        (lambda: Isomap(2, landmarks="all"), "landmarks must be a whole number, at least 2"),
        (lambda: Eccentricity("far"), "p='far' must be a number"),
        (lambda: Density(2.5), "k must be a whole number, at least 1"),
        (lambda: Density(3, "wide"), "bandwidth='wide' must be a number"),
        (lambda: Angle(["a"] * 3).values(EIGHT), "direction must be numbers in rows"),
        (lambda: LoopAngle(3), "loop=3 must be a Loop: ft.loops(x) finds"),
        (lambda: Isomap(3, landmarks=3), "needs more landmarks than components; 256 is usual"),
        (lambda: Isomap(8).values(EIGHT), "needs more features than components, and 3"),
    ],
)  # fmt: skip
def test_a_lens_that_does_not_fit_is_refused(make: object, message: str) -> None:
    with pytest.raises(FeaturetopoError) as refused:
        make()  # type: ignore[operator]
    assert message in str(refused.value)


def test_coordinates_know_their_name() -> None:
    lens = Coordinates(np.arange(8.0)[:, None], "rank")
    assert lens_of(lens) is lens and repr(lens) == "Coordinates(name='rank')"
    one = Coordinates(np.arange(8), "rank")  # one number a feature, as an array alone may be
    np.testing.assert_array_equal(one.values(EIGHT), lens.values(EIGHT))
    kept = ft.mapper_bootstrap(EIGHT, lens=one, cover=Cubes(2), times=2, rng=0)
    assert kept.n_loops.shape == (2,)


@pytest.mark.parametrize("p", [400, 1e5, 1e300])
def test_eccentricity_of_a_large_power_goes_over_into_the_largest_distance(p: float) -> None:
    found, largest = (Eccentricity(each).values(EIGHT) for each in (p, np.inf))
    # a mean of n powers is at least the largest of them over n
    assert (largest * 8 ** (-1 / p) * (1 - 1e-6) <= found).all()
    assert (found <= largest * (1 + 1e-6)).all()
    same = Dictionary(np.eye(3)[[0, 0, 0, 0]])
    assert not Eccentricity(p).values(same).any()


@pytest.mark.filterwarnings("error")
def test_a_kernel_narrower_than_all_distances_has_no_density_and_does_not_warn() -> None:
    assert not Density(5, 1e-300).values(EIGHT).any()


def test_a_direction_may_be_a_weight_in_training() -> None:
    weight = torch.nn.Parameter(torch.tensor([0.0, 2.0, 1.0]))
    values = Angle(weight, "probe").values(EIGHT)  # type: ignore[arg-type]
    assert (values == Angle(np.array([0.0, 2.0, 1.0])).values(EIGHT)).all()
