"""How a Mapper graph is made: lens, cover and clusterer, to be used again on another dictionary."""

from __future__ import annotations

from dataclasses import dataclass

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.clusterer import Clusterer
from featuretopo.topology.mapper.cover import Cover
from featuretopo.topology.mapper.graph import MapperGraph
from featuretopo.topology.mapper.lens import Coordinates, LensLike, lens_of
from featuretopo.topology.mapper.lenses.loop_angle import LoopAngle
from featuretopo.topology.mapper.lenses.stack import parts_of
from featuretopo.topology.mapper.mapper import mapper


@dataclass(frozen=True)
class Way:
    """Lens, cover and clusterer, each as :func:`featuretopo.mapper` takes it.

    Raises
    ------
    FeaturetopoError
        If the lens is an array or the angle of a loop: of redrawn features it has no values.
    """

    lens: LensLike | None = None
    cover: Cover | None = None
    clusterer: Clusterer | None = None

    def __post_init__(self) -> None:
        for part in parts_of(lens_of(self.lens)):
            if isinstance(part, (Coordinates, LoopAngle)):
                what = (
                    f"{part.name!r} is an array"
                    if isinstance(part, Coordinates)
                    else f"{part!r} is of a loop of these features"
                )
                raise FeaturetopoError(
                    f"lens {what}: the null redoes the lens on redrawn features, which it has no "
                    "values for; give a lens that is computed from them, such as PCA(2) (two "
                    "graphs at hand are compared, without this null, by compare_mapper_graphs)"
                )

    def graph(self, x: Dictionary) -> MapperGraph:
        """Return the Mapper graph of a dictionary, made in this way."""
        return mapper(x, lens=self.lens, cover=self.cover, clusterer=self.clusterer)
