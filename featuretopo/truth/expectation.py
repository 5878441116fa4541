"""Expectation: what of a piece can be seen below the noise floor, before anyone trains.

A loop is visible if it has time to live: if it closes so far below the floor, and below where it is
filled, that death / birth reaches what :func:`featuretopo.loops` asks for. Along a closed curve it
closes at the longest gap between neighbours, and is filled at about (sqrt 3) / 2 of the curve's
diameter (exact for points all around a circle: an equilateral triangle). On any other shape with
loops it closes not before the features hang together, at the longest edge of their minimum
spanning tree, and nothing is known of where it is filled: a bound that can be too hopeful.
What has no loop is visible as a cluster if the
typical feature has a neighbour below the floor; a void (of a sphere's surface) is not judged. Gaps
and edges are those of the features as they were placed: noise, tilt and uneven spacing are in them.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy.spatial.distance import pdist

from featuretopo.nulls import LEAST_RATIO
from featuretopo.truth.points import FloatArray, to_unit
from featuretopo.truth.shape import Piece

Expected = Literal["cluster", "loop", "nothing"]

_BLOCK = 1024  # rows of cosines at a time


def loop_birth(piece: Piece) -> float:
    """Chord distance at which all loops of a piece are closed; nan without any or if nobody knows.

    Examples
    --------
    >>> from featuretopo.truth import Circle
    >>> [piece] = Circle(6).place(np.eye(2), np.random.default_rng(0))
    >>> round(loop_birth(piece), 6)
    1.0
    """
    if len(piece.betti) < 2 or piece.betti[1] == 0:
        return np.nan
    unit = to_unit(piece.vectors)
    if piece.n_curves:
        return max(_longest_gap(curve) for curve in np.split(unit, piece.n_curves))
    return _longest_tree_edge(unit)


def expected(piece: Piece, floor: float) -> Expected:
    """Say what can be seen of a piece below the noise floor.

    Examples
    --------
    >>> from featuretopo.truth import Circle
    >>> [piece] = Circle(6).place(np.eye(2), np.random.default_rng(0))
    >>> expected(piece, floor=1.25), expected(piece, floor=1.1)
    ('loop', 'nothing')
    """
    if len(piece.betti) > 1 and piece.betti[1]:
        death = min(floor, _filled_at(piece))
        return "loop" if loop_birth(piece) * LEAST_RATIO <= death else "nothing"
    if piece.joint and len(piece.vectors) > 1 and _typical_gap(piece.vectors) < floor:
        return "cluster"
    return "nothing"


def _longest_gap(curve: FloatArray) -> float:
    return float(np.linalg.norm(curve - np.roll(curve, 1, axis=0), axis=1).max())


def _filled_at(piece: Piece) -> float:
    """Chord distance at which the first of a piece's closed curves is filled; inf without one."""
    if not piece.n_curves:
        return np.inf
    curves = np.split(to_unit(piece.vectors), piece.n_curves)
    return min(float(np.sqrt(3) / 2 * pdist(curve).max()) for curve in curves)


def _longest_tree_edge(unit: FloatArray) -> float:
    """Longest edge of the minimum spanning tree, by Prim, one row of distances at a time."""
    nearest = np.full(len(unit), np.inf)  # squared distance of each feature to the tree
    outside = np.ones(len(unit), bool)
    longest, newest = 0.0, 0
    for _ in range(len(unit) - 1):
        outside[newest] = False
        np.minimum(nearest, 2 - 2 * (unit @ unit[newest]), out=nearest)
        newest = int(np.argmin(np.where(outside, nearest, np.inf)))
        longest = max(longest, float(nearest[newest]))
    return float(np.sqrt(longest))


def _typical_gap(vectors: FloatArray) -> float:
    """Median distance of a feature to its nearest neighbour in the piece (of the cosines)."""
    unit = to_unit(vectors)
    nearest = np.empty(len(unit))
    for start in range(0, len(unit), _BLOCK):
        cos = unit[start : start + _BLOCK] @ unit.T  # (block, n)
        cos[np.arange(len(cos)), start + np.arange(len(cos))] = -1
        nearest[start : start + _BLOCK] = cos.max(axis=1)
    return float(np.sqrt(2 - 2 * min(1.0, float(np.median(nearest)))))
