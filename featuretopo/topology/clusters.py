"""Clusters: groups of features that stand apart below the noise floor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import gaussian_like, noise_floor, p_value
from featuretopo.random import RngLike, seed_of, stream
from featuretopo.topology.pairs import Edges, components
from featuretopo.topology.spanning import spanning_tree

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]

SMALLEST = 4  # pairs and triples arise by chance just below the floor
_FINEST = 0.01  # chord distances below it are no scale of their own, but duplicates


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
        Share of null dictionaries with a cluster of at least this prominence.
    """

    members: IntArray
    scale: float
    joined_at: float
    separated_until: float
    p_value: float

    @property
    def prominence(self) -> float:
        """Number of members times log(separated_until / joined_at): large and well apart."""
        return prominence(len(self.members), self.joined_at, self.separated_until)


def clusters(x: Dictionary, *, draws: int = 199, rng: RngLike = None) -> tuple[Cluster, ...]:
    """Groups of four or more features that hang together, at the scale that separates them best.

    Single linkage (H0) is cut at the chord distance, at or below the noise floor, that
    :func:`separating_scale` finds. Cutting at the floor itself would let a single chance contact
    join two groups.

    The null is `draws` redraws of the whole dictionary from a Gaussian of its own mean and
    covariance, projected to the sphere: it keeps a common offset and an uneven spectrum, which
    bring features together without grouping them, and forgets groups. The whole procedure is
    repeated on each; the statistic is the largest :attr:`Cluster.prominence`.

    Parameters
    ----------
    x : Dictionary
        At least 3 features.
    draws : int
        Null dictionaries, at least 19 (p = .05 is the least that these can show).
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
    check_draws(draws)
    floor = noise_floor(x.n_features, x.d)
    tree = spanning_tree(x.unit)
    scale = separating_scale(tree, floor)
    seed = seed_of(rng)
    null = [_most_prominent_by_chance(x.unit, floor, seed, draw) for draw in range(draws)]
    found = [
        Cluster(members, scale, joined_at, apart, p_value(prominence(n, joined_at, apart), null))
        for members, joined_at, apart in groups_at(tree, scale)
        for n in (len(members),)
    ]
    return tuple(sorted(found, key=lambda cluster: -len(cluster.members)))


def prominence(size: int, joined_at: float, separated_until: float) -> float:
    """Size times log(separated_until / joined_at); 0 if it is all there is, apart from nothing.

    Examples
    --------
    >>> round(prominence(10, 0.5, 1.0), 3)
    6.931
    >>> prominence(10, 0.5, np.inf)
    0.0
    """
    if np.isinf(separated_until):
        return 0.0
    return size * float(np.log(max(separated_until / max(joined_at, _FINEST), 1.0)))


def groups_at(tree: Edges, scale: float) -> list[tuple[IntArray, float, float]]:
    """Members of each group at one scale, where it became one piece and how far it stands apart."""
    labels = components(tree, scale)
    found: list[tuple[IntArray, float, float]] = []
    for group in np.flatnonzero(np.bincount(labels) >= SMALLEST):
        inside = (labels[tree.pairs] == group).sum(axis=1)
        joined_at = float(tree.lengths[inside == 2].max())
        separated_until = float(tree.lengths[inside == 1].min(initial=np.inf))
        found.append((np.flatnonzero(labels == group), joined_at, separated_until))
    return found


def separating_scale(tree: Edges, floor: float) -> float:
    """Chord distance up to `floor` at which groups stand apart most clearly.

    As the scale grows, groups of four or more appear and merge. Of every range of scales over
    which their number holds, the number times log(end / start) is taken: many groups over a wide
    range. The scale is the geometric middle of the best range.

    Parameters
    ----------
    tree : Edges
        A minimum spanning tree (or any edges of the same connectivity up to the floor), shortest
        edges first.
    floor : float
        The largest scale allowed.

    Returns
    -------
    float
        The floor itself where there is no such group.

    Examples
    --------
    >>> pairs = np.array([[0, 1], [1, 2], [2, 3]])
    >>> round(separating_scale(Edges(pairs, np.array([0.2, 0.3, 0.4]), 4), floor=0.9), 6)
    0.6
    """
    lengths, counts = _groups_along(tree, floor)
    if counts.max(initial=0) == 0:
        return floor
    first = np.flatnonzero(np.diff(counts, prepend=-1))  # where each range of one number starts
    start = np.maximum(lengths[first], _FINEST)
    end = np.maximum(np.append(lengths[first[1:]], floor), start)
    best = int(np.argmax(counts[first] * np.log(end / start)))
    return float(np.sqrt(start[best] * end[best]))


def _groups_along(tree: Edges, floor: float) -> tuple[FloatArray, IntArray]:
    """Scales up to the floor at which something merges, and how many groups there are then."""
    parent = np.arange(tree.n)
    size = np.ones(tree.n, int)

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    near = tree.lengths <= floor
    counts = np.zeros(int(near.sum()), int)
    groups = 0
    for step, (i, j) in enumerate(tree.pairs[near]):
        a, b = root(i), root(j)
        if a != b:
            groups += int(size[a] + size[b] >= SMALLEST)
            groups -= int(size[a] >= SMALLEST) + int(size[b] >= SMALLEST)
            parent[a] = b
            size[b] += size[a]
        counts[step] = groups
    lengths = tree.lengths[near]
    last = np.diff(lengths, append=np.inf) > 0  # no scale has only some of the edges of a length
    return lengths[last], counts[last]


def check_draws(draws: int) -> None:
    """Refuse a null too small to show anything at level .05."""
    if draws < 19:
        raise FeaturetopoError(
            f"draws={draws}: fewer than 19 can never give p <= .05; 199 is usual"
        )


def _most_prominent_by_chance(unit: FloatArray, floor: float, seed: int, draw: int) -> float:
    tree = spanning_tree(gaussian_like(unit, stream(seed, "clusters", "null", draw)))
    groups = groups_at(tree, separating_scale(tree, floor))
    return max((prominence(len(members), *ends) for members, *ends in groups), default=0.0)
