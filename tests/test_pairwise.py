"""All pairs of diagrams: each entry is the distance of its two."""

from __future__ import annotations

import numpy as np
import pytest
from reference import gaussian
from scipy.spatial.distance import pdist, squareform

from featuretopo.errors import FeaturetopoError
from featuretopo.topology import (
    bottleneck,
    pairwise_distances,
    persistence,
    sliced_wasserstein,
    wasserstein,
)

DISTANCES = {
    "bottleneck": bottleneck,
    "wasserstein": lambda a, b, dim: wasserstein(a, b, dim, 2, "l2"),
    "sliced_wasserstein": sliced_wasserstein,
}


@pytest.fixture(scope="module")
def diagrams():
    return [persistence(gaussian(25, 3, seed), max_scale=cut) for seed, cut in enumerate((1, 1, 2))]


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("name", DISTANCES)
def test_every_entry_is_the_distance_of_its_pair(diagrams, name, n_jobs):
    for dim in (0, 1):
        found = pairwise_distances(diagrams, dim, name, order=2, ground="l2", n_jobs=n_jobs)
        for i, a in enumerate(diagrams):
            for j, b in enumerate(diagrams):
                if i == j:
                    assert found.low[i, i] == found.high[i, i] == 0
                    continue
                one = DISTANCES[name](a, b, dim)
                assert found.low[i, j] == pytest.approx(one.low)
                assert found.high[i, j] == pytest.approx(one.high)
        assert (found.low <= found.high).all()
        np.testing.assert_array_equal(found.low, found.low.T)


def test_what_makes_no_matrix_is_refused(diagrams):
    with pytest.raises(FeaturetopoError, match="1 diagrams make no pair"):
        pairwise_distances(diagrams[:1], 1)
    with pytest.raises(FeaturetopoError, match="'bottelneck'; did you mean 'bottleneck'"):
        pairwise_distances(diagrams, 1, "bottelneck")
    chords = squareform(pdist(np.random.default_rng(0).standard_normal((6, 3))))
    other = persistence(chords, metric="precomputed", max_scale=9)
    with pytest.raises(FeaturetopoError, match="metric 'chord' and 'precomputed' differ"):
        pairwise_distances([diagrams[0], other], 1, n_jobs=1)
    with pytest.raises(FeaturetopoError, match="no dimension 3"):
        pairwise_distances(diagrams, 3, n_jobs=1)
