"""Structureless dictionaries for the distances between diagrams."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from featuretopo.compare.redrawn import drawn
from featuretopo.draws import over_draws
from featuretopo.nulls import FloatArray, random_directions
from featuretopo.random import stream
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.component_null import ComponentNull
from featuretopo.topology.diagram import Diagram
from featuretopo.topology.neighbourhood import LISTED, walk_to_floor
from featuretopo.topology.persistence import component_bars
from featuretopo.topology.significance import loop_components, null_loops
from featuretopo.topology.spanning import spanning_tree

_MOST = 2048  # features

DESCRIPTION = (
    "one side replaced in turn. H0: as many uniform directions; H1: each component redrawn from "
    "a Gaussian of its own mean and covariance"
)


def in_part(x: Arrangement, seed: int) -> Diagram:
    """Return a diagram with H0 of 2,048 features drawn at random; of fewer, the diagram itself.

    A spanning tree of tens of thousands takes seconds, and one is wanted for every draw of the
    null.
    """
    unit = x.dictionary.unit
    if len(unit) <= _MOST:
        return x.diagram
    h0 = component_bars(spanning_tree(unit[drawn(len(unit), _MOST, stream(seed, "part"))]))
    return _with_h0(x.diagram, h0)


def null_diagrams(x: Arrangement, part: Diagram, draws: int, seed: int) -> list[Diagram]:
    """Diagrams of structureless dictionaries matched to one at hand.

    H0 is that of as many uniform directions in as many dimensions: it forgets clusters. H1 is
    that of the per-component Gaussian null: it keeps clusters and forgets loops.

    Parameters
    ----------
    x : Arrangement
    part : Diagram
        Of it, as :func:`in_part` gives it: its H0 says how many directions are drawn.
    draws, seed : int
    """
    groups = loop_components(walk_to_floor(x.dictionary, LISTED).edges)
    components = [ComponentNull.of(x.dictionary.unit[group]) for group in groups]

    def like(draw: int) -> Diagram:
        rng = stream(seed, "diagrams", "null", draw)
        points = random_directions(len(part.bars[0]), x.dictionary.d, rng)
        found = _with_h0(part, component_bars(spanning_tree(points)))
        h1 = null_loops(components, part.max_scale, seed, draw)
        bars, censored = (found.bars[0], h1), (found.censored[0], np.isinf(h1[:, 1]))
        return replace(found, bars=bars, censored=censored)

    return over_draws(like, draws, heavy=part is not x.diagram)


def _with_h0(diagram: Diagram, h0: FloatArray) -> Diagram:
    return replace(
        diagram,
        bars=(h0, *diagram.bars[1:]),
        censored=(np.zeros(len(h0), bool), *diagram.censored[1:]),
    )
