"""A spectrum or an offset in common is told from features in common."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

import featuretopo as ft
from featuretopo.compare.pairing import CosinePairing
from featuretopo.compare.spectrum import spectrum_in_common
from featuretopo.nulls import p_value, random_rotation


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def elliptic(n, d, rng):
    """Axes of lengths i^-1/2, no groups."""
    return unit(rng.standard_normal((n, d)) * np.arange(1.0, d + 1) ** -0.5)


def offset(n, d, rng):
    return unit(unit(rng.standard_normal((n, d))) + 1 / np.sqrt(d))


@given(st.integers(1, 40), st.integers(1, 40), st.integers(2, 20), st.integers(0, 100))
def test_turns_are_rotations_that_leave_bands_and_what_is_preferred(n, m, d, seed):
    rng = np.random.default_rng(seed)
    x, y = elliptic(n, d, rng), elliptic(m, d, rng)
    spectrum = spectrum_in_common(x, y)
    axes, bounds = spectrum.axes, spectrum.bounds
    assert bounds[-1] == d and list(bounds) == sorted(set(bounds))
    turn = spectrum.turn(rng).astype(np.float64)
    np.testing.assert_allclose(turn @ turn.T, np.eye(d), atol=1e-5)
    within = axes.T @ turn @ axes  # what goes from which axis to which
    allowed = np.zeros((d, d), bool)
    np.fill_diagonal(allowed[: bounds[0], : bounds[0]], True)
    for start, end in pairwise(bounds):
        allowed[start:end, start:end] = True
    assert np.abs(within[~allowed]).max(initial=0) < 1e-5
    np.testing.assert_allclose(np.diag(within)[: bounds[0]], 1, atol=1e-5)
    energy = (((x @ axes) ** 2).mean(axis=0) + ((y @ axes) ** 2).mean(axis=0)) / 2
    for start, end in pairwise(bounds):
        part = energy[start:end]
        assert part.max() <= 2 * part.min() + 1e-5


def test_an_axis_of_a_small_group_is_turned_and_an_offset_is_not():
    rng = np.random.default_rng(0)
    x, y = unit(rng.standard_normal((2, 400, 16)).reshape(800, 16)).reshape(2, 400, 16)
    x[:40] = y[:40] = [1.0, *[0.0] * 15]  # a tenth of the features
    assert spectrum_in_common(x, y).bounds[0] == 0
    x[:200] = y[:200] = [1.0, *[0.0] * 15]  # half of them
    assert spectrum_in_common(x, y).bounds[0] == 1


@pytest.mark.parametrize("kind", [elliptic, offset])
def test_independent_pairs_of_one_spectrum_hold_their_level_and_features_in_common_are_found(kind):
    n, d, sets, draws = 100, 24, 40, 39

    def p_of(x, y, turn, rng):
        pairing = CosinePairing(x, y, np.arange(n), "mutual")
        scores = [pairing.turned(turn(rng)).score.mean() for _ in range(draws)]
        return p_value(pairing.match().score.mean(), scores)

    found = {"any": 0, "kept": 0, "in common": 0}
    for seed in range(sets):
        rng = np.random.default_rng(seed)
        x, y = (kind(n, d, rng).astype(np.float32) for _ in range(2))
        found["any"] += p_of(x, y, lambda r: random_rotation(d, r).astype(np.float32), rng) <= 0.05
        found["kept"] += p_of(x, y, spectrum_in_common(x, y).turn, rng) <= 0.05
        y[:25] = x[:25]
        found["in common"] += p_of(x, y, spectrum_in_common(x, y).turn, rng) <= 0.05
    assert found["any"] == sets
    assert found["kept"] <= binom.ppf(0.999, sets, 0.05)
    assert found["in common"] == sets


def test_the_verdict_says_when_a_spectrum_would_do():
    rng = np.random.default_rng(1)
    x, y = (ft.Dictionary(elliptic(60, 16, rng)) for _ in range(2))
    found = ft.compare(x, y, draws=39, rng=0)
    assert found["matched_score"].p_value <= 0.05 < found["matched_in_spectrum"].p_value
    assert "a few directions that both prefer" in str(found.verdict)
    same = ft.compare(x, x, draws=39, rng=0)
    assert same["matched_in_spectrum"].p_value <= 0.05
    assert "a few directions" not in str(same.verdict)
    named = ft.Dictionary(x.vectors, names=[f"f{i}" for i in range(60)])
    by_name = ft.compare(named, named, draws=19, rng=0)
    assert "matched_in_spectrum" not in {m.name for m in by_name.measures}
