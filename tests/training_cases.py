"""Small sources and runs for tests of the trainer."""

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from featuretopo.llm import ExactlyK, SimulatedLLM
from featuretopo.truth import Blobs, Circle, GroundTruth

NAN, INF = float("nan"), float("inf")
MODEL = SimulatedLLM(
    GroundTruth([Circle(12), Blobs(3, 4)], 16, rng=0), cooccurrence=ExactlyK(1), rng=0
)
SMALL = {"n_latents": 20, "steps": 30, "batch_size": 64, "rng": 0}


@pytest.fixture(autouse=True)
def one_thread():
    """Hold the number of threads, on which bits depend; for these sizes one is fastest."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@dataclass
class Fixed:
    """A source that gives the same array every time; from `turn` on, `then`."""

    array: np.ndarray
    turn: int = 10**9
    then: np.ndarray | None = None
    calls: int = 0

    def sample(self, n, *, rng=None):
        self.calls += 1
        return SimpleNamespace(activations=self.array if self.calls <= self.turn else self.then)


def weights(sae):
    return {name: value.detach() for name, value in sae.named_parameters()}
