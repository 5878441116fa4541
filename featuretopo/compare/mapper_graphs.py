"""Two Mapper graphs: alike in shape, alike in what holds what, each figure beside its null."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from featuretopo.compare.mapper_figures import mapper_figures
from featuretopo.compare.measure import Measure, beside_null, corrected
from featuretopo.compare.measures import NOTES, TITLES
from featuretopo.compare.pairing import pairing_of
from featuretopo.compare.redrawn import most_tested, redrawn
from featuretopo.compare.shared_subgraph import SharedSubgraph, shared_subgraph
from featuretopo.dictionary import Dictionary
from featuretopo.nulls import FloatArray
from featuretopo.random import RngLike, child_seed, seed_of, stream
from featuretopo.similarity import Matching
from featuretopo.topology.clusters import check_draws
from featuretopo.topology.mapper.clusterer import Clusterer
from featuretopo.topology.mapper.cover import Cover
from featuretopo.topology.mapper.graph import MapperGraph
from featuretopo.topology.mapper.lens import LensLike, lens_of
from featuretopo.topology.mapper.lenses.embedded import embedding_caution
from featuretopo.topology.mapper.structureless import (
    WITHOUT_GROUPS,
    WITHOUT_LOOPS,
    groupless_graphs,
    loopless_graphs,
)
from featuretopo.topology.mapper.way import Way

_STARTS = 3  # of the search for the best plan between two graphs
_NODES = 300  # of which a plan is sought: it is wanted for every draw

#: Pairs of graphs, one of them replaced by one that chance makes.
Likes: TypeAlias = list[tuple[MapperGraph, MapperGraph]]


@dataclass(frozen=True, slots=True, eq=False)
class MapperComparison:
    """What two Mapper graphs have in common.

    Attributes
    ----------
    a, b : MapperGraph
    pairing : str
        How features were paired, in words; empty when they could not be.
    measures : tuple of Measure
        Difference of the numbers of components and of loops, Gromov-Wasserstein distance; with
        partners also nodes in common, the largest shared subgraph, and the correlation of path
        lengths. Between empty graphs only the differences are defined. Where the lens is an
        embedding, each note says so.
    subgraph : SharedSubgraph or None
        The largest connected part that both have; None without partners.
    """

    a: MapperGraph
    b: MapperGraph
    pairing: str
    measures: tuple[Measure, ...]
    subgraph: SharedSubgraph | None

    def __getitem__(self, name: str) -> Measure:
        """Return the measure called `name`."""
        for measure in self.measures:
            if measure.name == name:
                return measure
        raise KeyError(f"{name!r}; there are {[m.name for m in self.measures]}")


def compare_mappers(
    a: Dictionary,
    b: Dictionary,
    *,
    lens: LensLike | None = None,
    cover: Cover | None = None,
    clusterer: Clusterer | None = None,
    codes: tuple[Any, Any] | None = None,
    encoders: tuple[Any, Any] | None = None,
    draws: int = 99,
    rng: RngLike = None,
) -> MapperComparison:
    """Compare the Mapper graphs of two dictionaries, made in the same way.

    Do they hold the same subgraph? Are path lengths between two features alike? Are they alike in
    shape, whatever holds what? Partners are found as for :func:`featuretopo.compare`.

    Parameters
    ----------
    a, b : Dictionary
        At least 4 features each.
    lens, cover, clusterer
        Of both graphs, as for :func:`featuretopo.mapper`.
    codes, encoders : pair, optional
        Who is whose partner, as for :func:`featuretopo.compare`.
    draws : int
        Null draws of every figure, at least 19.
    rng : int, Generator or None
        Seed of the nulls.

    Returns
    -------
    MapperComparison

    Raises
    ------
    FeaturetopoError
        With fewer than 19 draws, a lens that is an array, or codes or encoder rows that are not
        those of the dictionaries.

    Examples
    --------
    >>> from featuretopo.topology.mapper import Cubes, DensityClusters
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> ring = GroundTruth([Circle(60)], d=3, rng=0).dictionary
    >>> found = compare_mappers(ring, ring, cover=Cubes(5, 0.4), clusterer=DensityClusters(0.5),
    ...                         draws=19, rng=0)
    >>> found["mapper_nodes"].low, found["mapper_nodes"].p_value, found.subgraph.n_loops
    (1.0, 0.05, 1)
    """
    check_draws(draws)
    seed = seed_of(rng)
    pairing = pairing_of(a, b, codes, encoders)
    way = Way(lens, cover, clusterer)
    one, other = way.graph(a), way.graph(b)
    caution = embedding_caution(lens_of(lens))

    def told(measures: list[Measure]) -> tuple[Measure, ...]:
        words = f"; {caution}" if caution else ""
        return tuple(replace(each, note=each.note + words) for each in corrected(measures))

    def replaced(make: Callable[[Dictionary, int, int, Way], list[MapperGraph]]) -> Likes:
        half = draws // 2
        likes_a = make(a, half, child_seed(seed, "a"), way)
        likes_b = make(b, draws - half, child_seed(seed, "b"), way)
        return [(like, other) for like in likes_a] + [(one, like) for like in likes_b]

    without_groups = replaced(groupless_graphs)
    found = [
        _difference("components", one, other, without_groups, WITHOUT_GROUPS),
        _difference("loops", one, other, replaced(loopless_graphs), WITHOUT_LOOPS),
        *_distance(one, other, without_groups, child_seed(seed, "plans")),
    ]
    if pairing is None:
        return MapperComparison(one, other, "", told(found), None)
    pairs = redrawn(pairing, draws, seed, most_tested(len(b), max(a.d, b.d)))

    def figures(matching: Matching) -> dict[str, float]:
        return mapper_figures(one, other, matching.pairs)

    null = [figures(matching) for matching in pairs.null]
    tested = figures(pairs.tested) if pairs.in_part else {}
    for name, value in figures(pairs.matching).items():
        found.append(
            beside_null(
                name,
                TITLES[name],
                value,
                [each[name] for each in null if name in each],
                pairs.null_description,
                note=NOTES[name],
                tested=tested.get(name),
            )
        )
    subgraph = shared_subgraph(one, other, pairs.matching.pairs)
    return MapperComparison(one, other, pairs.description, told(found), subgraph)


def _difference(what: str, a: MapperGraph, b: MapperGraph, likes: Likes, null_name: str) -> Measure:
    def difference(one: MapperGraph, other: MapperGraph) -> float:
        return float(abs(getattr(one, f"n_{what}") - getattr(other, f"n_{what}")))

    return beside_null(
        f"mapper_{what}",
        f"Difference in Mapper {what}",
        difference(a, b),
        [difference(*pair) for pair in likes],
        f"one side replaced in turn: {null_name}",
        direction="lower",
        note=f"{getattr(a, f'n_{what}')} and {getattr(b, f'n_{what}')}",
    )


def _distance(a: MapperGraph, b: MapperGraph, likes: Likes, seed: int) -> list[Measure]:
    value = graph_distance(a, b, stream(seed, "value"))
    if value is None:
        return []
    null = [graph_distance(*pair, stream(seed, i)) for i, pair in enumerate(likes)]
    defined = [each for each in null if each is not None]
    return [
        beside_null(
            "mapper_gromov_wasserstein",
            "Gromov-Wasserstein distance of Mapper graphs",
            value,
            defined,
            f"one side replaced in turn: {WITHOUT_GROUPS}",
            direction="lower",
            note="of path lengths, as shares of the longest of either graph; nodes weigh what they "
            f"hold, {_NODES} at most; an empty graph counts as less alike than any",
            undefined=len(null) - len(defined),
        )
    ]


def graph_distance(a: MapperGraph, b: MapperGraph, rng: np.random.Generator) -> float | None:
    """Gromov-Wasserstein distance of two graphs whose nodes weigh as many features as they hold.

    Distances within a graph are path lengths, over the longest of the two graphs; between parts
    that no path connects, twice the longest. An upper bound: the best of several local optima.
    None where a graph has no node.

    Source: Memoli, Foundations of Computational Mathematics 11 (2011) 417; solver: POT.

    Parameters
    ----------
    a, b : MapperGraph
        Of more than 300 nodes, those 300 that hold most.
    rng : Generator
        Of the random starts.

    Examples
    --------
    >>> members = tuple(np.array(rows) for rows in ([0, 1], [1, 2], [2, 3]))
    >>> chain = MapperGraph(members, np.array([[0, 1], [1, 2]]), np.zeros((4, 1)), 4, {})
    >>> round(graph_distance(chain, chain, np.random.default_rng(0)), 6)
    0.0
    """
    from featuretopo.similarity.gromov_wasserstein import best_plan

    if not (a.n_nodes and b.n_nodes):
        return None
    (one, of_one), (other, of_other) = _paths_and_weights(a), _paths_and_weights(b)
    longest = max(1.0, *(float(side[np.isfinite(side)].max()) for side in (one, other)))
    one, other = (np.where(np.isfinite(side), side, 2 * longest) / longest for side in (one, other))
    return best_plan(one, other, of_one, of_other, _STARTS, rng).distance


def _paths_and_weights(graph: MapperGraph) -> tuple[FloatArray, FloatArray]:
    sizes = np.array([len(rows) for rows in graph.members], float)
    kept = np.sort(np.argsort(-sizes, kind="stable")[:_NODES])
    i, j = graph.edges.reshape(-1, 2).T
    links = csr_array((np.ones(len(i)), (i, j)), (graph.n_nodes, graph.n_nodes))
    paths = shortest_path(links, directed=False, unweighted=True, indices=kept)[:, kept]
    return paths, sizes[kept] / sizes[kept].sum()
