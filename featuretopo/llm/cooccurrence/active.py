"""When a shape is active: the part that all rules share whose features fire in company."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
from numba import njit

from featuretopo.errors import FeaturetopoError
from featuretopo.llm.cooccurrence.rule import Fired, Firing


@runtime_checkable
class ActiveFiring(Firing, Protocol):
    """A firing in two steps: the shape is active or not; if it is, some features fire."""

    @property
    def activity(self) -> float:
        """Probability that the shape is active in a sample."""
        ...

    def fire_in(self, samples: npt.NDArray[np.int32], rng: np.random.Generator) -> Fired:
        """Draw which features fire in each of `samples`, in which the shape is active."""
        ...


def check_activity(rule: object, name: str, activity: float) -> None:
    """Refuse a shape that would have to be active more than always."""
    if activity > 1 + 1e-12:
        raise FeaturetopoError(
            f"{rule!r} on {name}: it would have to be active with probability {activity:.3g}, "
            "which must be at most 1; lower the frequency"
        )


def active_samples(n: int, activity: float, rng: np.random.Generator) -> npt.NDArray[np.int32]:
    """Draw the samples, ascending, in which something of this activity is active.

    Examples
    --------
    >>> active_samples(4, 1.0, np.random.default_rng(0)).tolist()
    [0, 1, 2, 3]
    """
    if activity >= 1:
        return np.arange(n, dtype=np.int32)
    mean = n * activity
    room = int(mean + 6 * np.sqrt(mean)) + 8
    samples: npt.NDArray[np.int32] = _gaps(n, -1 / np.log1p(-activity), room, rng)
    return samples


@njit(cache=True)
def _gaps(n, scale, room, rng) -> Any:  # type: ignore[no-untyped-def] # pragma: no cover
    samples = np.empty(room, np.int32)
    count, at = 0, -1.0
    while True:
        # a rounded-down exponential is geometric; in float64 a gap of any length stays exact enough
        at += 1 + np.floor(rng.standard_exponential() * scale)
        if at >= n:
            return samples[:count]
        if count == len(samples):
            samples = np.concatenate((samples, np.empty(count, np.int32)))
        samples[count] = at
        count += 1
