"""Homology at dictionary scale: seconds, peak memory, and whether what was planted is found.

    python benchmarks/persistence.py [--n 24576] [--d 768]

40 circles of 7 to 59 features among blobs and random directions, cut at the noise floor; exact H0
of 4,096 features from vectors; bottleneck and Wasserstein distances of diagrams of 5,000 points,
held against POT's optimal transport on the same points; angles along a planted circle.
"""

from __future__ import annotations

import argparse
import resource
from time import perf_counter

import numpy as np
import ot

import featuretopo as ft
from featuretopo.topology import bottleneck_of_bars, circular_correlation, wasserstein_of_bars
from featuretopo.truth import Blobs, Circle, Sphere

CIRCLES = tuple(7 + round(i * 52 / 39) for i in range(40))


def dictionary(n: int, d: int) -> ft.Dictionary:
    """Plant the circles among as many blobs as random directions, as far as blobs have room."""
    planted = sum(CIRCLES)
    blobs = min(max(1, (n - planted) // 2 // 32), d)
    shapes = [*map(Circle, CIRCLES), Blobs(blobs, 32, 0.75), Sphere(n - planted - 32 * blobs)]
    return ft.GroundTruth(shapes, d, rng=0).dictionary


def peak() -> str:
    """Peak memory of the process so far."""
    return f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB"


def bars(count: int, seed: int) -> np.ndarray:
    """Draw a diagram."""
    rng = np.random.default_rng(seed)
    births = rng.uniform(0, 1, count)
    return np.column_stack([births, births + rng.exponential(0.1, count)])


def by_transport(a: np.ndarray, b: np.ndarray) -> float:
    """Order-1 Wasserstein distance by POT: every bar may also go to the diagonal."""
    n, m = len(a), len(b)
    cost = np.abs(a[:, None] - b[None]).max(axis=2)
    full = np.zeros((n + m, n + m))
    full[:n, :m] = cost
    full[:n, m:] = ((a[:, 1] - a[:, 0]) / 2)[:, None]
    full[n:, :m] = ((b[:, 1] - b[:, 0]) / 2)[None]
    return float(ot.emd2(np.ones(n + m), np.ones(n + m), full, numItermax=10**8))


def angles_along(seed: int) -> float:
    """Find a planted circle's angles again: the circular correlation of the two."""
    truth = ft.GroundTruth([Circle(24, noise=0.05), Sphere(100)], 64, rng=seed).dictionary
    [loop] = [each for each in ft.loops(truth, rng=seed) if each.p_value <= 0.05]
    on = ft.circular_coordinate(truth, loop).angles[:24]
    return abs(circular_correlation(on, truth.coordinates[:24, 0]))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=24_576)
    parser.add_argument("--d", type=int, default=768)
    given = parser.parse_args()

    several = [dictionary(4096, 256) for _ in range(2)]  # what is computed is kept with each
    for call, x in zip(("the process's first", "another dictionary's"), several, strict=True):
        start = perf_counter()
        ft.persistence(x, 0)
        seconds = perf_counter() - start
        print(f"exact H0, n = 4,096 from vectors, {call} call: {seconds:.2f} s", flush=True)

    shapes = [Blobs(12, 16, 0.6), *map(Circle, (7, 12, 24, 24)), Sphere(160)]
    small = ft.GroundTruth(shapes, 128, rng=0).dictionary
    for name, test in (("clusters", ft.clusters), ("loops", ft.loops)):
        start = perf_counter()
        test(small, draws=1000, rng=0)
        seconds = perf_counter() - start
        print(f"1,000 draws of the null of {name}, 419 x 128: {seconds:.1f} s", flush=True)

    a, b = bars(5000, 0), bars(5000, 1)
    start = perf_counter()
    distance = bottleneck_of_bars(a, b)
    print(f"bottleneck, 5,000 points: {perf_counter() - start:.2f} s ({distance:.6f})")
    start = perf_counter()
    distance = wasserstein_of_bars(a, b)
    ours = perf_counter() - start
    few = bars(1000, 0), bars(1000, 1)
    print(
        f"Wasserstein, 5,000 points: {ours:.2f} s ({distance:.6f}); at 1,000 points off POT's by "
        f"{abs(wasserstein_of_bars(*few) - by_transport(*few)):.1e}",
        flush=True,
    )

    spread = [np.random.default_rng(seed).uniform(0, 1, (5000, 2)) for seed in range(2)]
    for order in (1, 2):
        start = perf_counter()
        wasserstein_of_bars(*(np.sort(each, axis=1) for each in spread), order=order)
        seconds = perf_counter() - start
        print(f"Wasserstein, order {order}, 5,000 uniform points: {seconds:.2f} s", flush=True)

    alike = [angles_along(seed) for seed in range(100)]
    print(
        f"circular coordinate of 24 displaced by .05, among 100, d 64, 100 sets: circular "
        f"correlation {min(alike):.4f} at least, median {np.median(alike):.4f}",
        flush=True,
    )

    x = dictionary(given.n, given.d)
    start = perf_counter()
    diagram = ft.persistence(x)
    seconds = perf_counter() - start
    alive = int(diagram.censored[1].sum())
    print(
        f"H0 and H1 to the floor, {given.n:,} x {given.d}: {seconds:.1f} s, peak {peak()}; "
        f"{alive} loops alive at the cut ({len(CIRCLES)} planted)",
        flush=True,
    )

    start = perf_counter()
    found = [loop for loop in ft.loops(x, rng=0) if loop.p_value <= 0.05]
    seconds = perf_counter() - start
    planted = [set(np.flatnonzero(x.labels == i).tolist()) for i in range(len(CIRCLES))]
    exact = sum(set(loop.members.tolist()) in planted for loop in found)
    print(
        f"loops by name, 199 draws: {seconds:.1f} s, peak {peak()}; {len(found)} significant, of "
        f"{exact} the members are exactly those of a planted circle",
        flush=True,
    )


if __name__ == "__main__":
    main()
