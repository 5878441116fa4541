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
from featuretopo.topology.mapper.cover import Cubes
from featuretopo.topology.mapper.density import DensityClusters
from featuretopo.topology.mapper.lens import PCA
from featuretopo.topology.neighbourhood import nearest
from featuretopo.topology.shelf import once

FloatArray = npt.NDArray[np.floating[Any]]

NEAR = 5  # density is the distance to this many-th nearest feature


def density(x: Dictionary) -> FloatArray:
    """Return the chord distance of each feature to its 5th nearest: small where it is dense."""
    near = min(NEAR, len(x) - 1)
    found: FloatArray = nearest(x, near)[1][:, near - 1]
    return found


def norms(x: Dictionary) -> FloatArray:
    """Return the length of each feature; the square of 1e30 is not a float32."""
    found: FloatArray = np.linalg.norm(x.vectors.astype(np.float64), axis=1)
    return found


def _axes(x: Dictionary, n: int) -> FloatArray:
    return once(x, ("explored axes", n), lambda: PCA(n).values(x))


_Values = Callable[[Arrangement], FloatArray]

#: By name: what it is called in words, and its values.
LENSES: Mapping[str, tuple[str, _Values]] = {
    "pca2": ("two principal axes", lambda side: _axes(side.dictionary, 2)),
    "pca1": ("first principal axis", lambda side: _axes(side.dictionary, 1)),
    "umap": ("UMAP picture", lambda side: side.embedding.xy),
    "norm": ("norm", lambda side: norms(side.dictionary)[:, None]),
    "density": (f"distance to the {NEAR}th nearest", lambda s: density(s.dictionary)[:, None]),
}

CLUSTERERS: Mapping[str, str] = {
    "dbscan": "DBSCAN",
    "single": "single linkage",
}


@dataclass(frozen=True, slots=True)
class Parameters:
    """What a graph is made with.

    Attributes
    ----------
    lens : str
        One of `LENSES`.
    intervals : int
        Of the cover, along each lens axis.
    overlap : float
        In (0, 1).
    clusterer : str
        ``"dbscan"``, or ``"single"``: whatever is linked within eps, alone if with nothing.
    eps : float or None
        Chord distance; None for the noise floor.
    min_samples : int
        Of DBSCAN.

    Raises
    ------
    FeaturetopoError
        If one is out of range.
    """

    lens: str = "pca2"
    intervals: int = 10
    overlap: float = 0.3
    clusterer: str = "dbscan"
    eps: float | None = None
    min_samples: int = 3

    def __post_init__(self) -> None:
        for what, known in (("lens", LENSES), ("clusterer", CLUSTERERS)):
            value = getattr(self, what)
            if not isinstance(value, str) or value not in known:
                raise FeaturetopoError(f"unknown {what} {value!r}{did_you_mean(str(value), known)}")
        for what in ("intervals", "min_samples"):
            value = getattr(self, what)
            if not isinstance(value, int) or isinstance(value, bool):
                raise FeaturetopoError(f"{what}={value!r} must be a whole number")
        if self.intervals > 100:
            raise FeaturetopoError(
                f"intervals={self.intervals} must be at most 100; 5 to 20 is usual"
            )
        _ = self.cover, self.clusters  # these know their ranges

    @property
    def cover(self) -> Cubes:
        """The cover."""
        if isinstance(self.overlap, bool) or not isinstance(self.overlap, int | float):
            raise FeaturetopoError(f"overlap={self.overlap!r} must be a number in (0, 1)")
        return Cubes(self.intervals, self.overlap)

    @property
    def clusters(self) -> DensityClusters:
        """The clusterer: single linkage is DBSCAN to which every feature is a core."""
        least = 1 if self.clusterer == "single" else self.min_samples
        return DensityClusters("floor" if self.eps is None else self.eps, least)


def parameters_of(wire: Mapping[str, Any]) -> Parameters:
    """Read what a browser sent.

    Raises
    ------
    FeaturetopoError
        If it holds an unknown name, or a value is out of range.

    Examples
    --------
    >>> parameters_of({"lens": "pca1", "intervals": 5}).cover
    Cubes(n=5, overlap=0.3)
    """
    known = Parameters.__dataclass_fields__
    for name in wire:
        if name not in known:
            raise FeaturetopoError(f"unknown parameter {name!r}{did_you_mean(str(name), known)}")
    return Parameters(**wire)
