"""Every shape: what holds for all of them, and what each says of itself."""

import numpy as np
import pytest
from dictionary_cases import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import pdist, squareform

from featuretopo import Dictionary, persistence
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import noise_floor
from featuretopo.truth import (
    Arc,
    Ball,
    Blobs,
    Circle,
    FigureEight,
    FromDictionary,
    Grid,
    GroundTruth,
    KleinBottle,
    LogNormalNorms,
    Moebius,
    Segment,
    Simplex,
    Sphere,
    SphereSurface,
    Torus,
    Tree,
    UniformNorms,
    UnitNorms,
)

NAN, INF = float("nan"), float("inf")

MANIFOLDS = (
    lambda **given: Circle(12, **given),
    lambda **given: Arc(9, 2.0, **given),
    lambda **given: Segment(7, 3.0, **given),
    lambda **given: Grid(3, 4, **given),
    lambda **given: FigureEight(8, **given),
    lambda **given: Torus(5, 6, **given),
    lambda **given: SphereSurface(20, **given),
    lambda **given: Moebius(8, 3, **given),
    lambda **given: KleinBottle(8, 5, **given),
)
OTHERS = (
    lambda **given: Ball(11, **given),
    lambda **given: Blobs(2, 5, **given),
    lambda **given: Blobs(3, 4, 0.5, separation=1.0, **given),
    lambda **given: Blobs(3, 4, centred=True, **given),
    lambda **given: Simplex(4, **given),
    lambda **given: Tree(2, 2, **given),
    lambda **given: Sphere(9, **given),
)
ALL = MANIFOLDS + OTHERS
anywhere = st.integers(0, 2**32)


def truth_of(shape, d=24, seed=0, **given):
    return GroundTruth([shape, Sphere(2)], d, rng=seed, **given)


def rows_of(truth):
    """Vectors and coordinates of the first shape, the two lone features left out."""
    n = len(truth.dictionary) - 2
    return truth.dictionary.vectors[:n].astype(float), truth.dictionary.coordinates[:n]


# ---- what holds for all


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(ALL), st.floats(0, 0.3), st.floats(0, 1.4), anywhere)
def test_all_features_are_unit_and_reproducible(make, noise, tilt, seed):
    shape = make(noise=noise, tilt=tilt)
    truth = truth_of(shape, seed=seed)
    np.testing.assert_allclose(np.linalg.norm(truth.dictionary.vectors, axis=1), 1, atol=2e-6)
    assert_same(truth.dictionary, truth_of(shape, seed=seed).dictionary)
    assert truth.recipe[0] == shape
    for placed in truth.shapes:
        assert truth.dictionary.label_names[truth.dictionary.labels[placed.members[0]]] == (
            placed.name
        )
        assert placed.n_clusters == placed.betti[0]


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(ALL), st.integers(12, 40), anywhere)
def test_where_a_shape_lies_does_not_change_its_form(make, d, seed):
    # the same stream in two frames: cosines are those of the shape itself
    shape = make()
    if isinstance(shape, (Blobs, Sphere)):
        return  # these fill R^d: another frame is another sample
    rng = np.random.default_rng(seed)
    frames = [np.linalg.qr(rng.standard_normal((d, shape.frame_size)))[0].T for _ in range(2)]
    a, b = (shape.place(frame, np.random.default_rng(1))[0].vectors for frame in frames)
    np.testing.assert_allclose(a @ a.T, b @ b.T, atol=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(MANIFOLDS), st.sampled_from(["even", "random"]), anywhere)
def test_a_manifold_lies_where_its_coordinates_say(make, spacing, seed):
    shape = make(spacing=spacing)
    truth = truth_of(shape, seed=seed)
    vectors, coordinates = rows_of(truth)
    assert np.isfinite(coordinates[:, : shape.coordinates(np.random.default_rng(0)).shape[1]]).all()
    points = shape.points(coordinates.astype(float))
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(vectors @ vectors.T, points @ points.T, atol=1e-5)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(MANIFOLDS + OTHERS[:1] + OTHERS[4:6]), st.floats(0.01, 1.5), anywhere)
def test_tilt_lifts_every_cosine_by_the_same_rule(make, tilt, seed):
    if tilt >= np.pi / 2:
        return
    flat, _ = rows_of(truth_of(make(), seed=seed))
    tilted, _ = rows_of(truth_of(make(tilt=tilt), seed=seed))
    lifted = np.cos(tilt) ** 2 * (flat @ flat.T) + np.sin(tilt) ** 2
    np.testing.assert_allclose(tilted @ tilted.T, lifted, atol=1e-5)


