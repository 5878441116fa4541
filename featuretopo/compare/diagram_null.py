"""Structureless dictionaries for the distances between diagrams."""

from __future__ import annotations

import numpy as np

from featuretopo.nulls import random_directions
from featuretopo.random import stream
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.component_null import ComponentNull
from featuretopo.topology.diagram import Diagram
from featuretopo.topology.neighbourhood import walk_to_floor
from featuretopo.topology.persistence import component_bars
from featuretopo.topology.significance import loop_components, null_loops
from featuretopo.topology.spanning import spanning_tree

DESCRIPTION = (
    "one side replaced in turn. H0: as many uniform directions; H1: each component redrawn from "
    "a Gaussian of its own mean and covariance"
)


def null_diagrams(x: Arrangement, draws: int, seed: int) -> list[Diagram]:
    """Diagrams of structureless dictionaries matched to one at hand.

    H0 is that of as many uniform directions in as many dimensions: it forgets clusters. H1 is
    that of the per-component Gaussian null: it keeps clusters and forgets loops.

    Parameters
    ----------
    x : Arrangement
    draws, seed : int
    """
    parts = loop_components(walk_to_floor(x.dictionary).edges)
    components = [ComponentNull.of(x.dictionary.unit[part]) for part in parts]
    return [_null_diagram(x, components, seed, draw) for draw in range(draws)]


def _null_diagram(x: Arrangement, components: list[ComponentNull], seed: int, draw: int) -> Diagram:
    n, d = x.dictionary.vectors.shape
    points = random_directions(n, d, stream(seed, "diagrams", "null", draw))
    h0 = component_bars(spanning_tree(points))
    h1 = null_loops(components, x.diagram.max_scale, seed, draw)
    return Diagram(
        bars=(h0, h1),
        censored=(np.zeros(len(h0), bool), np.isinf(h1[:, 1])),
        max_scale=x.diagram.max_scale,
        metric=x.diagram.metric,
        coeff=x.diagram.coeff,
        n_points=n,
        engine=x.diagram.engine,
    )
