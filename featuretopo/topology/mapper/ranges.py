"""Ranges: what is near a cover, and near a clusterer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError
from featuretopo.topology.mapper.clusterer import Clusterer
from featuretopo.topology.mapper.clusterers.hdbscan import HDBSCAN
from featuretopo.topology.mapper.clusterers.single_linkage import FirstGap, SingleLinkage
from featuretopo.topology.mapper.cover import Cover, Cubes
from featuretopo.topology.mapper.covers.balls import Balls
from featuretopo.topology.mapper.covers.circular import Circular
from featuretopo.topology.mapper.covers.quantiles import Quantiles
from featuretopo.topology.mapper.density import DensityClusters

_RESOLUTIONS = (0.6, 0.8, 1.0, 1.25, 1.6)  # times the number of intervals
_OVERLAPS = (0.2, 0.3, 0.4, 0.5)
_SCALES = (0.8, 0.9, 1.1, 1.25)  # times a distance
_BINS = (5, 10, 20)


def covers_around(cover: Cover) -> list[Cover]:
    """Return intervals of other numbers and overlaps, or balls of other radii.

    Arcs so many and so long that they meet at both ends are left out.

    Raises
    ------
    FeaturetopoError
        If the cover is none of ours.

    Examples
    --------
    >>> covers_around(Balls(1.0))
    [Balls(radius=0.8), Balls(radius=0.9), Balls(radius=1.1), Balls(radius=1.25)]
    >>> len(covers_around(Cubes(10)))
    20
    """
    if isinstance(cover, Balls):
        return [Balls(_short(scale * cover.radius)) for scale in _SCALES]
    if not isinstance(cover, Cubes | Quantiles | Circular):
        raise FeaturetopoError(f"{cover!r} has no range of its own: give covers=[...]")

    def times(factor: float) -> int | tuple[int, ...]:
        axes = [max(1, round(factor * n)) for n in np.atleast_1d(cover.n).tolist()]
        return tuple(axes) if isinstance(cover.n, tuple) else axes[0]

    found: list[Cover] = []
    for n in dict.fromkeys(map(times, _RESOLUTIONS)):
        for overlap in _OVERLAPS:
            near: Any = {"n": n, "overlap": overlap}
            try:
                found.append(replace(cover, **near))
            except FeaturetopoError:
                if not isinstance(cover, Circular):
                    raise
    return found


def clusterers_around(clusterer: Clusterer, x: Dictionary) -> list[Clusterer]:
    """Return clusterers of another eps, cut or size; of what has none of these, none.

    Examples
    --------
    >>> x = Dictionary(np.eye(4))
    >>> clusterers_around(DensityClusters(1.0), x)[0]
    DensityClusters(eps=0.8, min_samples=3)
    >>> clusterers_around(SingleLinkage(), x)[0]
    SingleLinkage(cut=FirstGap(bins=5))
    """
    if isinstance(clusterer, DensityClusters):
        eps = clusterer.eps_of(x)
        scaled = dict.fromkeys(_short(min(2.0, scale * eps)) for scale in _SCALES)
        return [replace(clusterer, eps=each) for each in scaled]
    if isinstance(clusterer, SingleLinkage):
        cuts = [FirstGap(bins) for bins in _BINS]
        return [SingleLinkage(cut) for cut in cuts if cut != clusterer.cut]
    if isinstance(clusterer, HDBSCAN):
        sizes = {max(2, round(factor * clusterer.min_cluster_size)) for factor in _RESOLUTIONS}
        sizes -= {clusterer.min_cluster_size}
        return [replace(clusterer, min_cluster_size=size) for size in sorted(sizes)]
    return []


def _short(distance: float) -> float:
    return float(f"{distance:.4g}")