@pytest.mark.parametrize("make", MANIFOLDS)
def test_noise_has_the_size_asked_for(make):
    d = 400
    frame = np.eye(d)[: make().frame_size]
    clean = make().place(frame, np.random.default_rng(0))[0].vectors
    noisy = make(noise=0.2).place(frame, np.random.default_rng(0))[0].vectors
    # a displacement of length .2 turns a unit vector by about atan(.2)
    angle = np.arccos((clean * noisy).sum(axis=1))
    np.testing.assert_allclose(angle, np.arctan(0.2), atol=0.05)


@pytest.mark.parametrize("norms", [UniformNorms(0.5, 2.0), LogNormalNorms(0.3)])
@pytest.mark.parametrize("make", ALL)
def test_lengths_change_nothing_but_lengths(make, norms):
    plain, _ = rows_of(truth_of(make()))
    scaled, _ = rows_of(truth_of(make(norms=norms)))
    lengths = np.linalg.norm(scaled, axis=1)
    np.testing.assert_allclose(scaled / lengths[:, None], plain, atol=1e-5)
    assert lengths.std() > 0.05
    if isinstance(norms, UniformNorms):
        assert lengths.min() >= 0.5 - 1e-6
        assert lengths.max() <= 2 + 1e-6


# ---- Betti numbers, against persistent homology of a sample that is dense enough


@pytest.mark.parametrize(
    ("shape", "scale"),
    [
        (Circle(16), 0.6),
        (Circle(16, tilt=0.5, noise=0.03), 0.6),
        (Arc(16, np.pi), 0.4),
        (Segment(16), 0.4),
        (Grid(6, 6), 0.6),
        (FigureEight(20), 0.5),
        (Torus(10, 10), 0.7),
        (SphereSurface(60), 0.8),
        (Moebius(20, 4), 0.6),
        (KleinBottle(30, 14), 0.4),
        (Ball(60, dimension=2), 0.4),
        (Simplex(5), 0.5),
        (Tree(2, 3), 0.8),
    ],
    ids=repr,
)
@pytest.mark.parametrize("coeff", [2, 3])
def test_homology_finds_the_betti_numbers_that_the_shape_promises(shape, scale, coeff):
    truth = truth_of(shape, seed=1)
    vectors = truth.dictionary.vectors[:-2]
    placed = truth.shapes[0]
    promised = placed.betti if coeff == 2 else placed.betti3
    found = persistence(
        vectors, len(promised) - 1, coeff=coeff, max_scale=scale + 0.01, engine="gudhi"
    )
    assert found.betti(scale) == promised


def test_only_the_klein_bottle_hangs_on_the_field():
    for make in ALL:
        placed = truth_of(make()).shapes[0]
        assert (placed.betti == placed.betti3) == (placed.kind != "klein bottle")


# ---- single shapes


@settings(max_examples=30)
@given(st.integers(2, 30), anywhere)
def test_the_corners_of_a_simplex_are_equally_far_apart_and_cancel(k, seed):
    vectors, coordinates = rows_of(truth_of(Simplex(k), d=32, seed=seed))
    cos = vectors @ vectors.T
    np.testing.assert_allclose(cos[~np.eye(k, dtype=bool)], -1 / (k - 1), atol=1e-5)
    np.testing.assert_allclose(vectors.sum(axis=0), 0, atol=1e-5)
    assert coordinates[:, 0].tolist() == list(range(k))


@settings(max_examples=30)
@given(st.integers(1, 3), st.integers(1, 3), st.floats(0.05, 0.95), anywhere)
def test_cosines_in_a_tree_fall_with_the_steps_between(branching, depth, cosine, seed):
    truth = truth_of(Tree(branching, depth, cosine), d=48, seed=seed)
    vectors, coordinates = rows_of(truth)
    parents = truth.parents[:-2]
    assert (truth.parents[-2:] == -1).all()

    def line(i):
        return [i] if parents[i] < 0 else [i, *line(parents[i])]

    for i in range(len(parents)):
        assert coordinates[i, 0] == len(line(i)) - 1
        for j in range(i):
            steps = len(set(line(i)) ^ set(line(j)))
            assert vectors[i] @ vectors[j] == pytest.approx(cosine**steps, abs=1e-5)


