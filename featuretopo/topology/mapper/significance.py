"""Are the components and loops of a Mapper graph more than lens and cover make of nothing?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from featuretopo.dictionary import Dictionary, as_dictionary
from featuretopo.nulls import p_value
from featuretopo.random import RngLike, seed_of
from featuretopo.topology.clusters import check_draws
from featuretopo.topology.mapper.clusterer import Clusterer
from featuretopo.topology.mapper.cover import Cover
from featuretopo.topology.mapper.extended import loop_reach
from featuretopo.topology.mapper.graph import FloatArray, MapperGraph
from featuretopo.topology.mapper.lens import LensLike
from featuretopo.topology.mapper.structureless import groupless_graphs, loopless_graphs
from featuretopo.topology.mapper.way import Way

_DIGITS = 5  # of a share of the lens's range: rows are float32


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """A figure read off a Mapper graph, beside what chance makes of it.

    Attributes
    ----------
    value : float
    null : ndarray, shape (draws,)
    p_value : float
        Share of null dictionaries with at least as much, the graph itself counted in.
    """

    value: float
    null: FloatArray
    p_value: float


@dataclass(frozen=True, slots=True, eq=False)
class MapperTest:
    """A Mapper graph and what of it could not be an artefact of lens and cover.

    Attributes
    ----------
    graph : MapperGraph
    components : Tested
        How many, against dictionaries without groups.
    loop_reach : Tested
        How far the longest loop reaches along an axis of the lens, as a share of its range,
        against dictionaries with the same groups and no loop in them.
    """

    graph: MapperGraph
    components: Tested
    loop_reach: Tested

    def __str__(self) -> str:
        lines = [
            f"{words}; by chance {np.median(tested.null):.2g} (at most "
            f"{np.quantile(tested.null, 0.95):.2g} in 95 of 100), p = {tested.p_value:.3g}"
            for words, tested in (
                (f"{self.graph.n_components} components", self.components),
                (
                    f"{self.graph.n_loops} loops, the longest over {self.loop_reach.value:.2f} of "
                    "the lens",
                    self.loop_reach,
                ),
            )
        ]
        return "\n".join([*lines, *self.graph.warnings])


def mapper_test(
    x: Dictionary | npt.ArrayLike,
    *,
    lens: LensLike | None = None,
    cover: Cover | None = None,
    clusterer: Clusterer | None = None,
    draws: int = 99,
    rng: RngLike = None,
) -> MapperTest:
    """Test the components and loops of a Mapper graph: could lens and cover have made them?

    How many components there are is held against dictionaries that are redrawn whole, how far the
    longest loop reaches against dictionaries in
    which each group is redrawn by itself (:mod:`featuretopo.topology.mapper.structureless`).

    Parameters
    ----------
    x : Dictionary or array_like, shape (n_features, d)
        At least 4 features.
    lens, cover, clusterer
        As for :func:`featuretopo.mapper`. The lens is computed anew on each redraw.
    draws : int
        Null dictionaries of either kind, at least 19. Of more than 8,192 features each
        takes seconds.
    rng : int, Generator or None
        Seed of the null.

    Returns
    -------
    MapperTest

    Raises
    ------
    FeaturetopoError
        With fewer than 19 draws, or if the lens is an array.

    Examples
    --------
    >>> from featuretopo.truth import Blobs, GroundTruth, Sphere
    >>> truth = GroundTruth([Blobs(6, 12, spread=0.4), Sphere(80)], d=32, rng=0)
    >>> found = mapper_test(truth.dictionary, draws=19, rng=0)
    >>> found.components.value, found.components.p_value
    (6.0, 0.05)
    """
    check_draws(draws)
    x, way, seed = as_dictionary(x), Way(lens, cover, clusterer), seed_of(rng)
    graph = way.graph(x)

    def tested(figure: Callable[[MapperGraph], float], likes: Sequence[MapperGraph]) -> Tested:
        value, null = float(figure(graph)), np.array([figure(like) for like in likes], float)
        # where nothing is redrawn, a like is the same but for the last digits of its rows
        return Tested(value, null, p_value(round(value, _DIGITS), null.round(_DIGITS)))

    return MapperTest(
        graph,
        tested(lambda like: like.n_components, groupless_graphs(x, draws, seed, way)),
        tested(loop_reach, loopless_graphs(x, draws, seed, way)),
    )
