"""Clusters: groups of features that stand apart below the noise floor."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.checks import is_whole
from featuretopo.dictionary import Dictionary, as_dictionary
from featuretopo.draws import over_draws
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import noise_floor, p_value
from featuretopo.random import RngLike, seed_of, stream
from featuretopo.topology.coordinate_null import coordinates, heavy_tailed, shuffled
from featuretopo.topology.dictionary_null import dictionary_null
from featuretopo.topology.matrix import spanning_forest
from featuretopo.topology.neighbourhood import LISTED, tree_of
from featuretopo.topology.pairs import components, edges_under, precise_chord
from featuretopo.topology.separation import SMALLEST, groups_at, prominence, separating_scale
from featuretopo.topology.shelf import once, shelf_of
from featuretopo.topology.spanning import FEW, small_tree, spanning_tree
from featuretopo.topology.stability import stability

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]
Redraw = Callable[[int], FloatArray]
Null = Callable[[Dictionary, int], Redraw]

_QUICK = 8192  # features whose whole null takes a minute at most

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Cluster:
    """A connected group of features at one filtration scale.

    Attributes
    ----------
    members : ndarray of int
        Rows of the dictionary.
    scale : float
        The edge length at which it was cut out.
    joined_at : float
        Largest edge of its own spanning tree: the scale at which it became one piece.
    separated_until : float
        Edge length at which it joins anything else (inf if it is all there is).
    p_value : float
        Share of null dictionaries with a cluster of at least this prominence; of two kinds of
        null, the larger.
    stability : float
        Mean Jaccard index with the nearest group when a fifth of all features is left out, over 20
        such choices: 1 where the same members are always found together, .5 where half of them
        are.
    """

    members: IntArray
    scale: float
    joined_at: float
    separated_until: float
    p_value: float
    stability: float

    @property
    def prominence(self) -> float:
        """Number of members times log(separated_until / joined_at): large and well apart."""
        return prominence(len(self.members), self.joined_at, self.separated_until)


def clusters(
    x: Dictionary | npt.ArrayLike, *, draws: int | None = None, rng: RngLike = None
) -> tuple[Cluster, ...]:
    """Groups of four or more features that hang together, at the scale that separates them best.

    Single linkage (H0) is cut at the chord distance, at or below the noise floor, that
    :func:`separating_scale` finds. Cutting at the floor itself would let a single chance contact
    join two groups.

    The null is `draws` redraws of the whole dictionary from a Gaussian of its own mean and
    covariance, projected to the sphere: it keeps a common offset and an uneven spectrum, which
    bring features together without grouping them, and forgets groups
    (:mod:`featuretopo.topology.dictionary_null`). The whole procedure is
    repeated on each; the statistic is the largest :attr:`Cluster.prominence`. A redraw takes a pass
    over the pairs: how long, is logged at level INFO after the first.

    Where the coordinates have heavier tails than a Gaussian's, which bunches directions along the
    axes, as many dictionaries more have every coordinate shuffled for itself
    (:mod:`featuretopo.topology.coordinate_null`), and the larger of the two p-values is taken. A
    group around one axis cannot be told from tails then.

    Parameters
    ----------
    x : Dictionary or array_like, shape (n_features, d)
        At least 3 features.
    draws : int, optional
        Null dictionaries, at least 19 (p = .05 is the least that these can show). By default 199,
        and 19 for more than 8,192 features, where each takes seconds.
    rng : int, Generator or None
        Seed of the null.

    Returns
    -------
    tuple of Cluster
        Largest first.

    Raises
    ------
    FeaturetopoError
        With fewer than 3 features or fewer than 19 draws.

    Examples
    --------
    >>> from featuretopo.truth import Blobs, GroundTruth, Sphere
    >>> truth = GroundTruth([Blobs(2, 8), Sphere(20)], d=64, rng=0)
    >>> [len(c.members) for c in clusters(truth.dictionary, rng=0)]
    [8, 8]
    """
    x = as_dictionary(x)
    if draws is None:
        draws = 199 if len(x) <= _QUICK else 19
    check_draws(draws)
    floor = noise_floor(x.n_features, x.d)
    tree = tree_of(x)
    scale = separating_scale(tree, floor)
    groups = groups_at(tree, scale)
    if not groups:
        return ()
    seed = seed_of(rng)
    # what stands apart from nothing is no more prominent than any draw
    apart_at_all = any(prominence(len(members), *ends) > 0 for members, *ends in groups)
    which = _nulls(x) if apart_at_all else ()
    nulls = [_null_prominences(x, null, floor, draws, seed) for null in which]
    steady = stability(x, [members for members, *_ in groups], seed)
    found = [
        Cluster(
            members, scale, joined_at, apart,
            max(
                (p_value(prominence(len(members), joined_at, apart), null) for null in nulls),
                default=1.0,
            ),
            float(kept),
        )
        for (members, joined_at, apart), kept in zip(groups, steady, strict=True)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda cluster: -len(cluster.members)))


def check_draws(draws: int) -> None:
    """Refuse a null too small to show anything at level .05."""
    if not is_whole(draws) or draws < 19:
        raise FeaturetopoError(
            f"draws={draws!r}: fewer than 19 can never give p <= .05; 199 is usual"
        )


def _nulls(x: Dictionary) -> tuple[Null, ...]:
    tails = once(x, "heavy-tailed", lambda: heavy_tailed(x.unit))
    return (_gaussian, _shuffled) if tails else (_gaussian,)


def _gaussian(x: Dictionary, seed: int) -> Redraw:
    null = dictionary_null(x.unit, stream(seed, "clusters", "lengths"))

    def redraw(draw: int) -> FloatArray:
        points: FloatArray
        [[points]] = null.redraws(1, stream(seed, "clusters", "null", draw))
        return points

    return redraw


def _shuffled(x: Dictionary, seed: int) -> Redraw:
    vectors = coordinates(x.unit)
    return lambda draw: shuffled(vectors, stream(seed, "clusters", "shuffled", draw))


def _null_prominences(
    x: Dictionary, null: Null, floor: float, draws: int, seed: int
) -> list[float]:
    """Largest prominence in each of many redraws; what was drawn before is kept."""
    redraw = once(x, (null, seed), lambda: null(x, seed))
    shelf, key = shelf_of(x), ("prominences", null, seed)
    drawn: list[float] = shelf.get(key, [])

    def prominent(draw: int) -> float:
        return _most_prominent(redraw(draw).astype(np.float32), floor)

    if not drawn:
        start = perf_counter()
        drawn = [prominent(0)]
        _log.info("clusters: %d redraws, about %.1f s each", draws, perf_counter() - start)
    known = len(drawn)
    more = over_draws(lambda draw: prominent(known + draw), draws - known, heavy=len(x) > _QUICK)
    # a list of its own: whoever asks at the same time must not find one that is half made
    shelf[key] = drawn = [*drawn, *more]
    return drawn[:draws]


def _most_prominent(unit: FloatArray, floor: float) -> float:
    if len(unit) <= FEW:
        tree, up_to_floor = small_tree(unit), False
    else:
        edges = edges_under(unit, floor, LISTED)
        up_to_floor = len(edges.pairs) <= LISTED
        if up_to_floor and np.bincount(components(edges)).max() < SMALLEST:
            return 0.0  # nothing hangs together, at whatever scale
        tree = spanning_forest(edges) if up_to_floor else spanning_tree(unit)
    found = 0.0
    for members, joined_at, apart in groups_at(tree, separating_scale(tree, floor)):
        if np.isinf(apart) and up_to_floor:
            apart = _apart(unit, members)
        found = max(found, prominence(len(members), joined_at, apart))
    return found


def _apart(unit: FloatArray, members: IntArray) -> float:
    """Chord distance of a group to the nearest other feature."""
    cos = unit[members] @ unit.T
    cos[:, members] = -np.inf
    i, j = np.divmod(int(cos.argmax()), len(unit))
    if np.isneginf(cos[i, j]):
        return np.inf
    return float(precise_chord(unit, np.array([[members[i], j]]))[0])
