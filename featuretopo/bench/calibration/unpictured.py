"""Unpictured: a dictionary with all that measures are taken on, which no picture is."""

from __future__ import annotations

import numpy as np

from featuretopo.dictionary import Dictionary
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.clusters import Cluster
from featuretopo.topology.embedding import Embedding
from featuretopo.topology.loops import Loop
from featuretopo.topology.mapper.mapper import mapper
from featuretopo.topology.persistence import persistence


def unpictured(
    x: Dictionary, clusters: tuple[Cluster, ...] = (), loops: tuple[Loop, ...] = ()
) -> Arrangement:
    """Arrange a dictionary with the groups given."""
    return Arrangement(
        name="x",
        dictionary=x,
        diagram=persistence(x),
        clusters=clusters,
        loops=loops,
        mapper=mapper(x),
        embedding=Embedding(np.zeros((len(x), 2)), 1.0, 2, 1.0),
    )
