"""Is a loop more than the shape of the component that it lies in would give by chance?

The null: cut at the noise floor, and redraw each connected component of four or more features
from a Gaussian with that component's own mean and covariance, projected to the sphere
(:mod:`featuretopo.topology.component_null`). It keeps clusters, their widths and their directions,
and forgets loops. (A null that keeps only the
spectrum of the whole dictionary calls clustered data without loops significant.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import pdist, squareform

from featuretopo.nulls import FloatArray
from featuretopo.random import stream
from featuretopo.topology.component_null import ComponentNull
from featuretopo.topology.engines.ripser_engine import bars_of_matrix
from featuretopo.topology.pairs import Edges, components

IntArray = npt.NDArray[np.integer[Any]]

_SMALLEST = 4  # fewer points hold no Rips loop
_ROUNDING = 1e-6  # ripser computes in float32
_SOON = 1.1  # times the birth scale: most loops of chance are filled by then
_ENOUGH = 20  # redraws that reach a ratio: its p-value is known to about a fifth


def loop_components(edges: Edges) -> list[IntArray]:
    """Members of each connected component that is large enough to hold a loop."""
    groups = components(edges)
    return [np.flatnonzero(groups == g) for g in np.flatnonzero(np.bincount(groups) >= _SMALLEST)]


def ratio_p_values(
    null: ComponentNull, floor: float, ratios: FloatArray, draws: int, rng: np.random.Generator
) -> FloatArray:
    """p-value of each death / birth among the largest ones on null redraws of one component.

    Sequential: a ratio that 20 redraws have reached is looked at no further, and its p-value is
    20 / (number of redraws); one that never is gets (b + 1) / (m + 1). Both hold their level.

    Source: Besag and Clifford, Biometrika 78 (1991) 301.

    Parameters
    ----------
    null : ComponentNull
        Of the component.
    floor : float
        The cut. Bars alive there are counted to it.
    ratios : ndarray, shape (k,)
    draws : int
        The most redraws.
    rng : Generator

    Returns
    -------
    ndarray, shape (k,)
    """
    reached = np.zeros(len(ratios), np.int64)
    p_values = np.full(len(ratios), np.nan)
    done = 0
    for redrawn in null.redraws(draws, rng):
        going_on = np.flatnonzero(np.isnan(p_values))
        largest = largest_ratios(redrawn, floor, float(ratios[going_on].min()))
        for place in going_on:
            hits = reached[place] + np.cumsum(largest >= ratios[place])
            reached[place] = hits[-1]
            if hits[-1] >= _ENOUGH:
                p_values[place] = _ENOUGH / (done + 1 + int(np.argmax(hits >= _ENOUGH)))
        done += len(redrawn)
        if not np.isnan(p_values).any():
            return p_values
    left = np.isnan(p_values)
    p_values[left] = (reached[left] + 1) / (done + 1)
    return p_values


def largest_ratios(redrawn: FloatArray, floor: float, least: float) -> FloatArray:
    """Largest death / birth of H1 for each set of points; 0 where none reaches `least`.

    Parameters
    ----------
    redrawn : ndarray, shape (batch, m, r)
        Unit vectors.
    floor : float
        Bars alive there are counted to it.
    least : float
        At least 1.
    """
    from featuretopo.topology.compiled import loops_born_by

    largest = np.zeros(len(redrawn))
    # what reaches `least` before the floor was born early enough
    early = floor / least * (1 + _ROUNDING)
    births, latest = loops_born_by(redrawn, early)
    for draw in np.flatnonzero(births):
        chords = squareform(pdist(redrawn[draw]))
        # most are filled soon after the last is born: that much is cheap to find out
        cut = min(floor, _SOON * latest[draw])
        loops = _h1(chords, cut)
        if cut < floor and (np.isinf(loops[:, 1]) & (loops[:, 0] <= early)).any():
            loops = _h1(chords, floor)
        best = np.max(np.minimum(loops[:, 1], floor) / loops[:, 0], initial=0.0)
        largest[draw] = best if best >= least else 0.0
    return largest


def null_loops(nulls: Sequence[ComponentNull], floor: float, seed: int, draw: int) -> FloatArray:
    """H1 bars of one null dictionary, every component redrawn, shape (n_bars, 2).

    Death inf for bars alive at the cut.
    """
    found = [np.empty((0, 2))]
    for index, null in enumerate(nulls):
        [[points]] = null.redraws(1, stream(seed, "loops", index, draw))
        found.append(_h1(squareform(pdist(points)), floor))
    return np.concatenate(found)


def _h1(chords: FloatArray, cut: float) -> FloatArray:
    """H1 bars of a matrix of distances up to a cut, by ripser."""
    if len(chords) < _SMALLEST:
        return np.empty((0, 2))
    # where one point reaches all others, everything is filled
    cut = min(cut, float(chords.max(axis=1).min()) * (1 + _ROUNDING))
    within = chords <= cut
    if within.sum() == len(chords):
        return np.empty((0, 2))
    return bars_of_matrix(np.where(within, chords, np.inf), 1, 2)[1]
