"""The scores stage: an SAE beside its truth, by cosines alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from featuretopo.bench.stages.catalogue import Result
from featuretopo.bench.stages.live import FEWEST, live_dictionary
from featuretopo.bench.stages.row import row
from featuretopo.similarity import latent_origins, mmcs, nearest_neighbour_test

_BY_COSINE = (
    "mmcs",
    "mmcs_back",
    "nearest_neighbour_pass_share",
    "distinct_share",
    "merged_latents",
    "split_features",
    "spurious_latents",
)


def scores(parameters: Mapping[str, Any], inputs: Sequence[Result]) -> Result:
    """Measure what needs no topology."""
    samples, sae = inputs
    alive, n_latents = len(sae.arrays["alive"]), len(sae.arrays["W_dec"])
    found = {
        "fvu": sae.values["fvu"],
        "l0": sae.values["l0"],
        "dead_share": 1 - alive / n_latents,
        **(_cosines(samples, sae) if alive >= FEWEST else dict.fromkeys(_BY_COSINE)),
    }
    return Result({}, {"rows": [row(name, value) for name, value in found.items()]})


def _cosines(samples: Result, sae: Result) -> dict[str, float | None]:
    truth = samples.arrays["dictionary"]
    learned = live_dictionary(sae)
    test = nearest_neighbour_test(truth, learned)
    cosines = mmcs(truth, learned)
    origins = latent_origins(truth, learned)
    values = (
        cosines.a_to_b,
        cosines.b_to_a,
        test.pass_share,
        len(set(test.best.tolist())) / len(truth),
        len(test.merged),
        len(origins.split),
        len(origins.spurious),
    )
    return dict(zip(_BY_COSINE, values, strict=True))
