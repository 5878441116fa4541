"""How shapes lie to each other, parts of a truth, and what tells a dictionary from noise."""

import numpy as np
import pytest
from dictionary_cases import assert_same
from hypothesis import given, settings
from hypothesis import strategies as st

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.truth import (
    Blobs,
    Circle,
    GroundTruth,
    Overlap,
    RandomFrames,
    Simplex,
    Sphere,
    Tree,
    diagnose,
)
from featuretopo.truth.placement import rho_mm

# ---- placement


def plain_rho(truth):
    """rho_mm one feature at a time."""
    vectors, labels = truth.dictionary.vectors.astype(float), truth.dictionary.labels
    return np.mean([(vectors[labels != labels[i]] @ v).max() for i, v in enumerate(vectors)])


@settings(max_examples=15, deadline=None)
@given(st.floats(0.25, 0.7), st.integers(0, 2**32))
def test_shapes_overlap_as_far_as_asked(rho, seed):
    shapes = [Circle(12), Blobs(2, 8), Simplex(4)]
    truth = GroundTruth(shapes, 32, placement=Overlap(rho), rng=seed)
    assert plain_rho(truth) == pytest.approx(rho, abs=0.003)
    # and every shape is still itself
    circle = truth.dictionary.vectors[:12].astype(float)
    assert np.sort(np.linalg.svd(circle, compute_uv=False))[:-2].max() < 1e-5


def test_an_overlap_out_of_reach_names_the_range():
    shapes = [Circle(12), Circle(12)]
    with pytest.raises(FeaturetopoError, match=r"rho=-0.5 cannot .* between -?0\.000 .* 0\.9"):
        GroundTruth(shapes, 16, placement=Overlap(-0.5), rng=0)
    with pytest.raises(FeaturetopoError, match=r"rho=0.1 cannot be reached .* change rho, d or"):
        GroundTruth([Circle(12)] * 6, 3, placement=Overlap(0.1), rng=0)
    with pytest.raises(FeaturetopoError, match="one shape alone overlaps with nothing"):
        GroundTruth([Circle(12)], 16, placement=Overlap(0.1), rng=0)


def test_an_overlap_between_two_steps_is_refused(monkeypatch):
    levels = iter([0.0, 1.0] + [0.4, 0.6] * 40)
    monkeypatch.setattr("featuretopo.truth.placement.rho_mm", lambda pieces: next(levels))
    with pytest.raises(FeaturetopoError, match=r"no placement .* rho=0.5: the nearest has 0\.[46]"):
        GroundTruth([Circle(12)] * 2, 16, placement=Overlap(0.5), rng=0)


def test_rho_is_blocked_without_a_trace(monkeypatch):
    truth = GroundTruth([Circle(12), Sphere(30)], 16, rng=0)
    monkeypatch.setattr("featuretopo.truth.placement._BLOCK", 5)
    assert rho_mm(truth._pieces) == pytest.approx(plain_rho(truth), abs=1e-6)


def test_random_frames_overlap_where_orthogonal_ones_need_not():
    shapes = [Circle(12), Circle(12)]
    assert plain_rho(GroundTruth(shapes, 16, rng=0)) < 1e-6
    truth = GroundTruth(shapes, 16, placement=RandomFrames(), rng=0)
    assert plain_rho(truth) > 0.1
    assert truth.placement == RandomFrames()


# ---- parts of a truth

TRUTH = GroundTruth([Tree(2, 2), Circle(12), Sphere(20)], 32, rng=0)


