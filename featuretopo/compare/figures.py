"""The figures of a pair that are taken through a matching, and redone whole on every null draw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from featuretopo.compare.overlap import IntArray, overlap
from featuretopo.compare.pairing import BY_NAME
from featuretopo.compare.verdict import LEVEL
from featuretopo.errors import FeaturetopoError
from featuretopo.similarity import Matching, cca, mmcs, procrustes, svcca
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.clusters import Cluster
from featuretopo.topology.loops import Loop


def paired_figures(a: Arrangement, b: Arrangement, matching: Matching) -> dict[str, float]:
    """Every figure that needs partners. One that cannot be computed is left out.

    Parameters
    ----------
    a, b : Arrangement
    matching : Matching
    """
    pairs = matching.pairs
    found = {}
    if matching.method != BY_NAME:  # names either match or do not: they have no score
        found["matched_score"] = float(matching.score.mean()) if len(pairs) else 0.0
    after = mmcs_after_procrustes(a, b, pairs)
    if after is not None:
        found["mmcs_after"] = after
    x, y = a.dictionary.unit[pairs[:, 0]], b.dictionary.unit[pairs[:, 1]]
    for name, figure in (("mean_cca", cca), ("svcca", svcca)):
        try:
            found[name] = figure(x, y).mean
        except FeaturetopoError:  # too few pairs: every correlation would be 1 by counting alone
            continue
    for name, (of_a, of_b) in groups(a, b).items():
        if of_a or of_b:
            found[name] = overlap(of_a, of_b, pairs)
    return found


def mmcs_after_procrustes(a: Arrangement, b: Arrangement, pairs: IntArray) -> float | None:
    """MMCS after the rotation that brings matched features together, of features left out of it.

    The rotation is fitted on one half of the pairs and MMCS, both ways, is taken over the
    features outside that half; then the other way round; the mean of the two. None with fewer
    pairs than dimensions in a half: the rotation would be left to chance.
    """
    x, y = a.dictionary.unit, b.dictionary.unit
    halves = [pairs[0::2], pairs[1::2]]
    if min(map(len, halves)) < min(x.shape[1], y.shape[1]):
        return None
    scores = []
    for half in halves:
        rotation = procrustes(x[half[:, 0]], y[half[:, 1]]).rotation.astype(np.float32)
        turned = x @ rotation
        rest_a = np.setdiff1d(np.arange(len(x)), half[:, 0])
        rest_b = np.setdiff1d(np.arange(len(y)), half[:, 1])
        scores += [mmcs(turned[rest_a], y).a_to_b, mmcs(y[rest_b], turned).a_to_b]
    return float(np.mean(scores))


def groups(a: Arrangement, b: Arrangement) -> dict[str, tuple[list[IntArray], list[IntArray]]]:
    """Members of the clusters and loops that count, of both sides, by the name of their figure."""
    return {
        "cluster_overlap": (_that_count(a.clusters), _that_count(b.clusters)),
        "loop_overlap": (_that_count(a.loops), _that_count(b.loops)),
    }


def _that_count(found: Sequence[Cluster] | Sequence[Loop]) -> list[IntArray]:
    return [group.members for group in found if group.p_value <= LEVEL]
