"""Similarity: how alike two sets of features are, by cosine, matching, rotation and correlation."""

from featuretopo.similarity.cca import CCA, cca, cca_of_bases, column_basis, svcca
from featuretopo.similarity.match import Matching, code_correlation, match, match_codes
from featuretopo.similarity.mmcs import MMCS, mmcs
from featuretopo.similarity.nearest import BestMatches, best_matches
from featuretopo.similarity.procrustes import (
    Procrustes,
    angular_shape_distance,
    procrustes,
    procrustes_angular,
    procrustes_euclidean,
)
from featuretopo.similarity.recovery import NearestNeighbourTest, nearest_neighbour_test

__all__ = [
    "CCA",
    "MMCS",
    "BestMatches",
    "Matching",
    "NearestNeighbourTest",
    "Procrustes",
    "angular_shape_distance",
    "best_matches",
    "cca",
    "cca_of_bases",
    "code_correlation",
    "column_basis",
    "match",
    "match_codes",
    "mmcs",
    "nearest_neighbour_test",
    "procrustes",
    "procrustes_angular",
    "procrustes_euclidean",
    "svcca",
]
