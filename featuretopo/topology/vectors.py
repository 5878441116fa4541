"""Diagrams as vectors, for averages, plots and classifiers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from featuretopo.checks import as_numbers, check_count, check_number
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.diagram import Diagram, FloatArray, check_dimension

_MOST_PIXELS = 10_000  # a side: an image of 800 MB


def persistence_image(
    diagram: Diagram, dim: int, *, pixels: int = 20, side: float | None = None
) -> FloatArray:
    """Persistence image: bars as Gaussian bumps over birth and persistence, by persim.

    Bars alive at the cut are counted to it, since their death is unknown; the last component,
    which never dies, is left out. The grid runs from 0 to `side` on both axes: images on grids of
    one side can be subtracted.

    Source: Adams et al. 2017, Persistence images: a stable vector representation.

    Parameters
    ----------
    diagram : Diagram
        With a finite cut.
    dim : int
        Homology dimension.
    pixels : int
        Cells along each axis, at least 2.
    side : float, optional
        Where both axes end, positive; the diagram's cut if not given.

    Returns
    -------
    ndarray, shape (pixels, pixels)
        First axis birth, second persistence.

    Raises
    ------
    FeaturetopoError
        If the diagram has no such dimension or no finite cut, pixels < 2 or side <= 0.

    Examples
    --------
    >>> from featuretopo.topology.persistence import persistence
    >>> angle = 2 * np.pi * np.arange(12) / 12
    >>> circle = np.column_stack([np.cos(angle), np.sin(angle)])
    >>> persistence_image(persistence(circle, max_scale=2), dim=1).shape
    (20, 20)
    """
    bars = _bars_to_the_cut(diagram, dim)
    check_count("pixels", pixels, 2, usual=20)
    if pixels > _MOST_PIXELS:
        raise FeaturetopoError(f"pixels={pixels} a side are more than {_MOST_PIXELS}; 20 is usual")
    _check_cut(diagram)
    if side is None:
        side = diagram.max_scale
    check_number("side", side)
    if not 0 < side < np.inf:
        raise FeaturetopoError(f"side={side} must be positive and finite: where both axes end")
    from persim import PersistenceImager

    imager = PersistenceImager(
        birth_range=(0.0, side),
        pers_range=(0.0, side),
        pixel_size=side / pixels,
        kernel_params={"sigma": (side / pixels) ** 2},
    )
    if len(bars) == 0:
        return np.zeros((pixels, pixels))
    # persim rounds the number of cells up when side / pixel_size is just above it
    image: FloatArray = np.asarray(imager.transform(bars, skew=True))[:pixels, :pixels]
    return image


def persistence_landscape(
    diagram: Diagram, dim: int, *, depth: int = 5, samples: int = 100
) -> FloatArray:
    """Persistence landscape: at every scale, how clearly the k-th clearest bar is alive.

    Bars alive at the cut are counted to it; the last component, which never dies, is left out.
    Landscapes of diagrams with one cut can be averaged and subtracted.

    Source: Bubenik 2015, Statistical topological data analysis using persistence landscapes.

    Parameters
    ----------
    diagram : Diagram
        With a finite cut.
    dim : int
        Homology dimension.
    depth : int
        Layers, at least 1: the clearest bar at each scale, the second, ...
    samples : int
        Scales from 0 to the cut, both included, at least 2.

    Returns
    -------
    ndarray, shape (depth, samples)
        Layer k at scale t: the k-th largest of min(t - birth, death - t), at least 0.

    Raises
    ------
    FeaturetopoError
        If the diagram has no such dimension or no finite cut, depth < 1 or samples < 2.

    Examples
    --------
    >>> from featuretopo.topology.persistence import persistence
    >>> angle = 2 * np.pi * np.arange(12) / 12
    >>> circle = np.column_stack([np.cos(angle), np.sin(angle)])
    >>> landscape = persistence_landscape(persistence(circle, max_scale=2), dim=1, samples=201)
    >>> landscape.shape, round(float(landscape[0].max()), 2)  # half of 1.73 - 0.52
    ((5, 201), 0.6)
    """
    bars = _bars_to_the_cut(diagram, dim)
    check_count("depth", depth, 1, usual=5)
    check_count("samples", samples, 2, usual=100)
    _check_cut(diagram)
    scales = np.linspace(0.0, diagram.max_scale, samples)
    landscape = np.zeros((depth, samples))
    for place, scale in enumerate(scales):
        heights = np.minimum(scale - bars[:, 0], bars[:, 1] - scale)
        highest = np.sort(heights[heights > 0])[::-1][:depth]
        landscape[: len(highest), place] = highest
    return landscape


def betti_curve(diagram: Diagram, dim: int, scales: npt.ArrayLike) -> FloatArray:
    """Betti number at each scale: bars with birth <= scale < death.

    Parameters
    ----------
    diagram : Diagram
    dim : int
        Homology dimension.
    scales : array_like, shape (k,)
        From dimension 1 on at most the cut: nothing is known above it.

    Returns
    -------
    ndarray of int, shape (k,)

    Raises
    ------
    FeaturetopoError
        If the diagram has no such dimension, or a scale is NaN or above the cut.

    Examples
    --------
    >>> from featuretopo.topology.persistence import persistence
    >>> angle = 2 * np.pi * np.arange(12) / 12
    >>> circle = np.column_stack([np.cos(angle), np.sin(angle)])
    >>> betti_curve(persistence(circle, max_scale=2), 1, [0.1, 0.6, 1.8]).tolist()
    [0, 1, 0]
    """
    check_dimension(diagram, dim)
    at = as_numbers("scales", scales)
    if at.ndim != 1 or np.isnan(at).any():
        raise FeaturetopoError("scales must be a list of numbers, e.g. np.linspace(0, 1, 100)")
    if dim > 0 and (at > diagram.max_scale).any():
        raise FeaturetopoError(
            f"scale {at.max():.4g} lies above the cut at {diagram.max_scale:.4g}, where H{dim} is "
            "unknown; ask for less or compute the diagram with a larger max_scale"
        )
    births, deaths = diagram.bars[dim].T
    curve: FloatArray = ((births <= at[:, None]) & (at[:, None] < deaths)).sum(axis=1)
    return curve


def persistent_entropy(diagram: Diagram, dim: int) -> float:
    """Shannon entropy of the bars' shares of the total persistence, in nats, by persim.

    Bars alive at the cut are counted to it; the last component is left out. 0 for a single bar.

    Source: Atienza, Gonzalez-Diaz and Soriano-Trigueros 2020, On the stability of persistent
    entropy.

    Parameters
    ----------
    diagram : Diagram
    dim : int
        Homology dimension, with at least one bar.

    Raises
    ------
    FeaturetopoError
        If the diagram has no such dimension or no bar in it.

    Examples
    --------
    >>> from featuretopo.topology.persistence import persistence
    >>> square = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])
    >>> round(persistent_entropy(persistence(square, max_scale=2), dim=0), 4)  # log 3
    1.0986
    """
    bars = _bars_to_the_cut(diagram, dim)
    if len(bars) == 0:
        raise FeaturetopoError(f"H{dim} has no bar, and so no entropy")
    from persim.persistent_entropy import persistent_entropy as entropy

    return float(entropy([bars])[0])


def _bars_to_the_cut(diagram: Diagram, dim: int) -> FloatArray:
    check_dimension(diagram, dim)
    bars, censored = diagram.bars[dim], diagram.censored[dim]
    ended = np.where(censored, diagram.max_scale, bars[:, 1])
    kept = np.isfinite(ended) & (ended > bars[:, 0])
    return np.column_stack([bars[kept, 0], ended[kept]])


def _check_cut(diagram: Diagram) -> None:
    if not np.isfinite(diagram.max_scale):
        raise FeaturetopoError("the diagram has no finite cut to lay a grid over; set max_scale")
