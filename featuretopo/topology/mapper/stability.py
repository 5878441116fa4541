"""Does a Mapper graph depend on how its cover and its clusterer were chosen?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featuretopo.dictionary import Dictionary, as_dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.clusterer import Clusterer
from featuretopo.topology.mapper.cover import Cover, Cubes
from featuretopo.topology.mapper.density import DensityClusters
from featuretopo.topology.mapper.graph import FloatArray, IntArray, MapperGraph
from featuretopo.topology.mapper.lens import Coordinates, LensLike
from featuretopo.topology.mapper.lenses.embedded import cautions_in
from featuretopo.topology.mapper.mapper import mapper
from featuretopo.topology.mapper.ranges import clusterers_around, covers_around


@dataclass(frozen=True, slots=True, eq=False)
class MapperStability:
    """The invariants of a Mapper graph over a range of covers, and then of clusterers.

    Attributes
    ----------
    graph : MapperGraph
        The one that is asked about.
    covers : tuple of Cover
        Each with the clusterer of that graph.
    clusterers : tuple of Clusterer
        Each with the cover of that graph.
    n_components, n_loops : ndarray of int, shape (n_covers + n_clusterers,)
    coverage : ndarray, shape (n_covers + n_clusterers,)
        Share of the features that are in a node.
    """

    graph: MapperGraph
    covers: tuple[Cover, ...]
    clusterers: tuple[Clusterer, ...]
    n_components: IntArray
    n_loops: IntArray
    coverage: FloatArray

    @property
    def components_kept(self) -> float:
        """Share of all these that give as many components as the graph asked about has."""
        return float(np.mean(self.n_components == self.graph.n_components))

    @property
    def loops_kept(self) -> float:
        """Share of all these that give as many loops as the graph asked about has."""
        return float(np.mean(self.n_loops == self.graph.n_loops))

    def __repr__(self) -> str:
        beside = f" and {len(self.clusterers)} clusterers" if self.clusterers else ""
        said = "".join(f"; {caution}" for caution in cautions_in(self.graph.warnings))
        return (
            f"MapperStability({self.graph.n_components} components in {self.components_kept:.0%} "
            f"of {len(self.covers)} covers{beside}, {self.graph.n_loops} loops in "
            f"{self.loops_kept:.0%}{said})"
        )


def mapper_stability(
    x: Dictionary | npt.ArrayLike,
    *,
    lens: LensLike | None = None,
    cover: Cover | None = None,
    clusterer: Clusterer | None = None,
    covers: Sequence[Cover] | None = None,
    clusterers: Sequence[Clusterer] | None = None,
) -> MapperStability:
    """Count components and loops over a range of covers and clusterers: what stays is of neither.

    One of the two is varied at a time, the other as in the graph that is asked about.

    Parameters
    ----------
    x : Dictionary or array_like, shape (n_features, d)
    lens, cover, clusterer
        Of the graph that is asked about, as for :func:`featuretopo.mapper`.
    covers : sequence of Cover, optional
        The range. By default cubes, quantiles or arcs of .6 to 1.6 times as many intervals,
        overlaps .2 to .5; balls of .8 to 1.25 times the radius.
    clusterers : sequence of Clusterer, optional
        The range. By default, of DBSCAN, .8 to 1.25 times eps; of single linkage, cuts at the first
        gap among 5, 10 and 20 bins; of HDBSCAN, .6 to 1.6 times the size of the least cluster; of
        any other none.

    Returns
    -------
    MapperStability

    Raises
    ------
    FeaturetopoError
        If no range is given and `cover` is none of those, or a range is no list; if that of covers
        is empty.

    Examples
    --------
    >>> from featuretopo.topology.mapper import DensityClusters
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> circle = GroundTruth([Circle(60)], d=3, rng=0).dictionary
    >>> cubes, near = Cubes(5, overlap=0.4), DensityClusters(0.5)
    >>> mapper_stability(circle, cover=cubes, clusterer=near)
    MapperStability(1 components in 96% of 20 covers and 4 clusterers, 1 loops in 96%)
    """
    x, cover, clusterer = as_dictionary(x), cover or Cubes(), clusterer or DensityClusters()
    covers = covers_around(cover) if covers is None else covers
    clusterers = clusterers_around(clusterer, x) if clusterers is None else clusterers
    for name, given, usual in (
        ("covers", covers, "[Cubes(5), Cubes(10)]"),
        ("clusterers", clusterers, "[DensityClusters(0.8), DensityClusters(1.0)]"),
    ):
        if not isinstance(given, Sequence):
            raise FeaturetopoError(f"{name}={given!r} must be a list: {name}={usual}")
    if not covers:
        raise FeaturetopoError("covers=[] must hold at least one cover")
    graph = mapper(x, lens=lens, cover=cover, clusterer=clusterer)
    values = Coordinates(graph.lens, "the same")
    ways = [*((each, clusterer) for each in covers), *((cover, each) for each in clusterers)]
    graphs = [mapper(x, lens=values, cover=over, clusterer=within) for over, within in ways]
    return MapperStability(
        graph=graph,
        covers=tuple(covers),
        clusterers=tuple(clusterers),
        n_components=np.array([each.n_components for each in graphs]),
        n_loops=np.array([each.n_loops for each in graphs]),
        coverage=np.array([each.coverage for each in graphs]),
    )
