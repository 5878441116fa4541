"""Diagrams as vectors, for averages, plots and classifiers: persistence images and entropy."""

from __future__ import annotations

import numpy as np

from featuretopo.errors import FeaturetopoError
from featuretopo.topology.diagram import Diagram, FloatArray


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
    if pixels < 2:
        raise FeaturetopoError(f"pixels={pixels} must be at least 2; 20 is usual")
    if not np.isfinite(diagram.max_scale):
        raise FeaturetopoError("the diagram has no finite cut to lay a grid over; set max_scale")
    if side is None:
        side = diagram.max_scale
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
    if not 0 <= dim < len(diagram.bars):
        last = len(diagram.bars) - 1
        raise FeaturetopoError(f"dim={dim}: the diagram has dimensions 0 to {last}")
    bars, censored = diagram.bars[dim], diagram.censored[dim]
    ended = np.where(censored, diagram.max_scale, bars[:, 1])
    kept = np.isfinite(ended) & (ended > bars[:, 0])
    return np.column_stack([bars[kept, 0], ended[kept]])
