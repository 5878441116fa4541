"""Ground truth: shapes are what they say they are, wherever they are placed."""

import numpy as np
import pytest
import ripser
from dictionary_cases import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import noise_floor
from featuretopo.truth import (
    Blobs,
    Circle,
    FigureEight,
    FromDictionary,
    GroundTruth,
    Overlap,
    Simplex,
    Sphere,
    Torus,
    Tree,
    UniformNorms,
)

NAN, INF = float("nan"), float("inf")
KNOWN = Dictionary([[3.0, 0.0], [0.0, 1.0]])


def chords(vectors):
    rows = vectors.astype(np.float64)
    return np.linalg.norm(rows[:, None] - rows[None], axis=2)


def part(truth, i):
    """Return what is known of shape `i`, and its vectors and coordinates."""
    shape = truth.shapes[i]
    held = truth.dictionary
    return shape, held.vectors[shape.members], held.coordinates[shape.members]


# ---- circles


@settings(max_examples=30)
@given(st.integers(4, 60), st.integers(2, 40), st.integers(0, 2**32))
def test_a_circle_lies_as_its_angles_say(n, d, seed):
    shape, vectors, coordinates = part(GroundTruth([Circle(n)], d, rng=seed), 0)
    angle = coordinates[:, 0].astype(np.float64)
    cos = np.cos(angle[:, None] - angle)
    np.testing.assert_allclose(vectors @ vectors.T, cos, atol=3e-6)
    assert ((angle >= 0) & (angle <= 2 * np.pi)).all()
    assert np.linalg.matrix_rank(vectors, tol=1e-4) == 2
    # evenly: sorted by angle, each is as far from the next
    turn = np.diff(np.sort(angle))
    np.testing.assert_allclose(turn, 2 * np.pi / n, atol=1e-5)
    # and the loop closes where the nearest neighbours meet
    nearest = np.sort(chords(vectors), axis=1)[:, 1]
    np.testing.assert_allclose(nearest, shape.loop_birth, atol=3e-6)
    assert shape.loop_birth == pytest.approx(2 * np.sin(np.pi / n))


@pytest.mark.parametrize("n", [4, 5, 7, 12, 24])
def test_rips_finds_the_loop_from_birth_to_the_death_that_theory_gives(n):
    shape, vectors, _ = part(GroundTruth([Circle(n)], 16, rng=0), 0)
    h0, h1 = ripser.ripser(chords(vectors), distance_matrix=True, maxdim=1)["dgms"]
    longest = h1[np.argmax(h1[:, 1] - h1[:, 0])]
    death = 2 * np.sin(np.pi * np.ceil(n / 3) / n)
    assert longest == pytest.approx([shape.loop_birth, death], abs=1e-5)
    at = (shape.loop_birth + death) / 2  # Betti numbers at a scale within the loop's life
    alive = tuple(int(((bars[:, 0] <= at) & (at < bars[:, 1])).sum()) for bars in (h0, h1))
    assert alive == shape.betti == (1, 1)


def test_known_births():
    truth = GroundTruth([Circle(4), Circle(6), Circle(12)], 8, rng=0)
    assert [s.loop_birth for s in truth.shapes] == pytest.approx([np.sqrt(2), 1, 0.517638])


# ---- blobs and spheres


@pytest.mark.parametrize("spread", [0.1, 0.6, 1.0])
def test_features_of_a_blob_have_the_cosine_that_the_spread_gives(spread):
    d = 1024
    truth = GroundTruth([Blobs(6, 12, spread)], d, rng=0)
    cos = truth.dictionary.vectors @ truth.dictionary.vectors.T
    labels = truth.dictionary.labels
    same = (labels[:, None] == labels) & ~np.eye(len(labels), dtype=bool)
    # offsets of d entries: a pair's cosine has a standard deviation of about 1 / sqrt(d)
    assert abs(cos[same] - 1 / (1 + spread**2)).max() < 6 / np.sqrt(d)
    assert cos[same].mean() == pytest.approx(1 / (1 + spread**2), abs=0.02)
    assert abs(cos[labels[:, None] != labels]).max() < 6 / np.sqrt(d)


def test_all_features_are_unit():
    truth = GroundTruth([Blobs(3, 5), Circle(9), Sphere(20)], 12, rng=0)
    np.testing.assert_allclose(np.linalg.norm(truth.dictionary.vectors, axis=1), 1, atol=1e-6)


