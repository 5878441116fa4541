"""Does the test for clusters hold its level, and does it find clusters that are there?

    python benchmarks/false_clusters.py [--sets 400] [--draws 99] [--n 256 1024] [--d 16 64 256]
        [--kinds isotropic ...] [--planted ...]

Level: data sets without groups, and how many of them show a cluster at p <= .05.
Power: planted blobs, and the share of them that are found, all features by name. Prints two tables.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from joblib import Parallel, delayed
from scipy.stats import binom

import featuretopo as ft
from featuretopo.topology import Cluster
from featuretopo.truth import Blobs, Sphere

LEVEL = 0.05
STAGES = (19, 39)  # draws after which most data sets are decided
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


def significant(x: ft.Dictionary, draws: int, seed: int) -> list[Cluster]:
    """Clusters with p <= .05 by so many draws; no more than the first are made where these tell.

    A draw is the same whatever their number, so that what enough of the first ones reach can no
    longer come to p <= .05.
    """
    enough = round(LEVEL * (draws + 1))
    for first in (*(stage for stage in STAGES if stage < draws), draws):
        found = ft.clusters(x, draws=first, rng=seed)
        if all(round(cluster.p_value * (first + 1)) - 1 >= enough for cluster in found):
            return []
    return [cluster for cluster in found if cluster.p_value <= LEVEL]


def shows_a_cluster(kind: str, n: int, d: int, draws: int, seed: int) -> bool:
    """Whether a data set without groups shows one."""
    points = KINDS[kind](n, d, np.random.default_rng([seed, n, d, list(KINDS).index(kind)]))
    return bool(significant(ft.Dictionary(points), draws, seed))


def found_share(kind: str, d: int, draws: int, seed: int) -> float:
    """Return the share of planted blobs that are found: significant, and exactly their features."""
    truth = ft.GroundTruth(PLANTED[kind], d, rng=seed)
    found = {
        tuple(cluster.members.tolist()) for cluster in significant(truth.dictionary, draws, seed)
    }
    blobs = [tuple(s.members.tolist()) for s in truth.shapes if s.kind == "blob"]
    return sum(blob in found for blob in blobs) / len(blobs)


def main() -> None:
    """Measure every cell."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sets", type=int, default=400)
    options.add_argument("--draws", type=int, default=99)
    options.add_argument("--n", type=int, nargs="+", default=[256, 1024])
    options.add_argument("--d", type=int, nargs="+", default=[16, 64, 256])
    options.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    options.add_argument("--planted", nargs="*", default=list(PLANTED), choices=list(PLANTED))
    options.add_argument("--jobs", type=int, default=-1)
    given = options.parse_args()
    cells = len(given.kinds) * len(given.n) * len(given.d)
    most = int(binom.ppf(1 - 0.05 / cells, given.sets, LEVEL))
    work = Parallel(n_jobs=given.jobs)

    def total(question: Callable[..., float], *cell: object) -> float:
        return sum(work(delayed(question)(*cell, given.draws, seed) for seed in range(given.sets)))

    print(f"false clusters of {given.sets}; a test of level {LEVEL} has at most {most} a cell\n")
    print("| data without groups | n | d | false |\n|---|---|---|---|")
    for n in given.n:
        for kind in given.kinds:
            for d in given.d:
                print(f"| {kind} | {n} | {d} | {total(shows_a_cluster, kind, n, d)} |", flush=True)
    print("\n| planted | d | found |\n|---|---|---|")
    for kind in given.planted:
        for d in given.d:
            share = total(found_share, kind, d) / given.sets
            print(f"| {kind} | {d} | {share:.3f} |", flush=True)


if __name__ == "__main__":
    main()
