"""Co-occurrence: which features fire together; families, lobes, and whether geometry knows."""

from featuretopo.topology.cooccurrence.affinity import Affinity, affinity_matrix
from featuretopo.topology.cooccurrence.agreement import Agreement, agreement
from featuretopo.topology.cooccurrence.counts import PairCounts, pair_counts
from featuretopo.topology.cooccurrence.forest import FeatureFamily, FeatureForest, families
from featuretopo.topology.cooccurrence.lobes import Lobes, lobes

__all__ = [
    "Affinity",
    "Agreement",
    "FeatureFamily",
    "FeatureForest",
    "Lobes",
    "PairCounts",
    "affinity_matrix",
    "agreement",
    "families",
    "lobes",
    "pair_counts",
]
