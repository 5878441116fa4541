"""Arrays of points that shapes are made of."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from featuretopo.errors import FeaturetopoError

FloatArray = npt.NDArray[np.floating[Any]]
IntArray = npt.NDArray[np.integer[Any]]
Spacing = Literal["even", "random"]


def to_unit(rows: FloatArray) -> FloatArray:
    """Scale rows to length 1."""
    unit: FloatArray = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def check_spacing(spacing: str) -> None:
    """Refuse a spacing that is none."""
    if spacing not in ("even", "random"):
        raise FeaturetopoError(f"spacing={spacing!r} must be 'even' or 'random'")


def along_circle(n: int, spacing: Spacing, rng: np.random.Generator) -> FloatArray:
    """Angles of `n` points around a circle, in [0, 2 pi): even from a random start, or random."""
    if spacing == "random":
        return np.sort(rng.uniform(0, 2 * np.pi, n))
    angles: FloatArray = (2 * np.pi * np.arange(n) / n + rng.uniform(0, 2 * np.pi)) % (2 * np.pi)
    return angles


def along_segment(n: int, spacing: Spacing, rng: np.random.Generator) -> FloatArray:
    """Positions of `n` points on [-1, 1], both ends taken if they are even."""
    if spacing == "random":
        return np.sort(rng.uniform(-1, 1, n))
    return np.linspace(-1, 1, n) if n > 1 else np.zeros(1)


def pairs_of(first: FloatArray, second: FloatArray) -> FloatArray:
    """Every value of the first beside every value of the second, shape (a * b, 2)."""
    return np.column_stack([np.repeat(first, len(second)), np.tile(second, len(first))])


def in_rectangle(
    first: FloatArray, second: FloatArray, spacing: Spacing, rng: np.random.Generator
) -> FloatArray:
    """Positions on a rectangle, shape (a * b, 2).

    Every pair of the values given, or as many uniform between the first and last of each.
    """
    grid = pairs_of(first, second)
    if spacing == "even":
        return grid
    return rng.uniform(grid.min(axis=0), grid.max(axis=0), grid.shape)
