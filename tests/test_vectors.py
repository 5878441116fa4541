"""Diagrams as vectors."""

from __future__ import annotations

import numpy as np
import pytest

from featuretopo.errors import FeaturetopoError
from featuretopo.topology import persistence, persistence_image, persistent_entropy


def circle(n: int) -> np.ndarray:
    angle = 2 * np.pi * np.arange(n) / n
    return np.column_stack([np.cos(angle), np.sin(angle)])


def test_the_image_peaks_at_the_bar():
    diagram = persistence(circle(12), max_scale=2)
    (birth, death) = diagram.bars[1][0]
    image = persistence_image(diagram, 1, pixels=40)
    peak = np.unravel_index(image.argmax(), image.shape)
    assert np.allclose((np.array(peak) + 0.5) * 2 / 40, [birth, death - birth], atol=2 / 40)


def test_a_bar_alive_at_the_cut_is_counted_to_it():
    full, cut = persistence(circle(12), max_scale=2), persistence(circle(12), max_scale=1)
    assert cut.censored[1].tolist() == [True]
    image = persistence_image(cut, 1, pixels=20)
    peak = np.unravel_index(image.argmax(), image.shape)
    assert np.allclose((np.array(peak) + 0.5) / 20, [full.bars[1][0, 0]] * 2, atol=0.1)


def test_an_empty_dimension_gives_an_empty_image_and_no_entropy():
    diagram = persistence(np.eye(4))
    assert not persistence_image(diagram, 1).any()
    with pytest.raises(FeaturetopoError, match="H1 has no bar"):
        persistent_entropy(diagram, 1)


def test_entropy_by_its_formula(rng):
    diagram = persistence(rng.standard_normal((30, 3)), max_scale=2)
    lengths = np.diff(diagram.bars[0][1:], axis=1).ravel()
    share = lengths / lengths.sum()
    assert persistent_entropy(diagram, 0) == pytest.approx(-(share * np.log(share)).sum())


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda d: persistence_image(d, 5), "dim=5: the diagram has dimensions 0 to 1"),
        (lambda d: persistence_image(d, 1, pixels=1), "pixels=1 must be at least 2"),
        (lambda d: persistence_image(d, 1, side=0.0), "side=0.0 must be positive and finite"),
        (lambda d: persistence_image(d, 1, side=np.inf), "side=inf must be positive and finite"),
        (lambda d: persistent_entropy(d, -1), "dim=-1"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(FeaturetopoError, match=words):
        call(persistence(circle(6), max_scale=2))


def test_an_image_needs_a_cut():
    diagram = persistence(np.ones((4, 4)) - np.eye(4), metric="precomputed", max_scale=np.inf)
    with pytest.raises(FeaturetopoError, match="set max_scale"):
        persistence_image(diagram, 0)
