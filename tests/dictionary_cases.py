"""Dictionaries for tests: a hypothesis strategy, and what it is for two of them to be the same."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from featuretopo import Dictionary

# every character, lone surrogates too: token lists of real models hold them
ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=8)
FINITE = st.floats(width=32, allow_nan=False, allow_infinity=False)


@st.composite
def dictionaries(draw, elements=FINITE):
    """Draw dictionaries with any names, labels and coordinates that the rules allow."""
    n, d, k = draw(st.integers(2, 6)), draw(st.integers(2, 5)), draw(st.integers(0, 3))
    vectors = draw(arrays(np.float32, (n, d), elements=elements))
    vectors[~vectors.any(axis=1), 0] = 1
    labels = draw(st.lists(st.integers(-1, 4), min_size=n, max_size=n))
    return Dictionary(
        vectors,
        labels,
        draw(st.lists(ANY_TEXT, min_size=n, max_size=n)),
        draw(arrays(np.float32, (n, k), elements=st.floats(width=32))),
        draw(st.lists(ANY_TEXT, min_size=max(labels) + 1, max_size=7, unique=True)),
    )


def assert_same(a, b):
    """Fail unless two dictionaries agree in every bit and every name."""
    for field in ("vectors", "labels", "coordinates"):
        left, right = getattr(a, field), getattr(b, field)
        assert (left.dtype, left.shape) == (right.dtype, right.shape)
        np.testing.assert_array_equal(left, right)  # NaN equals NaN
    assert a.names == b.names
    assert a.label_names == b.label_names
