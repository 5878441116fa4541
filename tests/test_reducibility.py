"""Reducibility: circles are neither separable nor mixtures; pairs and mixtures are told."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reference import rotation
from scipy.stats import norm

from featuretopo.errors import FeaturetopoError
from featuretopo.topology import reducibility


def circle(n, rng, noise=0.05):
    angle = rng.uniform(0, 2 * np.pi, n)
    return np.column_stack([np.cos(angle), np.sin(angle)]) + noise * rng.standard_normal((n, 2))


def independent(n, rng):
    """Two features at an odd angle, each exponential."""
    return rng.exponential(size=(n, 2)) @ rotation(2, 3)


def mixture(n, rng):
    """Now one feature, now the other, never both."""
    strength = rng.uniform(0.2, 1, n)
    which = rng.random(n) < 0.5
    return np.column_stack([np.where(which, strength, 0), np.where(which, 0, strength)])


def test_a_circle_is_no_pair_and_no_mixture(rng):
    found = reducibility(circle(2000, rng), rng=0)
    assert found.p_value == 1 / 200
    assert found.separability > 0.5 > found.separability_null[2]
    assert found.mixture < 0.25


def test_a_pair_of_independent_features_is_separable_along_its_own_axes(rng):
    points = independent(4000, rng)
    found = reducibility(points, rng=0)
    assert found.p_value > 0.05
    # the axes found are those of the two features, up to order and sign
    cos, sin = np.cos(found.angle), np.sin(found.angle)
    own = abs(rotation(2, 3) @ np.array([[cos, -sin], [sin, cos]]))
    assert own.max(axis=1).min() > 0.98


def test_a_mixture_lies_on_one_line_half_of_the_time(rng):
    found = reducibility(mixture(2000, rng), rng=0)
    assert found.mixture >= 0.5
    assert found.mixture > 5 * found.mixture_of_gaussian
    assert found.p_value == 1 / 200  # and is not separable: one excludes the other


def test_a_gaussian_has_the_mixture_index_of_one(rng):
    found = reducibility(rng.standard_normal((20_000, 2)), draws=19, rng=0)
    assert found.mixture_of_gaussian == pytest.approx(2 * norm.cdf(0.1) - 1)
    assert found.mixture == pytest.approx(found.mixture_of_gaussian, abs=0.02)


def test_the_band_is_the_widest_of_all_that_are_tried_one_by_one(rng):
    points = np.add(circle(60, rng), [0.3, 0])
    found = reducibility(points, epsilon=0.3, draws=19, rng=0)
    rows = points - points.mean(axis=0)
    largest = 0
    for angle in np.linspace(0, np.pi, 90, endpoint=False):
        along = rows @ [np.cos(angle), np.sin(angle)]
        for middle in np.linspace(along.min(), along.max(), 401):
            far = np.sqrt(((along - middle) ** 2).mean())
            largest = max(largest, (abs(along - middle) < 0.3 * far).sum())
    assert abs(found.mixture * 60 - largest) <= 1  # a point on the edge


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.floats(0.01, 100))
def test_size_and_place_do_not_matter(seed, size):
    points = circle(200, np.random.default_rng(seed))
    one, other = (reducibility(p, draws=19, rng=0) for p in (points, size * points + 7))
    assert other.separability == pytest.approx(one.separability, abs=1e-6)
    assert other.mixture == pytest.approx(one.mixture, abs=0.011)


def test_the_level_holds_where_coordinates_are_independent():
    false = 0
    for seed in range(40):
        points = independent(300, np.random.default_rng(seed))
        false += reducibility(points, draws=19, rng=seed).p_value <= 0.05
    assert false <= 6  # 99.5% of binomial(40, .05)


@pytest.mark.parametrize(
    ("points", "given", "message"),
    [
        (np.zeros((60, 3)), {}, r"points of shape \(60, 3\) must be \(n, 2\)"),
        (np.zeros((49, 2)), {}, "49 samples tell too little; needs at least 50"),
        ("a", {}, "points must be numbers in rows of equal length"),
        (np.eye(2).repeat(30, axis=0), {"epsilon": "a"}, "epsilon='a' must be a number"),
        (np.full((60, 2), np.nan), {}, "points hold NaN or inf"),
        (np.ones((60, 2)), {}, "on one line"),
        (np.arange(60)[:, None] * [1.0, 2.0], {}, "on one line"),
        (np.eye(2).repeat(30, axis=0), {"epsilon": 0}, r"epsilon=0 must lie in \(0, 1\)"),
        (np.eye(2).repeat(30, axis=0), {"draws": 5}, "draws=5"),
    ],
)
def test_what_has_no_plane_is_refused(points, given, message):
    with pytest.raises(FeaturetopoError, match=message):
        reducibility(points, **given)


@pytest.mark.parametrize("scale", [2.0**1000, 2.0**-1000])
def test_points_of_any_size_are_told_alike(scale):
    points = independent(100, np.random.default_rng(0))
    one, other = (reducibility(each, draws=19, rng=0) for each in (points, points * scale))
    assert (one.separability, one.p_value) == (other.separability, other.p_value)
