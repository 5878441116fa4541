"""Diagrams as vectors."""

from __future__ import annotations

import numpy as np
import pytest

from featuretopo.errors import FeaturetopoError
from featuretopo.topology import (
    betti_curve,
    persistence,
    persistence_image,
    persistence_landscape,
    persistent_entropy,
)


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


def test_entropy_and_betti_curve_are_those_of_giotto_tda(rng):
    theirs = pytest.importorskip("gtda.diagrams")
    diagram = persistence(rng.standard_normal((40, 3)), max_scale=2)
    bars = diagram.bars[1]
    given = np.column_stack([bars, np.ones(len(bars))])[None]  # (diagrams, bars, 3)
    entropy = theirs.PersistenceEntropy().fit_transform(given)  # in bits
    assert persistent_entropy(diagram, 1) == pytest.approx(entropy.item() * np.log(2))
    curve = theirs.BettiCurve(n_bins=50).fit(given)
    scales = curve.samplings_[1].ravel()
    between = scales[(scales > 0) & ~np.isin(scales, bars)]  # at an end, either count may be meant
    counts = curve.transform(given)[0, 0][np.isin(scales, between)]
    np.testing.assert_array_equal(betti_curve(diagram, 1, between), counts)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda d: persistence_image(d, 5), "the diagram has no dimension 5, only 0 to 1"),
        (
            lambda d: persistence_image(d, 1, pixels=1),
            "pixels=1 must be a whole number, at least 2",
        ),
        (lambda d: persistence_image(d, 1, pixels=10**6), "are more than 10000; 20 is usual"),
        (lambda d: persistence_image(d, 1, side="a"), "side='a' must be a number"),
        (lambda d: persistence_image(np.eye(3), 1), "is a ndarray; give what persistence"),
        (lambda d: persistence_image(d, 1, side=0.0), "side=0.0 must be positive and finite"),
        (lambda d: persistence_image(d, 1, side=np.inf), "side=inf must be positive and finite"),
        (
            lambda d: persistence_landscape(d, 1, depth=0),
            "depth=0 must be a whole number, at least 1",
        ),
        (
            lambda d: persistence_landscape(d, 1, samples=1),
            "samples=1 must be a whole number, at least 2",
        ),
        (lambda d: betti_curve(d, 1, [0.5, 2.5]), "scale 2.5 lies above the cut at 2"),
        (lambda d: betti_curve(d, 1, [np.nan]), "scales must be a list of numbers"),
        (lambda d: betti_curve(d, 7, [0.5]), "no dimension 7"),
        (lambda d: betti_curve(d, "1", [0.5]), "no dimension '1', only 0 to 1"),
        (lambda d: betti_curve(d, 1, ["a"]), "scales must be numbers"),
        (lambda d: d.betti(2.5), "scale=2.5 must lie up to the cut at 2"),
        (lambda d: d.betti(np.nan), "scale=nan must lie up to the cut"),
        (lambda d: d.betti("a"), "scale='a' must be a number"),
        (lambda d: persistent_entropy(d, -1), "no dimension -1"),
    ],
)
def test_bad_input_is_refused(call, words):
    with pytest.raises(FeaturetopoError, match=words):
        call(persistence(circle(6), max_scale=2))


@pytest.mark.parametrize("make", [persistence_image, persistence_landscape])
def test_a_grid_needs_a_cut(make):
    diagram = persistence(np.ones((4, 4)) - np.eye(4), metric="precomputed", max_scale=np.inf)
    with pytest.raises(FeaturetopoError, match="set max_scale"):
        make(diagram, 0)


@pytest.mark.parametrize("dim", [0, 1])
@pytest.mark.parametrize("cut", [0.9, 2.0])
def test_a_landscape_is_the_largest_tents_at_every_scale(rng, dim, cut):
    diagram = persistence(rng.standard_normal((30, 3)), max_scale=cut)
    found = persistence_landscape(diagram, dim, depth=4, samples=161)
    at = np.linspace(0, cut, 161)
    births, deaths = diagram.bars[dim].T
    ended = np.where(diagram.censored[dim], cut, deaths)
    kept = np.isfinite(ended)
    tents = np.minimum(at - births[kept, None], np.minimum(ended[kept], 9)[:, None] - at)
    known = -np.sort(-np.maximum(tents, 0), axis=0)[:4]
    np.testing.assert_allclose(found[: len(known)], known, atol=1e-12)
    assert found.shape == (4, 161)


def test_a_landscape_is_that_of_persim(rng):
    landscapes = pytest.importorskip("persim.landscapes")
    diagram = persistence(rng.standard_normal((30, 3)), max_scale=2)
    theirs = landscapes.PersLandscapeApprox(
        start=0.0, stop=2.0, num_steps=401, dgms=[diagram.bars[1]], hom_deg=0
    ).values
    found = persistence_landscape(diagram, 1, depth=len(theirs), samples=401)
    np.testing.assert_allclose(found, theirs, atol=2 / 400)  # persim moves bars to the grid


def test_a_landscape_without_bars_is_flat():
    assert not persistence_landscape(persistence(np.eye(4)), 1).any()


def test_a_betti_curve_is_the_betti_number_at_every_scale(rng):
    diagram = persistence(rng.standard_normal((30, 3)), max_scale=1.2)
    at = np.linspace(0, 1.2, 50)
    for dim in (0, 1):
        assert betti_curve(diagram, dim, at).tolist() == [diagram.betti(t)[dim] for t in at]
    assert betti_curve(diagram, 0, [1.9]).tolist() == [1]  # H0 has no cut
