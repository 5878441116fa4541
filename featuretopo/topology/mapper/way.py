"""How a Mapper graph is made: lens, cover and clusterer, to be used again on another dictionary."""

from __future__ import annotations

from dataclasses import dataclass

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.clusterer import Clusterer
from featuretopo.topology.mapper.cover import Cover
from featuretopo.topology.mapper.graph import MapperGraph
from featuretopo.topology.mapper.lens import Coordinates, Lens
from featuretopo.topology.mapper.mapper import mapper


@dataclass(frozen=True)
class Way:
    """Lens, cover and clusterer, each as :func:`featuretopo.mapper` takes it.

    Raises
    ------
    FeaturetopoError
        If the lens is an array: of redrawn features it has no values.
    """

    lens: Lens | None = None
    cover: Cover | None = None
    clusterer: Clusterer | None = None

    def __post_init__(self) -> None:
        if isinstance(self.lens, Coordinates):
            raise FeaturetopoError(
                f"lens {self.lens.name!r} is an array: the null redoes the lens on redrawn "
                "features, which it has no values for; give a lens that is computed from them, "
                "such as PCA(2)"
            )

    def graph(self, x: Dictionary) -> MapperGraph:
        """Return the Mapper graph of a dictionary, made in this way."""
        return mapper(x, lens=self.lens, cover=self.cover, clusterer=self.clusterer)