@settings(max_examples=40)
@given(st.sets(st.integers(0, 38), min_size=2))
def test_a_part_holds_the_features_that_were_asked_for(rows):
    part = TRUTH.subset(list(rows))
    kept = sorted(rows)
    assert part.rows.tolist() == kept
    assert_same(
        part.dictionary,
        Dictionary(
            TRUTH.dictionary.vectors[kept],
            part.dictionary.labels,
            [TRUTH.dictionary.names[i] for i in kept],
            TRUTH.dictionary.coordinates[kept][:, : part.dictionary.coordinates.shape[1]],
            part.dictionary.label_names,
        ),
    )
    assert part.is_whole == (len(kept) == 39)
    assert np.concatenate([s.members for s in part.shapes]).tolist() == list(range(len(kept)))
    whole = {s.name: s for s in TRUTH.shapes}
    for shape in part.shapes:
        before = whole[shape.name]
        if len(shape.members) == len(before.members):
            assert (shape.betti, shape.expected) == (before.betti, before.expected)
        elif shape.joint:
            assert shape.betti == ()
            assert shape.expected != "loop"
        else:
            assert shape.betti == (len(shape.members), 0)
    for row, parent in enumerate(part.parents):
        old = TRUTH.parents[kept[row]]
        assert (parent >= 0) == (old in rows)
        assert parent < 0 or kept[parent] == old


def test_a_part_of_a_part_counts_in_the_whole():
    part = TRUTH.subset(np.arange(5, 39)).subset([0, 10, 30])
    assert part.rows.tolist() == [5, 15, 35]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([0, 39], "rows must lie in 0 to 38, none twice"),
        ([-1, 3], "rows must lie in 0 to 38, none twice"),
        ([3, 3], "rows must lie in 0 to 38, none twice"),
        ([3], "a truth of 1 features; needs at least 2"),
        ([0.5, 1.5], r"whole numbers; use np\.flatnonzero\(mask\)"),
        ([[0, 1]], r"whole numbers; use np\.flatnonzero\(mask\)"),
    ],
)
def test_parts_that_cannot_be_are_refused(rows, message):
    with pytest.raises(FeaturetopoError, match=message):
        TRUTH.subset(rows)


# ---- is it essentially random?


def test_random_directions_are_found_random_at_the_level():
    # 60 dictionaries, four two-sided p-values each
    p = np.array(
        [
            [c.p_value for c in diagnose(gaussian(40, 12, seed), draws=159, rng=seed).checks]
            for seed in range(60)
        ]
    )
    assert (p <= 0.1).mean() < 0.18  # .1 expected of 240; .18 is four deviations
    assert (p > 0.5).mean() > 0.3


def gaussian(n, d, seed):
    return Dictionary(np.random.default_rng(seed).standard_normal((n, d)))


@pytest.mark.parametrize(
    ("dictionary", "unlike"),
    [
        (Dictionary(np.random.default_rng(0).standard_normal((60, 16)) + 0.5), 0),
        (GroundTruth([Blobs(10, 6, 0.3)], 32, rng=0).dictionary, 1),
        (Dictionary(np.random.default_rng(0).standard_normal((60, 16)) / np.arange(1, 17)), 2),
        (GroundTruth([Sphere(60)], 16, rng=0).dictionary, 3),
    ],
)
def test_what_is_unlike_random_directions_is_named(dictionary, unlike):
    found = diagnose(dictionary, draws=199, rng=0)
    check = found.checks[unlike]
    assert check.p_value == pytest.approx(0.01)
    assert not check.null_low <= check.value <= check.null_high
    assert check.name in found.verdict


def test_a_diagnosis_can_be_read():
    found = diagnose(gaussian(60, 16, 0), rng=0)
    assert found.verdict == "nothing tells them from random directions"
    lines = str(found).splitlines()
    assert lines[0] == f"60 features in 16 dimensions: {found.verdict}"
    assert len(lines) == 5
    assert all(c.name in line for c, line in zip(found.checks, lines[1:], strict=True))


def test_many_features_are_thinned(monkeypatch):
    monkeypatch.setattr("featuretopo.truth.diagnosis._MOST_ROWS", 50)
    found = diagnose(gaussian(400, 8, 0), draws=159, rng=0)
    assert (found.n, found.n_examined) == (400, 50)
    assert str(found).startswith("400 features (50 of them looked at) in 8 dimensions: ")


@pytest.mark.parametrize(
    ("n", "draws", "message"),
    [
        (30, 158, "draws=158 must be a whole number, at least 159"),
        (2, 159, "2 features tell nothing; needs at least 3"),
    ],
)
def test_a_diagnosis_of_too_little_is_refused(n, draws, message):
    with pytest.raises(FeaturetopoError, match=message):
        diagnose(gaussian(n, 8, 0), draws=draws, rng=0)
