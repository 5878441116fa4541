"""Does a Mapper graph depend on how its cover was chosen, or on which features were at hand?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.random import RngLike, seed_of, stream
from featuretopo.topology.mapper.clusterer import Clusterer
from featuretopo.topology.mapper.cover import Cover, Cubes
from featuretopo.topology.mapper.graph import FloatArray, IntArray, MapperGraph
from featuretopo.topology.mapper.lens import Coordinates, Lens, LensLike, lens_of
from featuretopo.topology.mapper.lenses.embedded import embedding_caution
from featuretopo.topology.mapper.lenses.stack import Stack
from featuretopo.topology.mapper.mapper import mapper

_RESOLUTIONS = (0.6, 0.8, 1.0, 1.25, 1.6)  # times the number of intervals
_OVERLAPS = (0.2, 0.3, 0.4, 0.5)
_KEPT = 0.8  # of the features, in a subsample


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


@dataclass(frozen=True, slots=True, eq=False)
class MapperBootstrap:
    """A Mapper graph, and what becomes of it on random four fifths of the features.

    Attributes
    ----------
    graph : MapperGraph
        Of all features.
    components : tuple of ndarray of int
        Features of each component of the graph, largest first.
    confidence : ndarray, shape (n_components,)
        Mean Jaccard index of each with the component that is most like it among the features that
        were kept: 1 where the same ones always hang together.
    n_components, n_loops : ndarray of int, shape (times,)
        Of each subsample.
    """

    graph: MapperGraph
    components: tuple[IntArray, ...]
    confidence: FloatArray
    n_components: IntArray
    n_loops: IntArray

    def interval(self, name: str) -> tuple[float, float]:
        """Return the middle 95% of ``"n_components"`` or ``"n_loops"`` over the subsamples."""
        if name not in ("n_components", "n_loops"):
            raise FeaturetopoError(f"{name!r} must be 'n_components' or 'n_loops'")
        low, high = np.quantile(getattr(self, name), [0.025, 0.975])
        return float(low), float(high)


def mapper_stability(
    x: Dictionary,
    *,
    lens: LensLike | None = None,
    cover: Cover | None = None,
    clusterer: Clusterer | None = None,
    covers: Sequence[Cover] | None = None,
) -> MapperStability:
    """Count components and loops over a range of covers: what comes and goes is of the cover.

    Parameters
    ----------
    x : Dictionary
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
    cover = cover or Cubes()
    if covers is None:
        if not isinstance(cover, Cubes):
            raise FeaturetopoError(f"{cover!r} has no range of its own: give covers=[...]")
        covers = _around(cover)
    if not len(covers):
        raise FeaturetopoError("covers=[] must hold at least one cover")
    lens = lens_of(lens)
    values = Coordinates(lens.values(x), repr(lens))
    graph = mapper(x, lens=values, cover=cover, clusterer=clusterer)
    caution = embedding_caution(lens)
    graph = replace(
        graph,
        parameters=graph.parameters | {"lens": repr(lens)},
        warnings=(*graph.warnings, *([caution] if caution else [])),
    )
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


def mapper_bootstrap(
    x: Dictionary,
    *,
    lens: LensLike | None = None,
    cover: Cover | None = None,
    clusterer: Clusterer | None = None,
    times: int = 50,
    rng: RngLike = None,
) -> MapperBootstrap:
    """Redo a Mapper graph on random four fifths of the features: what stays is of the whole.

    Features are left out and not drawn twice: copies would be neighbours of one another.

    Parameters
    ----------
    x : Dictionary
        At least 5 features.
    lens, cover, clusterer
        As for :func:`featuretopo.mapper`; the whole procedure is redone each time, of a lens that
        is an array with the values of the features that were kept.
    times : int
        Subsamples, at least 2.
    rng : int, Generator or None
        Seed of the subsamples.

    Returns
    -------
    MapperBootstrap

    Raises
    ------
    FeaturetopoError
        If there are too few features or times.

    Examples
    --------
    >>> from featuretopo.truth import Blobs, GroundTruth
    >>> blobs = GroundTruth([Blobs(3, 12, spread=0.3)], d=32, rng=0).dictionary
    >>> found = mapper_bootstrap(blobs, times=5, rng=0)
    >>> found.interval("n_components"), found.confidence.round(1).tolist()
    ((3.0, 3.0), [1.0, 1.0, 1.0])
    """
    if len(x) < 5:
        raise FeaturetopoError(f"{x!r}: a bootstrap needs at least 5 features")
    if times < 2:
        raise FeaturetopoError(f"times={times} must be at least 2; 50 is usual")
    seed = seed_of(rng)
    lens = lens_of(lens)
    graph = mapper(x, lens=lens, cover=cover, clusterer=clusterer)
    components = sorted(feature_components(graph), key=len, reverse=True)
    counts, alike = [], []
    for time in range(times):
        order = stream(seed, "mapper", "bootstrap", time).permutation(len(x))
        kept = np.sort(order[: round(_KEPT * len(x))])
        part = mapper(x.take(kept), lens=_of_part(lens, kept), cover=cover, clusterer=clusterer)
        counts.append((part.n_components, part.n_loops))
        found = [kept[members] for members in feature_components(part)]
        alike.append([_best_jaccard(np.intersect1d(each, kept), found) for each in components])
    n_components, n_loops = np.array(counts).T
    confidence = np.array(alike, float).reshape(times, len(components))
    # a component of which nothing was kept says nothing
    said = np.isfinite(confidence).sum(axis=0)
    mean = np.where(said, np.nansum(confidence, axis=0) / np.maximum(said, 1), np.nan)
    return MapperBootstrap(graph, tuple(components), mean, n_components, n_loops)


def feature_components(graph: MapperGraph) -> list[IntArray]:
    """Features of each connected component of a graph; those in no node are in none.

    Examples
    --------
    >>> members = tuple(np.array(rows) for rows in ([0, 1], [1, 2], [4]))
    >>> graph = MapperGraph(members, np.array([[0, 1]]), np.zeros((6, 1)), 6, {})
    >>> [rows.tolist() for rows in feature_components(graph)]
    [[0, 1, 2], [4]]
    """
    import networkx as nx

    return [
        np.unique(np.concatenate([graph.members[node] for node in nodes]))
        for nodes in nx.connected_components(graph.to_networkx())
    ]


def _of_part(lens: Lens, kept: IntArray) -> Lens:
    if isinstance(lens, Coordinates):
        return replace(lens, array=np.asarray(lens.array)[kept])
    if isinstance(lens, Stack):
        return Stack(*(_of_part(part, kept) for part in lens.lenses))
    return lens


def _best_jaccard(members: npt.NDArray[Any], groups: Sequence[IntArray]) -> float:
    if not len(members):
        return np.nan
    best = 0.0
    for group in groups:
        common = len(np.intersect1d(members, group, assume_unique=True))
        best = max(best, common / (len(members) + len(group) - common))
    return best
