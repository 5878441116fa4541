"""Two Mapper graphs at hand, whoever made them: what they have in common."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from featuretopo.compare.mapper_graphs import MapperComparison
from featuretopo.compare.mapper_partners import through_partners
from featuretopo.compare.mapper_shape import difference, distance
from featuretopo.compare.measure import corrected
from featuretopo.compare.overlap import IntArray
from featuretopo.compare.pairing import BY_NAME, FEWEST, NamePairing
from featuretopo.compare.partners import matching_of, names_in_common
from featuretopo.compare.redrawn import redrawn
from featuretopo.compare.shared_subgraph import shared_subgraph
from featuretopo.errors import FeaturetopoError
from featuretopo.random import RngLike, child_seed, seed_of
from featuretopo.topology.clusters import check_draws
from featuretopo.topology.mapper.graph import MapperGraph, check_graph
from featuretopo.topology.mapper.lenses.embedded import cautions_in

#: Why a figure of the shape alone has no null here.
NOT_REDRAWN = (
    "none: a graph tells in words how it was made, so that it cannot be made of structureless "
    "features; of two dictionaries compare_mappers makes both"
)

_GIVEN = "pairs given"


@dataclass(frozen=True, slots=True, eq=False)
class _Partners(NamePairing):
    """Partners that are known: their null is other partners."""

    @property
    def description(self) -> str:
        """How they were paired, in words."""
        return f"{len(self.matching.pairs):,} {self.matching.method}"

    @property
    def null_description(self) -> str:
        """How the null pairs, in words."""
        return "partners of one side shuffled; figure redone"


def compare_mapper_graphs(
    a: MapperGraph,
    b: MapperGraph,
    *,
    pairs: npt.ArrayLike | None = None,
    draws: int = 99,
    rng: RngLike = None,
) -> MapperComparison:
    """Compare two Mapper graphs as they are: from files, of other libraries, over arrays.

    Do they hold the same subgraph? Are path lengths between two features alike? Both are held
    against shuffled partners. Differences of components and loops and the distance of the shapes
    have no null here, since a graph does not say how to make it again: their p is None, and the
    null's name says why.

    Parameters
    ----------
    a, b : MapperGraph
    pairs : array_like of int, shape (m, 2), optional
        Row of a and row of b that are partners, each row once. Default: features of the same name,
        if there are at least 8 such; else shapes alone are compared.
    draws : int
        Null draws, at least 19.
    rng : int, Generator or None
        Seed of the null.

    Returns
    -------
    MapperComparison

    Raises
    ------
    FeaturetopoError
        With fewer than 19 draws, what is no MapperGraph, or pairs that are no rows of the graphs
        or hold one twice.

    Examples
    --------
    >>> from featuretopo.topology.mapper import Cubes, DensityClusters, mapper
    >>> from featuretopo.truth import Circle, GroundTruth
    >>> ring = GroundTruth([Circle(60)], d=3, rng=0).dictionary
    >>> graph = mapper(ring, lens=ring.unit[:, :2], cover=Cubes(5, 0.4),
    ...                clusterer=DensityClusters(0.5))
    >>> found = compare_mapper_graphs(graph, graph, draws=19, rng=0)
    >>> found["mapper_nodes"].low, found["mapper_nodes"].p_value, found["mapper_loops"].p_value
    (1.0, 0.05, None)
    """
    check_draws(draws)
    for each in (a, b):
        if not isinstance(each, MapperGraph):
            raise FeaturetopoError(
                f"{type(each).__name__} is no MapperGraph: load_json, load_graphml, from_kmapper, "
                "from_giotto and from_networkx give one; compare_mappers takes dictionaries"
            )
        check_graph(each)
    seed = seed_of(rng)
    cautions = cautions_in([*a.warnings, *b.warnings])
    found = [
        difference("components", a, b, [], NOT_REDRAWN),
        difference("loops", a, b, [], NOT_REDRAWN),
        *distance(a, b, [], NOT_REDRAWN, child_seed(seed, "plans")),
    ]
    partners = _partners(a, b, pairs)
    subgraph, words = None, ""
    if partners is not None:
        redone = redrawn(partners, draws, seed)
        found += through_partners(a, b, redone)
        subgraph = shared_subgraph(a, b, redone.matching.pairs)
        words = redone.description
    said = "".join(f"; {caution}" for caution in dict.fromkeys(cautions))
    measures = tuple(replace(each, note=each.note + said) for each in corrected(found))
    return MapperComparison(a, b, words, measures, subgraph)


def _partners(a: MapperGraph, b: MapperGraph, pairs: npt.ArrayLike | None) -> _Partners | None:
    sizes = a.n_features, b.n_features
    if pairs is not None:
        return _Partners(matching_of(_checked(pairs, sizes), sizes, _GIVEN))
    common = names_in_common(a.names, b.names)
    return _Partners(matching_of(common, sizes, BY_NAME)) if len(common) >= FEWEST else None


def _checked(pairs: npt.ArrayLike, sizes: tuple[int, int]) -> IntArray:
    try:
        found = np.asarray(pairs)
    except ValueError as error:
        raise FeaturetopoError(
            "pairs hold rows of unequal length: give a row of a and a row of b each"
        ) from error
    if not found.size:
        return np.empty((0, 2), np.int64)
    if found.ndim != 2 or found.shape[1:] != (2,) or found.dtype.kind not in "iu":
        raise FeaturetopoError(
            f"pairs of shape {found.shape} and type {found.dtype}: give whole numbers, shape "
            "(m, 2), a row of a and a row of b"
        )
    if len(found) and not (found.min() >= 0 and (found < sizes).all()):
        raise FeaturetopoError(
            f"pairs hold rows from {found.min()} to {found.max(axis=0).tolist()} for graphs of "
            f"{sizes[0]} and {sizes[1]} features: give rows of them"
        )
    for side, rows in zip("ab", found.T, strict=True):
        if len(np.unique(rows)) < len(rows):
            raise FeaturetopoError(
                f"pairs hold a row of {side} twice: each would count as evidence of its own; give "
                "every feature one partner at most"
            )
    return found.astype(np.int64)
