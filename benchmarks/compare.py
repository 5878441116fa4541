"""How long does it take to compare two dictionaries of the size of real ones? Prints a table.

    python benchmarks/compare.py [--n 24576 --d 768]

Planted: 40 circles of 7 to 59 features, 60 blobs of 32, random directions; the other side is the
same with noise, its features in another order. No names, no codes: partners are found by cosine.
"""

from __future__ import annotations

import argparse
import resource
from time import perf_counter

import numpy as np

import featuretopo as ft
from featuretopo.truth import Blobs, Circle, Sphere

NOISE = 0.3


def main() -> None:
    """Plant, compare, print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--n", type=int, default=24_576)
    options.add_argument("--d", type=int, default=768)
    options.add_argument("--draws", type=int, default=199)
    given = options.parse_args()
    rng = np.random.default_rng(0)
    shapes = [*(Circle(int(size)) for size in rng.integers(7, 60, 40)), Blobs(60, 32, spread=0.3)]
    planted = len(ft.GroundTruth(shapes, given.d, rng=0).dictionary)
    truth = ft.GroundTruth([*shapes, Sphere(given.n - planted)], given.d, rng=0)
    vectors = truth.dictionary.vectors
    noise = rng.standard_normal(vectors.shape).astype(np.float32) * NOISE / np.sqrt(given.d)
    a, b = ft.Dictionary(vectors), ft.Dictionary((vectors + noise)[rng.permutation(given.n)])
    sides, took = [], []
    for name, x in (("a", a), ("b", b)):
        start = perf_counter()
        sides.append(ft.arrangement(x, name=name, rng=0))
        took.append(perf_counter() - start)
    start = perf_counter()
    found = ft.compare(*sides, draws=given.draws, rng=0)
    seconds = perf_counter() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"two dictionaries of {given.n:,} x {given.d}, {given.draws} null draws\n")
    print("| work | measured |\n|---|---|")
    print(f"| topology of each (H0, H1, clusters, loops, Mapper, UMAP) | {took[0]:.0f}, "
          f"{took[1]:.0f} s |")  # fmt: skip
    print(f"| every measure of the pair, with its null | {seconds:.0f} s |")
    print(f"| all of it | {sum(took) + seconds:.0f} s, {memory:.1f} GB |")
    print(f"| verdict | {found.verdict.judgement}; {found.n_pairs:,} partners |")


if __name__ == "__main__":
    main()
