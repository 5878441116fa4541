"""featuretopo: topological data analysis of feature geometry.

Public names are loaded on first use, so that ``import featuretopo`` costs next to nothing and
never imports torch by itself.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from featuretopo import figures, llm, sae, similarity, topology, truth
    from featuretopo.compare.comparison import Comparison, compare
    from featuretopo.compare.mapper_given import compare_mapper_graphs
    from featuretopo.compare.mapper_graphs import compare_mappers
    from featuretopo.compare.patches import patches
    from featuretopo.compare.raw import principal_directions
    from featuretopo.compare.series import series
    from featuretopo.dictionary import Dictionary
    from featuretopo.errors import FeaturetopoError
    from featuretopo.explore.explorer import explore
    from featuretopo.llm.simulated import Batch, SimulatedLLM
    from featuretopo.nulls import noise_floor
    from featuretopo.report.build import report
    from featuretopo.sae.base import SAE
    from featuretopo.sae.trainer import train
    from featuretopo.similarity.codes_file import load_codes
    from featuretopo.topology.arrangement import Arrangement, arrangement
    from featuretopo.topology.circular_coordinate import circular_coordinate
    from featuretopo.topology.clusters import Cluster, clusters
    from featuretopo.topology.cooccurrence.agreement import Agreement, agreement
    from featuretopo.topology.cooccurrence.counts import PairCounts, pair_counts
    from featuretopo.topology.cooccurrence.forest import FeatureFamily, FeatureForest, families
    from featuretopo.topology.cooccurrence.lobes import Lobes, lobes
    from featuretopo.topology.diagram import Diagram
    from featuretopo.topology.distances import bottleneck, wasserstein
    from featuretopo.topology.embedding import umap
    from featuretopo.topology.loops import Loop, loops
    from featuretopo.topology.mapper.bootstrap import mapper_bootstrap
    from featuretopo.topology.mapper.graph import MapperGraph
    from featuretopo.topology.mapper.mapper import mapper
    from featuretopo.topology.mapper.significance import mapper_test
    from featuretopo.topology.mapper.stability import mapper_stability
    from featuretopo.topology.mapper.transformer import MapperTransformer
    from featuretopo.topology.order import circular_order
    from featuretopo.topology.persistence import persistence
    from featuretopo.topology.rtd import rtd
    from featuretopo.topology.shared_embedding import aligned_umap, joint_umap
    from featuretopo.truth.ground_truth import GroundTruth
    from featuretopo.weights.reader import load

__version__ = "0.1.0"

_ATTRIBUTES = {
    "Agreement": "featuretopo.topology.cooccurrence.agreement",
    "Arrangement": "featuretopo.topology.arrangement",
    "Batch": "featuretopo.llm.simulated",
    "Cluster": "featuretopo.topology.clusters",
    "Comparison": "featuretopo.compare.comparison",
    "Diagram": "featuretopo.topology.diagram",
    "Dictionary": "featuretopo.dictionary",
    "FeatureFamily": "featuretopo.topology.cooccurrence.forest",
    "FeatureForest": "featuretopo.topology.cooccurrence.forest",
    "FeaturetopoError": "featuretopo.errors",
    "GroundTruth": "featuretopo.truth.ground_truth",
    "Lobes": "featuretopo.topology.cooccurrence.lobes",
    "Loop": "featuretopo.topology.loops",
    "MapperGraph": "featuretopo.topology.mapper.graph",
    "MapperTransformer": "featuretopo.topology.mapper.transformer",
    "PairCounts": "featuretopo.topology.cooccurrence.counts",
    "SAE": "featuretopo.sae.base",
    "SimulatedLLM": "featuretopo.llm.simulated",
    "agreement": "featuretopo.topology.cooccurrence.agreement",
    "aligned_umap": "featuretopo.topology.shared_embedding",
    "arrangement": "featuretopo.topology.arrangement",
    "bottleneck": "featuretopo.topology.distances",
    "circular_coordinate": "featuretopo.topology.circular_coordinate",
    "circular_order": "featuretopo.topology.order",
    "clusters": "featuretopo.topology.clusters",
    "compare": "featuretopo.compare.comparison",
    "compare_mapper_graphs": "featuretopo.compare.mapper_given",
    "compare_mappers": "featuretopo.compare.mapper_graphs",
    "explore": "featuretopo.explore.explorer",
    "families": "featuretopo.topology.cooccurrence.forest",
    "joint_umap": "featuretopo.topology.shared_embedding",
    "load": "featuretopo.weights.reader",
    "load_codes": "featuretopo.similarity.codes_file",
    "lobes": "featuretopo.topology.cooccurrence.lobes",
    "loops": "featuretopo.topology.loops",
    "mapper": "featuretopo.topology.mapper.mapper",
    "mapper_bootstrap": "featuretopo.topology.mapper.bootstrap",
    "mapper_stability": "featuretopo.topology.mapper.stability",
    "mapper_test": "featuretopo.topology.mapper.significance",
    "noise_floor": "featuretopo.nulls",
    "pair_counts": "featuretopo.topology.cooccurrence.counts",
    "patches": "featuretopo.compare.patches",
    "persistence": "featuretopo.topology.persistence",
    "principal_directions": "featuretopo.compare.raw",
    "report": "featuretopo.report.build",
    "rtd": "featuretopo.topology.rtd",
    "series": "featuretopo.compare.series",
    "train": "featuretopo.sae.trainer",
    "umap": "featuretopo.topology.embedding",
    "wasserstein": "featuretopo.topology.distances",
}
_SUBPACKAGES = ("figures", "llm", "sae", "similarity", "topology", "truth")

__all__ = ["__version__", *_ATTRIBUTES, *_SUBPACKAGES]


def __getattr__(name: str) -> Any:
    if name in _ATTRIBUTES:
        value = getattr(importlib.import_module(_ATTRIBUTES[name]), name)
    elif name in _SUBPACKAGES:
        value = importlib.import_module(f"featuretopo.{name}")
    else:
        raise AttributeError(f"module 'featuretopo' has no attribute {name!r}")
    globals()[name] = value
    return value


class _FrontDoor(ModuleType):
    """This module. Importing featuretopo.compare must not put the package over the function."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in _ATTRIBUTES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)

    def __reduce__(self) -> tuple[Callable[[str], ModuleType], tuple[str]]:
        """By name, as every module: functions that use it are sent to worker processes."""
        return importlib.import_module, (__name__,)


sys.modules[__name__].__class__ = _FrontDoor


def __dir__() -> list[str]:
    return sorted(__all__)
