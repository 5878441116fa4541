"""What the parameters of shapes must be, before any of them is compared with a bound."""

from __future__ import annotations

from numbers import Integral, Real

from featuretopo.errors import FeaturetopoError


def at_least(shape: object, **values: tuple[object, int]) -> None:
    """Refuse a count that is none or is below its least: ``at_least(self, n=(self.n, 4))``."""
    for name, (value, least) in values.items():
        if not is_whole(value) or value < least:  # type: ignore[operator]
            raise FeaturetopoError(f"{shape!r}: {name} must be a whole number, at least {least}")


def check_numbers(shape: object, *names: str) -> None:
    """Refuse attributes that are no real numbers: their bounds could not even be asked."""
    for name in names:
        value = getattr(shape, name)
        if not isinstance(value, Real) or isinstance(value, bool):
            raise FeaturetopoError(f"{name}={value!r} must be a number, e.g. 0.5")


def is_whole(value: object) -> bool:
    """Whether a value counts something: a whole number, numpy's too, and no truth value."""
    return isinstance(value, Integral) and not isinstance(value, bool)
