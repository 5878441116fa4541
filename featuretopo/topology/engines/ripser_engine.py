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
