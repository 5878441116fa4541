"""What a Mapper graph is made with, as a browser may ask for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError, did_you_mean
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.mapper.clusterer import Clusterer
from featuretopo.topology.mapper.clusterers.hdbscan import HDBSCAN
from featuretopo.topology.mapper.clusterers.single_linkage import SingleLinkage
from featuretopo.topology.mapper.clusterers.whole import Whole
from featuretopo.topology.mapper.cover import Cover, Cubes
from featuretopo.topology.mapper.covers.balls import Balls
from featuretopo.topology.mapper.covers.quantiles import Quantiles
from featuretopo.topology.mapper.density import DensityClusters
from featuretopo.topology.mapper.lens import PCA, Lens
from featuretopo.topology.mapper.lenses.density import Density
from featuretopo.topology.mapper.lenses.directions import Directions
from featuretopo.topology.mapper.lenses.eccentricity import Eccentricity
from featuretopo.topology.mapper.lenses.isomap import Isomap
from featuretopo.topology.mapper.lenses.labels import Labels
from featuretopo.topology.neighbourhood import nearest
from featuretopo.topology.shelf import once

FloatArray = npt.NDArray[np.floating[Any]]

NEAR = 5  # density is the distance to this many-th nearest feature


def nearest_in_words(x: Dictionary) -> str:
    """Say which neighbour :func:`density` is the distance to: of few features, the last.

    Examples
    --------
    >>> nearest_in_words(Dictionary(np.eye(9))), nearest_in_words(Dictionary(np.eye(4)))
    ('5th nearest', '3rd nearest')
    """
    near = min(NEAR, len(x) - 1)
    return f"{near}{'rd' if near == 3 else 'th'} nearest"


def density(x: Dictionary) -> FloatArray:
    """Return the chord distance of each feature to its 5th nearest: small where it is dense."""
    near = min(NEAR, len(x) - 1)
    found: FloatArray = nearest(x, near)[1][:, near - 1]
    return found


def norms(x: Dictionary) -> FloatArray:
    """Return the length of each feature; the square of 1e30 is not a float32."""
    found: FloatArray = np.linalg.norm(x.vectors.astype(np.float64), axis=1)
    return found


_Values = Callable[[Arrangement], FloatArray]


def _of(lens: Lens) -> _Values:
    """Values of a lens of the library, found once for a dictionary."""
    return lambda side: once(
        side.dictionary, ("explored lens", repr(lens)), lambda: lens.values(side.dictionary)
    )


def _kernel(side: Arrangement) -> FloatArray:
    return Density(min(Density().k, len(side.dictionary) - 1)).values(side.dictionary)


#: By name: what it is called in words, and its values.
LENSES: Mapping[str, tuple[str, _Values]] = {
    "pca2": ("two principal axes", _of(PCA(2))),
    "pca1": ("first principal axis", _of(PCA(1))),
    "umap": ("UMAP picture", lambda side: side.embedding.xy),
    "isomap": ("Isomap, two axes", _of(Isomap())),
    "eccentricity": ("eccentricity", _of(Eccentricity())),
    "density": ("density (Gaussian kernel)", _kernel),
    "knn": (f"distance to the {NEAR}th nearest", lambda s: density(s.dictionary)[:, None]),
    "norm": ("norm", lambda side: norms(side.dictionary)[:, None]),
    "labels": ("label", _of(Labels())),
    "directions": ("the features themselves", _of(Directions())),
}

#: By name: what it is called in words, and which parameters it has.
COVERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "cubes": ("intervals of equal width", ("intervals", "overlap")),
    "quantiles": ("intervals of equally many features", ("intervals", "overlap")),
    "balls": ("balls around features", ("radius",)),
}

CLUSTERERS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "dbscan": ("DBSCAN", ("eps", "min_samples")),
    "within": ("single linkage, cut at eps", ("eps",)),
    "single": ("single linkage, cut at its largest gap", ()),
    "hdbscan": ("HDBSCAN", ("min_cluster_size", "min_samples")),
    "whole": ("none: each cell is a node", ()),
}


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a graph is made with.

    Attributes
    ----------
    lens : str
        One of `LENSES`.
    cover : str
        One of `COVERS`.
    intervals : int
        Of cubes and quantiles, along each lens axis.
    overlap : float
        Theirs, in (0, 1).
    radius : float
        Of balls, in units of the lens.
    clusterer : str
        One of `CLUSTERERS`.
    eps : float or None
        Chord distance; None for the noise floor.
    min_samples : int
        Of DBSCAN and HDBSCAN.
    min_cluster_size : int
        Of HDBSCAN.

    Raises
    ------
    FeaturetopoError
        If one is out of range.
    """

    lens: str = "pca2"
    cover: str = "cubes"
    intervals: int = 10
    overlap: float = 0.3
    radius: float = 1.0
    clusterer: str = "dbscan"
    eps: float | None = None
    min_samples: int = 3
    min_cluster_size: int = 5

    def __post_init__(self) -> None:
        choices: tuple[tuple[str, Mapping[str, object]], ...] = (
            ("lens", LENSES), ("cover", COVERS), ("clusterer", CLUSTERERS),
        )  # fmt: skip
        for what, known in choices:
            value = getattr(self, what)
            if not isinstance(value, str) or value not in known:
                raise FeaturetopoError(f"unknown {what} {value!r}{did_you_mean(str(value), known)}")
        for what, least in (("intervals", 1), ("min_samples", 1), ("min_cluster_size", 2)):
            value = getattr(self, what)
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise FeaturetopoError(f"{what}={value!r} must be a whole number, at least {least}")
        if self.intervals > 100:
            raise FeaturetopoError(
                f"intervals={self.intervals} must be at most 100; 5 to 20 is usual"
            )
        if self.eps is not None and (
            isinstance(self.eps, bool)
            or not isinstance(self.eps, int | float)
            or not 0 < self.eps <= 2
        ):
            raise FeaturetopoError(
                f"eps={self.eps!r} must be a chord distance in (0, 2]; empty is the noise floor"
            )
        for what in ("overlap", "radius"):
            value = getattr(self, what)
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise FeaturetopoError(f"{what}={value!r} must be a number")
        if self.lens == "directions" and self.cover != "balls":
            raise FeaturetopoError(
                "the features themselves have too many axes for intervals: take balls as the cover"
            )
        _ = self.cells, self.clusters  # these know the other ranges

    @property
    def cells(self) -> Cover:
        """The cover."""
        if self.cover == "balls":
            return Balls(self.radius)
        return (Quantiles if self.cover == "quantiles" else Cubes)(self.intervals, self.overlap)

    @property
    def clusters(self) -> Clusterer:
        """The clusterer: single linkage within eps is DBSCAN to which every feature is a core."""
        if self.clusterer == "single":
            return SingleLinkage()
        if self.clusterer == "whole":
            return Whole()
        if self.clusterer == "hdbscan":
            return HDBSCAN(self.min_cluster_size, self.min_samples)
        least = 1 if self.clusterer == "within" else self.min_samples
        return DensityClusters("floor" if self.eps is None else self.eps, least)


def parameters_of(wire: Mapping[str, Any]) -> Parameters:
    """Read what a browser sent.

    Raises
    ------
    FeaturetopoError
        If it holds an unknown name, or a value is out of range.

    Examples
    --------
    >>> parameters_of({"lens": "pca1", "intervals": 5}).cells
    Cubes(n=5, overlap=0.3)
    """
    known = Parameters.__dataclass_fields__
    for name in wire:
        if name not in known:
            raise FeaturetopoError(f"unknown parameter {name!r}{did_you_mean(str(name), known)}")
    return Parameters(**wire)