@pytest.mark.parametrize("separation", [0.3, 1.0, np.sqrt(2)])
def test_centres_of_blobs_are_as_far_apart_as_asked(separation):
    truth = GroundTruth([Blobs(4, 200, 0.3, separation=separation)], 64, rng=0)
    means = np.stack([truth.dictionary.vectors[s.members].mean(axis=0) for s in truth.shapes])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    chord = np.linalg.norm(means[:, None] - means, axis=2)[np.triu_indices(4, 1)]
    np.testing.assert_allclose(chord, separation, atol=0.06)


def test_centred_blobs_cancel():
    plain, centred = (
        GroundTruth([Blobs(5, 40, 0.3, separation=0.8, centred=c)], 64, rng=0).dictionary.vectors
        for c in (False, True)
    )
    assert np.linalg.norm(plain.mean(axis=0)) > 0.7
    assert np.linalg.norm(centred.mean(axis=0)) < 0.05


def test_a_ball_is_filled_evenly_to_its_edge():
    _, inside = rows_of(truth_of(Ball(20_000, dimension=3, radius=0.5)))
    radius = np.linalg.norm(inside, axis=1)
    assert radius.max() <= 0.5
    # uniform in volume: the cube of the radius is uniform
    counts = np.histogram((radius / 0.5) ** 3, 10, (0, 1))[0]
    assert abs(counts - 2000).max() < 5 * np.sqrt(2000)


def test_random_points_of_a_sphere_surface_are_uniform():
    vectors, _ = rows_of(truth_of(SphereSurface(20_000, spacing="random"), d=3))
    np.testing.assert_allclose(vectors.T @ vectors / 20_000, np.eye(3) / 3, atol=0.02)


def test_a_dictionary_is_taken_as_it_is(tmp_path):
    held = Dictionary(np.array([[3.0, 0, 0], [0, 2, 0], [1, 1, 1]]), names=["a", "b", "c"])
    held.save(tmp_path / "held.safetensors")
    np.save(tmp_path / "bare.npy", held.vectors.T)
    for shape in (
        FromDictionary(held),
        FromDictionary(tmp_path / "held.safetensors"),
        FromDictionary(tmp_path / "bare.npy", features="columns"),
    ):
        truth = GroundTruth([shape], 3, rng=0)
        np.testing.assert_array_equal(truth.dictionary.vectors, held.vectors)
        assert truth.shapes[0].betti == ()
        assert truth.shapes[0].n_clusters is None
        assert truth.shapes[0].expected == "nothing"
    assert GroundTruth([FromDictionary(held)], 3, rng=0).dictionary.names == ("a", "b", "c")
    with pytest.raises(FeaturetopoError, match=r"3 dimensions\) in a truth of d=4: give .* d=3"):
        GroundTruth([FromDictionary(held)], 4, rng=0)


# ---- what is expected


@settings(max_examples=40, deadline=None)
@given(st.floats(0, 0.4), st.floats(0, 1.2), st.sampled_from(["even", "random"]), anywhere)
def test_a_loop_closes_at_the_longest_gap_of_the_features_as_placed(noise, tilt, spacing, seed):
    shape = Circle(14, noise=noise, tilt=tilt, spacing=spacing)
    truth = truth_of(shape, seed=seed)
    vectors, _ = rows_of(truth)
    gaps = np.linalg.norm(vectors - np.roll(vectors, -1, axis=0), axis=1)
    placed = truth.shapes[0]
    assert placed.loop_birth == pytest.approx(gaps.max(), abs=1e-5)
    diameter = np.linalg.norm(vectors[:, None] - vectors, axis=2).max()
    visible = 1.2 * gaps.max() <= min(noise_floor(16, 24), np.sqrt(3) / 2 * diameter)
    assert placed.expected == ("loop" if visible else "nothing")


def test_the_tree_that_joins_a_surface_is_scipys():
    for shape in (Torus(6, 9, noise=0.2), KleinBottle(9, 6, spacing="random"), FigureEight(9)):
        truth = truth_of(shape)
        vectors, _ = rows_of(truth)
        tree = minimum_spanning_tree(squareform(pdist(vectors)))
        assert truth.shapes[0].loop_birth == pytest.approx(tree.data.max(), abs=1e-5)


