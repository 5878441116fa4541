"""Mapper: cells, clusters, nerve and whole graph against plain references and kmapper."""

from __future__ import annotations

import itertools
import warnings
from collections import Counter

import kmapper
import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from reference import chords, crowds, gaussian, polygon, rank, rotation, seeds
from sklearn.cluster import DBSCAN
from sklearn.decomposition import PCA as ReferencePCA
from sklearn.manifold import Isomap

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import noise_floor
from featuretopo.topology.mapper import (
    HDBSCAN,
    PCA,
    Coordinates,
    Cubes,
    DensityClusters,
    MapperGraph,
    SklearnClusterer,
    by_giotto,
    clusterer,
    density,
    from_giotto,
    from_kmapper,
    mapper,
    mapper_stability,
    to_giotto,
    to_kmapper,
)
from featuretopo.topology.mapper.density import clusters_of, density_clusters
from featuretopo.topology.mapper.nerve import nerve
from featuretopo.topology.neighbourhood import walk_to_floor
from featuretopo.topology.pairs import edges_under, precise_chord
from featuretopo.truth import Blobs, Circle, GroundTruth, Sphere

theorem = settings(max_examples=40, deadline=None, derandomize=True)
overlaps = st.floats(0.05, 0.8)


def lens_values(n: int, n_lens: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(n, n_lens))


def in_plane(n: int, d: int) -> np.ndarray:
    """A regular n-gon on a great circle of R^d."""
    return polygon(n) @ rotation(d, 0)[:2]


# Lens


@theorem
@given(n=st.integers(3, 30), d=st.integers(2, 20), k=st.integers(1, 2), seed=seeds)
def test_pca_is_scikit_learns_up_to_signs(n: int, d: int, k: int, seed: int) -> None:
    x = Dictionary(gaussian(n, d, seed))
    known = ReferencePCA(k).fit(x.unit.astype(float))
    spread = known.singular_values_
    assume(k == 1 or spread[0] > 1.01 * spread[1])
    values = PCA(k).values(x)
    np.testing.assert_allclose(
        np.abs(values), np.abs(known.transform(x.unit.astype(float))), atol=1e-3
    )
    assert (values.max(axis=0) >= -values.min(axis=0)).all()  # the sign is no accident


@theorem
@given(n=st.integers(4, 30), seed=seeds)
def test_pca_follows_a_shuffle_of_the_features(n: int, seed: int) -> None:
    x = Dictionary(gaussian(n, 12, seed))
    values = PCA(1).values(x)
    order = np.random.default_rng(seed).permutation(n)
    np.testing.assert_allclose(PCA(1).values(x.take(order)), values[order], atol=1e-3)


# Cover


@theorem
@given(
    axes=st.lists(st.tuples(st.integers(1, 6), overlaps), min_size=1, max_size=3),
    alike=st.booleans(),
    rows=st.integers(1, 40),
    seed=seeds,
)
def test_cells_are_those_of_the_definition(
    axes: list[tuple[int, float]], alike: bool, rows: int, seed: int
) -> None:
    axes = axes[:1] * len(axes) if alike else axes
    lens = lens_values(rows, len(axes), seed)
    low, high = lens.min(axis=0), lens.max(axis=0)
    n, overlap = (np.array(each) for each in zip(*axes, strict=True))
    width = (high - low) / (1 + (n - 1) * (1 - overlap))  # n intervals, each shifted by 1 - overlap
    known = []
    for corner in itertools.product(*map(range, n)):
        if (np.array(corner)[width == 0] > 0).any():
            continue  # an axis on which nothing varies has one interval
        start = low + np.array(corner) * width * (1 - overlap)
        inside = [
            row
            for row in range(rows)
            if all(start - 1e-9 <= lens[row]) and all(lens[row] <= start + width + 1e-9)
        ]
        if inside:
            known.append(inside)
    cover = Cubes(*axes[0]) if alike else Cubes(n.tolist(), overlap.tolist())
    assert [cell.tolist() for cell in cover.cells(lens)] == known
    assert set(itertools.chain(*known)) == set(range(rows))


