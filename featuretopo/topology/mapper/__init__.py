"""Mapper: a lens, a cover of its range, a clusterer within each cell, and the nerve of it all."""

from featuretopo.topology.mapper.bootstrap import MapperBootstrap, mapper_bootstrap
from featuretopo.topology.mapper.branches import Branch, mapper_branches
from featuretopo.topology.mapper.clusterer import Clusterer
from featuretopo.topology.mapper.clusterers.hdbscan import HDBSCAN
from featuretopo.topology.mapper.clusterers.scikit_learn import SklearnClusterer
from featuretopo.topology.mapper.clusterers.single_linkage import (
    Cut,
    FirstGap,
    LargestGap,
    SingleLinkage,
)
from featuretopo.topology.mapper.clusterers.whole import Whole
from featuretopo.topology.mapper.core_share import CoreShare
from featuretopo.topology.mapper.cover import Cover, Cubes
from featuretopo.topology.mapper.covers.balls import Balls
from featuretopo.topology.mapper.covers.circular import Circular
from featuretopo.topology.mapper.covers.quantiles import Quantiles
from featuretopo.topology.mapper.density import DensityClusters
from featuretopo.topology.mapper.export import load_json, save_json
from featuretopo.topology.mapper.extended import ExtendedDiagram, extended_persistence
from featuretopo.topology.mapper.giotto_adapter import by_giotto, from_giotto, to_giotto
from featuretopo.topology.mapper.graph import LensStatistics, MapperGraph
from featuretopo.topology.mapper.graph_loops import GraphLoop, GraphLoops, mapper_loops
from featuretopo.topology.mapper.graphml import load_graphml, save_graphml
from featuretopo.topology.mapper.kmapper_adapter import from_kmapper, to_kmapper
from featuretopo.topology.mapper.kmapper_page import kmapper_page
from featuretopo.topology.mapper.lens import PCA, Coordinates, Function, Lens, LensLike
from featuretopo.topology.mapper.lenses.angle import Angle
from featuretopo.topology.mapper.lenses.density import Density
from featuretopo.topology.mapper.lenses.directions import Directions
from featuretopo.topology.mapper.lenses.eccentricity import Eccentricity
from featuretopo.topology.mapper.lenses.isomap import Isomap
from featuretopo.topology.mapper.lenses.knn_distance import KNNDistance
from featuretopo.topology.mapper.lenses.labels import Labels
from featuretopo.topology.mapper.lenses.loop_angle import LoopAngle
from featuretopo.topology.mapper.lenses.norm import Norm
from featuretopo.topology.mapper.lenses.stack import Stack
from featuretopo.topology.mapper.lenses.umap import UMAP
from featuretopo.topology.mapper.mapper import mapper
from featuretopo.topology.mapper.networkx_adapter import from_networkx
from featuretopo.topology.mapper.significance import MapperTest, Tested, mapper_test
from featuretopo.topology.mapper.stability import MapperStability, mapper_stability

__all__ = [
    "HDBSCAN",
    "PCA",
    "UMAP",
    "Angle",
    "Balls",
    "Branch",
    "Circular",
    "Clusterer",
    "Coordinates",
    "CoreShare",
    "Cover",
    "Cubes",
    "Cut",
    "Density",
    "DensityClusters",
    "Directions",
    "Eccentricity",
    "ExtendedDiagram",
    "FirstGap",
    "Function",
    "GraphLoop",
    "GraphLoops",
    "Isomap",
    "KNNDistance",
    "Labels",
    "LargestGap",
    "Lens",
    "LensLike",
    "LensStatistics",
    "LoopAngle",
    "MapperBootstrap",
    "MapperGraph",
    "MapperStability",
    "MapperTest",
    "Norm",
    "Quantiles",
    "SingleLinkage",
    "SklearnClusterer",
    "Stack",
    "Tested",
    "Whole",
    "by_giotto",
    "extended_persistence",
    "from_giotto",
    "from_kmapper",
    "from_networkx",
    "kmapper_page",
    "load_graphml",
    "load_json",
    "mapper",
    "mapper_bootstrap",
    "mapper_branches",
    "mapper_loops",
    "mapper_stability",
    "mapper_test",
    "save_graphml",
    "save_json",
    "to_giotto",
    "to_kmapper",
]
