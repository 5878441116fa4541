"""UMAP as a lens, from the neighbours that all analyses share."""

from __future__ import annotations

from dataclasses import dataclass

from featuretopo.checks import at_least
from featuretopo.dictionary import Dictionary
from featuretopo.random import RngLike, child_seed, seed_of
from featuretopo.topology.embedding import layout
from featuretopo.topology.mapper.lens import FloatArray


@dataclass(frozen=True)
class UMAP:
    """Axes of a UMAP embedding under chord distance; its neighbours are the true ones.

    UMAP pulls groups apart and places them as it comes: what joins two groups in the graph are
    features, but what keeps two apart may be the lens.

    Parameters
    ----------
    n_components : int
        Axes, at least 1.
    n_neighbors : int
        Neighbours that each feature is tied to, itself included, at least 2.
    rng : int, Generator or None
        Seed. Same seed, same lens. The seed that a Generator or None
        gives is drawn when the lens is made, and recorded.

    Raises
    ------
    FeaturetopoError
        If an argument is out of range, or there are fewer than 4 features.
    """

    n_components: int = 2
    n_neighbors: int = 15
    rng: RngLike = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "rng", seed_of(self.rng))  # so that its repr makes it again
        at_least(self, n_components=(self.n_components, 1), n_neighbors=(self.n_neighbors, 2))

    def values(self, x: Dictionary) -> FloatArray:
        """Return the places, shape (n_features, n_components)."""
        seed = child_seed(seed_of(self.rng), "mapper", "umap")
        return layout(x, self.n_components, self.n_neighbors, seed)
