"""Lens: a few numbers per feature, over whose range the cover is laid."""

from __future__ import annotations

import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from featuretopo.arrays import to_array
from featuretopo.checks import at_least
from featuretopo.dictionary import Dictionary
from featuretopo.errors import FeaturetopoError

FloatArray = npt.NDArray[np.floating[Any]]

_BLOCK = 4096


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
        at_least(self, n_components=(self.n_components, 1))

    def values(self, x: Dictionary) -> FloatArray:
        """Return the projections, shape (n_features, n_components)."""
        if self.n_components > min(x.unit.shape):
            raise FeaturetopoError(f"{self!r} of {x!r}: it has no more than {min(x.unit.shape)}")
        mean = x.unit.mean(axis=0, dtype=np.float64)
        if len(x) <= x.d:
            u, s, _ = np.linalg.svd(x.unit - mean, full_matrices=False)
            return directed(u[:, : self.n_components] * s[: self.n_components])
        # of many features, their covariance has the same axes and is small
        blocks = [slice(start, start + _BLOCK) for start in range(0, len(x), _BLOCK)]
        covariance = np.zeros((x.d, x.d))
        for block in blocks:  # in double precision, which is not held of all at once
            centred = x.unit[block] - mean
            covariance += centred.T @ centred
        directions = np.linalg.eigh(covariance)[1][:, : -self.n_components - 1 : -1]
        axes = np.concatenate([(x.unit[block] - mean) @ directions for block in blocks])
        return directed(axes)


def directed(axes: FloatArray) -> FloatArray:
    """Turn each axis so that its largest value by size is positive.

    The sign of a principal axis is arbitrary: fixed, the same data give one graph.

    Examples
    --------
    >>> directed(np.array([[1.0, 2.0], [-3.0, 0.0]])).tolist()
    [[-1.0, 2.0], [3.0, 0.0]]
    """
    largest = np.abs(axes).argmax(axis=0)
    turned: FloatArray = axes * np.where(axes[largest, np.arange(axes.shape[1])] < 0, -1, 1)
    return turned


def _check_name(name: object) -> None:
    if not isinstance(name, str):
        raise FeaturetopoError(
            f"name={reprlib.repr(name)} must be text: what the values are, e.g. 'norm'"
        )


@dataclass(frozen=True, eq=False)
class Coordinates:
    """Any values at hand, one row per feature: an embedding, a norm, a label.

    Parameters
    ----------
    array : array_like, shape (n_features,) or (n_features, n_lens)
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

    array: npt.ArrayLike = field(repr=False)
    name: str

    def __post_init__(self) -> None:
        _check_name(self.name)

    def values(self, x: Dictionary) -> FloatArray:
        """Return the values, checked."""
        array = as_array(self.array, self.name)
        values = checked(array[:, None] if array.ndim == 1 else array, self.name, len(x))
        return values.astype(np.float64, copy=False)


@dataclass(frozen=True)
class Function:
    """Whatever a function makes of the dictionary.

    Parameters
    ----------
    function : callable
        Takes the Dictionary; returns (n_features,) or (n_features, n_lens) values.
    name : str
        What they are, for the graph's parameters.

    Raises
    ------
    FeaturetopoError
        If what it returns does not fit the dictionary or is not finite.

    Examples
    --------
    >>> Function(lambda x: x.vectors.max(axis=1), "largest").values(Dictionary(np.eye(2))).tolist()
    [[1.0], [1.0]]
    """

    function: Callable[[Dictionary], npt.ArrayLike] = field(repr=False)
    name: str

    def __post_init__(self) -> None:
        if not callable(self.function):
            raise FeaturetopoError(
                f"function={reprlib.repr(self.function)} cannot be called: give a function of the "
                "dictionary; values at hand are Coordinates(values, name)"
            )
        _check_name(self.name)

    def values(self, x: Dictionary) -> FloatArray:
        """Return the values, checked."""
        values = as_array(self.function(x), self.name)
        return checked(values[:, None] if values.ndim == 1 else values, self.name, len(x))


#: A lens, the values themselves, or a function from the dictionary to them.
LensLike: TypeAlias = Lens | npt.ArrayLike | Callable[[Dictionary], npt.ArrayLike]


def lens_of(lens: LensLike | None) -> Lens:
    """Return what was given as a lens; ``PCA(2)`` where nothing was.

    Raises
    ------
    FeaturetopoError
        If it is neither a lens nor a function nor an array of numbers.

    Examples
    --------
    >>> lens_of(None), lens_of([0.5, 1.0, 1.5]), lens_of(len)
    (PCA(n_components=2), Coordinates(name='array'), Function(name='len'))
    """
    given: Any = lens
    if given is None:
        return PCA(2)
    if isinstance(given, type):
        raise FeaturetopoError(
            f"lens={given.__name__} is a class: call it, with what it needs: a lens, such as PCA(2)"
        )
    if isinstance(given, np.ma.MaskedArray):
        raise FeaturetopoError("a masked array hides values of its lens: give one without a mask")
    if hasattr(given, "detach"):  # a tensor, whose `values` is another thing
        given = to_array(given)
    if callable(getattr(given, "values", None)) and not isinstance(given, Mapping):
        found: Lens = given
        return found
    if callable(given):
        return Function(given, getattr(given, "__qualname__", type(given).__name__))
    try:
        array = np.asarray(given)
        if array.dtype.kind == "c":  # numpy would drop the imaginary parts
            raise TypeError("complex")
        array = array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise FeaturetopoError(
            f"lens={reprlib.repr(given)} is no lens: give one such as PCA(2), an array with one "
            "row per feature, or a function from the dictionary to one"
        ) from error
    return Coordinates(array[:, None] if array.ndim == 1 else array, "array")


def lens_values(lens: Lens, x: Dictionary) -> FloatArray:
    """Return the values of a lens, checked."""
    name = getattr(lens, "name", repr(lens))
    return checked(as_array(lens.values(x), name), name, len(x))


def as_array(values: npt.ArrayLike, name: str) -> npt.NDArray[Any]:
    """Return lens values as an array; refuse rows of unequal length."""
    try:
        return to_array(values)
    except ValueError as error:
        raise FeaturetopoError(
            f"lens {name!r} has rows of unequal length: give as many numbers for every feature"
        ) from error


def checked(values: npt.NDArray[Any], name: str, n: int) -> FloatArray:
    """Refuse lens values that are not one finite row for each of `n` features."""
    if values.ndim != 2 or len(values) != n or not values.shape[1]:
        raise FeaturetopoError(
            f"lens {name!r} of shape {values.shape} for {n} features: give one row per feature"
        )
    if not np.issubdtype(values.dtype, np.floating):
        values = _as_floats(values, name)
    bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
    if len(bad):
        raise FeaturetopoError(
            f"lens {name!r} holds NaN or infinite values; drop them (first in row {bad[0]}, "
            f"{len(bad)} rows in all)"
        )
    return values


def _as_floats(values: npt.NDArray[Any], name: str) -> FloatArray:
    try:
        if values.dtype.kind in "biuO":
            return values.astype(np.float64)
    except (TypeError, ValueError):  # objects that are no numbers
        pass
    first = values.ravel()[:1].tolist()[0]  # as Python has it: numpy tells its own type since 2
    raise FeaturetopoError(
        f"lens {name!r} holds what is no number, {first!r} first: give numbers; groups are "
        "Labels(), of a dictionary made with labels=[...]"
    )
