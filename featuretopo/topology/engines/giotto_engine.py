"""giotto-ph (AGPL-3, the extra ``featuretopo[giotto]``): fastest for H2. Computes in float32."""

from __future__ import annotations

import numpy as np

from featuretopo.errors import FeaturetopoError
from featuretopo.topology.diagram import FloatArray
from featuretopo.topology.pairs import Edges


def bars(edges: Edges, max_dim: int, coeff: int) -> list[FloatArray]:
    """Bars of the flag complex of `edges`."""
    try:
        from gph import ripser_parallel
    except ImportError as error:
        raise FeaturetopoError(
            "engine='giotto' needs giotto-ph: pip install 'featuretopo[giotto]' (Python < 3.13)"
        ) from error

    found = ripser_parallel(
        edges.graph().tocoo(), maxdim=max_dim, coeff=coeff, metric="precomputed"
    )
    return [np.asarray(dgm, dtype=np.float64).reshape(-1, 2) for dgm in found["dgms"]]