def test_a_sphere_prefers_no_direction():
    n, d = 20_000, 6
    x = GroundTruth([Sphere(n)], d, rng=0).dictionary.vectors
    assert abs(x.mean(axis=0)).max() < 5 / np.sqrt(n * d)
    assert abs(x.T @ x / n - np.eye(d) / d).max() < 5 * np.sqrt(2 / n) / d


# ---- placement


def cross(truth):
    """Return the largest |cosine| between features of different shapes."""
    labels, vectors = truth.dictionary.labels, truth.dictionary.vectors
    return abs(vectors @ vectors.T)[labels[:, None] != labels].max()


def test_shapes_are_orthogonal_while_they_fit_and_overlap_beyond():
    circles = [Circle(8)] * 4  # eight directions in all
    assert cross(GroundTruth(circles, 9, rng=0)) < 1e-6
    assert cross(GroundTruth(circles, 8, rng=0)) < 1e-6
    assert cross(GroundTruth(circles, 7, rng=0)) > 0.1


def test_beyond_what_fits_every_shape_is_still_itself():
    truth = GroundTruth([Circle(8)] * 4, 3, rng=0)
    for i in range(4):
        shape, vectors, _ = part(truth, i)
        assert np.sort(chords(vectors), axis=1)[:, 1] == pytest.approx(shape.loop_birth, abs=1e-5)


def test_a_sphere_takes_no_directions_from_the_others():
    truth = GroundTruth([Circle(8), Sphere(5), Circle(8)], 4, rng=0)
    circles = truth.dictionary.take(np.flatnonzero(truth.dictionary.labels != 1))
    cos = circles.vectors[:8] @ circles.vectors[8:].T
    assert abs(cos).max() < 1e-6


# ---- what is known of them


def test_names_labels_and_kinds():
    shapes = [Circle(7), Blobs(2, 3), Circle(24), Sphere(4), Circle(24), Blobs(1, 2)]
    truth = GroundTruth(shapes, 32, rng=0)
    names = ["circle of 7", "blob 1", "blob 2", "circle of 24 (1)", "uniform directions"]
    names += ["circle of 24 (2)", "blob 3"]
    sizes = [7, 3, 3, 24, 4, 24, 2]
    assert [s.name for s in truth.shapes] == names
    assert [len(s.members) for s in truth.shapes] == sizes
    assert [s.kind for s in truth.shapes] == [
        "circle",
        "blob",
        "blob",
        "circle",
        "sphere",
        "circle",
        "blob",
    ]
    assert [s.betti for s in truth.shapes] == [
        (1, 1),
        (1, 0),
        (1, 0),
        (1, 1),
        (4, 0),
        (1, 1),
        (1, 0),
    ]
    assert [s.joint for s in truth.shapes] == [s.kind != "sphere" for s in truth.shapes]
    held = truth.dictionary
    assert np.concatenate([s.members for s in truth.shapes]).tolist() == list(range(sum(sizes)))
    assert held.label_names == tuple(names)
    assert held.labels.tolist() == [i for i, m in enumerate(sizes) for _ in range(m)]
    assert held.names[:2] == ("circle of 7 #0", "circle of 7 #1")
    assert held.names[-1] == "blob 3 #1"
    assert len(set(held.names)) == len(held)
    assert repr(truth) == "GroundTruth(67 features in R^32: 3 circle, 3 blob, 1 sphere)"


def test_only_a_circle_has_coordinates_and_a_loop():
    truth = GroundTruth([Blobs(2, 3), Circle(7), Sphere(4)], 32, rng=0)
    on_circle = truth.dictionary.labels == 2
    assert np.isfinite(truth.dictionary.coordinates[on_circle]).all()
    assert np.isnan(truth.dictionary.coordinates[~on_circle]).all()
    assert [np.isfinite(s.loop_birth) for s in truth.shapes] == [False, False, True, False]


# ---- what is expected to be seen


