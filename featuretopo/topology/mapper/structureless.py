"""Mapper graphs of dictionaries without groups, or without loops: what lens and cover make of them.

Two nulls, since two things are asked. Components: all features are redrawn, and groups forgotten.
Loops: each group is redrawn where it is, since a cover makes loops of well separated groups, and a
null without groups, whose graph is empty, would call each of them a find.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from featuretopo.dictionary import Dictionary
from featuretopo.draws import over_draws
from featuretopo.random import stream
from featuretopo.topology.component_null import one_sided, with_likely_lengths
from featuretopo.topology.dictionary_null import dictionary_null
from featuretopo.topology.mapper.graph import FloatArray, MapperGraph
from featuretopo.topology.mapper.way import Way
from featuretopo.topology.neighbourhood import LISTED, walk_to_floor
from featuretopo.topology.significance import loop_components

_LARGE = 2048  # features of which a graph takes long enough to draw side by side

WITHOUT_GROUPS = (
    "all features redrawn from a Gaussian of their own mean and covariance; lens, cover and "
    "clusters redone"
)
WITHOUT_LOOPS = (
    "each group that hangs together below the noise floor redrawn from a Gaussian of its own mean "
    "and covariance; lens, cover and clusters redone"
)


def groupless_graphs(x: Dictionary, draws: int, seed: int, way: Way) -> list[MapperGraph]:
    """Graphs of `draws` dictionaries without groups, the whole procedure redone on each.

    A redraw has the size, the mean and the spectrum of `x`
    (:mod:`featuretopo.topology.dictionary_null`): an offset and an uneven spectrum shape any
    picture.
    """
    null = dictionary_null(x.unit, stream(seed, "mapper", "lengths"))

    def points(rng: np.random.Generator) -> FloatArray:
        [[redrawn]] = null.redraws(1, rng)
        # in as many dimensions as x has: the noise floor, which clusterers go by, is that of x
        rows = np.zeros((len(x), x.d))
        kept = min(x.d, redrawn.shape[1])
        rows[:, :kept] = redrawn[:, :kept]
        return rows

    return _graphs(points, len(x), draws, seed, way)


def loopless_graphs(x: Dictionary, draws: int, seed: int, way: Way) -> list[MapperGraph]:
    """Graphs of `draws` dictionaries with the groups of `x` where they are, and no loop in them.

    A group is a connected component of four or more features below the noise floor. Features that
    hang together with none stay as they are.
    """
    groups = loop_components(walk_to_floor(x, LISTED).edges)
    fits = [_axes_of(x.unit[group]) for group in groups]

    def points(rng: np.random.Generator) -> FloatArray:
        rows = x.unit.astype(np.float64)
        for group, (mean, axes) in zip(groups, fits, strict=True):
            rows[group] = mean + rng.standard_normal((len(group), len(axes))) @ axes
        return rows

    return _graphs(points, len(x), draws, seed, way)


def _axes_of(unit: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean and principal axes, as long as the standard deviation along each, of a group."""
    points = with_likely_lengths(unit)
    mean = points.mean(axis=0)
    _, lengths, axes = np.linalg.svd(points - mean, full_matrices=False)
    if one_sided(unit) or len(lengths) < 3:
        return mean, lengths[:, None] * axes / np.sqrt(len(points) - 1)
    # directions around the origin that keep to a plane are a circle however they were drawn: a
    # group without a loop reaches as far along a third axis as along its second
    lengths[2] = lengths[1]
    return mean, lengths[:, None] * axes / np.sqrt(len(points) - 1)


def _graphs(
    points: Callable[[np.random.Generator], FloatArray], n: int, draws: int, seed: int, way: Way
) -> list[MapperGraph]:
    def graph(draw: int) -> MapperGraph:
        return way.graph(Dictionary(points(stream(seed, "mapper", "null", draw))))

    return over_draws(graph, draws, heavy=n > _LARGE)
