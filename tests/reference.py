"""Plain references and inputs that the tests of the topology layer share: slow, and right."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import strategies as st

from featuretopo.dictionary import Dictionary
from featuretopo.topology.arrangement import Arrangement
from featuretopo.topology.clusters import clusters
from featuretopo.topology.embedding import Embedding
from featuretopo.topology.loops import loops
from featuretopo.topology.mapper import mapper
from featuretopo.topology.persistence import persistence

Array = npt.NDArray[np.float64]

ENGINES = ("ripser", "gudhi", "giotto")
seeds = st.integers(0, 2**32 - 1)


def needs(engine: str) -> str:
    """Return the engine's name; skip the test where its library is not installed."""
    if engine == "giotto":
        pytest.importorskip("gph")
    return engine


def gaussian(n: int, d: int, seed: int) -> Array:
    return np.random.default_rng(seed).standard_normal((n, d))


def rotation(d: int, seed: int) -> Array:
    return np.linalg.qr(gaussian(d, d, seed))[0]


def gaussian_like(rows: Array, rng: np.random.Generator) -> Array:
    """Redraw rows from a Gaussian of their own mean and covariance, projected to the sphere."""
    drawn = rng.multivariate_normal(rows.mean(axis=0), np.cov(rows.T), len(rows), method="svd")
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def chords(x: Dictionary) -> Array:
    """All chord distances, from differences."""
    unit = x.unit.astype(np.float64)
    return np.linalg.norm(unit[:, None] - unit[None], axis=2)


def polygon(n: int) -> Array:
    """Corners of a regular n-gon on the unit circle."""
    angle = 2 * np.pi * np.arange(n) / n
    return np.column_stack([np.cos(angle), np.sin(angle)])


@st.composite
def crowds(draw: st.DrawFn, least: int = 3, most: int = 30) -> Dictionary:
    """Directions at random, in clumps, or with duplicates, antipodes and equal distances."""
    n = draw(st.integers(least, most))
    seed = draw(seeds)
    rng = np.random.default_rng(seed)
    kind = draw(st.sampled_from(["random", "clumps", "grid"]))
    if kind == "clumps":
        d = draw(st.integers(6, 24))
        centres = gaussian(draw(st.integers(1, 4)), d, seed)
        noise = draw(st.sampled_from([0.01, 0.1, 0.4])) * rng.standard_normal((n, d))
        return Dictionary(centres[rng.integers(len(centres), size=n)] + noise)
    d = draw(st.integers(2, 6))
    if kind == "random":
        return Dictionary(gaussian(n, d, seed))
    rows = rng.integers(-1, 2, (n, d))
    rows[~rows.any(axis=1), 0] = 1
    return Dictionary(rows)


def rank(matrix: npt.NDArray[np.int64], p: int) -> int:
    """Rank over Z/p, by elimination."""
    rest = matrix % p
    found = 0
    for column in range(rest.shape[1]):
        pivots = np.flatnonzero(rest[found:, column]) + found
        if not len(pivots):
            continue
        rest[[found, pivots[0]]] = rest[[pivots[0], found]]
        rest[found] = rest[found] * pow(int(rest[found, column]), -1, p) % p
        others = np.arange(len(rest)) != found
        rest[others] = (rest[others] - np.outer(rest[others, column], rest[found])) % p
        found += 1
        if found == len(rest):
            break
    return found


def simplices(near: npt.NDArray[np.bool_], size: int) -> list[tuple[int, ...]]:
    """Sets of `size` points of which every two are near."""
    return [
        each
        for each in combinations(range(len(near)), size)
        if all(near[pair] for pair in combinations(each, 2))
    ]


def boundary(faces: list[tuple[int, ...]], cells: list[tuple[int, ...]]) -> npt.NDArray[np.int64]:
    """Boundary matrix, one row a cell, one column a face."""
    column = {face: i for i, face in enumerate(faces)}
    matrix = np.zeros((len(cells), len(faces)), np.int64)
    for row, cell in enumerate(cells):
        for i in range(len(cell)):
            matrix[row, column[(*cell[:i], *cell[i + 1 :])]] = (-1) ** i
    return matrix


def betti_numbers(distances: Array, scale: float, max_dim: int, p: int) -> tuple[int, ...]:
    """Betti numbers over Z/p of the Vietoris-Rips complex at one scale, by linear algebra."""
    levels = [simplices(distances <= scale, size) for size in range(1, max_dim + 3)]
    ranks = [0] + [rank(boundary(*pair), p) for pair in pairwise(levels)]
    return tuple(len(levels[k]) - ranks[k] - ranks[k + 1] for k in range(max_dim + 1))


def portrait(x: Dictionary, name: str = "x") -> Arrangement:
    """All of an Arrangement but its picture, quickly."""
    return Arrangement(
        name=name,
        dictionary=x,
        diagram=persistence(x),
        clusters=clusters(x, draws=19, rng=0),
        loops=loops(x, draws=19, rng=0),
        mapper=mapper(x),
        embedding=Embedding(np.zeros((len(x), 2)), 1.0, 2, 1.0),
    )
