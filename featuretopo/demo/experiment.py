"""What the demo does, as data: one ground truth, six simulated LLMs, one SAE each.

Nothing is computed here but small things that every worker makes again from the seed.
"""

from __future__ import annotations

from dataclasses import dataclass

from featuretopo.llm import (
    Between,
    Codes,
    Cooccurrence,
    ExactlyK,
    Independent,
    PerShape,
    RandomRotation,
    SimulatedLLM,
    UniformMagnitude,
)
from featuretopo.random import child_seed
from featuretopo.sae import TopK
from featuretopo.truth import Blobs, Circle, GroundTruth, Sphere

D = 128
#: 12 blobs of 16 features, circles of 7, 12, 24 and 24, 160 uniform directions: 419 features.
SHAPES = (Blobs(12, 16, spread=0.75), Circle(7), Circle(12), Circle(24), Circle(24), Sphere(160))
#: Every blob and circle fires .2 features a sample, every lone direction .02: mean L0 6.4.
FREQUENCY = PerShape(joint=0.2, lone=0.02)
MAGNITUDE = UniformMagnitude(0.5, 1.5)

N_LATENTS = 512
ARCHITECTURE = TopK(7)
LEARNING_RATE = 4e-3
STEPS = 4000
BATCH_SIZE = 2048

HELD_OUT = 16_384  # samples for FVU, L0 and dead latents
DRAWS = 199  # null draws of every figure of a pair
SHARED = 4_096  # samples that all SAEs of one truth see, to pair their latents


@dataclass(frozen=True, slots=True)
class Model:
    """One simulated LLM of the demo.

    Attributes
    ----------
    name : str
    rule : Cooccurrence
        How the features of a blob or circle fire together.
    truth : str
        Which ground truth it has: models of one truth share all features.
    what : str
        What it is there for, in words.
    """

    name: str
    rule: Cooccurrence
    truth: str
    what: str


MODELS = (
    Model("exactly-1", ExactlyK(1), "home", "exactly one feature of an active shape fires"),
    Model("exactly-2", ExactlyK(2), "home", "exactly two features of an active shape fire"),
    Model("one-to-three", Between(1, 3), "home", "one to three features of an active shape fire"),
    Model("independent", Independent(), "home", "every feature fires on its own"),
    Model("twin", ExactlyK(1), "home", "exactly-1 again, other samples: 'the same'"),
    Model("stranger", ExactlyK(1), "abroad", "another truth of the same recipe: 'different'"),
)


def recipe(steps: int) -> dict[str, object]:
    """Tell what the demo makes, so that a reader knows what was compared.

    Examples
    --------
    >>> recipe(4000)["models"]["twin"]
    "exactly-1 again, other samples: 'the same'"
    """
    return {
        "models": {model.name: model.what for model in MODELS},
        "truth": f"{', '.join(map(repr, SHAPES))} in {D} dimensions",
        "firing": f"{FREQUENCY!r}, {MAGNITUDE!r}",
        "sae": f"{ARCHITECTURE!r} with {N_LATENTS} latents",
        "training": f"{steps} steps of {BATCH_SIZE} samples at a rate of {LEARNING_RATE}",
        "shared_samples": SHARED,
    }


def ground_truth(which: str, seed: int) -> GroundTruth:
    """Place the shapes; `which` names the truth."""
    return GroundTruth(SHAPES, D, rng=child_seed(seed, "truth", which))


def simulated_llm(model: Model, seed: int) -> SimulatedLLM:
    """Build a model on its truth, with a rotation of its own."""
    return SimulatedLLM(
        ground_truth(model.truth, seed),
        cooccurrence=model.rule,
        frequency=FREQUENCY,
        magnitude=MAGNITUDE,
        embedding=RandomRotation(),
        name=model.name,
        rng=child_seed(seed, "model", model.name),
    )


def shared_codes(model: Model, seed: int) -> Codes:
    """Draw the samples that pair latents: the same for all models of one truth.

    Every feature fires on its own in them, so that no rule is favoured.
    """
    source = SimulatedLLM(
        ground_truth(model.truth, seed), frequency=FREQUENCY, magnitude=MAGNITUDE, name=model.truth
    )
    return source.codes(SHARED, rng=child_seed(seed, "shared codes", model.truth))
