"""Mapper graphs as JSON, which comes back as it was."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import Any

import numpy as np

from featuretopo.errors import FeaturetopoError
from featuretopo.files import atomic
from featuretopo.topology.mapper.graph import IntArray, MapperGraph, check_graph
from featuretopo.topology.mapper.imported import imported

#: Of which format a file says that it is.
FORMAT = "featuretopo mapper/1"


def save_json(graph: MapperGraph, path: str | os.PathLike[str]) -> None:
    """Write all of a graph as JSON, which :func:`load_json` reads back to the last digit.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> rows = (np.array([0, 1]), np.array([1, 2]))
    >>> graph = MapperGraph(rows, np.array([[0, 1]]), np.zeros((3, 1)), 3, {"lens": "none"})
    >>> target = pathlib.Path(tempfile.mkdtemp()) / "graph.json"
    >>> save_json(graph, target)
    >>> load_json(target)
    MapperGraph(2 nodes, 1 edges, 1 components, 0 loops; covers 100% of 3 features)
    """
    check_graph(graph)
    told = {
        "format": FORMAT,
        "n_features": graph.n_features,
        "names": graph.names,
        "parameters": graph.parameters,
        "warnings": graph.warnings,
        "nodes": [rows.tolist() for rows in graph.members],
        "edges": graph.edges.tolist(),
        "triangles": graph.triangles.tolist(),
        "lens_axes": graph.lens.shape[1],
        "lens": graph.lens.tolist(),
    }
    with atomic(path) as temporary:
        temporary.write_text(json.dumps(told, allow_nan=False) + "\n", encoding="utf-8")


def load_json(path: str | os.PathLike[str]) -> MapperGraph:
    """Read a graph that :func:`save_json` wrote.

    Raises
    ------
    FeaturetopoError
        If there is no such file, it is no graph, or its nodes and edges do not fit together.
    """
    try:
        with open(os.fspath(path), encoding="utf-8") as file:
            told = json.load(file)
    except TypeError as error:
        raise FeaturetopoError(f"path={path!r} must be the name of a file") from error
    except OSError as error:
        raise FeaturetopoError(f"{path}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise FeaturetopoError(f"{path}: not JSON ({error}); write it with save_json") from error
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise FeaturetopoError(f"{path}: not a Mapper graph ({FORMAT}); write it with save_json")
    try:
        graph = _graph(told)
    except (KeyError, TypeError, ValueError, OverflowError, FeaturetopoError) as error:
        told = str(error) if isinstance(error, FeaturetopoError) else repr(error)
        raise FeaturetopoError(
            f"{path}: a damaged Mapper graph ({told}); write it again with save_json"
        ) from error
    return graph


def _graph(told: dict[str, Any]) -> MapperGraph:
    n = int(told["n_features"])
    nodes = told["nodes"]
    graph = imported(
        [_whole(rows, n) for rows in nodes],
        _whole(told["edges"], len(nodes)).reshape(-1, 2),
        np.array(told["lens"], np.float64).reshape(n, int(told["lens_axes"])),
        {str(key): str(value) for key, value in dict(told["parameters"]).items()},
        names=tuple(map(str, told["names"])),
        warnings=tuple(map(str, told["warnings"])),
    )
    triangles = _whole(told["triangles"], len(nodes)).reshape(-1, 3)
    if (np.diff(triangles, axis=1) <= 0).any():
        raise ValueError("a triangle has three nodes, smallest first")
    return replace(graph, triangles=triangles)


def _whole(numbers: Any, below: int) -> IntArray:
    given = np.array(numbers, dtype=np.float64)
    found: IntArray = given.astype(np.int64)
    if (found != given).any():
        raise ValueError(f"number {given[found != given][0].item()} must be whole")
    if found.size and not 0 <= found.min() <= found.max() < below:
        raise ValueError(f"number {found.max()} must be below {below}")
    return found
