"""Simulated LLMs: how often and with whom features fire, how strongly, and in which space."""

from featuretopo.llm.codes import Codes
from featuretopo.llm.cooccurrence import (
    Between,
    Bump,
    ByShape,
    Cooccurrence,
    Correlated,
    EachShape,
    ExactlyK,
    Hierarchical,
    Independent,
    Layout,
    Legacy,
    LowRank,
    Mixture,
    MutuallyExclusive,
    Nested,
    SharkeyToy,
    Together,
)
from featuretopo.llm.description import load_llm
from featuretopo.llm.embedding import (
    Embedding,
    Identity,
    RandomProjection,
    RandomRotation,
    Rotation,
)
from featuretopo.llm.family import Family, family
from featuretopo.llm.frequency import (
    ExponentialDecay,
    Frequency,
    Given,
    PerShape,
    UniformFrequency,
    Zipf,
)
from featuretopo.llm.magnitude import (
    Constant,
    Exponential,
    HalfNormal,
    LogNormal,
    Magnitude,
    UniformMagnitude,
)
from featuretopo.llm.presets import legacy_model, sharkey_toy
from featuretopo.llm.simulated import Batch, SimulatedLLM
from featuretopo.llm.stream import Stream

__all__ = [
    "Batch",
    "Between",
    "Bump",
    "ByShape",
    "Codes",
    "Constant",
    "Cooccurrence",
    "Correlated",
    "EachShape",
    "Embedding",
    "ExactlyK",
    "Exponential",
    "ExponentialDecay",
    "Family",
    "Frequency",
    "Given",
    "HalfNormal",
    "Hierarchical",
    "Identity",
    "Independent",
    "Layout",
    "Legacy",
    "LogNormal",
    "LowRank",
    "Magnitude",
    "Mixture",
    "MutuallyExclusive",
    "Nested",
    "PerShape",
    "RandomProjection",
    "RandomRotation",
    "Rotation",
    "SharkeyToy",
    "SimulatedLLM",
    "Stream",
    "Together",
    "UniformFrequency",
    "UniformMagnitude",
    "Zipf",
    "family",
    "legacy_model",
    "load_llm",
    "sharkey_toy",
]
