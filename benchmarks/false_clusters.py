"""Does the test for clusters hold its level, and does it find clusters that are there?

    python benchmarks/false_clusters.py [--sets 400] [--n 256] [--d 16 64 256]

Level: data sets without groups, and how many of them show a cluster at p <= .05, 19 draws.
Power: planted blobs, and the share of them that are found, all features by name. Prints two tables.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from joblib import Parallel, delayed
from scipy.stats import binom

import featuretopo as ft
from featuretopo.truth import Blobs, Sphere

DRAWS, LEVEL = 19, 0.05
Rng = np.random.Generator


def scales(d: int, power: float) -> np.ndarray:
    """Axes of lengths 1, 2^-power, 3^-power, ..."""
    return np.arange(1.0, d + 1) ** -power


def tails(n: int, rng: Rng) -> np.ndarray:
    """Lengths that make of Gaussian vectors those of a t distribution, 3 degrees of freedom."""
    return 1 / np.sqrt(rng.chisquare(3, (n, 1)) / 3)


KINDS: dict[str, Callable[[int, int, Rng], np.ndarray]] = {
    "isotropic": lambda n, d, rng: rng.standard_normal((n, d)),
    "elliptic, axes i^-1/2": lambda n, d, rng: rng.standard_normal((n, d)) * scales(d, 0.5),
    "elliptic, axes 1/i": lambda n, d, rng: rng.standard_normal((n, d)) * scales(d, 1),
    "common offset": lambda n, d, rng: rng.standard_normal((n, d)) + 0.7,
    "elliptic with an offset": lambda n, d, rng: (
        (rng.standard_normal((n, d)) + 0.7) * scales(d, 0.5)
    ),
    "heavy-tailed with an offset": lambda n, d, rng: (
        rng.standard_normal((n, d)) * tails(n, rng) + 0.7
    ),
    "heavy-tailed coordinates": lambda n, d, rng: rng.standard_t(3, (n, d)),
}
PLANTED = {
    "4 of 10, spread .5, among 40": [Blobs(4, 10, spread=0.5), Sphere(40)],
    "12 of 16, spread .6, among 160": [Blobs(12, 16, spread=0.6), Sphere(160)],
    "1 of 8, spread .5, among 200": [Blobs(1, 8, spread=0.5), Sphere(200)],
    "6 of 8, spread .3, among 40": [Blobs(6, 8, spread=0.3), Sphere(40)],
    "4 of 32, spread .3, among 128": [Blobs(4, 32, spread=0.3), Sphere(128)],
}


def shows_a_cluster(kind: str, n: int, d: int, seed: int) -> bool:
    """Whether a data set without groups shows one."""
    points = KINDS[kind](n, d, np.random.default_rng([seed, n, d, list(KINDS).index(kind)]))
    found = ft.clusters(ft.Dictionary(points), draws=DRAWS, rng=seed)
    return any(cluster.p_value <= LEVEL for cluster in found)


def found_share(kind: str, d: int, seed: int) -> float:
    """Return the share of planted blobs that are found: significant, and exactly their features."""
    truth = ft.GroundTruth(PLANTED[kind], d, rng=seed)
    found = {
        tuple(cluster.members.tolist())
        for cluster in ft.clusters(truth.dictionary, draws=DRAWS, rng=seed)
        if cluster.p_value <= LEVEL
    }
    blobs = [tuple(s.members.tolist()) for s in truth.shapes if s.kind == "blob"]
    return sum(blob in found for blob in blobs) / len(blobs)


def main() -> None:
    """Measure every cell."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sets", type=int, default=400)
    options.add_argument("--n", type=int, nargs="+", default=[256])
    options.add_argument("--d", type=int, nargs="+", default=[16, 64, 256])
    given = options.parse_args()
    cells = len(KINDS) * len(given.n) * len(given.d)
    most = int(binom.ppf(1 - 0.05 / cells, given.sets, LEVEL))
    work = Parallel(n_jobs=-1)

    def total(question: Callable[..., float], *cell: object) -> float:
        return sum(work(delayed(question)(*cell, seed) for seed in range(given.sets)))

    print(f"false clusters of {given.sets}; a test of level {LEVEL} has at most {most} a cell\n")
    print("| data without groups | n | d | false |\n|---|---|---|---|")
    for kind in KINDS:
        for n in given.n:
            for d in given.d:
                print(f"| {kind} | {n} | {d} | {total(shows_a_cluster, kind, n, d)} |", flush=True)
    print("\n| planted | d | found |\n|---|---|---|")
    for kind in PLANTED:
        for d in given.d:
            share = total(found_share, kind, d) / given.sets
            print(f"| {kind} | {d} | {share:.3f} |", flush=True)


if __name__ == "__main__":
    main()