@theorem
@given(n=st.integers(2, 8), overlap=overlaps)
def test_neighbouring_cells_share_what_the_overlap_says(n: int, overlap: float) -> None:
    lens = np.linspace(0, 1, 5001)[:, None]
    cells = [set(cell.tolist()) for cell in Cubes(n, overlap=overlap).cells(lens)]
    assert len(cells) == n
    sizes = [len(cell) for cell in cells]
    assert max(sizes) - min(sizes) <= 2
    for one, following in itertools.pairwise(cells):
        assert len(one & following) / len(one) == pytest.approx(overlap, abs=4 / min(sizes))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "n=0 must be a whole number, at least 1; 5 to 20 is usual"),
        ({"n": 2.5}, "n=2.5 must be a whole number"),
        ({"n": np.nan}, "n=nan must be a whole number"),
        ({"n": (5, 0)}, "n=0 must be a whole number"),
        ({"n": ()}, "n=() must be a whole number"),
        ({"overlap": "a"}, "overlap='a' must lie in (0, 1)"),
        ({"overlap": (0.3, 1)}, "overlap=1 must lie in (0, 1)"),
        ({"overlap": 0.0}, "overlap=0.0 must lie in (0, 1); 0.2 to 0.5 is usual"),
        ({"overlap": 1.0}, "overlap=1.0 must lie in (0, 1)"),
        ({"overlap": np.nan}, "overlap=nan must lie in (0, 1)"),
    ],
)
def test_a_cover_out_of_range_is_refused(options: dict[str, float], message: str) -> None:
    with pytest.raises(FeaturetopoError) as refused:
        Cubes(**options)  # type: ignore[arg-type]
    assert message in str(refused.value)


def test_one_number_or_one_per_axis() -> None:
    assert Cubes(np.array([5, 8]), np.array([0.2, 0.5])) == Cubes((5, 8), (0.2, 0.5))
    assert repr(Cubes(np.array([5, 8]))) == "Cubes(n=(5, 8), overlap=0.3)"
    with pytest.raises(FeaturetopoError, match=r"n=\(5, 8\) for a lens of 3 axes: give one number"):
        list(Cubes((5, 8)).cells(np.zeros((4, 3))))
    assert Cubes([5, 8]) == Cubes((5, 8))
    found = mapper_stability(Dictionary(gaussian(30, 4, 0)), cover=Cubes((5, 8)))
    assert {(3, 5), (5, 8), (8, 13)} <= {cover.n for cover in found.covers}


# Clusterer


@settings(max_examples=120, deadline=None, derandomize=True)
@given(x=crowds(least=3, most=30), eps=st.floats(0.02, 1.5), min_samples=st.integers(1, 5))
def test_density_clusters_are_dbscans_up_to_border_points(
    x: Dictionary, eps: float, min_samples: int
) -> None:
    distances = chords(x)
    assume(not (np.abs(distances - eps) < 1e-6).any())
    labels = density_clusters(edges_under(x.unit, eps).graph(), min_samples)
    np.testing.assert_array_equal(clusters_of(x.unit, eps, min_samples), labels)
    known = DBSCAN(eps=eps, min_samples=min_samples, metric="precomputed").fit(distances)
    core = np.zeros(len(x), bool)
    core[known.core_sample_indices_] = True
    np.testing.assert_array_equal(labels == -1, known.labels_ == -1)
    np.testing.assert_array_equal(
        labels[core][:, None] == labels[core], known.labels_[core][:, None] == known.labels_[core]
    )
    assert set(labels) - {-1} == set(range(labels.max() + 1))
    for border in np.flatnonzero(~core & (labels >= 0)):
        own = core & (labels == labels[border])
        assert distances[border, own].min() == pytest.approx(distances[border, core].min())


@given(seed=seeds, n=st.integers(3, 20))
@theorem
def test_a_cell_is_clustered_as_if_it_were_alone(seed: int, n: int) -> None:
    x = Dictionary(gaussian(30, 4, seed))
    rows = np.sort(np.random.default_rng(seed).choice(30, n, replace=False))
    labels = DensityClusters(0.7, 3).labels(x, [rows])[0]
    alone = density_clusters(edges_under(x.unit[rows], 0.7).graph(), 3)
    np.testing.assert_array_equal(labels, alone)


