"""universal_p_values: a quick screen of the bars of one diagram, without a single null draw."""

from __future__ import annotations

import numpy as np

from featuretopo.errors import FeaturetopoError
from featuretopo.topology.diagram import Diagram, FloatArray
from featuretopo.topology.distances import LARGEST_DISTANCE


def universal_p_values(diagram: Diagram) -> FloatArray:
    """P-value of each H1 bar against the universal law of noise, times the number of bars.

    The logarithm of the logarithm of death / birth, shifted so that its mean is what noise has,
    follows one law (left-skewed Gumbel) whatever the noise is. A quick screen: valid and very
    conservative in high dimension, and blind where a diagram has few bars, since the bars
    themselves tell what noise is. The test is :func:`featuretopo.loops`.

    Source: Bobrowski and Skraba 2023, A universal null-distribution for topological data analysis,
    Scientific Reports 13:12274.

    Parameters
    ----------
    diagram : Diagram
        Of all points and not cut: ``max_scale=2`` on chord, ``inf`` on distances of one's own.

    Returns
    -------
    ndarray, shape (n_bars,)
        In the order of ``diagram.bars[1]``; at most 1.

    Raises
    ------
    FeaturetopoError
        If the diagram has no H1 bars, some of them are censored, or a bar is born at 0.

    Examples
    --------
    >>> from featuretopo.topology.persistence import persistence
    >>> rng = np.random.default_rng(0)
    >>> angle = np.linspace(0, 2 * np.pi, 40, endpoint=False)
    >>> circle = np.column_stack([np.cos(angle), np.sin(angle), np.zeros(40)])
    >>> noise = rng.standard_normal((60, 3))
    >>> p = universal_p_values(persistence(np.vstack([circle, noise]), max_scale=2))
    >>> bool(((p > 0) & (p <= 1)).all())
    True
    """
    if not isinstance(diagram, Diagram):
        raise FeaturetopoError(
            f"the diagram is a {type(diagram).__name__}; give what persistence(x, max_scale=2) "
            "returns"
        )
    if len(diagram.bars) < 2 or not len(diagram.bars[1]):
        raise FeaturetopoError("the diagram has no H1 bars to hold against noise")
    births, deaths = diagram.bars[1].T
    if diagram.landmarks is not None:
        raise FeaturetopoError(
            f"the diagram is that of {len(diagram.landmarks)} landmarks, which misses bars of "
            "noise; raise budget, or test the loops with featuretopo.loops"
        )
    whole = LARGEST_DISTANCE.get(diagram.metric, np.inf)
    if diagram.max_scale < whole and not diagram.censored[1].any():
        raise FeaturetopoError(
            f"the diagram is cut at {diagram.max_scale:.4g}: what is born later is missing; "
            f"compute it with max_scale={whole:g}, or test the loops with featuretopo.loops"
        )
    if diagram.censored[1].any() or np.isinf(deaths).any():
        raise FeaturetopoError(
            f"{int(np.isinf(deaths).sum())} H1 bars are alive at the cut {diagram.max_scale:.4g}: "
            "their death is unknown and they have no ratio; compute the diagram with max_scale=2, "
            "or test the loops with featuretopo.loops"
        )
    if (births <= 0).any():
        raise FeaturetopoError("a bar born at 0 has no ratio of death to birth; drop duplicates")
    level = np.log(np.log(deaths / births))
    shifted = level - level.mean() - np.euler_gamma
    p: FloatArray = np.minimum(1.0, len(births) * np.exp(-np.exp(shifted)))
    return p
