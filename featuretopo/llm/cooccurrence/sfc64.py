"""SFC64, numpy's generator, many at a time inside compiled code.

Independent generators stand side by side in an array: one pass steps all of them in a loop that the
compiler turns into vector instructions, which is faster than asking one generator again and again.
Each gives word for word what ``numpy.random.SFC64`` of the same state does.

Source: Doty-Humphrey, PractRand, version 0.94 (SFC64).

Words may be read as smaller numbers (``view``), in the byte order of the machine: one of the other
order would draw other numbers of the same distribution.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from numba import njit

LANES = 64
_ROUNDS = 12  # thrown away at the start, as numpy does


def open_lanes(rng: np.random.Generator) -> npt.NDArray[np.uint64]:
    """Seed the generators from `rng`: three random words each, and a counter from 1.

    Returns
    -------
    ndarray of uint64, shape (4, LANES)
        A generator's state is a column: three words and its counter. `draw_words` moves it on.

    Examples
    --------
    >>> lanes = open_lanes(np.random.default_rng(0))
    >>> words = draw_words(lanes, 3)
    >>> words.shape, words.dtype
    ((3,), dtype('uint64'))
    """
    lanes = np.ones((4, LANES), np.uint64)
    lanes[:3] = rng.integers(2**64, size=(3, LANES), dtype=np.uint64)
    draw_words(lanes, _ROUNDS * LANES)
    return lanes


@njit(cache=True)
def draw_words(lanes, n):  # type: ignore[no-untyped-def] # pragma: no cover
    """Draw `n` random words, shape (n,): one of each generator in turn.

    All generators move on together: what is left of the last turn is never seen.
    """
    words = np.empty((n + LANES - 1) // LANES * LANES, np.uint64)
    a, b, c, counter = lanes[0], lanes[1], lanes[2], lanes[3]
    for start in range(0, len(words), LANES):
        turn = words[start : start + LANES]
        for i in range(LANES):
            word = a[i] + b[i] + counter[i]
            counter[i] += np.uint64(1)
            a[i] = b[i] ^ (b[i] >> np.uint64(11))
            b[i] = c[i] + (c[i] << np.uint64(3))
            c[i] = ((c[i] << np.uint64(24)) | (c[i] >> np.uint64(40))) + word
            turn[i] = word
    return words[:n]
