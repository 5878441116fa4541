"""Raw activations: the same measures without an SAE, of samples in place of features."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.arrays import to_array
from featuretopo.checks import check_number
from featuretopo.compare.figures import OF_ROWS, figure_of_pairs, forced_in_words, rows_taken
from featuretopo.compare.measure import Measure, beside_null
from featuretopo.compare.measures import TITLES, direction_of
from featuretopo.dictionary import Dictionary
from featuretopo.draws import over_draws
from featuretopo.errors import FeaturetopoError
from featuretopo.nulls import FloatArray, random_rotation
from featuretopo.random import stream
from featuretopo.similarity import mmcs
from featuretopo.similarity.rows import IntArray, scaled

_MOST = 2048  # samples that are measured
_OF_DIRECTIONS = ("rsa", "knn_jaccard")  # by cosine: a sample in which nothing fires has none


def principal_directions(activations: npt.ArrayLike, variance: float = 0.99) -> Dictionary:
    """Principal directions of activations as a dictionary: what a linear method has for features.

    They have no sense of direction: compare them with ``mmcs(..., absolute=True)``.

    Parameters
    ----------
    activations : array_like, shape (n_samples, d)
    variance : float
        In (0, 1]. As many directions are kept as hold this share of the variance, at least two.

    Returns
    -------
    Dictionary
        Widest first, named ``"direction 0"`` and so on.

    Raises
    ------
    FeaturetopoError
        If `variance` is out of range, there are fewer than 3 samples, values are not finite, or
        do not vary.

    Examples
    --------
    >>> x = np.random.default_rng(0).standard_normal((100, 3)) * [5, 1, 0.01]
    >>> abs(principal_directions(x).vectors).round().tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    check_number("variance", variance)
    if not 0 < variance <= 1:
        raise FeaturetopoError(f"variance={variance} must lie in (0, 1]; 0.99 is usual")
    rows = _checked(activations, "to take directions of").astype(np.float64)
    centred = rows - rows.mean(axis=0)
    squared, directions = np.linalg.eigh(centred.T @ centred)
    squared = np.maximum(squared[::-1], 0)
    held = np.cumsum(squared) / squared.sum()
    kept = max(2, int(np.searchsorted(held, variance * (1 - 1e-12))) + 1)
    names = [f"direction {place}" for place in range(kept)]
    return Dictionary(directions[:, ::-1][:, :kept].T, names=names)


def raw_measures(activations: tuple[Any, Any], draws: int, seed: int) -> list[Measure]:
    """Measures of the activations of two models on shared samples, each beside its null.

    Parameters
    ----------
    activations : pair of array_like, shapes (n_samples, d_a) and (n_samples, d_b)
        Of 2,048 samples at most, evenly among all, all is measured.
    draws, seed : int

    Returns
    -------
    list of Measure
        Of the same titles as those of features, named ``"raw_cka"`` and so on, and
        ``"raw_directions"``: MMCS of the principal directions, without signs, where both live in
        spaces of one dimension. One that is not defined is NaN, and its note says why.
    """
    x, y = (_checked(each, name) for each, name in zip(activations, "ab", strict=True))
    if len(x) != len(y):
        raise FeaturetopoError(
            f"activations of {len(x):,} and {len(y):,} samples: they must be of the same ones"
        )
    if len(x) > _MOST:
        chosen = np.linspace(0, len(x) - 1, _MOST).astype(int)
        x, y = x[chosen], y[chosen]
    alive = x.any(axis=1) & y.any(axis=1)

    def figures(order: IntArray) -> tuple[dict[str, float], dict[str, str]]:
        """Measure x beside y in another order; of what is not defined, say why."""
        found, why = {}, {}
        for name in OF_ROWS:
            # what has a direction is shuffled among its like
            of_x, of_y = (alive, order[alive[order]]) if name in _OF_DIRECTIONS else (..., order)
            try:
                found[name] = figure_of_pairs(name, x[of_x], y[of_y])
            except FeaturetopoError as undefined:
                why[name] = str(undefined)
        return found, why

    def shuffled(draw: int) -> dict[str, float]:
        return figures(stream(seed, "raw", draw).permutation(len(y)))[0]

    observed, why = figures(np.arange(len(y)))
    forced = forced_in_words(x, y)
    null = over_draws(shuffled, draws, heavy=x.size + y.size > 2**18)
    found = []
    for name in OF_ROWS:
        n = int(alive.sum()) if name in _OF_DIRECTIONS else len(x)
        over = f"over {rows_taken(name, n):,} shared samples, without an SAE"
        if n < len(x):
            over += f"; {len(x) - n:,} of {len(x):,} left out: one side is zero there"
        found.append(
            beside_null(
                f"raw_{name}",
                f"{TITLES[name]} of raw activations",
                observed.get(name, math.nan),
                [each[name] for each in null if name in each] if name in observed else [],
                "" if name in why else "samples of one side shuffled",
                direction=direction_of(name),
                note=f"not defined: {why[name]}" if name in why else over + forced.get(name, ""),
            )
        )
    return found + _directions(x, y, draws, seed)


def _directions(x: FloatArray, y: FloatArray, draws: int, seed: int) -> list[Measure]:
    if x.shape[1] != y.shape[1]:
        return []
    u, v = principal_directions(x).unit, principal_directions(y).unit

    def turned(draw: int) -> float:
        turn = random_rotation(u.shape[1], stream(seed, "raw directions", draw))
        return mmcs(u @ turn.astype(np.float32), v, absolute=True).symmetric

    return [
        beside_null(
            "raw_directions",
            "MMCS of principal directions",
            mmcs(u, v, absolute=True).symmetric,
            over_draws(turned, draws, heavy=False),
            "one side turned by a random rotation",
            note=f"absolute, of {len(u)} and {len(v)} directions that hold 99% of the variance; "
            "means something only if both live in one space",
        )
    ]


def _checked(activations: npt.ArrayLike, name: str) -> FloatArray:
    rows = to_array(activations)
    if rows.ndim != 2 or len(rows) < 3 or rows.shape[1] < 2:
        raise FeaturetopoError(
            f"activations {name} of shape {rows.shape} must be (n_samples, d): 3 samples and 2 "
            "dimensions or more"
        )
    if rows.dtype.kind not in "iuf" or not np.isfinite(rows).all():
        raise FeaturetopoError(f"activations {name} hold NaN, infinite values or no real numbers")
    if not np.ptp(rows, axis=0).any():
        raise FeaturetopoError(f"activations {name} do not vary from sample to sample")
    kept = rows if rows.dtype == np.float32 else rows.astype(np.float64)
    return scaled(kept)  # no measure of them depends on their scale