def test_a_torus_closes_where_its_features_hang_together():
    # 5 around one circle, 20 around the other: steps of sqrt 2 sin(pi/5) and sqrt 2 sin(pi/20)
    placed = truth_of(Torus(5, 20)).shapes[0]
    assert placed.loop_birth == pytest.approx(np.sqrt(2) * np.sin(np.pi / 5), abs=1e-5)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (Arc(12), "cluster"),
        (Grid(4, 4), "cluster"),
        (Ball(20), "cluster"),
        (Tree(2, 3, 0.9), "cluster"),
        (Simplex(6), "nothing"),
        (Simplex(6, tilt=0.9), "cluster"),
        (SphereSurface(60), "cluster"),
        (Sphere(60), "nothing"),
        (Torus(12, 12), "loop"),
        (FigureEight(12), "loop"),
    ],
    ids=repr,
)
def test_what_of_a_shape_can_be_seen(shape, expected):
    assert truth_of(shape, d=128).shapes[0].expected == expected


# ---- refusals


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Circle(9, noise=-1), "noise=-1 must be >= 0; 0.05 to 0.2 is usual"),
        (lambda: Circle(9, noise=NAN), "noise=nan must be >= 0"),
        (lambda: Circle(9, tilt=1.6), r"tilt=1.6 must lie in \[0, pi/2\): it is an angle"),
        (lambda: Circle(9, spacing="odd"), "spacing='odd' must be 'even' or 'random'"),
        (lambda: Arc(1), "n must be a whole number, at least 2"),
        (lambda: Arc(5, 7), r"angle=7 must lie in \(0, 2 pi\): radians; a full turn is a Circle"),
        (lambda: Segment(1), "n must be a whole number, at least 2"),
        (lambda: Segment(5, 0), "length=0 must be positive; 1 to 4 is usual"),
        (lambda: Grid(1, 5), "rows must be a whole number, at least 2"),
        (lambda: Grid(5, 1), "columns must be a whole number, at least 2"),
        (lambda: Grid(5, 5, INF), "length=inf must be positive"),
        (lambda: FigureEight(3), "per_loop must be a whole number, at least 4"),
        (lambda: Torus(3, 9), "n_first must be a whole number, at least 4"),
        (lambda: Torus(9, 3), "n_second must be a whole number, at least 4"),
        (lambda: SphereSurface(5), "n must be a whole number, at least 6"),
        (lambda: Moebius(5, 2), "n_around must be a whole number, at least 6"),
        (lambda: Moebius(9, 1), "n_across must be a whole number, at least 2"),
        (lambda: Moebius(9, 2, 4), r"width=4 must lie in \(0, pi\): radians"),
        (lambda: KleinBottle(5, 9), "n_around must be a whole number, at least 6"),
        (lambda: KleinBottle(9, 3), "n_tube must be a whole number, at least 4"),
        (lambda: Ball(0), "n must be a whole number, at least 1"),
        (lambda: Ball(5, dimension=0), "dimension must be a whole number, at least 1"),
        (lambda: Ball(5, radius=0), "radius=0 must be positive; 0.3 to 1 is usual"),
        (lambda: Blobs(2, 2, separation=1.5), r"separation=1.5 must lie in \(0, sqrt 2\]"),
        (lambda: Blobs(1, 2, centred=True), "one blob has nothing to be centred against"),
        (lambda: Simplex(1), "k must be a whole number, at least 2"),
        (lambda: Tree(0, 1), "branching must be a whole number, at least 1"),
        (lambda: Tree(1, 0), "depth must be a whole number, at least 1"),
        (lambda: Tree(1, 1, 1), r"cosine=1 must lie in \(0, 1\); 0.5 to 0.9 is usual"),
        (lambda: UniformNorms(2, 1), "must hold 0 < low < high"),
        (lambda: LogNormalNorms(0), "sigma must be positive; 0.1 to 0.5 is usual"),
        (lambda: GroundTruth([Tree(3, 3)], 32, rng=0), "one needs 40 directions; raise d"),
        (lambda: GroundTruth([Circle(9, tilt=0.1)], 2, rng=0), "one needs 3 directions; raise d"),
    ],
)
def test_shapes_that_cannot_be_are_refused(make, message):
    with pytest.raises(FeaturetopoError, match=message):
        make()


def test_unit_is_the_default():
    assert Circle(5).norms == UnitNorms()
