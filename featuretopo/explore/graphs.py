"""Mapper graphs for the views: as they came, and made anew with other parameters."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.errors import FeaturetopoError
from featuretopo.explore.packet import Packet, packet
from featuretopo.explore.parameters import LENSES, Parameters, parameters_of
from featuretopo.explore.views import Subject, ragged
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.mapper.graph import MapperGraph
from featuretopo.topology.mapper.layout import packed_layout
from featuretopo.topology.mapper.lens import PCA, Coordinates
from featuretopo.topology.mapper.mapper import mapper

_AXES = 3  # of a lens, that colour features: more would fill the page with numbers
_MOST_NODES = 4000  # to lay out: beyond, it takes minutes and shows nothing


def graphs(subject: Subject, serial: int = 0) -> Packet:
    """Pack the graphs that the arrangements came with."""
    usual = Parameters()
    made_so = {"lens": PCA(2), "cover": usual.cells, "clusterer": usual.clusters}
    all_so = all(
        side.mapper.parameters.get(name) == repr(strategy)
        for side in subject.sides
        for name, strategy in made_so.items()
    )
    return _packed([side.mapper for side in subject.sides], serial, usual if all_so else None)


def recompute(subject: Subject, wire: Mapping[str, Any], serial: int) -> Packet:
    """Make the graphs anew; what goes wrong is a message in the packet.

    Parameters
    ----------
    subject : Subject
    wire : mapping
        Parameters, as a browser sends them.
    serial : int
        Number of the request, sent back with the answer.

    Examples
    --------
    >>> from featuretopo.explore.views import subject_of
    >>> from featuretopo.truth import Blobs, GroundTruth
    >>> subject = subject_of(GroundTruth([Blobs(2, 8)], d=16, rng=0).dictionary)
    >>> "must lie in (0, 1)" in recompute(subject, {"overlap": 2}, 1).text
    True
    """
    try:
        parameters = parameters_of(wire)
        made = [_made(side, parameters) for side in subject.sides]
        return _packed(made, serial, parameters)
    except FeaturetopoError as error:
        return _failed(serial, str(error))
    except Exception as error:  # whatever it is, who waits for the graph must see it
        return _failed(serial, f"{type(error).__name__}: {error}")


def refused(shown: Packet, answer: Packet) -> Packet:
    """Put what went wrong beside the graphs that are still shown."""
    return replace(shown, text=json.dumps(json.loads(answer.text) | _but_answer(shown)))


def _but_answer(shown: Packet) -> dict[str, object]:
    words: dict[str, object] = json.loads(shown.text)
    return {name: words[name] for name in words if name not in ("serial", "error")}


def _failed(serial: int, words: str) -> Packet:
    return replace(packet({"serial": serial, "error": words}, {}), failed=True)


def _made(side: Arrangement, parameters: Parameters) -> MapperGraph:
    title, values = LENSES[parameters.lens]
    x = side.dictionary
    graph = mapper(
        x,
        lens=Coordinates(values(side), title),
        cover=parameters.cells,
        clusterer=parameters.clusters,
    )
    if graph.n_nodes > _MOST_NODES:
        raise FeaturetopoError(
            f"{side.name}: {graph.n_nodes:,} nodes are more than can be laid out "
            f"({_MOST_NODES:,}); take fewer intervals, larger balls or a larger eps"
        )
    return graph


def _packed(made: Sequence[MapperGraph], serial: int, asked: Parameters | None) -> Packet:
    """Pack graphs, and what they were made with, where a browser could ask for it."""
    words: list[dict[str, object]] = []
    arrays: dict[str, npt.ArrayLike] = {}
    for place, graph in enumerate(made):
        members, starts = ragged(graph.members)
        component = np.zeros(graph.n_nodes, np.int64)
        parts = sorted(graph.components, key=lambda nodes: (-len(nodes), nodes[0]))
        for number, nodes in enumerate(parts):
            component[nodes] = number
        words.append(
            {
                "components": len(parts),
                "loops": graph.n_loops,
                "coverage": graph.coverage,
                "warnings": graph.warnings,
                "parameters": graph.parameters,
                "lenses": min(graph.lens.shape[1], _AXES),
            }
        )
        arrays |= {
            f"{place}.at": packed_layout(graph),
            f"{place}.member": members,
            f"{place}.member.starts": starts,
            f"{place}.edge": graph.edges,
            f"{place}.component": component,
        }
        arrays |= {
            f"{place}.lens.{axis}": values for axis, values in enumerate(graph.lens.T[:_AXES])
        }
    told = None if asked is None else asdict(asked)
    return packet({"serial": serial, "error": None, "asked": told, "sides": words}, arrays)