@pytest.mark.parametrize("min_samples", [1, 3, 40])
@pytest.mark.parametrize("spread", [0.02, 0.1, 0.3])
def test_large_cells_are_clustered_as_their_graph_is(
    spread: float, min_samples: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    rows = gaussian(30, 16, 1)[rng.integers(30, size=1500)]
    unit = Dictionary(rows + spread * rng.standard_normal(rows.shape)).unit
    known = density_clusters(edges_under(unit, 0.4).graph(), min_samples)
    np.testing.assert_array_equal(clusters_of(unit, 0.4, min_samples), known)
    monkeypatch.setattr(density, "_REMEMBERED", 1000)
    np.testing.assert_array_equal(clusters_of(unit, 0.4, min_samples), known)


def test_pairs_are_near_up_to_the_last_digit_of_their_distance() -> None:
    # a thousand times nearer to eps than a cosine in single precision can tell
    angle = np.array([0.0, 0.5, 1.0])
    unit = Dictionary(np.column_stack([np.cos(angle), np.sin(angle)])).unit
    length = precise_chord(unit, np.array([[0, 1]]))[0]
    assert clusters_of(unit[:2], length, 2).tolist() == [0, 0]
    assert clusters_of(unit[:2], np.nextafter(length, 0), 2).tolist() == [-1, -1]


@pytest.mark.parametrize("way", ["shelf", "pairs", "many pairs", "cells"])
def test_every_way_to_the_neighbours_gives_the_same_clusters(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    rows = gaussian(20, 16, 3)[rng.integers(20, size=200)]
    x = Dictionary(rows + 0.3 * rng.standard_normal(rows.shape))
    eps = noise_floor(200, 16) * 0.9
    sizes = [150, 180, 120] if "pairs" in way else [20, 80, 60, 3, 1]
    cells = [np.sort(rng.choice(200, size, replace=False)) for size in sizes]
    known = [density_clusters(edges_under(x.unit[rows], eps).graph(), 3) for rows in cells]
    assert max(labels.max() for labels in known) > 1
    if way == "shelf":
        walk_to_floor(x)
        monkeypatch.setattr(density, "clusters_of", None)
    elif way == "pairs":
        monkeypatch.setattr(density, "clusters_of", None)
    elif way == "many pairs":
        monkeypatch.setattr(density, "LISTED", 10)
        monkeypatch.setattr(clusterer, "HEAVY", 10)
        monkeypatch.setattr(density, "density_clusters", None)
    else:
        monkeypatch.setattr(density, "edges_under", None)
    found = DensityClusters(eps, 3).labels(x, cells)
    for labels, expected in zip(found, known, strict=True):
        np.testing.assert_array_equal(labels, expected)


def test_the_floor_is_the_usual_eps() -> None:
    x = Dictionary(gaussian(40, 3, 0))
    rows = np.arange(40)
    by_name = DensityClusters().labels(x, [rows])[0]
    by_number = DensityClusters(noise_floor(40, 3)).labels(x, [rows])[0]
    np.testing.assert_array_equal(by_name, by_number)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"eps": 0}, "eps=0 must be 'floor' or a chord distance in (0, 2]"),
        ({"eps": 2.5}, "eps=2.5 must be 'floor' or a chord distance in (0, 2]"),
        ({"eps": "flor"}, "eps='flor' must be 'floor' or a chord distance"),
        ({"eps": np.nan}, "eps=nan must be 'floor' or a chord distance"),
        ({"min_samples": 0}, "min_samples must be a whole number, at least 1"),
    ],
)
def test_a_clusterer_out_of_range_is_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(FeaturetopoError) as refused:
        DensityClusters(**options)  # type: ignore[arg-type]
    assert message in str(refused.value)


# Nerve

members = st.lists(st.sets(st.integers(0, 7), min_size=1), max_size=8).map(
    lambda sets: [np.array(sorted(rows)) for rows in sets]
)


