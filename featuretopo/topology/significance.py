"""Is a loop more than the shape of the component that it lies in would give by chance?

The null: cut at the noise floor, and redraw each connected component of four or more features
from a Gaussian with that component's own mean and covariance, projected to the sphere. It keeps
clusters, their widths and their directions, and forgets loops. (A null that keeps only the
spectrum of the whole dictionary calls clustered data without loops significant.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.nulls import FloatArray, gaussian_like
from featuretopo.random import stream
from featuretopo.topology.engines.ripser_engine import bars
from featuretopo.topology.pairs import Edges, components, edges_under

IntArray = npt.NDArray[np.integer[Any]]

_SMALLEST = 4  # fewer points hold no Rips loop


def loop_components(edges: Edges) -> list[IntArray]:
    """Members of each connected component that is large enough to hold a loop."""
    groups = components(edges)
    return [np.flatnonzero(groups == g) for g in np.flatnonzero(np.bincount(groups) >= _SMALLEST)]


def ratio_null(part: FloatArray, floor: float, draws: int, seed: int, index: int) -> FloatArray:
    """Largest death / birth of any H1 bar on `draws` null redraws of one component.

    Bars alive at the cut are counted to it; 1 where a draw has no bar at all.

    Parameters
    ----------
    part : ndarray, shape (m, d)
        Unit vectors of the component.
    floor : float
        The cut.
    draws, seed : int
    index : int
        Which component it is: names its random stream.

    Returns
    -------
    ndarray, shape (draws,)
    """
    return np.array(
        [_largest_ratio(_redrawn(part, floor, seed, index, i), floor) for i in range(draws)]
    )


def null_loops(
    unit: FloatArray, parts: list[IntArray], floor: float, seed: int, draw: int
) -> FloatArray:
    """H1 bars of one null dictionary, every component redrawn, shape (n_bars, 2).

    Death inf for bars alive at the cut.
    """
    found = [
        bars(_redrawn(unit[part], floor, seed, index, draw), 1, 2)[1]
        for index, part in enumerate(parts)
    ]
    return np.concatenate([np.empty((0, 2)), *found])


def _redrawn(part: FloatArray, floor: float, seed: int, index: int, draw: int) -> Edges:
    rng = stream(seed, "loops", "null", index, draw)
    return edges_under(gaussian_like(part, rng), floor)


def _largest_ratio(edges: Edges, floor: float) -> float:
    loops = bars(edges, 1, 2)[1]
    return float(np.max(np.minimum(loops[:, 1], floor) / loops[:, 0], initial=1.0))
