"""The universal law of noise: its formula, its level, and what it is not for."""

from dataclasses import replace

import numpy as np
import pytest

import featuretopo as ft
from featuretopo.errors import FeaturetopoError
from featuretopo.topology import Diagram, universal_p_values


def diagram(bars, censored=None, max_scale=2.0):
    h1 = np.array(bars, float).reshape(-1, 2)
    alive = np.zeros(len(h1), bool) if censored is None else np.array(censored)
    return Diagram(
        (np.array([[0, np.inf]]), h1),
        (np.zeros(1, bool), alive),
        max_scale,
        "chord",
        2,
        5,
        "ripser",
    )


def test_the_formula_by_hand():
    bars = [(1.0, 1.1), (1.0, 1.3), (0.5, 1.5)]
    levels = [np.log(np.log(d / b)) for b, d in bars]
    constant = -0.57721566 - sum(levels) / 3
    expected = [min(1.0, 3 * np.exp(-np.exp(level + constant))) for level in levels]
    np.testing.assert_allclose(universal_p_values(diagram(bars)), expected, rtol=1e-7)


def test_noise_is_held_to_the_level():
    false = 0
    for seed in range(60):
        x = np.random.default_rng(seed).standard_normal((60, 3))
        false += universal_p_values(ft.persistence(x, max_scale=2)).min() <= 0.05
    assert false <= 9  # 3 expected of 60 at the level; 9 is 3.5 deviations above


def test_a_loop_among_noise_is_seen():
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 2 * np.pi, 300)  # enough noise bars to tell what noise is
    circle = np.column_stack([np.cos(angle), np.sin(angle), 0 * angle])
    x = circle + 0.15 * rng.standard_normal((300, 3))
    found = ft.persistence(x, max_scale=2)
    p = universal_p_values(found)
    assert p[0] < 0.05  # the longest bar stands first
    assert (p[1:] > 0.05).all()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (lambda: np.eye(3), "the diagram is a ndarray; give what persistence"),
        (lambda: diagram([]), "the diagram has no H1 bars"),
        (
            lambda: ft.persistence(
                np.random.default_rng(0).standard_normal((9, 3)), 0, max_scale=2
            ),
            "the diagram has no H1 bars",
        ),
        (lambda: diagram([(1, np.inf)], [True], 1.2), r"1 H1 bars are alive at the cut 1\.2"),
        (lambda: diagram([(0.5, 1)], max_scale=1.5), r"cut at 1\.5: what is born later is missing"),
        (
            lambda: replace(diagram([(0.5, 1)]), landmarks=np.arange(5), cover_radius=0.1),
            "that of 5 landmarks",
        ),
        (lambda: diagram([(0, 1)]), "a bar born at 0 has no ratio"),
    ],
)
def test_what_has_no_ratio_is_refused(given, message):
    with pytest.raises(FeaturetopoError, match=message):
        universal_p_values(given())
