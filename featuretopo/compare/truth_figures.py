"""Figures of an SAE against a truth, each beside what a truth it never saw would give."""

from __future__ import annotations

import numpy as np

from featuretopo.compare.measure import Measure, beside_null
from featuretopo.compare.verdict import LEVEL
from featuretopo.dictionary import Dictionary
from featuretopo.draws import over_draws
from featuretopo.nulls import random_rotation
from featuretopo.random import stream
from featuretopo.similarity import NearestNeighbourTest
from featuretopo.similarity.mmcs import mmcs
from featuretopo.similarity.recovery import nearest_neighbour_test
from featuretopo.topology.arrangement import Arrangement
from featuretopo.truth import GroundTruth

STRANGER = "a truth of the same shapes that the SAE never saw: this one turned by a random rotation"

_QUICK = 8192  # features on both sides, up to which a draw takes a second at most

_TITLES = {
    "mmcs_truth_to_sae": "MMCS, truth to SAE",
    "mmcs_sae_to_truth": "MMCS, SAE to truth",
    "nearest_neighbour_pass_share": "Features that pass the nearest-neighbour test",
    "distinct_share": "Distinct best latents per feature",
    "cluster_agreement": "Agreement of clusters",
}


def truth_measures(
    truth: GroundTruth,
    carried: Dictionary,
    test: NearestNeighbourTest,
    learned: Arrangement,
    seed: int,
) -> tuple[Measure, ...]:
    """Measure an SAE against its truth and against strangers.

    MMCS both ways, the share of true features that pass the nearest-neighbour test, the number of
    best latents per true feature, and the adjusted mutual information of shapes and clusters. Of 99
    strangers, of 19 where there are more than 8,192 features.

    Parameters
    ----------
    truth : GroundTruth
    carried : Dictionary
        Its features in the SAE's space.
    test : NearestNeighbourTest
        Of `carried` and `learned`.
    learned : Arrangement
    seed : int
    """
    observed = _figures(truth, carried, test, learned)
    few = len(carried) + len(learned.dictionary) <= _QUICK
    unit = carried.unit

    def strange(draw: int) -> dict[str, float]:
        turn = random_rotation(carried.d, stream(seed, "stranger", draw)).astype(np.float32)
        stranger = Dictionary(unit @ turn)
        tried = nearest_neighbour_test(stranger, learned.dictionary)
        return _figures(truth, stranger, tried, learned)

    null = over_draws(strange, 99 if few else 19, heavy=not few)
    return tuple(
        beside_null(name, _TITLES[name], value, [each[name] for each in null], STRANGER)
        for name, value in observed.items()
    )


def _figures(
    truth: GroundTruth, carried: Dictionary, test: NearestNeighbourTest, learned: Arrangement
) -> dict[str, float]:
    scores = mmcs(carried, learned.dictionary)
    found = {
        "mmcs_truth_to_sae": scores.a_to_b,
        "mmcs_sae_to_truth": scores.b_to_a,
        "nearest_neighbour_pass_share": test.pass_share,
        "distinct_share": len(np.unique(test.best)) / len(carried),
    }
    agreement = _cluster_agreement(truth, test, learned)
    return found if agreement is None else found | {"cluster_agreement": agreement}


def _cluster_agreement(
    truth: GroundTruth, test: NearestNeighbourTest, learned: Arrangement
) -> float | None:
    from sklearn.metrics import adjusted_mutual_info_score

    # a loop that can be seen hangs together too
    there = [shape.members for shape in truth.shapes if shape.expected != "nothing"]
    if not there:
        return None
    alone = np.arange(len(test.best))
    true, found = alone.copy(), alone.copy()
    for number, members in enumerate(there):
        true[members] = len(alone) + number
    of_latent = np.full(len(learned.dictionary), -1)
    for number, cluster in enumerate(c for c in learned.clusters if c.p_value <= LEVEL):
        of_latent[cluster.members] = number
    in_cluster = np.where(test.own >= 0, of_latent[test.own], -1)
    found[in_cluster >= 0] = len(alone) + in_cluster[in_cluster >= 0]
    return float(adjusted_mutual_info_score(true, found))
