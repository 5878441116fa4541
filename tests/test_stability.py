"""Stability: what is found again when a fifth of the features is left out."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from reference import chords
from scipy.sparse.csgraph import connected_components

from featuretopo.dictionary import Dictionary
from featuretopo.nulls import noise_floor
from featuretopo.random import stream
from featuretopo.topology import clusters
from featuretopo.topology.separation import separating_scale
from featuretopo.topology.spanning import spanning_tree
from featuretopo.topology.stability import stability
from featuretopo.truth import Blobs, GroundTruth, Sphere


def by_hand(x: Dictionary, members: np.ndarray, seed: int) -> float:
    """Distances of all chosen pairs, components at the scale, the best Jaccard index."""
    n, distances = len(x), chords(x)
    found = []
    for choice in range(20):
        order = stream(seed, "clusters", "stability", choice).permutation(n)
        chosen = np.sort(order[: round(0.8 * n)])
        scale = separating_scale(spanning_tree(x.unit[chosen]), noise_floor(n, x.d))
        label = connected_components(distances[np.ix_(chosen, chosen)] <= scale)[1]
        own = set(members.tolist()) & set(chosen.tolist())
        if len(own) >= 2:
            groups = [set(chosen[label == number].tolist()) for number in set(label.tolist())]
            found.append(max(len(own & group) / len(own | group) for group in groups))
    return float(np.mean(found))


def test_tight_blobs_are_found_again() -> None:
    truth = GroundTruth([Blobs(3, 10, spread=0.2), Sphere(30)], d=64, rng=0)
    found = clusters(truth.dictionary, draws=19, rng=0)
    assert [cluster.stability for cluster in found] == [1, 1, 1]


def test_two_blobs_on_a_bridge_are_not_always_one() -> None:
    truth = GroundTruth([Blobs(2, 12, spread=0.3), Sphere(30)], d=64, rng=0)
    unit = truth.dictionary.unit
    one, other = unit[:12].mean(axis=0), unit[12:24].mean(axis=0)
    steps = np.linspace(0, 1, 6)[1:-1, None]
    x = Dictionary(np.vstack([unit, one * (1 - steps) + other * steps]))
    bridged = np.r_[0:24, 54:58]
    assert stability(x, [bridged], 0)[0] < 0.9


@pytest.mark.parametrize(("few", "listed"), [(4096, 10), (0, 2_000_000), (0, 10)])
@pytest.mark.parametrize("seed", range(3))
def test_it_is_the_mean_of_what_is_found_by_hand(
    monkeypatch, few: int, listed: int, seed: int
) -> None:
    module = sys.modules["featuretopo.topology.stability"]
    monkeypatch.setattr(module, "FEW", few)
    monkeypatch.setattr(module, "LISTED", listed)
    truth = GroundTruth([Blobs(3, 9, spread=0.9), Sphere(25)], d=16, rng=seed)
    x = Dictionary(truth.dictionary.vectors)
    groups = [np.arange(9), np.arange(5, 14), np.arange(20, 24)]
    known = [by_hand(x, members, seed) for members in groups]
    np.testing.assert_allclose(stability(x, groups, seed), known)


def test_two_features_of_which_one_is_always_left_out_have_none(monkeypatch) -> None:
    monkeypatch.setattr(sys.modules["featuretopo.topology.stability"], "_CHOICES", 1)
    x = Dictionary(np.eye(10))
    left_out = stream(0, "clusters", "stability", 0).permutation(10)[-1]
    assert np.isnan(stability(x, [np.array([left_out, (left_out + 1) % 10])], 0)[0])
