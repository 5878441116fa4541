"""Named random streams: a seed and a name decide every number, and nothing else does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from featuretopo.errors import FeaturetopoError
from featuretopo.random import child_seed, seed_of, stream

SEEDS = st.integers(0, 2**64)
NAMES = st.lists(st.text(max_size=5) | st.integers(0, 99), min_size=1, max_size=3)


@given(SEEDS, st.lists(NAMES, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_a_stream_does_not_depend_on_what_else_was_drawn(seed, names, random):
    alone = [stream(seed, *name).random(3).tolist() for name in names]
    order = list(range(len(names)))
    random.shuffle(order)
    for i in order:
        mixed = stream(seed, *names[i])
        np.random.default_rng(seed).random(5)
        assert [mixed.random() for _ in range(3)] == alone[i]


def test_the_bits_are_those_that_results_were_made_with():
    words = stream(0, "llm", "twin").bit_generator.random_raw(2).tolist()
    assert words == [18185178082844638553, 14710166815929503176]


def test_every_seed_and_every_name_opens_another_stream():
    names = [("a",), ("b",), ("a", "b"), ("ab",), ("a", 0), ("a", 1), ("a", 10), ("a", 1, 0)]
    drawn = {stream(seed, *name).random() for seed in range(200) for name in names}
    assert len(drawn) == 200 * len(names)


def test_streams_of_neighbouring_seeds_and_numbers_are_unrelated():
    x = np.array([stream(s, "batch", i).standard_normal(50) for s in range(8) for i in range(8)])
    correlation = np.corrcoef(x)[np.triu_indices(len(x), 1)]  # 2,016 pairs, each near N(0, 1/50)
    assert abs(correlation).max() < 4.6 / np.sqrt(50)
    assert correlation.std() == pytest.approx(1 / np.sqrt(50), rel=0.1)


@given(SEEDS, NAMES)
def test_a_child_seed_is_one_that_other_libraries_take(seed, names):
    child = child_seed(seed, *names)
    assert type(child) is int
    assert 0 <= child < 2**31
    assert child == child_seed(seed, *names)


@given(SEEDS)
def test_an_integer_is_its_own_seed(seed):
    assert seed_of(seed) == seed


def test_numpy_integers_become_plain_ones():
    assert [type(seed_of(t(7))) for t in (np.int64, np.uint8)] == [int, int]


def test_a_generator_is_advanced_by_one_draw_and_gives_a_new_seed_each_time():
    ours, reference = np.random.default_rng(3), np.random.default_rng(3)
    seeds = [seed_of(ours) for _ in range(5)]
    assert seeds == [int(reference.integers(2**63)) for _ in range(5)]
    assert len(set(seeds)) == 5
    assert ours.random() == reference.random()


def test_none_takes_fresh_entropy():
    assert len({seed_of(None) for _ in range(20)}) == 20


def test_the_global_state_is_left_alone():
    before = np.random.get_state()[1].tolist()
    stream(0, "a").random(10)
    seed_of(None)
    child_seed(0, "a")
    assert np.random.get_state()[1].tolist() == before


@pytest.mark.parametrize(
    "bad", [-1, 1.0, "7", True, np.bool_(1), np.random.RandomState(0), np.int8(-3), [1]]
)
def test_anything_else_is_refused(bad):
    with pytest.raises(
        FeaturetopoError, match=r"rng=.* must be a non-negative integer, a numpy Ge"
    ):
        seed_of(bad)