@theorem
@given(members=members)
def test_the_nerve_is_what_shares_a_feature(members: list[np.ndarray]) -> None:
    for size, found in zip((2, 3), nerve(members, 8), strict=True):
        known = [
            list(nodes)
            for nodes in itertools.combinations(range(len(members)), size)
            if set.intersection(*(set(members[node].tolist()) for node in nodes))
        ]
        assert found.shape == (len(known), size)
        assert found.tolist() == known


def graph_of(members: list[np.ndarray], n_features: int = 8) -> MapperGraph:
    edges, triangles = nerve(members, n_features)
    words = {"lens": "a", "cover": "b", "clusterer": "c"}
    lens = np.zeros((n_features, 1))
    return MapperGraph(tuple(members), edges, lens, n_features, words, triangles=triangles)


@theorem
@given(members=members)
def test_numbers_of_a_graph_are_those_of_its_nerve(members: list[np.ndarray]) -> None:
    graph = graph_of(members)
    held = set(itertools.chain(*(rows.tolist() for rows in members)))
    assert graph.n_nodes == len(members)
    assert graph.coverage == len(held) / 8
    assert graph.noise_share == pytest.approx(1 - len(held) / 8)
    plain = nx.Graph(graph.edges.tolist())
    plain.add_nodes_from(range(len(members)))
    assert graph.n_components == nx.number_connected_components(plain)
    edges = [tuple(edge) for edge in graph.edges.tolist()]
    d1 = np.zeros((len(edges), len(members)), np.int64)
    for row, edge in enumerate(edges):
        d1[row, list(edge)] = 1
    d2 = np.zeros((len(graph.triangles), len(edges)), np.int64)
    for row, triangle in enumerate(graph.triangles.tolist()):
        d2[row, [edges.index(pair) for pair in itertools.combinations(triangle, 2)]] = 1
    assert graph.n_loops == len(edges) - rank(d1, 2) - rank(d2, 2)
    exported = graph.to_networkx()
    assert nx.utils.graphs_equal(nx.Graph(exported.edges), nx.Graph(plain.edges)) and [
        exported.nodes[i]["members"] for i in range(len(members))
    ] == [rows.tolist() for rows in members]


# The whole graph


def as_kmapper_limits(lens: np.ndarray, n: int, overlap: float) -> np.ndarray:
    """Limits under which kmapper's cubes, which stick out of the range, are ours."""
    low, high = lens.min(axis=0), lens.max(axis=0)
    width = (high - low) / (n - (n - 1) * overlap)
    slack = 1e-9  # the largest value is in the last cube in spite of rounding
    return np.column_stack([low + width * overlap / 2 - slack, high - width * overlap / 2 + slack])


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    n=st.integers(2, 5),
    overlap=st.floats(0.1, 0.6),
    n_lens=st.integers(1, 2),
    eps=st.floats(0.3, 1.2),
    seed=seeds,
)
def test_the_graph_is_kmappers_on_the_same_cubes(
    n: int, overlap: float, n_lens: int, eps: float, seed: int
) -> None:
    x = Dictionary(gaussian(60, 4, seed))
    lens = PCA(n_lens).values(x).astype(float)
    ours = mapper(
        x,
        lens=Coordinates(lens, "given"),
        cover=Cubes(n, overlap=overlap),
        # with two samples there are no border points, which DBSCAN gives to the first to come
        clusterer=DensityClusters(eps, min_samples=2),
    )
    cover = kmapper.Cover(n, overlap, limits=as_kmapper_limits(lens, n, overlap))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the limits lie within the range is meant
        theirs = kmapper.KeplerMapper().map(
            lens, x.unit.astype(float), DBSCAN(eps=eps, min_samples=2), cover
        )
    back = from_kmapper(theirs, lens)
    for a, b in ((ours, back), (back, ours)):
        assert nodes(a) == nodes(b)
        assert linked(a, a.edges) == linked(b, b.edges)
        assert linked(a, a.triangles) == linked(b, b.triangles)
    assert (ours.coverage, ours.n_loops) == (back.coverage, back.n_loops)
    assert f"n_cubes={n}, perc_overlap={overlap}" in back.parameters["cover"]
    assert "DBSCAN" in back.parameters["clusterer"]


