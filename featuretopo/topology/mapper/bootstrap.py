"""Does a Mapper graph depend on which features were at hand?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from featuretopo.checks import is_whole
from featuretopo.dictionary import Dictionary, as_dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.random import RngLike, seed_of, stream
from featuretopo.topology.mapper.clusterer import Clusterer
from featuretopo.topology.mapper.cover import Cover
from featuretopo.topology.mapper.graph import FloatArray, IntArray, MapperGraph
from featuretopo.topology.mapper.graph_loops import GraphLoop, mapper_loops
from featuretopo.topology.mapper.lens import Coordinates, Lens, LensLike, lens_of
from featuretopo.topology.mapper.lenses.embedded import cautions_in
from featuretopo.topology.mapper.lenses.loop_angle import LoopAngle
from featuretopo.topology.mapper.lenses.stack import Stack
from featuretopo.topology.mapper.mapper import mapper

_KEPT = 0.8  # of the features, in a subsample


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
    loops : tuple of GraphLoop
        As :func:`mapper_loops` finds them.
    loop_confidence : ndarray, shape (n_loops,)
        The same of each loop, its features held against those of the loops of the subsample: 1
        where the same ones always go around, 0 where none of them ever does.
    n_components, n_loops : ndarray of int, shape (times,)
        Of each subsample.
    """

    graph: MapperGraph
    components: tuple[IntArray, ...]
    confidence: FloatArray
    loops: tuple[GraphLoop, ...]
    loop_confidence: FloatArray
    n_components: IntArray
    n_loops: IntArray

    def interval(self, name: str) -> tuple[float, float]:
        """Return the middle 95% of ``"n_components"`` or ``"n_loops"`` over the subsamples."""
        if name not in ("n_components", "n_loops"):
            raise FeaturetopoError(f"{name!r} must be 'n_components' or 'n_loops'")
        low, high = np.quantile(getattr(self, name), [0.025, 0.975])
        return float(low), float(high)

    def __repr__(self) -> str:
        said = "".join(f"; {caution}" for caution in cautions_in(self.graph.warnings))
        components, loops = (
            f"{low:g} to {high:g}" for low, high in map(self.interval, ("n_components", "n_loops"))
        )
        return (
            f"MapperBootstrap({len(self.components)} components, {len(self.loops)} loops; in 95% "
            f"of {len(self.n_loops)} subsamples {components} components, {loops} loops{said})"
        )


def mapper_bootstrap(
    x: Dictionary | npt.ArrayLike,
    *,
    lens: LensLike | None = None,
    cover: Cover | None = None,
    clusterer: Clusterer | None = None,
    times: int = 50,
    rng: RngLike = None,
) -> MapperBootstrap:
    """Redo a Mapper graph on random four fifths of the features: what stays is of the whole.

    Which components stay together, and which loops come again? Features are left out and not drawn
    twice: copies would be neighbours of one another.

    Parameters
    ----------
    x : Dictionary or array_like, shape (n_features, d)
        At least 5 features.
    lens, cover, clusterer
        As for :func:`featuretopo.mapper`; the whole procedure is redone each time, of a lens that
        is an array or the angle of a loop with the values of the features that were kept.
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
    >>> found
    MapperBootstrap(3 components, 0 loops; in 95% of 5 subsamples 3 to 3 components, 0 to 0 loops)
    >>> found.interval("n_components"), found.confidence.round(1).tolist()
    ((3.0, 3.0), [1.0, 1.0, 1.0])
    """
    x = as_dictionary(x)
    if len(x) < 5:
        raise FeaturetopoError(f"{x!r}: a bootstrap needs at least 5 features")
    if not is_whole(times) or times < 2:
        raise FeaturetopoError(f"times={times!r} must be a whole number, at least 2; 50 is usual")
    seed = seed_of(rng)
    lens = lens_of(lens)
    graph = mapper(x, lens=lens, cover=cover, clusterer=clusterer)
    components = sorted(feature_components(graph), key=len, reverse=True)
    lens = _with_angles(lens, x)
    loops = mapper_loops(graph).loops
    around = [loop.features for loop in loops]
    counts, alike, recur = [], [], []
    for time in range(times):
        order = stream(seed, "mapper", "bootstrap", time).permutation(len(x))
        kept = np.sort(order[: round(_KEPT * len(x))])
        part = mapper(x.take(kept), lens=_of_part(lens, kept), cover=cover, clusterer=clusterer)
        of_part = [loop.features for loop in mapper_loops(part).loops]
        counts.append((part.n_components, len(of_part)))
        alike.append(_best_jaccards(components, feature_components(part), kept, len(x)))
        recur.append(_best_jaccards(around, of_part, kept, len(x)))
    n_components, n_loops = np.array(counts).T
    return MapperBootstrap(
        graph, tuple(components), _mean(alike), loops, _mean(recur), n_components, n_loops
    )


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


def _with_angles(lens: Lens, x: Dictionary) -> Lens:
    """Put angles at hand in the place of those of a loop, which parts of `x` do not have."""
    if isinstance(lens, LoopAngle):
        return Coordinates(lens.values(x), repr(lens))
    if isinstance(lens, Stack):
        return Stack(*(_with_angles(part, x) for part in lens.lenses))
    return lens


def _of_part(lens: Lens, kept: IntArray) -> Lens:
    if isinstance(lens, Coordinates):
        return replace(lens, array=np.asarray(lens.array)[kept])
    if isinstance(lens, Stack):
        return Stack(*(_of_part(part, kept) for part in lens.lenses))
    return lens


def _best_jaccards(
    groups: Sequence[IntArray], of_part: Sequence[IntArray], kept: IntArray, n: int
) -> FloatArray:
    """Jaccard index of what was kept of each group with the group of the part most like it.

    0 where the part has none; NaN where nothing was kept.
    """
    whole, part = _holds(groups, n)[:, kept], _holds(of_part, len(kept))
    common = (whole @ part.T).toarray()  # (n_groups, n_of_part)
    sizes, others = (np.asarray(held.sum(axis=1)).ravel() for held in (whole, part))
    union = sizes[:, None] + others - common
    best: FloatArray = np.max(common / np.maximum(union, 1), axis=1, initial=0.0)
    return np.where(sizes > 0, best, np.nan)


def _holds(groups: Sequence[IntArray], n: int) -> sparse.csr_array:
    """Which group holds which feature, shape (n_groups, n)."""
    group = np.repeat(np.arange(len(groups)), [len(rows) for rows in groups])
    row = np.concatenate([*groups, np.empty(0, np.int64)])
    return sparse.csr_array((np.ones(len(row)), (group, row)), (len(groups), n))


def _mean(alike: Sequence[FloatArray]) -> FloatArray:
    """Mean over the subsamples that say something: of which something was kept."""
    values = np.array(alike)
    said = np.isfinite(values).sum(axis=0)
    mean: FloatArray = np.where(said, np.nansum(values, axis=0) / np.maximum(said, 1), np.nan)
    return mean
