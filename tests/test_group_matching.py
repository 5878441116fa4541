"""Group matching: the same groups are found again, in whatever order and frame."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import portrait, rotation

from featuretopo.compare.group_matching import match_groups
from featuretopo.compare.overlap import jaccard, jaccards
from featuretopo.dictionary import Dictionary
from featuretopo.topology.arrangement import Arrangement
from featuretopo.truth import Blobs, Circle, GroundTruth, Sphere

TRUTH = GroundTruth([Blobs(3, 8, spread=0.3), Circle(12), Circle(9), Sphere(20)], 40, rng=0)


@pytest.fixture(scope="module")
def home() -> Arrangement:
    return portrait(TRUTH.dictionary)


def moved(order: np.ndarray) -> tuple[Arrangement, np.ndarray]:
    """The truth in another frame and order, and who is whose partner."""
    vectors = TRUTH.dictionary.vectors @ rotation(40, 1)
    place = np.argsort(order)
    return portrait(Dictionary(vectors[order])), np.column_stack([np.arange(len(order)), place])


def test_every_group_finds_itself_and_its_order(home: Arrangement) -> None:
    order = np.random.default_rng(0).permutation(len(TRUTH.dictionary))
    other, pairs = moved(order)
    found = match_groups(home, other, pairs, seed=0)
    kinds = [each.kind for each in found]
    assert kinds == ["cluster"] * len(home.clusters) + ["loop"] * len(home.loops)
    assert len(home.loops) == 2
    for each in found:
        assert each.a is not None and each.b is not None and each.jaccard == 1
        of_a, of_b = (
            (x.clusters if each.kind == "cluster" else x.loops)[place].members
            for x, place in ((home, each.a), (other, each.b))
        )
        assert set(order[of_b]) == set(of_a)
        if each.kind == "loop":
            assert each.agreement == pytest.approx(1, abs=1e-4) and each.agreement_p == 1 / 200
        else:
            assert each.agreement is None


def test_groups_without_a_counterpart_stand_last(home: Arrangement) -> None:
    pairs = np.column_stack([np.arange(8), np.arange(8)])  # the first blob alone has partners
    found = match_groups(home, home, pairs, seed=0)
    both = [each for each in found if each.a is not None and each.b is not None]
    assert [(each.kind, each.jaccard) for each in both] == [("cluster", 1)]
    assert set(home.clusters[both[0].a].members) >= set(range(8))
    alone = [each for each in found if each not in both]
    assert all(each.jaccard == 0 and each.agreement is None for each in alone)
    assert len(alone) == 2 * (len(home.clusters) - 1) + 2 * len(home.loops)


def test_groups_that_chance_would_give_do_not_count(home: Arrangement) -> None:
    weak = replace(
        home,
        clusters=tuple(replace(c, p_value=0.06) for c in home.clusters),
        loops=tuple(replace(loop, p_value=0.06) for loop in home.loops),
    )
    pairs = np.column_stack([np.arange(65), np.arange(65)])
    assert match_groups(weak, weak, pairs, seed=0) == ()
    assert {each.b for each in match_groups(home, weak, pairs, seed=0)} == {None}


def test_an_exchange_of_features_is_seen_in_the_order(home: Arrangement) -> None:
    circle = TRUTH.shapes[3].members
    rows = np.arange(len(TRUTH.dictionary))
    partner = rows.copy()
    partner[circle] = np.random.default_rng(3).permutation(circle)
    found = match_groups(home, home, np.column_stack([rows, partner]), seed=0)
    [loop] = [
        each
        for each in found
        if each.kind == "loop" and set(home.loops[each.a].members) == set(circle)
    ]
    assert loop.jaccard == 1  # the same features
    assert loop.agreement is not None and loop.agreement < 0.8 and loop.agreement_p > 0.05


groups = st.lists(st.sets(st.integers(0, 9), min_size=1), min_size=1, max_size=3)


@given(a=groups, b=groups, order=st.permutations(range(10)))
def test_jaccards_are_those_of_sets(a: list[set[int]], b: list[set[int]], order: list[int]) -> None:
    pairs = np.column_stack([np.arange(10), order])
    found = jaccards(*([np.array(sorted(g)) for g in of] for of in (a, b)), pairs)
    for i, own in enumerate(a):
        for j, other in enumerate(b):
            carried = np.array([order[row] for row in sorted(own)])
            assert found[i, j] == pytest.approx(jaccard(carried, np.array(sorted(other))))
