"""Lens: a few numbers per feature, over whose range the cover is laid."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError

FloatArray = npt.NDArray[np.floating[Any]]


class Lens(Protocol):
    """What every lens can do."""

    def values(self, x: Dictionary) -> FloatArray:
        """Return the lens values, shape (n_features, n_lens)."""
        ...


@dataclass(frozen=True)
class PCA:
    """Unit vectors projected on their first principal axes.

    Parameters
    ----------
    n_components : int
        Number of axes, at least 1.

    Raises
    ------
    FeaturetopoError
        If n_components < 1 or the dictionary has fewer features or dimensions.

    Examples
    --------
    >>> PCA(2).values(Dictionary(np.eye(4))).shape
    (4, 2)
    """

    n_components: int = 2

    def __post_init__(self) -> None:
        if self.n_components < 1:
            raise FeaturetopoError(f"{self!r}: n_components must be at least 1")

    def values(self, x: Dictionary) -> FloatArray:
        """Return the projections, shape (n_features, n_components)."""
        if self.n_components > min(x.unit.shape):
            raise FeaturetopoError(f"{self!r} of {x!r}: it has no more than {min(x.unit.shape)}")
        centred = x.unit - x.unit.mean(axis=0)
        if len(x) > x.d:  # of many features, their covariance has the same axes and is small
            _, directions = np.linalg.eigh(centred.astype(np.float64).T @ centred)
            axes = centred @ directions[:, : -self.n_components - 1 : -1]
        else:
            u, s, _ = np.linalg.svd(centred, full_matrices=False)
            axes = u[:, : self.n_components] * s[: self.n_components]
        # the sign of a principal axis is arbitrary: fix it, so that the same data give one graph
        largest = np.abs(axes).argmax(axis=0)
        signs = np.sign(axes[largest, np.arange(self.n_components)])
        directed: FloatArray = axes * signs
        return directed


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Any values at hand, one row per feature: an embedding, a norm, a label.

    Parameters
    ----------
    array : ndarray, shape (n_features, n_lens)
    name : str
        What they are, for the graph's parameters.

    Raises
    ------
    FeaturetopoError
        If they do not fit the dictionary or are not finite.

    Examples
    --------
    >>> Coordinates(np.arange(4.0)[:, None], "rank").values(Dictionary(np.eye(4))).tolist()
    [[0.0], [1.0], [2.0], [3.0]]
    """

    array: FloatArray = field(repr=False)
    name: str

    def values(self, x: Dictionary) -> FloatArray:
        """Return the values, checked."""
        values = np.asarray(self.array, dtype=np.float64)
        if values.ndim != 2 or len(values) != len(x):
            raise FeaturetopoError(
                f"lens {self.name!r} of shape {values.shape} for {len(x)} features: "
                "give one row per feature"
            )
        if not np.isfinite(values).all():
            raise FeaturetopoError(f"lens {self.name!r} holds NaN or infinite values; drop them")
        return values
