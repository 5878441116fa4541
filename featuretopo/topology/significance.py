"""Is a loop more than the shape of the component that it lies in would give by chance?

The null: cut at the noise floor, and redraw each connected component of four or more features
from a Gaussian with that component's own mean and covariance, projected to the sphere. It keeps
clusters, their widths and their directions, and forgets loops. (A null that keeps only the
spectrum of the whole dictionary calls clustered data without loops significant.)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import pdist, squareform

from featuretopo.nulls import FloatArray, gaussian_like
from featuretopo.random import stream
from featuretopo.topology.engines.ripser_engine import bars, bars_of_matrix
from featuretopo.topology.pairs import Edges, components, edges_under

IntArray = npt.NDArray[np.integer[Any]]

_SMALLEST = 4  # fewer points hold no Rips loop
_ENOUGH = 20  # redraws that reach a ratio: its p-value is known to about a fifth
_BATCH_VALUES = 2**16  # coordinates at a time: they stay in the cache
_FLAT = 1e-7  # directions in which a component has no extent but rounding


def loop_components(edges: Edges) -> list[IntArray]:
    """Members of each connected component that is large enough to hold a loop."""
    groups = components(edges)
    return [np.flatnonzero(groups == g) for g in np.flatnonzero(np.bincount(groups) >= _SMALLEST)]


def ratio_p_values(
    part: FloatArray, floor: float, ratios: FloatArray, draws: int, rng: np.random.Generator
) -> FloatArray:
    """p-value of each death / birth among the largest ones on null redraws of one component.

    Sequential: a ratio that 20 redraws have reached is looked at no further, and its p-value is
    20 / (number of redraws); one that never is gets (b + 1) / (m + 1). Both hold their level.

    Source: Besag and Clifford, Biometrika 78 (1991) 301.

    Parameters
    ----------
    part : ndarray, shape (m, d)
        Unit vectors of the component.
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
    for redrawn in redraws(part, draws, rng):
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


def redraws(part: FloatArray, draws: int, rng: np.random.Generator) -> Iterator[FloatArray]:
    """Draw `draws` null redraws of a component, some at a time.

    In its own directions and the one of its mean alone: distances need no more.

    Yields
    ------
    ndarray, shape (batch, m, r)
        Unit vectors.
    """
    m = len(part)
    rows = part.astype(np.float64)
    mean = rows.mean(axis=0)
    _, lengths, axes = np.linalg.svd(rows - mean, full_matrices=False)
    wide = lengths > _FLAT * max(1.0, lengths[0])
    inside = axes[wide] @ mean
    aside = np.sqrt(max(mean @ mean - inside @ inside, 0.0))
    batch = max(1, _BATCH_VALUES // (m * (int(wide.sum()) + 1)))
    for start in range(0, draws, batch):
        shape = (min(batch, draws - start), m, int(wide.sum()))
        points = np.full((shape[0], m, shape[2] + 1), aside)
        points[..., :-1] = rng.standard_normal(shape) * (lengths[wide] / np.sqrt(m - 1)) + inside
        points /= np.linalg.norm(points, axis=2, keepdims=True)
        yield points


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
    # what reaches `least` before the floor was born early enough; few redraws have such a bar
    for draw in np.flatnonzero(loops_born_by(redrawn, floor / least * (1 + 1e-6))):
        chords = squareform(pdist(redrawn[draw]))
        loops = bars_of_matrix(np.where(chords <= floor, chords, np.inf), 1, 2)[1]
        best = np.max(np.minimum(loops[:, 1], floor) / loops[:, 0], initial=0.0)
        largest[draw] = best if best >= least else 0.0
    return largest


def null_loops(
    unit: FloatArray, parts: list[IntArray], floor: float, seed: int, draw: int
) -> FloatArray:
    """H1 bars of one null dictionary, every component redrawn, shape (n_bars, 2).

    Death inf for bars alive at the cut.
    """
    found = [
        bars(
            edges_under(gaussian_like(unit[part], stream(seed, "loops", index, draw)), floor), 1, 2
        )
        for index, part in enumerate(parts)
    ]
    return np.concatenate([np.empty((0, 2)), *(h1 for _, h1 in found)])
