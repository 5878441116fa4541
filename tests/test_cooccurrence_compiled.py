"""What LowRank is compiled from, against numpy and exact mathematics."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, norm

from featuretopo.llm.cooccurrence.narrow_product import COLUMNS, ROWS, multiply, pack
from featuretopo.llm.cooccurrence.normals import box_muller, draw_normals
from featuretopo.llm.cooccurrence.sfc64 import LANES, draw_words, open_lanes


def numpys(state):
    """Return numpy's generator in the given state."""
    generator = np.random.SFC64()
    generator.state = {**generator.state, "state": {"state": state.copy()}}
    return generator


@given(st.integers(0, 2**64), st.integers(0, 5 * LANES))
def test_every_lane_is_numpys_generator_word_for_word(seed, n):
    lanes = open_lanes(np.random.default_rng(seed))
    expected = np.stack([numpys(lane).random_raw(10) for lane in lanes.T], axis=1)  # (10, LANES)
    assert (draw_words(lanes, n) == expected.ravel()[:n]).all()
    turns = -(-n // LANES)  # a turn once begun is not taken up again
    assert (draw_words(lanes, 5 * LANES) == expected[turns : turns + 5].ravel()).all()


def test_a_counter_that_overflows_and_extreme_words():
    most = 2**64 - 1
    lanes = np.full((4, LANES), most, np.uint64)
    lanes[:, 1::2] = 0
    expected = np.stack([numpys(lane).random_raw(9) for lane in lanes.T], axis=1)
    assert (draw_words(lanes, 9 * LANES) == expected.ravel()).all()


def test_lanes_are_seeded_as_numpy_seeds_and_differ():
    seed = np.random.default_rng(0).integers(2**64, size=(3, LANES), dtype=np.uint64)
    plain = [numpys(np.append(words, np.uint64(1))) for words in seed.T]
    for generator in plain:
        generator.random_raw(12)
    lanes = open_lanes(np.random.default_rng(0))
    np.testing.assert_array_equal(lanes.T, [g.state["state"]["state"] for g in plain])
    assert len(np.unique(draw_words(lanes, 100 * LANES))) == 100 * LANES


EXTREME = np.array([0, 1, 255, 256, 2**31 - 1, 2**31, 2**32 - 256, 2**32 - 1], np.uint32)


def test_box_muller_is_exact_to_single_precision():
    bits = np.random.default_rng(0).integers(2**32, size=(2, 100_000), dtype=np.uint32)
    bits[:, :64] = np.stack([a.ravel() for a in np.meshgrid(EXTREME, EXTREME)])
    found = np.empty(bits.shape, np.float32)
    box_muller(bits[0], bits[1], found[0], found[1])
    u, x = np.float32((bits[0] >> 8) + 0.5) * 2.0**-24, (bits[1] >> 8) * 2.0**-23 - 1
    radius = np.sqrt(-2 * np.log(u))
    expected = radius * [np.sin(np.pi * x), np.cos(np.pi * x)]
    # a root: near 0 it is less exact than the logarithm under it
    assert (abs(found - expected) * radius <= 1e-6 * (1 + radius**2)).all()
    assert np.isfinite(found).all()


@pytest.mark.parametrize(("n", "m"), [(100_001, 3), (60_000, 5)])
def test_normals_are_standard_normal_and_independent(n, m):
    drawn = draw_normals(n, m, open_lanes(np.random.default_rng(0)))
    assert drawn.shape == (n, m) and drawn.dtype == np.float32
    assert np.isfinite(drawn).all()
    assert kstest(drawn.ravel().astype(float), "norm").pvalue > 0.001
    half = n * m // 2
    of_one_angle = drawn.ravel()[:half], drawn.ravel()[half : 2 * half]
    for columns in (drawn.T, drawn.T**2, np.stack(of_one_angle), np.square(of_one_angle)):
        assert abs(np.corrcoef(columns) - np.eye(len(columns))).max() < 0.015
    assert (abs(drawn) > 4).mean() == pytest.approx(2 * norm.sf(4), rel=0.5)


@given(st.integers(1, 3 * ROWS), st.integers(1, 40), st.integers(1, 4 * COLUMNS))
def test_a_narrow_product_is_numpys(n, k, m):
    rng = np.random.default_rng(n * k * m)
    a = rng.standard_normal((3 * ROWS + 6, k)).astype(np.float32)
    b = rng.standard_normal((k, m)).astype(np.float32)
    panels = pack(b)
    out = np.full((len(a), len(panels) * COLUMNS), 7, np.float32)
    multiply(a, panels, n, out)
    np.testing.assert_allclose(out[:n, :m], a[:n] @ b, rtol=1e-5, atol=1e-5)
    assert (out[:n, m:] == 0).all()
    assert (out[n + ROWS - 1 :] == 7).all()
