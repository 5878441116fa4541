"""Whole models that were published or used before, one function each."""

from __future__ import annotations

from featuretopo.llm.cooccurrence.layout import Together
from featuretopo.llm.cooccurrence.legacy import Legacy
from featuretopo.llm.cooccurrence.sharkey_toy import SharkeyToy
from featuretopo.llm.frequency import ExponentialDecay
from featuretopo.llm.magnitude import UniformMagnitude
from featuretopo.llm.simulated import SimulatedLLM
from featuretopo.random import RngLike, child_seed, seed_of
from featuretopo.truth.ground_truth import GroundTruth
from featuretopo.truth.sphere import Sphere


def sharkey_toy(
    n: int = 512, d: int = 256, *, l0: float = 5.0, rng: RngLike = None
) -> SimulatedLLM:
    """Build the toy model of Sharkey, Braun and Millidge (2022).

    `n` uniform directions in R^d, frequencies in proportion to .99^i scaled to `l0` features a
    sample, correlated firing (:class:`SharkeyToy`), strengths uniform on (0, 1].

    Examples
    --------
    >>> batch = sharkey_toy(rng=0).sample(10_000, rng=0)
    >>> batch.activations.shape, round(float((batch.values > 0).sum(axis=1).mean()), 1)
    ((10000, 256), 5.0)
    """
    seed = seed_of(rng)
    return SimulatedLLM(
        GroundTruth([Sphere(n)], d, rng=child_seed(seed, "truth")),
        cooccurrence=Together(SharkeyToy()),
        frequency=ExponentialDecay(0.99, l0),
        magnitude=UniformMagnitude(0, 1),
        name="sharkey toy",
        rng=seed,
    )


def legacy_model(truth: GroundTruth, *, k: int = 32, rng: RngLike = None) -> SimulatedLLM:
    """Build the study's own generator on `truth`, its defects included (:class:`Legacy`).

    12 groups in the order of the rows, decay .99, `k` features a sample, strengths uniform on
    (0, 1]. The study took 512 features in 256 dimensions and k of 16 or 32.

    Examples
    --------
    >>> truth = GroundTruth([Sphere(512)], d=256, rng=0)
    >>> round(legacy_model(truth, rng=0).mean_l0, 6)
    32.0
    """
    return SimulatedLLM(
        truth,
        cooccurrence=Together(Legacy(k=k)),
        magnitude=UniformMagnitude(0, 1),
        name="legacy",
        rng=rng,
    )
