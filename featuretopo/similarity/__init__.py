"""Similarity: how alike two sets of features are, by cosine, matching, rotation and correlation."""

from featuretopo.similarity.cca import (
    CCA,
    cca,
    cca_of_bases,
    column_basis,
    svcca,
)
from featuretopo.similarity.chance import chance_bound, chance_cosine
from featuretopo.similarity.cka import Gaussian, Linear, cka
from featuretopo.similarity.code_correlation import code_correlation
from featuretopo.similarity.distance_correlation import distance_correlation
from featuretopo.similarity.gromov_wasserstein import GromovWasserstein, gromov_wasserstein
from featuretopo.similarity.match import match, match_codes
from featuretopo.similarity.matching import Matching
from featuretopo.similarity.mmcs import MMCS, mmcs
from featuretopo.similarity.nearest import BestMatches, best_matches
from featuretopo.similarity.neighbourhoods import (
    NeighbourOverlap,
    knn_jaccard,
    rank_biased_overlap,
)
from featuretopo.similarity.one_to_one import one_to_one_share
from featuretopo.similarity.procrustes import (
    Procrustes,
    angular_shape_distance,
    procrustes,
    procrustes_angular,
    procrustes_euclidean,
)
from featuretopo.similarity.pwcca import PWCCA, pwcca
from featuretopo.similarity.recovery import (
    LatentOrigins,
    NearestNeighbourTest,
    absorbed_children,
    latent_origins,
    nearest_neighbour_test,
)
from featuretopo.similarity.rsa import rsa
from featuretopo.similarity.soft_matching import (
    SoftMatching,
    permutation_angular,
    soft_matching,
)

__all__ = [
    "CCA",
    "MMCS",
    "PWCCA",
    "BestMatches",
    "Gaussian",
    "GromovWasserstein",
    "LatentOrigins",
    "Linear",
    "Matching",
    "NearestNeighbourTest",
    "NeighbourOverlap",
    "Procrustes",
    "SoftMatching",
    "absorbed_children",
    "angular_shape_distance",
    "best_matches",
    "cca",
    "cca_of_bases",
    "chance_bound",
    "chance_cosine",
    "cka",
    "code_correlation",
    "column_basis",
    "distance_correlation",
    "gromov_wasserstein",
    "knn_jaccard",
    "latent_origins",
    "match",
    "match_codes",
    "mmcs",
    "nearest_neighbour_test",
    "one_to_one_share",
    "permutation_angular",
    "procrustes",
    "procrustes_angular",
    "procrustes_euclidean",
    "pwcca",
    "rank_biased_overlap",
    "rsa",
    "soft_matching",
    "svcca",
]
