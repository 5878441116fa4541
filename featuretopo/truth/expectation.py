"""Expectation: what of a piece can be seen below the noise floor, before anyone trains.

A loop is visible if it closes below the floor. Along a closed curve it closes at the longest gap
between neighbours; on any other shape with loops not before its features hang together, at the
longest edge of their minimum spanning tree. What has no loop is visible as a cluster if the
typical feature has a neighbour below the floor. Gaps and edges are those of the features as they
were placed: noise, tilt and uneven spacing are in them.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from featuretopo.truth.points import FloatArray, to_unit
from featuretopo.truth.shape import Piece

Expected = Literal["cluster", "loop", "nothing"]

_BLOCK = 1024  # rows of cosines at a time


def loop_birth(piece: Piece) -> float:
    """Chord distance at which the loops of a piece close; nan if it has none or nobody knows.

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
    if piece.closed:
        return float(np.linalg.norm(unit - np.roll(unit, 1, axis=0), axis=1).max())
    return _longest_tree_edge(unit)


def expected(piece: Piece, floor: float) -> Expected:
    """Say what can be seen of a piece below the noise floor.

    Examples
    --------
    >>> from featuretopo.truth import Circle
    >>> [piece] = Circle(6).place(np.eye(2), np.random.default_rng(0))
    >>> expected(piece, floor=1.1), expected(piece, floor=0.9)
    ('loop', 'nothing')
    """
    if len(piece.betti) > 1 and piece.betti[1]:
        return "loop" if loop_birth(piece) < floor else "nothing"
    if piece.joint and len(piece.vectors) > 1 and _typical_gap(piece.vectors) < floor:
        return "cluster"
    return "nothing"


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