def nodes(graph: MapperGraph) -> Counter[frozenset[int]]:
    return Counter(frozenset(rows.tolist()) for rows in graph.members)


def linked(graph: MapperGraph, simplices: np.ndarray) -> Counter[frozenset[frozenset[int]]]:
    names = [frozenset(rows.tolist()) for rows in graph.members]
    return Counter(frozenset(names[i] for i in each) for each in simplices.tolist())


@pytest.mark.parametrize(("n", "d", "cubes"), [(40, 2, 4), (60, 30, 5), (100, 128, 8)])
def test_a_circle_gives_one_loop(n: int, d: int, cubes: int) -> None:
    graph = mapper(
        Dictionary(in_plane(n, d)), cover=Cubes(cubes, overlap=0.4), clusterer=DensityClusters(0.5)
    )
    assert (graph.n_components, graph.n_loops) == (1, 1)
    assert graph.coverage == 1 and graph.noise_share == 0 and graph.warnings == ()
    assert "1 components, 1 loops; covers 100%" in repr(graph)


@pytest.mark.parametrize("cubes", [4, 7, 12])
def test_a_disc_gives_no_loop(cubes: int) -> None:
    # corners of four cells share features: without triangles each corner would be a loop
    side = np.linspace(-0.4, 0.4, 25)
    flat = np.array([(u, v, 1) for u in side for v in side])
    graph = mapper(
        Dictionary(flat),
        lens=Coordinates(flat[:, :2], "place"),
        cover=Cubes(cubes, overlap=0.5),
        clusterer=DensityClusters(0.2),
    )
    assert (graph.n_components, graph.n_loops) == (1, 0)
    assert len(graph.edges) - graph.n_nodes + 1 > 0  # there are cycles to fill


def test_what_the_clusterer_leaves_out_is_noise() -> None:
    truth = GroundTruth([Blobs(2, 10, spread=0.3), Sphere(5)], d=64, rng=0)
    graph = mapper(truth.dictionary, cover=Cubes(3, overlap=0.3))
    assert graph.coverage == 20 / 25
    assert graph.noise_share == pytest.approx(5 / 25)
    held = np.unique(np.concatenate(graph.members))
    assert held.tolist() == list(range(20))
    labels = truth.dictionary.labels
    assert all(len(set(labels[rows])) == 1 for rows in graph.members)


def test_parameters_are_told_in_words() -> None:
    x = Dictionary(in_plane(20, 4))
    assert mapper(x).parameters == {
        "lens": "PCA(n_components=2)",
        "cover": "Cubes(n=10, overlap=0.3)",
        "clusterer": "DensityClusters(eps='floor', min_samples=3)",
        "eps": f"{noise_floor(20, 4):.6g}",
    }
    assert mapper(x, clusterer=DensityClusters(0.25)).parameters["eps"] == "0.25"
    shown = mapper(x, lens=Coordinates(np.arange(20.0)[:, None], "rank")).parameters["lens"]
    assert "rank" in shown


def test_same_data_same_graph() -> None:
    x = Dictionary(gaussian(60, 5, 0))
    one, two = (mapper(x, clusterer=DensityClusters(0.9)) for _ in range(2))
    assert [rows.tolist() for rows in one.members] == [rows.tolist() for rows in two.members]


# Warnings


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"lens": Coordinates(np.ones((40, 1)), "one")},
            "lens axis 0 is constant: it separates nothing; drop it",
        ),
        (
            {"cover": Cubes(2), "clusterer": DensityClusters(0.01)},
            "the graph is empty: every feature was noise; raise eps",
        ),
        (
            {"lens": PCA(1), "cover": Cubes(2, overlap=0.7), "clusterer": DensityClusters(2.0)},
            "of the features: use more cubes or a smaller eps",
        ),
    ],
)
def test_warnings_name_the_remedy(options: dict[str, object], message: str) -> None:
    found = mapper(Dictionary(in_plane(40, 6)), **options).warnings  # type: ignore[arg-type]
    assert any(message in warning for warning in found)


