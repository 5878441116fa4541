"""Loops: every H1 bar below the noise floor that stands out, with the features along it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed
from scipy.sparse.csgraph import dijkstra

from featuretopo.checks import check_number
from featuretopo.dictionary import Dictionary, as_dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import LEAST_RATIO, noise_floor
from featuretopo.random import RngLike, seed_of, stream
from featuretopo.topology.clusters import check_draws
from featuretopo.topology.component_null import ComponentNull
from featuretopo.topology.engines import engine, fitting_engine
from featuretopo.topology.filtration import edge_bars, order_of
from featuretopo.topology.landmarks import check_budget, count
from featuretopo.topology.neighbourhood import walk_to_floor
from featuretopo.topology.pairs import Edges
from featuretopo.topology.shelf import once
from featuretopo.topology.significance import loop_components, ratio_p_values

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """One H1 bar and its features.

    Attributes
    ----------
    cycle : ndarray of int
        Rows of the dictionary along a short representative cycle, in order.
    names : tuple of str
        What the features along the cycle are called.
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
    names: tuple[str, ...]
    members: IntArray
    birth: float
    death: float
    censored: bool
    ratio: float
    p_value: float


def loops(
    x: Dictionary | npt.ArrayLike,
    *,
    least_ratio: float = LEAST_RATIO,
    draws: int = 199,
    budget: int = 20_000_000,
    rng: RngLike = None,
) -> tuple[Loop, ...]:
    """Loops of a dictionary below its noise floor, smallest p-value first.

    Parameters
    ----------
    x : Dictionary or array_like, shape (n_features, d)
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
    budget : int
        Most edges and triangles below the noise floor.
    rng : int, Generator or None
        Seed of the null.

    Raises
    ------
    FeaturetopoError
        With fewer than 4 features, fewer than 19 draws, a ratio below 1, or more edges and
        triangles than `budget`.

    Examples
    --------
    >>> from featuretopo.truth import Circle, GroundTruth, Sphere
    >>> truth = GroundTruth([Circle(12), Sphere(20)], d=64, rng=0)
    >>> [loop] = loops(truth.dictionary, rng=0)
    >>> sorted(loop.cycle.tolist()) == list(range(12)), loop.p_value
    (True, 0.005)
    >>> set(loop.names) == set(truth.dictionary.names[:12])
    True
    """
    x = as_dictionary(x)
    check_draws(draws)
    if x.n_features < 4:
        raise FeaturetopoError(f"{x.n_features} features: a loop needs at least 4")
    check_budget(budget)
    check_number("least_ratio", least_ratio)
    if not least_ratio >= 1:
        raise FeaturetopoError(f"least_ratio={least_ratio} must be at least 1; 1.2 is usual")
    floor = noise_floor(x.n_features, x.d)
    edges = walk_to_floor(x, budget).edges
    simplices = count(edges, 1, budget)
    if simplices > budget:
        raise FeaturetopoError(
            f"more than budget={budget:,} edges and triangles lie below the noise floor: most "
            "features lie to one side of the origin, or close together; take x.centred() or a "
            "part (x.take), or raise budget"
        )
    found = edge_bars(edges, 1, 2, engine(fitting_engine("auto", edges, simplices)))[0]
    births, deaths = found.bars.T
    ratios = np.minimum(deaths, floor) / births
    listed = np.flatnonzero(ratios >= least_ratio)
    if not len(listed):
        return ()
    parts = loop_components(edges)
    home = {int(row): index for index, part in enumerate(parts) for row in part}
    seed = seed_of(rng)
    most = (draws + 1) * len(parts) - 1  # p comes down to 1 / (draws + 1) after correction
    homes = np.full(len(ratios), -1)
    homes[listed] = [home[int(row)] for row in edges.pairs[found.first[listed], 0]]

    def p_values_in(index: int) -> FloatArray:
        null, rng = ComponentNull.of(x.unit[parts[index]]), stream(seed, "loops", "null", index)
        return ratio_p_values(null, floor, ratios[homes == index], most, rng)

    def test() -> FloatArray:
        p_values = np.full(len(ratios), np.nan)
        tested = np.unique(homes[listed]).tolist()
        work = Parallel(n_jobs=-1, prefer="threads")
        for index, own in zip(tested, work(map(delayed(p_values_in), tested)), strict=True):
            p_values[homes == index] = own
        return p_values

    p_values = once(x, ("p-values of loops", least_ratio, draws, seed), test)
    graph = edges.graph()
    order = order_of(edges)
    made = []
    for bar in listed:
        birth, death = found.bars[bar].tolist()
        cycle = cycle_of(edges, order, found.first[bar])
        neighbours = graph[cycle].tocoo()
        made.append(
            Loop(
                cycle=cycle,
                names=tuple(x.names[row] for row in cycle.tolist()),
                members=np.union1d(cycle, neighbours.col[neighbours.data <= birth]),
                birth=birth,
                death=death,
                censored=bool(np.isinf(death)),
                ratio=float(ratios[bar]),
                p_value=min(1.0, len(parts) * float(p_values[bar])),
            )
        )
    return tuple(sorted(made, key=lambda loop: (loop.p_value, -loop.ratio)))


def cycle_of(edges: Edges, order: IntArray, born: int) -> IntArray:
    """Close the edge that gives birth to a loop by the shortest way back around it.

    Parameters
    ----------
    edges : Edges
    order : ndarray of int
        Rows of the edges in the order in which they enter.
    born : int
        Row of the edge that gives birth.

    Returns
    -------
    ndarray of int
        Points along the cycle, in order.
    """
    # of edges of one length, only those that enter before this one: the others may fill the way
    older = order[: np.flatnonzero(order == born)[0]]
    graph = Edges(edges.pairs[older], edges.lengths[older], edges.n).graph()
    start, end = edges.pairs[born].tolist()
    _, before = dijkstra(graph, directed=False, indices=start, return_predecessors=True)
    cycle = [end]
    while cycle[-1] != start:
        cycle.append(int(before[cycle[-1]]))
    return np.array(cycle)
