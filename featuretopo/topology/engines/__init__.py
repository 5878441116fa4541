"""Rips engines, one small adapter each: edges in, bars in dimensions >= 1 out.

All engines must agree; a test holds them to it.
"""

from __future__ import annotations

import logging
from importlib import import_module
from typing import Protocol

from featuretopo.errors import FeaturetopoError, did_you_mean
from featuretopo.topology.diagram import FloatArray
from featuretopo.topology.pairs import Edges

_log = logging.getLogger(__name__)

_ENGINES = ("ripser", "gudhi", "giotto")
_FEW = 10  # simplices to an edge: with fewer, gudhi's time is less, with more, ripser's
LARGEST_PRIME = 46337  # any engine takes
_LARGEST_PRIME = {
    "ripser": 127,
    "giotto": 251,
    "gudhi": LARGEST_PRIME,
}  # above, they fail or are wrong
_PER_SECOND = {"gudhi": 1e6, "ripser": 2e7, "giotto": 2e7}  # simplices; many bars slow the latter
_FLOAT32_PLACES = 2**24  # whole numbers that a float32 can tell apart


class Engine(Protocol):
    """Persistent homology of the flag complex of a weighted graph."""

    def __call__(self, edges: Edges, max_dim: int, coeff: int) -> list[FloatArray]:
        """Return the bars of dimensions 0 to `max_dim`; death inf for bars that never die."""
        ...


def engine(name: str) -> Engine:
    """Look an engine up by name; its library is imported when it is called.

    Examples
    --------
    >>> engine("ripser").__name__
    'bars'
    """
    if name not in _ENGINES:
        raise FeaturetopoError(f"unknown engine {name!r}{did_you_mean(name, ['auto', *_ENGINES])}")
    found: Engine = import_module(f"featuretopo.topology.engines.{name}_engine").bars
    return found


def fitting_engine(name: str, edges: Edges, simplices: int, coeff: int = 2) -> str:
    """Resolve "auto", and log the choice and the least time that it will take.

    ripser skips most triangles of a dense complex, and is slow where many loops live long in a
    sparse one; gudhi's time follows the number of simplices, and it alone takes large primes.

    Examples
    --------
    >>> import numpy as np
    >>> path = Edges(np.array([[0, 1], [1, 2]]), np.ones(2), 3)
    >>> fitting_engine("auto", path, 2), fitting_engine("auto", path, 200)
    ('gudhi', 'ripser')
    """
    per_edge = simplices / max(1, len(edges.pairs))
    many, large = len(edges.pairs) > _FLOAT32_PLACES, coeff > _LARGEST_PRIME["ripser"]
    if name == "auto":
        name = "gudhi" if per_edge <= _FEW or many or large else "ripser"
    elif coeff > _LARGEST_PRIME[name]:
        raise FeaturetopoError(
            f"coeff={coeff}: {name} takes primes up to {_LARGEST_PRIME[name]}; take a smaller one, "
            "or engine='gudhi'"
        )
    elif many and name != "gudhi":
        raise FeaturetopoError(
            f"{len(edges.pairs):,} edges: {name} computes in float32, which tells no more than "
            f"{_FLOAT32_PLACES:,} apart; take engine='gudhi', or lower max_scale"
        )
    seconds = simplices / _PER_SECOND[name]
    _log.info("%s, %.1f simplices to an edge: %.1f s or more", name, per_edge, seconds)
    return name
