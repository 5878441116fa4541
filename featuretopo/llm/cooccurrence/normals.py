"""Standard normal numbers in bulk, by Box and Muller with polynomials for log, sine and cosine.

Unlike calls of the mathematical library, all of it becomes vector instructions.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import njit

from featuretopo.llm.cooccurrence.rule import FloatArray
from featuretopo.llm.cooccurrence.sfc64 import draw_words


def _coefficients(
    function: Callable[[FloatArray], FloatArray], degree: int
) -> tuple[np.float32, ...]:
    """Return the polynomial that interpolates on (0, 1) at Chebyshev's points, constant first."""
    points = (1 - np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1))) / 2
    found = np.linalg.solve(np.vander(points, increasing=True), function(points))
    return tuple(found.astype(np.float32))


# off by about one unit of single precision
_LOG = _coefficients(lambda x: -2.0 * np.log1p(x), 8)
_SINE = _coefficients(lambda xx: np.sin(np.pi * np.sqrt(xx)) / np.sqrt(xx), 6)
_COSINE = _coefficients(lambda xx: np.cos(np.pi * np.sqrt(xx)), 6)
_TWO_LOG_2 = np.float32(2 * np.log(2))


@njit(cache=True)
def draw_normals(n, m, lanes):  # type: ignore[no-untyped-def] # pragma: no cover
    """Draw (n, m) standard normal numbers of single precision from the generators `lanes`."""
    half = (n * m + 1) // 2
    bits = draw_words(lanes, half).view(np.uint32)
    drawn = np.empty((2, half), np.float32)
    box_muller(bits[:half], bits[half:], drawn[0], drawn[1])
    return drawn.reshape(2 * half)[: n * m].reshape(n, m)


# no value is ever NaN: then a maximum is one instruction
@njit(cache=True, fastmath={"contract", "nnan"})
def box_muller(  # type: ignore[no-untyped-def] # pragma: no cover
    radius, angle, first, second
) -> None:
    """Turn two arrays of 32 random bits into two of normal numbers, written to the last two.

    The first 24 bits count: radius sqrt(-2 log u) with u in (0, 1], angle pi x with x in [-1, 1).
    u is the middle of its step: a tail of 1e-5 is then off by 2e-5 of itself, at an end by 8e-4.
    """
    exponents = first.view(np.int32)
    for i in range(len(radius)):
        first[i] = (np.float32(np.int32(radius[i] >> np.uint32(8))) + np.float32(0.5)) * np.float32(
            2.0**-24
        )
    for i in range(len(radius)):  # u is 2^e times a number in [1, 2), which stays in `first`
        second[i] = np.float32((exponents[i] >> 23) - 127) * _TWO_LOG_2
        exponents[i] = (exponents[i] & 0x7FFFFF) | 0x3F800000
    for i in range(len(radius)):
        # rounding may leave the logarithm of a u next to 1 on the wrong side of 0
        square = _polynomial(_LOG, first[i] - np.float32(1)) - second[i]
        length = np.sqrt(max(square, np.float32(0)))
        x = np.float32(np.int32(angle[i] >> np.uint32(8))) * np.float32(2.0**-23) - np.float32(1)
        first[i] = length * x * _polynomial(_SINE, x * x)
        second[i] = length * _polynomial(_COSINE, x * x)


@njit(cache=True, fastmath={"contract"})
def _polynomial(coefficients, x):  # type: ignore[no-untyped-def] # pragma: no cover
    value = coefficients[-1]
    for k in range(len(coefficients) - 2, -1, -1):
        value = value * x + coefficients[k]
    return value
