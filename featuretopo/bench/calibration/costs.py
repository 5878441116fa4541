"""Costs: what one value of each measure takes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import product
from time import process_time

import numpy as np
from threadpoolctl import threadpool_limits

from featuretopo.bench.calibration.every_measure import IN_ONE_FRAME, OF_ROWS
from featuretopo.bench.calibration.unpictured import unpictured
from featuretopo.compare import figures
from featuretopo.compare.mapper_figures import path_agreement
from featuretopo.compare.measures import TITLES
from featuretopo.compare.overlap import IntArray, overlap
from featuretopo.compare.shared_subgraph import shared_subgraph
from featuretopo.dictionary import Dictionary
from featuretopo.similarity import gromov_wasserstein, match, mmcs
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.distances import bottleneck, wasserstein

PAIRS, D = 1024, 64
_GROUPS, _WIDTH = 32, 0.6
_ROUNDS = 3
_LONG = 2000.0  # milliseconds: what takes so long is called once


def costs(pairs: int = PAIRS, rng: int = 0) -> dict[str, float]:
    """CPU milliseconds of one value of each measure, by title, on one core.

    On paired rows in 64 dimensions, in 32 groups that both sides have. Without a null, which takes
    as many times more as it has draws. Figures of partners come without the matching,
    whose time is that of the mean score; distances of diagrams come without the diagrams, those of
    Mapper graphs without the graphs, overlaps without the groups. The median of three calls, after
    one that loads and compiles; of what takes seconds, one call.

    Parameters
    ----------
    pairs : int
        Number of rows, more than 128: of fewer, CCA is 1 by counting alone.
    rng : int

    Returns
    -------
    dict of str to float

    Examples
    --------
    >>> found = costs(144)
    >>> found["RSA"] > 0, found["Gromov-Wasserstein"] > found["Procrustes residual per pair"]
    (True, True)
    """
    draw = np.random.default_rng(rng)
    group = np.arange(pairs) % _GROUPS
    centres, own = draw.standard_normal((_GROUPS, D)), draw.standard_normal((2, pairs, D))
    with threadpool_limits(1):
        a, b = (unpictured(Dictionary(centres[group] + _WIDTH * each)) for each in own)
        groups: list[IntArray] = [np.flatnonzero(group == number) for number in range(_GROUPS)]
        return {title: _cost(call) for title, call in _calls(a, b, groups).items()}


def _calls(
    a: Arrangement, b: Arrangement, groups: list[IntArray]
) -> dict[str, Callable[[], object]]:
    """One call of each measure, by title."""
    x, y = a.dictionary.unit, b.dictionary.unit
    rows: IntArray = np.repeat(np.arange(len(x))[:, None], 2, axis=1)
    through = {
        "matched_score": lambda: match(x, y),
        "matched_in_spectrum": lambda: match(x, y, "mutual"),
        "mmcs_after": lambda: figures.mmcs_after_procrustes(a, b, rows),
        "mapper_nodes": lambda: shared_subgraph(a.mapper, b.mapper, rows),
        "mapper_subgraph": lambda: shared_subgraph(a.mapper, b.mapper, rows),
        "mapper_paths": lambda: path_agreement(a.mapper, b.mapper, rows),
        "cluster_overlap": lambda: overlap(groups, groups, rows),
        "loop_overlap": lambda: overlap(groups, groups, rows),
    } | {name: partial(figures.figure_of_pairs, name, x, y) for name in figures.OF_ROWS}
    calls: dict[str, Callable[[], object]] = {"MMCS as they stand": lambda: mmcs(x, y)}
    for (title, distance), dim in product(
        (("Bottleneck", bottleneck), ("Wasserstein", wasserstein)), (0, 1)
    ):
        calls[f"{title} distance of H{dim}"] = partial(distance, a.diagram, b.diagram, dim)
    calls |= {TITLES[name]: call for name, call in through.items()}
    calls |= {title: partial(figure, x, y) for title, (_, figure) in OF_ROWS.items()}
    calls |= {title: partial(figure, x, y) for title, figure in IN_ONE_FRAME.items()}
    return calls | {"Gromov-Wasserstein": lambda: gromov_wasserstein(x, y)}


def _cost(call: Callable[[], object]) -> float:
    first = _milliseconds(call)
    if first > _LONG:
        return first
    return float(np.median([_milliseconds(call) for _ in range(_ROUNDS)]))


def _milliseconds(call: Callable[[], object]) -> float:
    start = process_time()
    call()
    return 1000 * (process_time() - start)
