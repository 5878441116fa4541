"""How a Mapper graph is made: lens, cover and clusterer, to be used again on another dictionary."""

from __future__ import annotations

from dataclasses import dataclass

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.clusterer import Clusterer
from featuretopo.topology.mapper.cover import Cover
from featuretopo.topology.mapper.graph import MapperGraph
from featuretopo.topology.mapper.lens import Coordinates, Lens, LensLike, lens_of
from featuretopo.topology.mapper.lenses.labels import Labels
from featuretopo.topology.mapper.lenses.loop_angle import LoopAngle
from featuretopo.topology.mapper.lenses.norm import Norm
from featuretopo.topology.mapper.lenses.stack import parts_of
from featuretopo.topology.mapper.mapper import mapper


@dataclass(frozen=True)
class Way:
    """Lens, cover and clusterer, each as :func:`featuretopo.mapper` takes it.

    Raises
    ------
    FeaturetopoError
        If the lens is an array, the angle of a loop, labels or lengths: of redrawn features, which
        are directions, it has no values.
    """

    lens: LensLike | None = None
    cover: Cover | None = None
    clusterer: Clusterer | None = None

    def __post_init__(self) -> None:
        for part in parts_of(lens_of(self.lens)):
            what = _of_these_features(part)
            if what:
                raise FeaturetopoError(
                    f"lens {what}: the null redoes the lens on redrawn features, which it has no "
                    "values for; give a lens that is computed from them, such as PCA(2) (two "
                    "graphs at hand are compared, without this null, by compare_mapper_graphs)"
                )

    def graph(self, x: Dictionary) -> MapperGraph:
        """Return the Mapper graph of a dictionary, made in this way."""
        return mapper(x, lens=self.lens, cover=self.cover, clusterer=self.clusterer)


def _of_these_features(lens: Lens) -> str:
    """Say what ties a lens to the features at hand, if anything does."""
    if isinstance(lens, Coordinates):
        return f"{lens.name!r} is an array"
    if isinstance(lens, LoopAngle):
        return f"{lens!r} is of a loop of these features"
    if isinstance(lens, Labels):
        return f"{lens!r} is of labels"
    if isinstance(lens, Norm):
        return f"{lens!r} is of lengths, and only directions are redrawn"
    return ""
