"""Does the test for loops hold its level, and does it find a loop that is there? Prints two tables.

    python benchmarks/calibration.py [--sets 400] [--n 256 1024] [--d 16 64 256]

Level: data sets without loops, and how many of them show one at p <= .05, 99 null draws each.
Power: one circle among 400 features, its points displaced, and how often it is found by name.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib import import_module

import numpy as np
from joblib import Parallel, delayed
from scipy.stats import binom

import featuretopo as ft
from featuretopo.truth import Circle, Sphere

DRAWS, LEVEL, CLUSTERS = 99, 0.05, 8
ENOUGH = 5  # redraws that reach a ratio: of 99, they already put p above .05
Rng = np.random.Generator


def isotropic(n: int, d: int, rng: Rng) -> np.ndarray:
    """Directions all alike."""
    return rng.standard_normal((n, d))


def elliptic(n: int, d: int, rng: Rng) -> np.ndarray:
    """Axes of lengths 1, 1/2, 1/3, ..."""
    return rng.standard_normal((n, d)) / np.arange(1, d + 1)


def clusters(n: int, d: int, rng: Rng, inside: Callable[[int, int, Rng], np.ndarray]) -> np.ndarray:
    """Eight of them, each with an inside of its own, of root-mean-square radius about .5."""
    size = n // CLUSTERS
    centres = rng.standard_normal((CLUSTERS, d))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    parts = []
    for centre in centres:
        points = inside(size, d, rng)
        points *= 0.5 / np.sqrt((points**2).sum(axis=1).mean())
        parts.append(centre + points)
    return np.concatenate(parts)


def flat(n: int, d: int, rng: Rng) -> np.ndarray:
    """Four inner dimensions."""
    return rng.standard_normal((n, 4)) @ np.linalg.qr(rng.standard_normal((d, 4)))[0].T


def mixed(n: int, d: int, rng: Rng) -> np.ndarray:
    """Two widths, one four times the other."""
    return rng.standard_normal((n, d)) * np.where(rng.random((n, 1)) < 0.5, 1, 4)


def heavy(n: int, d: int, rng: Rng) -> np.ndarray:
    """Tails of a t distribution with three degrees of freedom, coordinate by coordinate."""
    return rng.standard_t(3, (n, d))


def nested(n: int, d: int, rng: Rng) -> np.ndarray:
    """Four clusters within the cluster."""
    return rng.standard_normal((4, d))[rng.integers(0, 4, n)] + 0.4 * rng.standard_normal((n, d))


KINDS: dict[str, Callable[[int, int, Rng], np.ndarray]] = {
    "isotropic": isotropic,
    "elliptic": elliptic,
    "clusters, isotropic": lambda n, d, rng: clusters(n, d, rng, isotropic),
    "clusters, 4 inner dimensions": lambda n, d, rng: clusters(n, d, rng, flat),
    "clusters, elliptic": lambda n, d, rng: clusters(n, d, rng, elliptic),
    "clusters, mixed width": lambda n, d, rng: clusters(n, d, rng, mixed),
    "clusters, heavy-tailed": lambda n, d, rng: clusters(n, d, rng, heavy),
    "clusters with sub-clusters": lambda n, d, rng: clusters(n, d, rng, nested),
}


def shows_a_loop(kind: str, n: int, d: int, seed: int) -> bool:
    """Whether a data set without loops shows one."""
    _decide_early()
    points = KINDS[kind](n, d, np.random.default_rng([seed, n, d, list(KINDS).index(kind)]))
    found = ft.loops(ft.Dictionary(points), draws=DRAWS, rng=seed)
    return any(loop.p_value <= LEVEL for loop in found)


def finds_the_circle(size: int, displaced: float, d: int, seed: int) -> bool:
    """Whether a planted circle is found: significant, and most of its features by name."""
    _decide_early()
    shapes = [Circle(size, noise=displaced), Sphere(400 - size)]
    truth = ft.GroundTruth(shapes, d, rng=seed)
    planted = set(range(size))
    return any(
        loop.p_value <= LEVEL
        and len(planted & set(loop.members.tolist())) / len(planted | set(loop.members.tolist()))
        >= 0.8
        for loop in ft.loops(truth.dictionary, draws=DRAWS, rng=seed)
    )


def _decide_early() -> None:
    # only whether p <= .05 is asked here: no need to know a large p to a fifth of itself
    import_module("featuretopo.topology.significance")._ENOUGH = ENOUGH


def main() -> None:
    """Measure every cell."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sets", type=int, default=400)
    options.add_argument("--n", type=int, nargs="+", default=[256, 1024])
    options.add_argument("--d", type=int, nargs="+", default=[16, 64, 256])
    options.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    options.add_argument("--jobs", type=int, default=-1)
    given = options.parse_args()
    cells = len(given.kinds) * len(given.n) * len(given.d)
    most = int(binom.ppf(1 - 0.05 / cells, given.sets, LEVEL))
    work = Parallel(n_jobs=given.jobs)

    def share(question: Callable[..., bool], *cell: object) -> int:
        return sum(work(delayed(question)(*cell, seed) for seed in range(given.sets)))

    print(f"false loops at p <= {LEVEL} of {given.sets}; a test of this level has at most {most}\n")
    print("| data without loops | n | d | false |\n|---|---|---|---|")
    for kind in given.kinds:
        for n in given.n:
            for d in given.d:
                print(f"| {kind} | {n} | {d} | {share(shows_a_loop, kind, n, d)} |", flush=True)
    print(f"\nfound, of {given.sets}\n\n| circle of | displaced | d | found |\n|---|---|---|---|")
    for size in (12, 24):
        for displaced in (0.05, 0.15):
            for d in (64, 256):
                hits = share(finds_the_circle, size, displaced, d)
                print(f"| {size} | {displaced} | {d} | {hits} |", flush=True)


if __name__ == "__main__":
    main()
