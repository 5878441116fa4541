"""Loops: every H1 bar below the noise floor that stands out, with the features along it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed
from scipy.sparse.csgraph import dijkstra

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import LEAST_RATIO, noise_floor
from featuretopo.random import RngLike, seed_of, stream
from featuretopo.topology.clusters import check_draws
from featuretopo.topology.component_null import ComponentNull
from featuretopo.topology.engines.gudhi_engine import births
from featuretopo.topology.pairs import Edges, edges_under
from featuretopo.topology.significance import loop_components, ratio_p_values

IntArray = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """One H1 bar and its features.

    Attributes
    ----------
    cycle : ndarray of int
        Rows of the dictionary along a short representative cycle, in order.
    members : ndarray of int
        Rows that belong to the loop: the cycle and what lies within its birth scale of it.
    birth, death : float
        Filtration scales; death inf where the loop is alive at the cut.
    censored : bool
        Alive at the cut: it dies somewhere above.
    ratio : float
        death / birth, censored bars counted to the cut: the effect size.
    p_value : float
        Share of null redraws of its connected component with a loop of at least this ratio,
        times the number of components that could hold one (Bonferroni).
    """

    cycle: IntArray
    members: IntArray
    birth: float
    death: float
    censored: bool
    ratio: float
    p_value: float


def loops(
    x: Dictionary, *, least_ratio: float = LEAST_RATIO, draws: int = 199, rng: RngLike = None
) -> tuple[Loop, ...]:
    """Loops of a dictionary below its noise floor, smallest p-value first.

    Parameters
    ----------
    x : Dictionary
        At least 4 features.
    least_ratio : float
        Bars with a smaller death / birth are not listed: where the null has no loops at all,
        a p-value alone would let any bar pass.
    draws : int
        At least 19. Each component with a loop is redrawn up to `draws` times the number of
        components that could hold one, fewer where chance soon shows as much, from a Gaussian of
        its own mean and covariance (:mod:`featuretopo.topology.significance`); the statistic is
        the largest ratio in it.
        p-values are corrected for that number, so that the chance of *any* false loop is held,
        and can still come down to 1 / (draws + 1).
    rng : int, Generator or None
        Seed of the null.

    Raises
    ------
    FeaturetopoError
        With fewer than 4 features, fewer than 19 draws or a ratio below 1.

    Examples
    --------
    >>> from featuretopo.truth import Circle, GroundTruth, Sphere
    >>> truth = GroundTruth([Circle(12), Sphere(20)], d=64, rng=0)
    >>> [loop] = loops(truth.dictionary, rng=0)
    >>> sorted(loop.cycle.tolist()) == list(range(12)), loop.p_value
    (True, 0.005)
    """
    check_draws(draws)
    if x.n_features < 4:
        raise FeaturetopoError(f"{x.n_features} features: a loop needs at least 4")
    if not least_ratio >= 1:
        raise FeaturetopoError(f"least_ratio={least_ratio} must be at least 1; 1.2 is usual")
    floor = noise_floor(x.n_features, x.d)
    edges = edges_under(x.unit, floor)
    bars = [
        (edge, birth, death)
        for edge, birth, death in births(edges)
        if min(death, floor) >= least_ratio * birth
    ]
    if not bars:
        return ()
    parts = loop_components(edges)
    home = {int(row): index for index, part in enumerate(parts) for row in part}
    seed = seed_of(rng)
    most = (draws + 1) * len(parts) - 1  # p comes down to 1 / (draws + 1) after correction
    ratios = np.array([min(death, floor) / birth for _, birth, death in bars])
    homes = np.array([home[edge[0]] for edge, _, _ in bars])
    p_values = np.empty(len(bars))

    def test(index: int) -> None:
        own = homes == index
        null, rng = ComponentNull.of(x.unit[parts[index]]), stream(seed, "loops", "null", index)
        p_values[own] = ratio_p_values(null, floor, ratios[own], most, rng)

    Parallel(n_jobs=-1, prefer="threads")(delayed(test)(i) for i in np.unique(homes).tolist())
    graph = edges.graph()
    found = []
    for (edge, birth, death), ratio, p in zip(bars, ratios.tolist(), p_values, strict=True):
        cycle = _cycle(edges, edge)
        neighbours = graph[cycle].tocoo()
        found.append(
            Loop(
                cycle=cycle,
                members=np.union1d(cycle, neighbours.col[neighbours.data <= birth]),
                birth=birth,
                death=death,
                censored=bool(np.isinf(death)),
                ratio=ratio,
                p_value=min(1.0, len(parts) * float(p)),
            )
        )
    return tuple(sorted(found, key=lambda loop: (loop.p_value, -loop.ratio)))


def _cycle(edges: Edges, edge: tuple[int, int]) -> IntArray:
    """Close the edge that gives birth to a loop by the shortest way back around it."""
    # of edges of one length, only those that come before this one in gudhi's filtration: the
    # others may fill the way back
    order = np.lexsort((edges.pairs[:, 0], edges.pairs[:, 1], edges.lengths))
    place = np.flatnonzero((edges.pairs[order] == np.sort(edge)).all(axis=1))[0]
    older = order[:place]
    graph = Edges(edges.pairs[older], edges.lengths[older], edges.n).graph()
    start, end = edge
    _, before = dijkstra(graph, directed=False, indices=start, return_predecessors=True)
    cycle = [end]
    while cycle[-1] != start:
        cycle.append(int(before[cycle[-1]]))
    return np.array(cycle)
