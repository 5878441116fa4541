"""The scores stage: an SAE beside its truth, by cosines alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from featuretopo.bench.stages.catalogue import Result
from featuretopo.bench.stages.live import live_dictionary
from featuretopo.bench.stages.row import row
from featuretopo.similarity import latent_origins, mmcs, nearest_neighbour_test


def scores(parameters: Mapping[str, Any], inputs: Sequence[Result]) -> Result:
    """Measure what needs no topology."""
    samples, sae = inputs
    truth = samples.arrays["dictionary"]
    learned = live_dictionary(sae)
    test = nearest_neighbour_test(truth, learned)
    cosines = mmcs(truth, learned)
    origins = latent_origins(truth, learned)
    found = {
        "fvu": sae.values["fvu"],
        "l0": sae.values["l0"],
        "dead_share": 1 - len(learned) / len(sae.arrays["W_dec"]),
        "mmcs": cosines.a_to_b,
        "mmcs_back": cosines.b_to_a,
        "nearest_neighbour_pass_share": test.pass_share,
        "distinct_share": len(set(test.best.tolist())) / len(truth),
        "merged_latents": len(test.merged),
        "split_features": len(origins.split),
        "spurious_latents": len(origins.spurious),
    }
    return Result({}, {"rows": [row(name, value) for name, value in found.items()]})
