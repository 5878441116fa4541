"""Source: whatever gives batches of activations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from featuretopo.random import RngLike


class Samples(Protocol):
    """A batch that holds activations."""

    @property
    def activations(self) -> npt.NDArray[Any]:
        """Activations, shape (b, d)."""
        ...


class Source(Protocol):
    """Where activations come from; a SimulatedLLM is one.

    The same `rng` must give the same batch, whatever was drawn before: a run that was stopped goes
    on with the batches it would have had.
    """

    def sample(self, n: int, *, rng: RngLike = None) -> Samples:
        """Draw `n` samples."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Activations:
    """A batch of activations of which nothing else is known.

    Attributes
    ----------
    activations : ndarray of float32, shape (b, d)
    """

    activations: npt.NDArray[np.float32]
