"""Angles along a loop: those that were planted, whatever turns, shuffles or surrounds it."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import featuretopo as ft
from featuretopo.errors import FeaturetopoError
from featuretopo.topology import circular_correlation, loops
from featuretopo.topology.circular_coordinate import _closes, circular_coordinate
from featuretopo.topology.pairs import Edges
from featuretopo.truth import Blobs, Circle, GroundTruth, Sphere, Torus

# the package keeps the function under the module's name
MODULE = sys.modules["featuretopo.topology.circular_coordinate"]


def planted(noise, seed, *others, d=128, n=24):
    truth = GroundTruth([Circle(n, noise=noise), *others], d, rng=seed)
    angles = truth.dictionary.coordinates[:n, 0]
    [loop, *_] = [
        found
        for found in loops(truth.dictionary, draws=19, rng=0)
        if np.isin(found.cycle, np.arange(n)).all()
    ]
    return truth.dictionary, loop, angles


@settings(max_examples=12, deadline=None)
@given(st.floats(0, 0.15), st.integers(0, 2**32))
def test_a_planted_circle_gets_its_angles_back(noise, seed):
    x, loop, angles = planted(noise, seed, Circle(12), Blobs(3, 8), Sphere(100))
    found = circular_coordinate(x, loop)
    assert abs(circular_correlation(found.angles[:24], angles)) >= 0.99
    assert np.isnan(found.angles[24:36]).all()  # the other circle is not near
    assert loop.birth < found.scale < min(loop.death, ft.noise_floor(x.n_features, 128))
    assert abs(found.winding) == 1
    assert (found.angles[:24] >= 0).all() and (found.angles[:24] < 2 * np.pi).all()


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 2**32))
def test_rows_in_another_order_turned_get_the_same_angles(seed):
    x, loop, _ = planted(0.05, 0, Sphere(30))
    rng = np.random.default_rng(seed)
    order = rng.permutation(x.n_features)
    q = np.linalg.qr(rng.standard_normal((x.d, x.d)))[0].astype(np.float32)
    moved = ft.Dictionary(x.vectors[order] @ q)
    other = next(f for f in loops(moved, draws=19, rng=0) if (order[f.cycle] < 24).all())
    plain = circular_coordinate(x, loop).angles
    again = circular_coordinate(moved, other).angles
    near = np.isfinite(plain[order])
    assert (near == np.isfinite(again)).all()
    # float32 rounds distances, and with them which edges are there
    assert abs(circular_correlation(plain[order][near], again[near])) > 0.999


def test_a_feature_beside_the_loop_gets_the_angle_of_what_it_is_near_to():
    x, _, _ = planted(0.0, 0, Sphere(10))
    place = 0.6 * x.vectors[0] + 0.5 * np.eye(128, dtype=np.float32)[0]
    wider = ft.Dictionary(np.vstack([x.vectors, place]))
    [loop] = [f for f in loops(wider, draws=19, rng=0) if (f.cycle < 24).all()]
    found = circular_coordinate(wider, loop).angles
    turn = np.angle(np.exp(1j * (found[:24] - found[0])))
    assert np.isfinite(found[-1])
    assert abs(np.angle(np.exp(1j * (found[-1] - found[0])))) < abs(turn[1:23]).min() + 0.2


def test_how_flat_a_loop_is():
    for noise, low, high in ((0.0, 0.9999, 1.0), (0.15, 0.95, 0.99)):
        x, loop, _ = planted(noise, 0)
        assert low <= circular_coordinate(x, loop).planarity <= high + 1e-6


def test_every_loop_of_a_torus_is_a_whole_number_combination_of_its_angles():
    truth = GroundTruth([Torus(14, 14)], 64, rng=0)
    first, second = truth.dictionary.coordinates[:, :2].T
    found = loops(truth.dictionary, rng=0)[:2]
    assert len(found) == 2
    for loop in found:
        angles = circular_coordinate(truth.dictionary, loop).angles
        fits = {
            (p, q): abs(np.exp(1j * (angles - p * first - q * second)).mean())
            for p in (-1, 0, 1)
            for q in (-1, 0, 1)
        }
        assert max(fits, key=fits.get) != (0, 0)
        assert max(fits.values()) > 0.95


def test_steps_that_leave_a_triangle_open_are_no_coordinate():
    edges = Edges(np.array([[0, 1], [0, 2], [1, 2]]), np.ones(3), 3)
    near = ~np.eye(3, dtype=bool)
    step = np.zeros((3, 3))
    assert _closes(edges, near, step)
    step[0, 1], step[1, 0] = 1, -1
    assert not _closes(edges, near, step)


def test_a_loop_of_another_dictionary_is_refused():
    _, loop, _ = planted(0.0, 0, Sphere(10))
    other = GroundTruth([Sphere(40)], 128, rng=1).dictionary
    with pytest.raises(FeaturetopoError, match=r"do not hang together at chord .* was found in"):
        circular_coordinate(other, loop)
    with pytest.raises(FeaturetopoError, match=r"the loop has row .*, the dictionary 5 features"):
        circular_coordinate(other.take(range(5)), loop)
    with pytest.raises(FeaturetopoError, match="loop is a list; give one of those that loops"):
        circular_coordinate(other, [loop])


def test_a_cocycle_that_cannot_be_lifted_is_named(monkeypatch):
    x, loop, _ = planted(0.0, 0)
    monkeypatch.setattr(MODULE, "_closes", lambda *_: False)
    with pytest.raises(FeaturetopoError, match="no whole-number lift over 47, 53, 59"):
        circular_coordinate(x, loop)


def test_a_piece_too_large_is_refused(monkeypatch):
    x, loop, _ = planted(0.0, 0)
    monkeypatch.setattr(MODULE, "_MOST", 20)
    with pytest.raises(FeaturetopoError, match="hangs together with 24 features; at most 20"):
        circular_coordinate(x, replace(loop))


@settings(max_examples=30)
@given(st.integers(3, 60), st.floats(0, 6), st.integers(0, 2**32))
def test_circular_correlation_is_one_for_a_turn_and_minus_one_for_a_mirror(n, turn, seed):
    angles = 2 * np.pi * np.arange(n) / n
    assert circular_correlation(angles, angles + turn) == pytest.approx(1)
    assert circular_correlation(angles, turn - angles) == pytest.approx(-1)
    other = np.random.default_rng(seed).uniform(0, 2 * np.pi, n)
    assert -1 <= circular_correlation(angles, other) <= 1
    assert circular_correlation(angles, other) == pytest.approx(circular_correlation(other, angles))


def test_angles_must_be_two_lists_of_one_length():
    with pytest.raises(FeaturetopoError, match=r"shapes \(3,\) and \(4,\) must be two lists"):
        circular_correlation(np.zeros(3), np.zeros(4))