@pytest.mark.parametrize(
    "clusterer",
    [DensityClusters(2.0), HDBSCAN(3), SklearnClusterer(DBSCAN(eps=2.0, min_samples=3), least=3)],
    ids=["dbscan", "hdbscan", "scikit-learn"],
)
def test_cells_too_small_for_a_group_are_not_called_lone_features(
    clusterer: DensityClusters | HDBSCAN | SklearnClusterer,
) -> None:
    for heap, said in ((0, "the graph is empty"), (20, "60% of the features are noise")):
        x = Dictionary(np.vstack([in_plane(30, 8), np.tile(np.eye(8)[2], (heap, 1))]))
        # the ring one by one, the heap at one place
        lens = np.concatenate([np.linspace(0, 1, 30), np.full(heap, 2.0)])[:, None]
        found = mapper(
            x, lens=Coordinates(lens, "around"), cover=Cubes(80, 0.1), clusterer=clusterer
        )
        [warning] = [words for words in found.warnings if said in words]
        assert "only in cells of fewer than 3 features" in warning
        assert "wider cells (fewer of them" in warning


def test_mostly_noise_is_said_and_an_empty_graph_covers_nothing() -> None:
    truth = GroundTruth([Circle(8), Sphere(40)], d=128, rng=0).dictionary
    found = mapper(truth, cover=Cubes(1), clusterer=DensityClusters(0.8))
    assert found.coverage == 8 / 48
    assert found.warnings == (
        "83% of the features are noise to the clusterer and in no node: they lie alone at its "
        "scale (raise eps or lower min_samples to see them)",
    )
    empty = mapper(truth, clusterer=DensityClusters(0.01))
    assert (empty.n_nodes, empty.coverage, empty.noise_share) == (0, 0, 1)
    assert (empty.n_components, empty.n_loops) == (0, 0)
    assert empty.edges.shape == (0, 2) and empty.triangles.shape == (0, 3)


# Lenses that do not fit


@pytest.mark.parametrize(
    ("lens", "message"),
    [
        (lambda: PCA(0), "PCA(n_components=0): n_components must be a whole number, at least 1"),
        (lambda: PCA(4), "PCA(n_components=4) of Dictionary(8 features, 3 dimensions)"),
        (
            lambda: Coordinates(np.zeros((7, 1)), "rank"),
            "lens 'rank' of shape (7, 1) for 8 features: give one row per feature",
        ),
        (
            lambda: Coordinates(np.zeros((8, 1, 1)), "rank"),
            "lens 'rank' of shape (8, 1, 1) for 8 features: give one row per feature",
        ),
        (
            lambda: Coordinates(np.array([[np.nan]] * 8), "rank"),
            "lens 'rank' holds NaN or infinite values; drop them",
        ),
    ],
)
def test_a_lens_that_does_not_fit_is_refused(lens: object, message: str) -> None:
    with pytest.raises(FeaturetopoError) as refused:
        mapper(Dictionary(gaussian(8, 3, 0)), lens=lens())  # type: ignore[operator]
    assert message in str(refused.value)


# Adapters


@theorem
@given(members=members)
def test_kmapper_and_back_is_the_same_graph(members: list[np.ndarray]) -> None:
    graph = graph_of(members)
    back = from_kmapper(to_kmapper(graph), graph.lens)
    assert [rows.tolist() for rows in back.members] == [rows.tolist() for rows in graph.members]
    np.testing.assert_array_equal(back.edges, graph.edges)
    np.testing.assert_array_equal(back.triangles, graph.triangles)
    assert back.n_features == graph.n_features
    assert back.parameters == graph.parameters


def test_kmapper_draws_what_we_hand_over(tmp_path: object) -> None:
    graph = mapper(
        Dictionary(in_plane(60, 4)), cover=Cubes(4, overlap=0.4), clusterer=DensityClusters(0.5)
    )
    out = tmp_path / "graph.html"  # type: ignore[operator]
    kmapper.KeplerMapper().visualize(to_kmapper(graph), path_html=str(out))
    assert "node0" in out.read_text()


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        ({"nodes": {}}, "not a kmapper graph: it needs 'nodes' and 'links'"),
        (
            {"nodes": {"a": [0, 5]}, "links": {}},
            "node 0 names a feature beyond the 5 rows of the lens; give the lens that the graph "
            "was made over",
        ),
        (
            {"nodes": {"a": [-1, 2]}, "links": {}},
            "node 0 names a feature beyond the 5 rows of the lens; give the lens that the graph "
            "was made over",
        ),
        (
            {"nodes": {"a": [1]}, "links": {"a": ["b"]}},
            "not a kmapper graph: a link names 'b', which is no node",
        ),
    ],
)
def test_what_is_no_kmapper_graph_is_refused(graph: dict[str, object], message: str) -> None:
    with pytest.raises(FeaturetopoError) as refused:
        from_kmapper(graph, np.zeros((5, 1)))
    assert str(refused.value) == message


