"""Named random streams: every random number has a seed and a name, never a global state.

The same seed and name give the same numbers, whatever was drawn elsewhere, in whatever order
and by however many workers.
"""

from __future__ import annotations

import hashlib
from typing import Any, TypeAlias

import numpy as np

from featuretopo.errors import FeaturetopoError

RngLike: TypeAlias = int | np.integer[Any] | np.random.Generator | None


def seed_of(rng: RngLike) -> int:
    """Turn what a caller passed as ``rng`` into one integer seed.

    An integer is taken as it is; a Generator is advanced by one draw; None takes fresh entropy.
    Call it once at the entrance of a public function, then open named streams on the result.

    Examples
    --------
    >>> seed_of(7)
    7
    """
    if rng is None:
        return int(np.random.SeedSequence().generate_state(1, np.uint64)[0])
    if isinstance(rng, np.random.Generator):
        return int(rng.integers(2**63))
    if isinstance(rng, (int, np.integer)) and not isinstance(rng, bool) and rng >= 0:
        return int(rng)
    raise FeaturetopoError(f"rng={rng!r} must be a non-negative integer, a numpy Generator or None")


def stream(seed: int, *names: str | int) -> np.random.Generator:
    """Open the random stream called `names` under `seed`.

    Examples
    --------
    >>> a = stream(0, "llm", "twin").random()
    >>> a == stream(0, "llm", "twin").random()
    True
    >>> a == stream(0, "llm", "stranger").random()
    False
    """
    digest = hashlib.blake2b("\x1f".join(map(str, names)).encode(), digest_size=16).digest()
    key = tuple(int(word) for word in np.frombuffer(digest, dtype="<u4"))
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def child_seed(seed: int, *names: str | int) -> int:
    """Derive one integer seed, for libraries that take nothing else (torch, umap-learn).

    Examples
    --------
    >>> child_seed(0, "umap") == child_seed(0, "umap")
    True
    """
    return int(stream(seed, *names).integers(2**31))
