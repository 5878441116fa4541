"""What a value must be, before it is compared with any bound."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np
import numpy.typing as npt

from featuretopo.arrays import to_array
from featuretopo.errors import FeaturetopoError


def at_least(owner: object, **values: tuple[object, int]) -> None:
    """Refuse a count that is none or is below its least: ``at_least(self, n=(self.n, 4))``."""
    for name, (value, least) in values.items():
        if not is_whole(value) or value < least:  # type: ignore[operator]
            raise FeaturetopoError(f"{owner!r}: {name} must be a whole number, at least {least}")


def check_count(name: str, value: object, least: int, usual: int) -> None:
    """Refuse what is no whole number or below its least."""
    if not is_whole(value) or value < least:  # type: ignore[operator]
        raise FeaturetopoError(
            f"{name}={value!r} must be a whole number, at least {least}; {usual} is usual"
        )


def check_number(name: str, value: object) -> None:
    """Refuse what is no real number: its bounds could not even be asked."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise FeaturetopoError(f"{name}={value!r} must be a number, e.g. 0.5")


def check_numbers(owner: object, *names: str) -> None:
    """Refuse attributes that are no real numbers."""
    for name in names:
        check_number(name, getattr(owner, name))


def check_truth(name: str, value: object) -> None:
    """Refuse what is neither True nor False: any text that is not empty would pass for True.

    Examples
    --------
    >>> check_truth("tied", "no")
    Traceback (most recent call last):
    featuretopo.errors.FeaturetopoError: tied='no' must be True or False
    """
    if not isinstance(value, (bool, np.bool_)):
        raise FeaturetopoError(f"{name}={value!r} must be True or False")


def check_can(name: str, value: object, *methods: str, usual: str) -> None:
    """Refuse an object that can do none of `methods`; a class is refused until it is called.

    Examples
    --------
    >>> check_can("embedding", "identity", "matrix", usual="Identity() or RandomRotation()")
    Traceback (most recent call last):
    featuretopo.errors.FeaturetopoError: embedding='identity' must be Identity() or RandomRotation()
    """
    if isinstance(value, type):
        raise FeaturetopoError(
            f"{name}={value.__name__} is a class: call it, with what it needs: {usual}"
        )
    if not any(callable(getattr(value, method, None)) for method in methods):
        raise FeaturetopoError(f"{name}={value!r} must be {usual}")


def as_numbers(name: str, values: npt.ArrayLike) -> npt.NDArray[np.floating[Any]]:
    """Return `values` as float64; refuse text, rows of unequal length and what else is no number.

    Examples
    --------
    >>> as_numbers("target", [[1, 0.2], [0.2]])
    Traceback (most recent call last):
    featuretopo.errors.FeaturetopoError: target must be numbers in rows of equal length
    """
    return real_array(name, values).astype(np.float64)


def real_array(name: str, values: npt.ArrayLike) -> npt.NDArray[Any]:
    """Return `values` as an array in the precision they have; refuse what :func:`as_numbers` does.

    Examples
    --------
    >>> real_array("x", ["a", "b"])
    Traceback (most recent call last):
    featuretopo.errors.FeaturetopoError: x must be numbers in rows of equal length: of type <U1
    """
    found = ""
    try:
        array = to_array(values)
        if array.dtype.kind in "biuf":
            return array
        found = f": of type {array.dtype}"
    except (TypeError, ValueError, NotImplementedError):  # ragged, or a tensor without data
        pass
    raise FeaturetopoError(f"{name} must be numbers in rows of equal length{found}")


def is_whole(value: object) -> bool:
    """Whether a value counts something: a whole number, numpy's too, and no truth value."""
    return isinstance(value, Integral) and not isinstance(value, bool)
