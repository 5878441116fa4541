"""ripser (MIT): sparse input, any prime field. Computes in float32."""

from __future__ import annotations

import numpy as np

from featuretopo.topology.diagram import FloatArray
from featuretopo.topology.pairs import Edges


def bars(edges: Edges, max_dim: int, coeff: int) -> list[FloatArray]:
    """Bars of the flag complex of `edges`."""
    from ripser import ripser

    found = ripser(edges.graph().tocoo(), maxdim=max_dim, coeff=coeff, distance_matrix=True)
    return [np.asarray(dgm, dtype=np.float64).reshape(-1, 2) for dgm in found["dgms"]]


def bars_of_matrix(matrix: FloatArray, max_dim: int, coeff: int) -> list[FloatArray]:
    """Bars of a dense matrix of distances, inf where two points never meet, shape (n, n)."""
    from ripser import ripser

    most = float(matrix[np.isfinite(matrix)].max())
    apart = np.where(np.isfinite(matrix), matrix, 2 * most + 1)  # ripser takes no inf
    found = ripser(apart, distance_matrix=True, maxdim=max_dim, coeff=coeff, thresh=most)
    return [np.asarray(dgm, dtype=np.float64) for dgm in found["dgms"]]


def cocycles(edges: Edges, coeff: int) -> list[tuple[float, float, FloatArray]]:
    """H1 classes of the flag complex: birth, death, and a cocycle of each.

    Parameters
    ----------
    edges : Edges
    coeff : int
        A prime.

    Returns
    -------
    list of (birth, death, ndarray of shape (k, 3))
        Rows (i, j, value): the cocycle on the edge from i to j, in 0 to coeff - 1.
    """
    from ripser import ripser

    graph = edges.graph().tocoo()
    found = ripser(graph, maxdim=1, coeff=coeff, distance_matrix=True, do_cocycles=True)
    bars = np.asarray(found["dgms"][1], dtype=np.float64).reshape(-1, 2)
    return [
        (float(birth), float(death), np.asarray(values))
        for (birth, death), values in zip(bars, found["cocycles"][1], strict=True)
    ]
