"""Mapper: a lens, a cover of its range, a clusterer within each cell, and the nerve of it all."""

from featuretopo.topology.mapper.clusterer import Clusterer
from featuretopo.topology.mapper.cover import Cover, Cubes
from featuretopo.topology.mapper.density import DensityClusters
from featuretopo.topology.mapper.graph import MapperGraph
from featuretopo.topology.mapper.lens import PCA, Coordinates, Lens
from featuretopo.topology.mapper.mapper import mapper

__all__ = [
    "PCA",
    "Clusterer",
    "Coordinates",
    "Cover",
    "Cubes",
    "DensityClusters",
    "Lens",
    "MapperGraph",
    "mapper",
]
