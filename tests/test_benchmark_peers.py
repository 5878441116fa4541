"""What benchmarks/peers does by hand is what we do: the two sides of pipeline.py do one work."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest

import featuretopo as ft
from featuretopo.compare.figures import figures_of_pairs, mmcs_after_procrustes
from featuretopo.compare.overlap import overlap
from featuretopo.nulls import noise_floor
from featuretopo.similarity import match_codes, mmcs, nearest_neighbour_test
from featuretopo.topology.arrangement import Arrangement
from featuretopo.truth import Blobs, Circle, GroundTruth, Sphere

PEERS = Path(__file__).parents[1] / "benchmarks" / "peers"


@pytest.fixture(scope="module")
def by_hand():
    """Modules of the other side; they import one another by their bare names."""
    names = ("arrangement", "measures")
    sys.path.insert(0, str(PEERS))
    try:
        return [importlib.import_module(name) for name in names]
    finally:
        sys.path.remove(str(PEERS))
        for name in names:
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def truth():
    shapes = [Blobs(3, 8, spread=0.4), Circle(12), Sphere(40)]
    return GroundTruth(shapes, 32, rng=0).dictionary


@pytest.fixture(scope="module")
def found(by_hand, truth):
    return by_hand[0].arranged(truth.vectors, np.random.default_rng(0))


def of_ours(x, clusters=(), loops=()):
    return Arrangement("", x, None, clusters, loops, None, None)


def noisy(x, rng, size=0.05):
    return ft.Dictionary(x.unit + size * rng.standard_normal(x.vectors.shape))


def test_bars_clusters_and_loops_are_ours(found, truth):
    diagram = ft.persistence(truth)
    assert found.floor == noise_floor(len(truth), truth.d)
    np.testing.assert_allclose(found.h0[:, 1], np.sort(diagram.bars[0][:, 1])[:-1], atol=1e-5)
    bars = np.minimum(diagram.bars[1], found.floor)
    np.testing.assert_allclose(np.sort(found.h1, axis=0), np.sort(bars, axis=0), atol=1e-5)
    for mine, theirs in ((ft.clusters(truth, rng=0), found.clusters),
                         (ft.loops(truth, rng=0), found.loops)):  # fmt: skip
        assert mine
        assert {tuple(each.members) for each in mine} == {tuple(each.members) for each in theirs}
        assert [each.p_value <= 0.05 for each in mine] == [each.p <= 0.05 for each in theirs]


def test_figures_of_partners_are_ours(by_hand, truth, rng):
    arrangement, measures = by_hand
    a, b = truth, noisy(truth, rng)
    pairs = np.column_stack([np.arange(len(a)), np.arange(len(a))])
    pairs[1::2, 1] = rng.permutation(pairs[1::2, 1])  # half of them are no partners
    left, right = (
        arrangement.Arrangement(x.unit.astype(float), 1.0, None, None, [], [], []) for x in (a, b)
    )
    found = measures.through_partners(left, right, *pairs.T, 0.5)
    expected = figures_of_pairs(a.unit[pairs[:, 0]], b.unit[pairs[:, 1]])
    expected["mmcs_after"] = mmcs_after_procrustes(of_ours(a), of_ours(b), pairs)
    assert len(expected) == 8 and None not in expected.values()
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, abs=2e-5), name
    assert measures.mmcs(a.unit, b.unit) == pytest.approx(mmcs(a, b).symmetric, abs=1e-6)


def test_matching_and_overlap_are_ours(by_hand, rng):
    from scipy import sparse

    _, measures = by_hand
    codes = [rng.random((200, n)) * (rng.random((200, n)) < 0.1) for n in (20, 24)]
    codes[1][:, :15] += codes[0][:, :15]
    rows, columns, score = measures.matched(*map(measures.standardised, codes))
    expected = match_codes(*map(sparse.csr_array, codes))
    assert np.column_stack([rows, columns]).tolist() == expected.pairs.tolist()
    assert score == pytest.approx(expected.score.mean())
    groups = [np.arange(6), np.arange(6, 11)], [np.arange(4), np.arange(5, 14)]
    assert measures.overlap(*groups, rows, columns) == pytest.approx(
        overlap(*groups, expected.pairs)
    )


def test_recovery_of_the_truth_by_itself_is_whole(by_hand, found, truth, rng):
    _, measures = by_hand
    learned = noisy(truth, rng, 0.02)
    shapes = [
        {"members": np.flatnonzero(truth.labels == label), "expected": expected}
        for label, expected in enumerate(["cluster"] * 3 + ["loop", "nothing"])
    ]
    kept = measures.recovery(truth.unit.astype(float), shapes, found, rng)
    assert (kept["cluster"], kept["loop"]) == (3, 1)
    figures, stands_for = measures.truth_figures(truth.unit, shapes, found)
    assert stands_for.tolist() == list(range(len(truth)))
    test = nearest_neighbour_test(truth, learned)
    x = by_hand[0].Arrangement(learned.unit, 1.0, None, None, [], [], [])
    share = measures.truth_figures(truth.unit, shapes, x)[0]["nearest_neighbour_pass_share"]
    assert share == test.pass_share
    few = by_hand[0].Arrangement(learned.unit[::5], 1.0, None, None, [], [], [])
    stands_for = measures.truth_figures(truth.unit, shapes, few)[1]
    assert stands_for.tolist() == nearest_neighbour_test(truth, few.x).own.tolist()
    assert figures["cluster_agreement"] == pytest.approx(1, abs=0.1)
