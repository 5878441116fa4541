"""The compiled assignment is the one that a general solver finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.optimize import linear_sum_assignment

from featuretopo.topology.partial_assignment import partial_assignment


def saved_by_all(gains: np.ndarray) -> float:
    """Sum of the best assignment where every pair may be made at no cost instead."""
    free = np.minimum(gains, 0.0)
    return float(free[linear_sum_assignment(free)].sum())


CORES = {
    "none": lambda gains: np.empty(0, np.intp),
    "least of each row": lambda gains: (
        np.arange(len(gains)) * gains.shape[1] + gains.argmin(axis=1)
        if gains.size
        else np.empty(0, np.intp)
    ),
    "all": lambda gains: np.arange(gains.size),
}


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    gains=arrays(
        np.float64,
        array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=9),
        # small whole numbers: ties everywhere
        elements=st.one_of(st.integers(-4, 2).map(float), st.floats(-1, 1, width=16)),
    ),
    core=st.sampled_from(["none", "least of each row", "all"]),
)
def test_it_saves_as_much_as_any(gains, core):
    rows, columns = partial_assignment(gains, CORES[core](gains))
    assert len(set(rows.tolist())) == len(rows) and len(set(columns.tolist())) == len(columns)
    assert (gains[rows, columns] < 0).all()
    assert gains[rows, columns].sum() == pytest.approx(saved_by_all(gains), abs=1e-9)


@pytest.mark.parametrize("shape", [(150, 150), (40, 200), (200, 40)])
@pytest.mark.parametrize("kind", ["dense", "sparse", "points", "one value"])
@pytest.mark.parametrize("core", list(CORES))
def test_many_rows(rng, shape, kind, core):
    gains = -rng.random(shape)
    if kind == "sparse":
        gains += 0.9
    if kind == "points":
        a, b = rng.random((shape[0], 2)), rng.random((shape[1], 2))
        gains = np.abs(a[:, None] - b).max(axis=2) - 0.2 * rng.random(shape[0])[:, None] - 0.1
    if kind == "one value":
        gains[:] = -0.5
    rows, columns = partial_assignment(gains, CORES[core](gains))
    assert gains[rows, columns].sum() == pytest.approx(saved_by_all(gains), rel=1e-12)
