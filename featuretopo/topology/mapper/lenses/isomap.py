"""Isomap as a lens, by landmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse.csgraph import dijkstra

from featuretopo.checks import at_least
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.random import RngLike, seed_of, stream
from featuretopo.topology.mapper.lens import FloatArray, directed
from featuretopo.topology.neighbourhood import nearest, tree_of
from featuretopo.topology.pairs import Edges


@dataclass(frozen=True)
class Isomap:
    """Axes along which path lengths through nearest neighbours spread most.

    Neighbours are tied to each other and, so that the graph hangs together, along the minimum
    spanning tree. Path lengths are taken from a few random landmarks; each feature is placed by
    its own. With as many landmarks as features this is Isomap as it was published.

    Source: Tenenbaum, de Silva and Langford 2000; landmarks: de Silva and Tenenbaum 2004.

    Parameters
    ----------
    n_components : int
        Axes, at least 1.
    n_neighbors : int
        Neighbours that each feature is tied to, at least 1.
    landmarks : int
        More than `n_components`; all features where there are no more.
    rng : int, Generator or None
        Seed of the landmarks. Same seed, same lens. The seed that a Generator or None
        gives is drawn when the lens is made, and recorded.

    Raises
    ------
    FeaturetopoError
        If an argument is out of range, or there are too few features.

    Examples
    --------
    >>> angle = np.linspace(0, np.pi, 50)  # half a circle
    >>> along = Isomap(1).values(Dictionary(np.column_stack([np.cos(angle), np.sin(angle)])))
    >>> bool(np.abs(np.corrcoef(along[:, 0], angle)[0, 1]) > 0.9999)
    True
    """

    n_components: int = 2
    n_neighbors: int = 10
    landmarks: int = 256
    rng: RngLike = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "rng", seed_of(self.rng))  # so that its repr makes it again
        at_least(self, n_components=(self.n_components, 1), n_neighbors=(self.n_neighbors, 1))
        at_least(self, landmarks=(self.landmarks, 2))
        if self.landmarks <= self.n_components:
            raise FeaturetopoError(f"{self!r}: needs more landmarks than components; 256 is usual")

    def values(self, x: Dictionary) -> FloatArray:
        """Return the places, shape (n_features, n_components)."""
        if len(x) <= max(self.n_components, 2):
            raise FeaturetopoError(f"{self!r} of {x!r}: needs more features than components, and 3")
        order = stream(seed_of(self.rng), "mapper", "isomap").permutation(len(x))
        marks = np.sort(order[: self.landmarks])
        paths = dijkstra(self._graph(x).graph(), directed=False, indices=marks) ** 2  # (marks, n)
        among = paths[:, marks]
        centre = among.mean(axis=0)
        gram = -(among - centre[:, None] - centre + centre.mean()) / 2
        spread, axes = np.linalg.eigh(gram)
        spread, axes = spread[: -self.n_components - 1 : -1], axes[:, : -self.n_components - 1 : -1]
        held = spread > 1e-9 * max(float(spread[0]), 0)
        lengths = np.sqrt(np.where(held, spread, np.inf))  # an axis that does not spread is 0
        return directed((centre[:, None] - paths).T @ (axes / lengths) / 2)

    def _graph(self, x: Dictionary) -> Edges:
        tree = tree_of(x)  # first: the pass over the pairs that it makes finds neighbours too
        others, chords = nearest(x, min(self.n_neighbors, len(x) - 1))
        ends = np.column_stack([np.repeat(np.arange(len(x)), others.shape[1]), others.ravel()])
        pairs = np.concatenate([tree.pairs, np.sort(ends, axis=1)])
        lengths = np.concatenate([tree.lengths, chords.ravel()])
        _, first = np.unique(pairs[:, 0] * len(x) + pairs[:, 1], return_index=True)
        return Edges(pairs[first], lengths[first], len(x))
