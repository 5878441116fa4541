"""Frozen results as arrays and JSON, and back: what a stage hands to the next through a file."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.bench.stages.catalogue import Result
from featuretopo.compare import Measure, Recovery, ShapeRecovery
from featuretopo.dictionary import Dictionary
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.clusters import Cluster
from featuretopo.topology.diagram import Diagram
from featuretopo.topology.embedding import Embedding
from featuretopo.topology.loops import Loop
from featuretopo.topology.mapper.graph import MapperGraph

_KNOWN = {
    each.__name__: each
    for each in (
        Arrangement,
        Cluster,
        Diagram,
        Dictionary,
        Embedding,
        Loop,
        MapperGraph,
        Measure,
        Recovery,
        ShapeRecovery,
    )
}


def pack(record: Any) -> Result:
    """Take a frozen result apart.

    Examples
    --------
    >>> packed = pack(Dictionary([[1, 0], [0, 1]], names=["up", "left"]))
    >>> unpack(packed)
    Dictionary(2 features, 2 dimensions)
    """
    arrays: dict[str, npt.NDArray[Any]] = {}

    def take(value: Any) -> Any:
        if dataclasses.is_dataclass(value):
            fields = {f.name: take(getattr(value, f.name)) for f in dataclasses.fields(value)}
            return {"record": type(value).__name__, "fields": fields}
        if isinstance(value, np.ndarray):
            arrays[str(len(arrays))] = value
            return {"array": str(len(arrays) - 1)}
        if isinstance(value, np.generic):
            return value.item()
        if isinstance(value, (tuple, list)):
            return [take(item) for item in value]
        if isinstance(value, dict):
            return {"table": {key: take(item) for key, item in value.items()}}
        return value

    tree = take(record)
    return Result(arrays, {"tree": tree})


def unpack(packed: Result) -> Any:
    """Put a frozen result together again, equal to what :func:`pack` was given, to the bit."""

    def build(value: Any) -> Any:
        if isinstance(value, list):
            return tuple(map(build, value))
        if not isinstance(value, dict):
            return value
        if "array" in value:
            return packed.arrays[value["array"]]
        if "table" in value:
            return {key: build(item) for key, item in value["table"].items()}
        return _KNOWN[value["record"]](
            **{key: build(item) for key, item in value["fields"].items()}
        )

    return build(packed.values["tree"])