def test_of_a_giotto_graph_the_nodes_that_are_noise_are_told() -> None:
    pytest.importorskip("gtda")
    from gtda.mapper import CubicalCover, make_mapper_pipeline
    from gtda.mapper import Projection as Axes

    points = np.vstack([in_plane(60, 2), [[0.0, 0.0], [0.2, 0.1]]])  # two lie alone
    pipeline = make_mapper_pipeline(
        filter_func=Axes(columns=[0, 1]),
        cover=CubicalCover(n_intervals=5, overlap_frac=0.4),
        clusterer=DBSCAN(eps=0.4, min_samples=3),
    )
    theirs = pipeline.fit_transform(points)
    graph, noise = from_giotto(theirs, points), theirs.vs["partial_cluster_label"].count(-1)
    assert graph.coverage == 1 and noise > 0
    [told] = graph.warnings
    assert told.startswith(f"{noise} of {graph.n_nodes} nodes are noise, of which giotto-tda makes")
    without = from_giotto(theirs.subgraph(theirs.vs.select(partial_cluster_label_ge=0)), points)
    assert without.n_nodes == graph.n_nodes - noise and without.warnings == ()
    assert without.coverage < 1
    pipeline.set_params(
        clusterer=DBSCAN(eps=0.01, min_samples=3), filter_func=Isomap(n_components=1)
    )
    told, caution = by_giotto(pipeline, np.hstack([points, np.ones((62, 1))])).warnings
    assert "nodes are noise" in told and caution.startswith("over an embedding")


def test_giotto_graphs_come_in() -> None:
    pytest.importorskip("gtda")
    from gtda.mapper import CubicalCover, make_mapper_pipeline
    from gtda.mapper import Projection as Axes

    points = in_plane(60, 2)
    pipeline = make_mapper_pipeline(
        filter_func=Axes(columns=[0, 1]),
        cover=CubicalCover(n_intervals=5, overlap_frac=0.4),
        clusterer=DBSCAN(eps=0.5, min_samples=2),
    )
    theirs = pipeline.fit_transform(points)
    graph = from_giotto(theirs, points)
    assert (graph.n_components, graph.n_loops, graph.coverage) == (1, 1, 1)
    np.testing.assert_array_equal(graph.edges, nerve(graph.members, 60)[0])
    # a pipeline of one's own, and the graph back again
    ring = Dictionary(points, names=[f"point {i}" for i in range(60)])
    by_pipeline = by_giotto(pipeline, ring)
    assert nodes(by_pipeline) == nodes(graph)
    np.testing.assert_allclose(by_pipeline.lens, ring.unit, atol=1e-6)
    assert "CubicalCover(n_intervals=5" in by_pipeline.parameters["cover"]
    assert by_pipeline.names == ring.names
    assert by_giotto(pipeline, points).names == Dictionary(points).names  # an array will do
    assert graph.warnings == by_pipeline.warnings == ()
    pipeline.set_params(filter_func=Isomap(n_components=1))
    assert by_giotto(pipeline, ring).warnings[0].startswith("over an embedding, giotto-tda Isomap(")
    again = to_giotto(graph)
    assert again.es["weight"] == theirs.es["weight"]
    back = from_giotto(again, points)
    assert nodes(back) == nodes(graph)
    np.testing.assert_array_equal(back.edges, graph.edges)
    del again.vs["node_elements"]
    with pytest.raises(FeaturetopoError, match="its nodes have no 'node_elements'"):
        from_giotto(again, points)