@settings(max_examples=40)
@given(
    st.lists(st.integers(4, 40), min_size=1, max_size=4), st.integers(0, 300), st.integers(2, 80)
)
def test_an_even_circle_is_expected_if_and_only_if_its_bar_is_long_enough(circles, background, d):
    shapes = [Circle(n) for n in circles] + ([Sphere(background)] if background else [])
    truth = GroundTruth(shapes, d, rng=0)
    floor = noise_floor(len(truth.dictionary), d)
    for n, shape in zip(circles, truth.shapes, strict=False):
        birth, death = 2 * np.sin(np.pi / n), np.sqrt(3) * np.cos(np.pi / n * (n % 2) / 2)
        visible = 1.2 * birth <= min(floor, death)
        assert shape.expected == ("loop" if visible else "nothing")
    assert all(s.expected == "nothing" for s in truth.shapes[len(circles) :])


@pytest.mark.parametrize("spacing", ["even", "random"])
@pytest.mark.parametrize("shape", [Circle, FigureEight])
def test_every_loop_that_is_called_visible_has_a_bar_that_loops_would_list(shape, spacing):
    called = 0
    for seed in range(40):
        truth = GroundTruth([shape(16, spacing=spacing), Sphere(160)], 128, rng=seed)
        placed, vectors, _ = part(truth, 0)
        floor = noise_floor(len(truth.dictionary), 128)
        bars = ripser.ripser(chords(vectors), distance_matrix=True)["dgms"][1].clip(max=floor)
        if placed.expected == "loop":
            called += 1
            assert (bars[:, 1] >= 1.2 * bars[:, 0]).sum() >= placed.betti[1]
    assert called == 40 if spacing == "even" else 0 < called < 40


@pytest.mark.parametrize("d", [2, 16, 4096])
def test_a_circle_of_four_is_never_visible(d):
    # its features are as far apart as random ones in any dimension
    assert GroundTruth([Circle(4)], d, rng=0).shapes[0].expected == "nothing"


@pytest.mark.parametrize(
    ("blobs", "d", "expected"),
    [
        (Blobs(3, 8, 0.3), 64, "cluster"),
        (Blobs(3, 8, 0.6), 64, "cluster"),
        (Blobs(3, 8, 1e-9), 64, "cluster"),  # cosines that rounding takes past 1
        (Blobs(3, 8, 4.0), 64, "nothing"),  # hardly more than random directions
        (Blobs(3, 1, 0.3), 64, "nothing"),  # one feature is no cluster
    ],
)
def test_a_blob_is_expected_if_its_features_have_neighbours_below_the_floor(blobs, d, expected):
    assert [s.expected for s in GroundTruth([blobs], d, rng=0).shapes] == [expected] * 3


@settings(max_examples=30)
@given(st.integers(2, 8), st.floats(0.05, 3), st.integers(2, 64), st.integers(0, 2**32))
def test_the_typical_feature_of_a_visible_blob_has_a_neighbour_below_the_floor(m, spread, d, seed):
    truth = GroundTruth([Blobs(2, m, spread)], d, rng=seed)
    for i in range(2):
        shape, vectors, _ = part(truth, i)
        typical = np.median(np.sort(chords(vectors), axis=1)[:, 1] ** 2)  # of the cosines, that is
        visible = typical < noise_floor(2 * m, d) ** 2
        assert shape.expected == ("cluster" if visible else "nothing")


# ---- randomness


def test_the_same_seed_gives_the_same_bits_and_another_another_truth():
    shapes = [Blobs(2, 3), Circle(7), Sphere(4)]
    first, again, other = (GroundTruth(shapes, 16, rng=seed) for seed in (5, 5, 6))
    assert_same(first.dictionary, again.dictionary)
    assert (first.dictionary.vectors != other.dictionary.vectors).all()
    by_generator = [GroundTruth(shapes, 16, rng=np.random.default_rng(5)) for _ in range(2)]
    assert_same(by_generator[0].dictionary, by_generator[1].dictionary)
    fresh = [GroundTruth(shapes, 16) for _ in range(2)]
    assert (fresh[0].dictionary.vectors != fresh[1].dictionary.vectors).all()


def test_a_shape_is_drawn_the_same_whatever_stands_behind_it():
    alone = GroundTruth([Sphere(5)], 16, rng=0).dictionary.vectors
    first = GroundTruth([Sphere(5), Blobs(3, 4), Circle(9)], 16, rng=0).dictionary.vectors[:5]
    assert alone.tobytes() == first.tobytes()


