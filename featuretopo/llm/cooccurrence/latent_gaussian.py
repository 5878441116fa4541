"""Blocks of correlated standard Gaussians: what Correlated and SharkeyToy are made of."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from featuretopo.llm.cooccurrence.normals import draw_normals
from featuretopo.llm.cooccurrence.rule import FloatArray
from featuretopo.llm.cooccurrence.sfc64 import open_lanes

_BLOCK_BYTES = 2**20  # of values at a time: they stay in the cache until they are used
_STRIPS = 4


def latent_blocks(
    n: int, cholesky: npt.NDArray[np.float32], rng: np.random.Generator
) -> Iterator[tuple[int, npt.NDArray[np.float32]]]:
    """Yield (first sample, values of shape (block, m)) until `n` samples are drawn.

    A block is written over by the next.

    Parameters
    ----------
    n : int
    cholesky : ndarray of float32, shape (m, m)
        Lower triangular factor of the correlation matrix.
    """
    m = len(cholesky)
    edges = np.linspace(0, m, min(_STRIPS, m) + 1).astype(int)
    size = max(1, _BLOCK_BYTES // (4 * m))
    lanes = open_lanes(rng)
    values = np.empty((min(size, n), m), np.float32)
    for start in range(0, n, size):
        white = draw_normals(min(size, n - start), m, lanes)
        block = values[: len(white)]
        # the factor's upper half is zero: strip by strip, three eighths of the work are saved
        for left, right in pairwise(edges):
            np.matmul(white[:, :right], cholesky[left:right, :right].T, out=block[:, left:right])
        yield start, block


def cholesky_of(correlation: FloatArray) -> npt.NDArray[np.float32]:
    """Return the lower triangular factor in single precision.

    Examples
    --------
    >>> cholesky_of(np.array([[1.0, 0.6], [0.6, 1.0]])).round(4).tolist()
    [[1.0, 0.0], [0.6000000238418579, 0.800000011920929]]
    """
    return np.linalg.cholesky(correlation.astype(np.float64)).astype(np.float32)
