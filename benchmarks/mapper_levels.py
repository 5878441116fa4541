"""Do the p-values of Mapper graphs hold their level?

    OMP_NUM_THREADS=1 python benchmarks/mapper_levels.py [--sets 200] [--draws 99]

Data without groups, or with groups and no loop: how many data sets get p <= .01, .05 and .1 for
the components of their graph and for how far its longest loop reaches (`mapper_test`). Pairs of
independent dictionaries of either kind, row i named as row i: how many get such p for each figure
of `compare_mappers`. Graphs with single linkage below the noise floor, over PCA.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable

import numpy as np
from joblib import Parallel, delayed
from scipy.stats import binom

import featuretopo as ft
from featuretopo.topology.mapper import Cubes, SingleLinkage
from featuretopo.truth import Blobs, Sphere

LEVELS = (0.01, 0.05, 0.1)
# a graph of directions that no group holds together would be empty at the default's noise floor
WAY = {"cover": Cubes(6, 0.5), "clusterer": SingleLinkage()}


def isotropic(n: int, d: int, seed: int) -> ft.Dictionary:
    """Directions without any structure."""
    return ft.Dictionary(np.random.default_rng(seed).standard_normal((n, d)))


def elliptic(n: int, d: int, seed: int) -> ft.Dictionary:
    """No groups, but axes of lengths i^-1/2."""
    points = np.random.default_rng(seed).standard_normal((n, d))
    return ft.Dictionary(points * np.arange(1.0, d + 1) ** -0.5)


def grouped(n: int, d: int, seed: int) -> ft.Dictionary:
    """Six blobs, half of all features, among lone directions; no loop."""
    size = n // 12
    shapes = [Blobs(6, size, spread=0.4), Sphere(n - 6 * size)]
    return ft.GroundTruth(shapes, d, rng=seed).dictionary


KINDS: dict[str, Callable[[int, int, int], ft.Dictionary]] = {
    "isotropic": isotropic, "elliptic": elliptic, "blobs among lone directions": grouped,
}  # fmt: skip


def of_one(kind: str, n: int, d: int, draws: int, seed: int) -> dict[str, float]:
    """p-value of each figure of one graph."""
    found = ft.mapper_test(KINDS[kind](n, d, seed), **WAY, draws=draws, rng=seed)
    p = {"reach of the longest loop": found.loop_reach.p_value}
    # where there are groups, components are not by chance
    return p | ({} if kind.startswith("blobs") else {"components": found.components.p_value})


def of_two(kind: str, n: int, d: int, draws: int, seed: int) -> dict[str, float]:
    """p-value of each figure of a pair that has nothing in common but names."""
    names = [f"feature {i}" for i in range(n)]
    order = np.random.default_rng(seed).permutation(n)  # blob i is no partner of blob i
    a, b = (KINDS[kind](n, d, 2 * seed + i + 10**6) for i in range(2))
    pair = ft.Dictionary(a.vectors, names=names), ft.Dictionary(b.vectors[order], names=names)
    found = ft.compare_mappers(*pair, **WAY, draws=draws, rng=seed)
    return {m.title: m.p_value for m in found.measures if m.p_value is not None}


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sets", type=int, default=200)
    options.add_argument("--draws", type=int, default=99)
    options.add_argument("--n", type=int, default=200)
    options.add_argument("--d", type=int, default=16)
    options.add_argument("--jobs", type=int, default=-1)
    given = options.parse_args()
    work = Parallel(n_jobs=given.jobs)
    most = [int(binom.ppf(0.975, given.sets, level)) for level in LEVELS]
    print(f"of {given.sets}; in all but 1 of 40 tests that hold their level, at most {most}\n")
    print("| what | of | p <= .01 | p <= .05 | p <= .1 | with a p |\n|---|---|---|---|---|---|")
    for which in (of_one, of_two):
        for kind in KINDS:
            by_figure = defaultdict(list)
            asked = (given.n, given.d, given.draws)
            for found in work(delayed(which)(kind, *asked, seed) for seed in range(given.sets)):
                for title, p in found.items():
                    by_figure[title].append(p)
            for title, p in by_figure.items():
                counts = " | ".join(str(sum(np.array(p) <= level)) for level in LEVELS)
                what = f"two: {kind}" if which is of_two else kind
                print(f"| {title} | {what} | {counts} | {len(p)} |", flush=True)


if __name__ == "__main__":
    main()