# ---- refusals


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Circle(3), r"Circle\(.*n=3\): n must be a whole number, at least 4"),
        (lambda: Circle(5.5), r"Circle\(.*n=5\.5\): n must be a whole number, at least 4"),
        (lambda: Circle(NAN), r"Circle\(.*n=nan\): n must be a whole number, at least 4"),
        (lambda: Circle(True), r"n=True\): n must be a whole number, at least 4"),
        (lambda: Circle("7"), r"n='7'\): n must be a whole number, at least 4"),
        (lambda: Sphere(0), r"Sphere\(.*n=0\): n must be a whole number, at least 1"),
        (lambda: Sphere(2.5), r"Sphere\(.*n=2\.5\): n must be a whole number, at least 1"),
        (lambda: Blobs(0, 3), r"Blobs\(.*\): n_blobs must be a whole number, at least 1"),
        (lambda: Blobs(3, 0), r"Blobs\(.*\): per_blob must be a whole number, at least 1"),
        (lambda: Blobs(2.5, 3), r"Blobs\(.*\): n_blobs must be a whole number, at least 1"),
        (lambda: Blobs(2, 3, "wide"), "spread='wide' must be a number"),
        (lambda: Blobs(2, 3, centred="no"), "centred='no' must be True or False"),
        (lambda: Torus(5.5, 6), r"Torus\(.*\): n_first must be a whole number, at least 4"),
        (lambda: Simplex(2.5), r"k must be a whole number, at least 2"),
        (lambda: Tree(1.5, 2), r"branching must be a whole number, at least 1"),
        (lambda: Circle(7, noise="a"), "noise='a' must be a number"),
        (lambda: Circle(7, tilt=None), "tilt=None must be a number"),
        (lambda: Circle(7, norms=2.0), r"norms=2.0 must be a distribution of lengths: UnitNorms"),
        (lambda: UniformNorms("1", 2), "low='1' must be a number"),
        (lambda: Overlap("much"), "rho='much' must be a number"),
        (lambda: FromDictionary(3), r"FromDictionary\(3\): needs a Dictionary or the path"),
        (lambda: FromDictionary("x", features="rowz"), "features='rowz' must be 'rows' or"),
        (lambda: FromDictionary(KNOWN, features="rows"), "features='rows' is for files: a"),
        (lambda: GroundTruth(Circle(7), 8), r"shapes=Circle\(.*must be a list: write \[Circle"),
        (lambda: GroundTruth([3], 8), r"shapes\[0\]=3 must be a shape, e\.g\. Circle\(12\)"),
        (lambda: GroundTruth([Circle(7)], 8, placement=Circle(7)), "must be .* not a shape"),
        (lambda: GroundTruth([Circle(7)], 16.5), "d=16.5 must be a whole number"),
        (lambda: GroundTruth([Circle(7)], "16"), "d='16' must be a whole number"),
        (
            lambda: GroundTruth([Circle(7)], 8, placement="orthogonal"),
            "placement='orthogonal' must",
        ),
        (lambda: GroundTruth([Circle(7)], 8, rng=0).subset(None), "rows must be a list of whole"),
        (lambda: Blobs(3, 3, 0.0), "spread=0.0 must be positive; 0.3 to 1 is usual"),
        (lambda: Blobs(3, 3, -1.0), "spread=-1.0 must be positive; 0.3 to 1 is usual"),
        (lambda: Blobs(3, 3, NAN), "spread=nan must be positive; 0.3 to 1 is usual"),
        (lambda: Blobs(3, 3, INF), "spread=inf must be positive; 0.3 to 1 is usual"),
        (lambda: GroundTruth([], 8), r"needs at least one shape, e\.g\. Circle\(12\)"),
        (lambda: GroundTruth([Blobs(9, 2)], 8), "d=8 has no room .* needs 9 directions; raise d"),
        (lambda: GroundTruth([Circle(9)], 1), "d=1 has no room .* needs 2 directions; raise d"),
        (lambda: GroundTruth([Sphere(9)], 1), "d=1 has no room .* needs 2 directions; raise d"),
        (lambda: GroundTruth([Sphere(1)], 8), "1 features in 8 dimensions; needs at least 2"),
        (lambda: GroundTruth([Sphere(9)], 8, rng=-1), "rng=-1 must be a non-negative integer"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(FeaturetopoError, match=message):
        make()
