"""On a line, the alignment is the assignment that a general solver finds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linear_sum_assignment

from featuretopo.topology.line_alignment import line_alignment

lengths = arrays(
    np.float64,
    st.integers(0, 9),
    elements=st.one_of(st.integers(0, 4).map(float), st.floats(0, 2, width=16)),
)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(lengths, lengths, st.sampled_from([1, 1.5, 2, 7]), st.sampled_from([0.5, 0.5**0.5, 1.0]))
def test_no_assignment_is_cheaper(a, b, order, to_diagonal):
    moves = np.abs(a[:, None] - b) ** order
    alone_a, alone_b = ((to_diagonal * x) ** order for x in (a, b))
    gains = np.minimum(moves - alone_a[:, None] - alone_b, 0)
    i, j = line_alignment(a, b, order, to_diagonal)
    assert len(set(i.tolist())) == len(i) and len(set(j.tolist())) == len(j)
    cost = moves[i, j].sum() + np.delete(alone_a, i).sum() + np.delete(alone_b, j).sum()
    least = alone_a.sum() + alone_b.sum() + gains[linear_sum_assignment(gains)].sum()
    assert cost == pytest.approx(least, abs=1e-9)


def test_powers_beyond_any_float_are_never_paid():
    i, j = line_alignment(np.array([1.0, 100.0]), np.array([100.0, 0.9]), 200, 0.5)
    assert sorted(zip(i.tolist(), j.tolist(), strict=True)) == [(0, 1), (1, 0)]
