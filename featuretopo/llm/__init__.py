"""Simulated LLMs: how often and with whom features fire, how strongly, and in which space."""

from featuretopo.llm.codes import Codes
from featuretopo.llm.cooccurrence import Between, Cooccurrence, ExactlyK, Independent
from featuretopo.llm.embedding import Embedding, Identity, RandomRotation
from featuretopo.llm.frequency import PerShape
from featuretopo.llm.magnitude import Constant, Magnitude, UniformMagnitude
from featuretopo.llm.simulated import Batch, SimulatedLLM

__all__ = [
    "Batch",
    "Between",
    "Codes",
    "Constant",
    "Cooccurrence",
    "Embedding",
    "ExactlyK",
    "Identity",
    "Independent",
    "Magnitude",
    "PerShape",
    "RandomRotation",
    "SimulatedLLM",
    "UniformMagnitude",
]
