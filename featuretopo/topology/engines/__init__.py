"""Rips engines, one small adapter each: edges in, bars in dimensions >= 1 out.

``engine="auto"`` is ripser. All engines must agree; a test holds them to it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol

from featuretopo.errors import FeaturetopoError, did_you_mean
from featuretopo.topology.diagram import FloatArray
from featuretopo.topology.pairs import Edges


class Engine(Protocol):
    """Persistent homology of the flag complex of a weighted graph."""

    def __call__(self, edges: Edges, max_dim: int, coeff: int) -> list[FloatArray]:
        """Return the bars of dimensions 0 to `max_dim`; death inf for bars that never die."""
        ...


_ENGINES = ("ripser", "gudhi", "giotto")


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
