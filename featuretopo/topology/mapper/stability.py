"""Does a Mapper graph depend on how its cover was chosen?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from featuretopo.dictionary import Dictionary, as_dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.clusterer import Clusterer
from featuretopo.topology.mapper.cover import Cover, Cubes
from featuretopo.topology.mapper.graph import FloatArray, IntArray, MapperGraph
from featuretopo.topology.mapper.lens import Coordinates, LensLike
from featuretopo.topology.mapper.mapper import mapper

_RESOLUTIONS = (0.6, 0.8, 1.0, 1.25, 1.6)  # times the number of intervals
_OVERLAPS = (0.2, 0.3, 0.4, 0.5)


@dataclass(frozen=True, slots=True, eq=False)
class MapperStability:
    """The invariants of a Mapper graph over a range of covers.

    Attributes
    ----------
    graph : MapperGraph
        The one that is asked about.
    covers : tuple of Cover
    n_components, n_loops : ndarray of int, shape (n_covers,)
    coverage : ndarray, shape (n_covers,)
        Share of the features that are in a node.
    """

    graph: MapperGraph
    covers: tuple[Cover, ...]
    n_components: IntArray
    n_loops: IntArray
    coverage: FloatArray

    @property
    def components_kept(self) -> float:
        """Share of the covers that give as many components as the graph asked about has."""
        return float(np.mean(self.n_components == self.graph.n_components))

    @property
    def loops_kept(self) -> float:
        """Share of the covers that give as many loops as the graph asked about has."""
        return float(np.mean(self.n_loops == self.graph.n_loops))

    def __repr__(self) -> str:
        return (
            f"MapperStability({self.graph.n_components} components in {self.components_kept:.0%} "
            f"of {len(self.covers)} covers, {self.graph.n_loops} loops in {self.loops_kept:.0%})"
        )


def mapper_stability(
    x: Dictionary | npt.ArrayLike,
    *,
    lens: LensLike | None = None,
    cover: Cover | None = None,
    clusterer: Clusterer | None = None,
    covers: Sequence[Cover] | None = None,
) -> MapperStability:
    """Count components and loops over a range of covers: what comes and goes is of the cover.

    Parameters
    ----------
    x : Dictionary or array_like, shape (n_features, d)
    lens, cover, clusterer
        Of the graph that is asked about, as for :func:`featuretopo.mapper`.
    covers : sequence of Cover, optional
        The range. By default cubes of .6 to 1.6 times as many intervals, overlaps .2 to .5.

    Returns
    -------
    MapperStability

    Raises
    ------
    FeaturetopoError
        If no range is given and `cover` is not of cubes, or the range is empty.

    Examples
    --------
    >>> from featuretopo.topology.mapper import DensityClusters
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> circle = GroundTruth([Circle(60)], d=3, rng=0).dictionary
    >>> cubes, near = Cubes(5, overlap=0.4), DensityClusters(0.5)
    >>> mapper_stability(circle, cover=cubes, clusterer=near)
    MapperStability(1 components in 95% of 20 covers, 1 loops in 95%)
    """
    x, cover = as_dictionary(x), cover or Cubes()
    if covers is None:
        if not isinstance(cover, Cubes):
            raise FeaturetopoError(f"{cover!r} has no range of its own: give covers=[...]")
        covers = _around(cover)
    if not isinstance(covers, Sequence):
        raise FeaturetopoError(f"covers={covers!r} must be a list: covers=[Cubes(5), Cubes(10)]")
    if not len(covers):
        raise FeaturetopoError("covers=[] must hold at least one cover")
    graph = mapper(x, lens=lens, cover=cover, clusterer=clusterer)
    values = Coordinates(graph.lens, "the same")
    graphs = [mapper(x, lens=values, cover=each, clusterer=clusterer) for each in covers]
    return MapperStability(
        graph=graph,
        covers=tuple(covers),
        n_components=np.array([each.n_components for each in graphs]),
        n_loops=np.array([each.n_loops for each in graphs]),
        coverage=np.array([each.coverage for each in graphs]),
    )


def _around(cover: Cubes) -> list[Cubes]:
    def times(factor: float) -> int | tuple[int, ...]:
        axes = [max(1, round(factor * n)) for n in np.atleast_1d(cover.n)]
        return tuple(axes) if isinstance(cover.n, tuple) else axes[0]

    sizes = dict.fromkeys(map(times, _RESOLUTIONS))
    return [replace(cover, n=n, overlap=overlap) for n in sizes for overlap in _OVERLAPS]
