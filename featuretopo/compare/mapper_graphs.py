"""Two Mapper graphs: alike in shape, alike in what holds what, each figure beside its null."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from featuretopo.compare.mapper_partners import through_partners
from featuretopo.compare.mapper_shape import Likes, difference, distance
from featuretopo.compare.measure import Measure, corrected
from featuretopo.compare.partners import pairing_of
from featuretopo.compare.redrawn import most_tested, redrawn
from featuretopo.compare.shared_subgraph import SharedSubgraph, shared_subgraph
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.random import RngLike, child_seed, seed_of
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
        embedding, each note says so. A measure without a null has no p, and its null's name says
        why.
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
        those of the dictionaries. Two graphs over arrays, or from files, are compared by
        :func:`featuretopo.compare_mapper_graphs`.

    Examples
    --------
    >>> from featuretopo.topology.mapper import Cubes, DensityClusters
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> ring = GroundTruth([Circle(60)], d=3, rng=0).dictionary
    >>> found = compare_mappers(ring, ring, cover=Cubes(5, 0.4), clusterer=DensityClusters(0.5),
    ...                         draws=19, rng=0)
    >>> found["mapper_nodes"].low, found["mapper_nodes"].p_value, found.subgraph.n_cycles
    (1.0, 0.05, 1)
    """
    check_draws(draws)
    for each in (a, b):
        if not isinstance(each, Dictionary):
            raise FeaturetopoError(
                f"{type(each).__name__} is no Dictionary: ft.Dictionary(array) makes one, and "
                "ft.compare_mapper_graphs(a, b) compares two graphs as they are"
            )
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

    without_groups, turn = replaced(groupless_graphs), "one side replaced in turn: "
    found = [
        difference("components", one, other, without_groups, turn + WITHOUT_GROUPS),
        difference("loops", one, other, replaced(loopless_graphs), turn + WITHOUT_LOOPS),
        *distance(one, other, without_groups, turn + WITHOUT_GROUPS, child_seed(seed, "plans")),
    ]
    if pairing is None:
        return MapperComparison(one, other, "", told(found), None)
    pairs = redrawn(pairing, draws, seed, most_tested(len(b), max(a.d, b.d)))
    found += through_partners(one, other, pairs)
    subgraph = shared_subgraph(one, other, pairs.matching.pairs)
    return MapperComparison(one, other, pairs.description, told(found), subgraph)
