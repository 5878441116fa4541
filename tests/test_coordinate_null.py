"""Coordinates with heavy tails: told from Gaussian ones, shuffled, and no reason to see groups."""

from __future__ import annotations

import numpy as np
import pytest
from reference import gaussian

from featuretopo.dictionary import Dictionary
from featuretopo.topology import clusters
from featuretopo.topology.coordinate_null import coordinates, heavy_tailed, shuffled
from featuretopo.truth import Blobs, Circle, GroundTruth, Sphere


def directions(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def heavy(n: int, d: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_t(3, (n, d))


@pytest.mark.parametrize("d", [8, 16, 64, 256])
@pytest.mark.parametrize("seed", range(3))
def test_gaussian_vectors_of_any_axes_mean_and_length_have_no_heavy_tails(d: int, seed: int):
    x = gaussian(256, d, seed)
    lengths = 1 / np.sqrt(np.random.default_rng(seed).chisquare(3, (256, 1)))
    for vectors in (x, x / np.arange(1, d + 1) ** 0.5, x + 0.7, x * lengths + 0.7):
        assert not heavy_tailed(directions(vectors))


@pytest.mark.parametrize("d", [16, 64, 256])
@pytest.mark.parametrize("seed", range(3))
def test_tails_are_seen_whatever_the_axes_lengths(d: int, seed: int):
    x = heavy(256, d, seed)
    assert heavy_tailed(directions(x))
    assert heavy_tailed(directions(np.pad(x, ((0, 0), (0, 3)))))


@pytest.mark.parametrize(
    "shapes", [[Blobs(4, 10, spread=0.3), Sphere(40)], [Circle(24), Sphere(100)], [Circle(12)]]
)
def test_planted_shapes_have_none(shapes):
    assert not heavy_tailed(GroundTruth(shapes, 64, rng=0).dictionary.unit)


def test_lengths_are_given_back_but_for_a_factor():
    x = heavy(50, 400, 0)
    ratio = coordinates(directions(x)) / x
    assert np.ptp(ratio, axis=1).max() < 1e-9
    assert ratio[:, 0].std() / ratio[:, 0].mean() < 0.12


def test_what_is_shuffled_keeps_each_axis_and_its_zeros():
    x = heavy(40, 6, 0) * (np.random.default_rng(1).random((40, 6)) < 0.4)
    x = x[np.abs(x).max(axis=1) > 0]
    vectors = coordinates(directions(x))
    assert np.isfinite(vectors).all()
    redrawn = shuffled(vectors, np.random.default_rng(0))
    lengths = np.linalg.norm(redrawn, axis=1)
    assert set(lengths.round(9).tolist()) <= {0.0, 1.0}
    assert ((redrawn == 0).sum(axis=0) == (x == 0).sum(axis=0)).all()
    at = np.abs(redrawn).argmax(axis=1)
    # the factor that projection took is one for all axes of a vector
    for row, largest in zip(redrawn[lengths > 0], at[lengths > 0], strict=True):
        possible = vectors[:, largest][:, None] * row / row[largest]
        assert any(
            all(np.isclose(one, vectors[:, axis]).any() for axis, one in enumerate(candidate))
            for candidate in possible
        )


def test_groups_by_tails_alone_are_not_significant_and_planted_ones_among_them_are():
    false, found = 0, 0
    for seed in range(8):
        x = heavy(200, 64, seed)
        false += any(c.p_value <= 0.05 for c in clusters(Dictionary(x), draws=19, rng=seed))
        blob = heavy(1, 64, 100 + seed) + 0.3 * gaussian(10, 64, seed)
        planted = clusters(Dictionary(np.vstack([x, blob])), draws=19, rng=seed)
        found += any(
            c.p_value <= 0.05 and c.members.tolist() == list(range(200, 210)) for c in planted
        )
    assert false <= 2  # of 8 at level .05: more have a probability below .006
    assert found == 8
