"""Stream: numbered batches of a simulated LLM."""

from __future__ import annotations

from collections.abc import Iterator

from featuretopo.checks import is_whole
from featuretopo.errors import FeaturetopoError
from featuretopo.llm.simulated import Batch, SimulatedLLM
from featuretopo.random import child_seed


class Stream:
    """Numbered batches of a simulated LLM; iterate, or take any of them by its number.

    Batch i is the same whoever makes it, in whatever order, on whatever machine of one kind.

    Examples
    --------
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> model = SimulatedLLM(GroundTruth([Circle(12)], d=8, rng=0), rng=0)
    >>> stream = model.stream(100, rng=0)
    >>> first = next(iter(stream))
    >>> bool((first.activations == stream.batch(0).activations).all())
    True
    """

    def __init__(self, model: SimulatedLLM, batch_size: int, seed: int) -> None:
        self.model = model
        self.batch_size = batch_size
        self.seed = seed

    def batch(self, number: int) -> Batch:
        """Make batch `number`, counted from 0."""
        if not is_whole(number) or number < 0:
            raise FeaturetopoError(f"batch {number!r}: batches are numbered from 0")
        return self.model.sample(self.batch_size, rng=child_seed(self.seed, "stream", number))

    def __iter__(self) -> Iterator[Batch]:
        number = 0
        while True:
            yield self.batch(number)
            number += 1
