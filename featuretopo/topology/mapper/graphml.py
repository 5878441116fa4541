"""Mapper graphs as GraphML, for programs that draw graphs, and back."""

from __future__ import annotations

import json
import os
from typing import Any
from xml.etree.ElementTree import ParseError

import networkx as nx
import numpy as np

from featuretopo.errors import FeaturetopoError
from featuretopo.files import atomic
from featuretopo.topology.mapper.graph import MapperGraph, check_graph
from featuretopo.topology.mapper.imported import OWN, imported


def save_graphml(graph: MapperGraph, path: str | os.PathLike[str]) -> None:
    """Write all of a graph as GraphML; :func:`load_graphml` reads it back.

    Each node has its ``size``, the mean, least and largest lens value along each axis
    (``lens0_mean``, ...), its ``members``, the names of its features, and its ``rows``, their
    numbers; each edge the number of features ``shared``. The graph has as attributes its
    parameters (``lens``, ``cover``, ...), ``n_features``, ``coverage``, ``components``, ``loops``,
    ``warnings``, the ``names`` of all features and their ``lens_values``. Lists are JSON.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> rows = (np.array([0, 1]), np.array([1, 2]))
    >>> graph = MapperGraph(rows, np.array([[0, 1]]), np.zeros((3, 1)), 3, {"lens": "none"})
    >>> target = pathlib.Path(tempfile.mkdtemp()) / "graph.graphml"
    >>> save_graphml(graph, target)
    >>> nx.read_graphml(target).nodes["0"]["members"]
    '["0", "1"]'
    >>> load_graphml(target)
    MapperGraph(2 nodes, 1 edges, 1 components, 0 loops; covers 100% of 3 features)
    """
    check_graph(graph)
    components, loops = graph.betti_numbers
    told: dict[str, Any] = {
        "n_features": graph.n_features,
        "coverage": graph.coverage,
        "components": components,
        "loops": loops,
        "warnings": json.dumps(graph.warnings),
        "names": json.dumps(graph.names),
        "lens_values": json.dumps(graph.lens.tolist()),
    }
    # as JSON, whatever a name holds: GraphML has no lists, and no control characters
    words = {key: json.dumps(value) for key, value in graph.parameters.items()}
    drawn = nx.Graph()
    drawn.graph.update(words | told)
    found = graph.lens_statistics()
    for node, rows in enumerate(graph.members):
        values = {
            f"lens{axis}_{what}": float(of[node, axis])
            for axis in range(graph.lens.shape[1])
            for what, of in (("mean", found.mean), ("low", found.low), ("high", found.high))
        }
        members = json.dumps([graph.name(row) for row in rows.tolist()])
        numbers = json.dumps(rows.tolist())
        drawn.add_node(node, size=len(rows), members=members, rows=numbers, **values)
    for (i, j), rows in zip(graph.edges.tolist(), graph.shared(), strict=True):
        drawn.add_edge(i, j, shared=len(rows))
    with atomic(path) as temporary:
        nx.write_graphml_xml(drawn, temporary)


def load_graphml(path: str | os.PathLike[str]) -> MapperGraph:
    """Read a graph that :func:`save_graphml` wrote, or a program that kept its attributes.

    Triangles are those of nodes that share a feature; nodes are numbered as they come.

    Raises
    ------
    FeaturetopoError
        If there is no such file, it is no GraphML, lacks what makes it a Mapper graph, or its
        parts do not fit together.
    """
    try:
        read = nx.read_graphml(path)
    except OSError as error:
        raise FeaturetopoError(f"{path}: cannot be read ({error.strerror})") from error
    except (ParseError, nx.NetworkXException, KeyError, ValueError, TypeError) as error:
        raise FeaturetopoError(
            f"{path}: no GraphML ({error}); write it with save_graphml"
        ) from error
    told = {key: value for key, value in read.graph.items() if not key.endswith("_default")}
    lacking = [key for key in ("n_features", "names", "lens_values") if key not in told]
    lacking += ["rows"] if any("rows" not in held for _, held in read.nodes(data=True)) else []
    if lacking:
        raise FeaturetopoError(
            f"{path}: not a Mapper graph: {', '.join(lacking)} is lacking; write it with "
            "save_graphml, or read it by networkx and use from_networkx"
        )
    try:
        return _graph(read, told)
    except FeaturetopoError as error:
        raise FeaturetopoError(f"{path}: {error}") from error
    except (TypeError, ValueError) as error:
        raise FeaturetopoError(
            f"{path}: a damaged Mapper graph ({error}); write it again with save_graphml"
        ) from error


def _graph(read: nx.Graph, told: dict[str, Any]) -> MapperGraph:
    number = {node: place for place, node in enumerate(read)}
    n = int(told["n_features"])
    lens = np.array(json.loads(told["lens_values"]), np.float64)
    if len(lens) != n:
        raise ValueError(f"lens values of {len(lens)} features, of {n}")
    return imported(
        [json.loads(held["rows"]) for _, held in read.nodes(data=True)],
        [(number[a], number[b]) for a, b in read.edges()],
        lens,
        {key: str(json.loads(words)) for key, words in told.items() if key not in OWN},
        names=tuple(map(str, json.loads(told["names"]))),
        warnings=tuple(map(str, json.loads(told.get("warnings", "[]")))),
    )
