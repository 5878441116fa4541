"""Circular coordinates: where on its loop each feature stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import lsqr

from featuretopo.dictionary import Dictionary, as_dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import noise_floor
from featuretopo.topology.engines.ripser_engine import cocycles
from featuretopo.topology.loops import Loop
from featuretopo.topology.neighbourhood import walk_to_floor
from featuretopo.topology.pairs import Edges

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]

_PRIMES = (47, 53, 59)
_MOST = 3000  # features in one connected piece: its triangles are gone through on dense matrices


@dataclass(frozen=True, slots=True, eq=False)
class CircularCoordinate:
    """Angles of features along one loop.

    Attributes
    ----------
    angles : ndarray, shape (n_features,)
        In [0, 2 pi), up to a common turn and direction; NaN for features that are not near the
        loop.
    scale : float
        Chord distance at which the complex was taken: the loop is alive there.
    winding : int
        How often the loop's representative cycle goes around: 1 or -1.
    planarity : float
        Share of the loop members' centred variance in their first two principal axes: 1 for a
        flat loop.
    """

    angles: FloatArray
    scale: float
    winding: int
    planarity: float


def circular_coordinate(x: Dictionary | npt.ArrayLike, loop: Loop) -> CircularCoordinate:
    """Give every feature near a loop its angle along it.

    A cocycle of the loop over a prime field, on the Rips complex at a scale where the loop is
    alive, is lifted to whole numbers; a number is found for every feature whose differences along
    edges are as near to it as can be (least squares); that number, of which whole turns do not
    count, is the angle. Features that are not in the loop's connected piece but within the noise
    floor of it take the mean direction of the piece's features there, nearer ones weighing more.

    Source: de Silva, Morozov and Vejdemo-Johansson 2011, Persistent cohomology and circular
    coordinates.

    Parameters
    ----------
    x : Dictionary or array_like, shape (n_features, d)
        The features that the loop was found among.
    loop : Loop

    Returns
    -------
    CircularCoordinate

    Raises
    ------
    FeaturetopoError
        If the loop is not one of `x`, its connected piece has more than 3,000 features, or its
        cocycle has no whole-number lift over any of three primes.

    Examples
    --------
    >>> from featuretopo.topology import circular_correlation
    >>> from featuretopo.topology.loops import loops
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> truth = GroundTruth([Circle(12)], d=64, rng=0)
    >>> [loop] = loops(truth.dictionary, rng=0)
    >>> angles = circular_coordinate(truth.dictionary, loop).angles
    >>> round(abs(circular_correlation(angles, truth.dictionary.coordinates[:, 0])), 6)
    1.0
    """
    x = as_dictionary(x)
    if not isinstance(loop, Loop):
        raise FeaturetopoError(
            f"loop is a {type(loop).__name__}; give one of those that loops(x) returns"
        )
    floor = noise_floor(x.n_features, x.d)
    if loop.cycle.max() >= x.n_features:
        raise FeaturetopoError(
            f"the loop has row {loop.cycle.max()}, the dictionary {x.n_features} features: "
            "give the dictionary that the loop was found in"
        )
    # just before it dies there are most edges to go by
    scale = min(loop.death, floor)
    scale = loop.birth + 0.99 * (scale - loop.birth)
    piece, edges = _piece_of(walk_to_floor(x).edges.within(scale), int(loop.cycle[0]))
    cycle = np.searchsorted(piece, loop.cycle)
    if not np.array_equal(piece[np.minimum(cycle, len(piece) - 1)], loop.cycle):
        raise FeaturetopoError(
            f"the loop's features do not hang together at chord {scale:.4g}: "
            "give the dictionary that the loop was found in"
        )
    if len(piece) > _MOST:
        raise FeaturetopoError(
            f"the loop hangs together with {len(piece):,} features; at most {_MOST:,} are taken: "
            "take fewer features, e.g. those of one label"
        )
    turns, winding = _turns(edges, loop, cycle)
    angles = np.full(x.n_features, np.nan)
    angles[piece] = 2 * np.pi * (turns % 1)
    _extend(x, piece, angles, floor)
    return CircularCoordinate(angles % (2 * np.pi), scale, winding, _planarity(x, loop.members))


def _piece_of(edges: Edges, row: int) -> tuple[IntArray, Edges]:
    """Return the connected piece that holds `row`: its rows, and its edges counted within it."""
    _, label = connected_components(edges.graph(), directed=False)
    piece = np.flatnonzero(label == label[row])
    inside = label[edges.pairs[:, 0]] == label[row]
    pairs = np.searchsorted(piece, edges.pairs[inside])
    return piece, Edges(pairs, edges.lengths[inside], len(piece))


def _turns(edges: Edges, loop: Loop, cycle: IntArray) -> tuple[FloatArray, int]:
    """Position of each feature of the piece along the loop, in turns, and the cycle's winding."""
    n = edges.n
    near = np.zeros((n, n), bool)
    near[edges.pairs[:, 0], edges.pairs[:, 1]] = True
    near |= near.T
    for prime in _PRIMES:
        alike = [c for c in cocycles(edges, prime) if abs(c[0] - loop.birth) < 1e-5]
        for _, _, values in alike:
            step = np.zeros((n, n))  # antisymmetric: whole turns from i to j
            i, j, value = values.T.astype(np.int64)
            step[i, j] = np.where(value > prime // 2, value - prime, value)
            step[j, i] = -step[i, j]
            step[~near] = 0
            winding = int(step[cycle, np.roll(cycle, -1)].sum())
            if abs(winding) == 1 and _closes(edges, near, step):
                return _smooth(edges, step), winding
    raise FeaturetopoError(
        f"the loop has no circular coordinate: its cocycle has no whole-number lift over "
        f"{', '.join(map(str, _PRIMES))}, or does not go around it once"
    )


def _closes(edges: Edges, near: npt.NDArray[np.bool_], step: FloatArray) -> bool:
    """Whether the steps around every triangle add up to nothing."""
    for i, j in edges.pairs:
        third = near[i] & near[j]
        if (step[i, j] + step[j, third] + step[third, i]).any():
            return False
    return True


def _smooth(edges: Edges, step: FloatArray) -> FloatArray:
    """Numbers whose differences along the edges are nearest to the steps."""
    i, j = edges.pairs.T
    rows = np.arange(len(i))
    difference = sparse.csr_array(
        (
            np.concatenate([np.ones(len(i)), -np.ones(len(i))]),
            (np.concatenate([rows, rows]), np.concatenate([j, i])),
        ),
        shape=(len(i), edges.n),
    )
    turns: FloatArray = lsqr(difference, step[i, j], atol=1e-12, btol=1e-12)[0]
    return turns


def _extend(x: Dictionary, piece: IntArray, angles: FloatArray, floor: float) -> None:
    """Give features near the piece the mean direction of its features within the floor."""
    others = np.setdiff1d(np.arange(x.n_features), piece)
    if not len(others):
        return
    chord = np.sqrt(np.maximum(2 - 2 * x.unit[others] @ x.unit[piece].T, 0))  # (others, piece)
    weight = np.maximum(floor - chord, 0)
    mean = weight @ np.exp(1j * angles[piece])
    reached = weight.any(axis=1)
    angles[others[reached]] = np.angle(mean[reached])


def _planarity(x: Dictionary, members: IntArray) -> float:
    rows = x.unit[members].astype(np.float64)
    variance = np.linalg.svd(rows - rows.mean(axis=0), compute_uv=False) ** 2
    return float(variance[:2].sum() / variance.sum())
