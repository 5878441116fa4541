"""Mapper beside kmapper: the same lens, cubes and clusterer in one run.

    python benchmarks/mapper.py [--n 50000] [--d 256] [--side 20]

PCA-2 lens, cubes with 50% overlap, DBSCAN at the noise floor and at eps .9 (scikit-learn's within
kmapper), on clustered and on Gaussian features. The whole graph is timed: on the clustered ones,
kmapper's nerve of many thousand nodes is part of it. Each side in a process of its own, so that its
peak memory is its own, and once before on little data, so that nothing is compiled in the time
measured.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import warnings
from itertools import product
from time import perf_counter, process_time

import numpy as np

import featuretopo as ft
from featuretopo.nulls import noise_floor
from featuretopo.topology.mapper import PCA, Coordinates, Cubes, DensityClusters

SAMPLES = 3
OVERLAP = 0.5


def features(kind: str, n: int, d: int) -> np.ndarray:
    """Gaussian features, or as many clusters of 50 as there is room for."""
    rng = np.random.default_rng(0)
    if kind == "Gaussian":
        return rng.standard_normal((n, d)).astype(np.float32)
    centres = rng.standard_normal((max(1, n // 50), d))
    rows = centres[rng.integers(len(centres), size=n)]
    return (rows + 0.5 * rng.standard_normal((n, d))).astype(np.float32)


def ours(x: ft.Dictionary, lens: np.ndarray, eps: float, side: int) -> tuple[int, int]:
    """Count the nodes and edges of our graph."""
    rule = DensityClusters(eps, min_samples=SAMPLES)
    given = Coordinates(lens, "PCA")
    graph = ft.mapper(x, lens=given, cover=Cubes(side, overlap=OVERLAP), clusterer=rule)
    return graph.n_nodes, len(graph.edges)


def theirs(x: ft.Dictionary, lens: np.ndarray, eps: float, side: int) -> tuple[int, int]:
    """Count the nodes and edges of kmapper's graph on cubes that lie where ours do."""
    from kmapper import Cover, KeplerMapper
    from sklearn.cluster import DBSCAN

    low, high = lens.min(axis=0), lens.max(axis=0)
    inset = (high - low) / (side - (side - 1) * OVERLAP) * OVERLAP / 2 - 1e-9
    limits = np.column_stack([low + inset, high - inset])
    rule = DBSCAN(eps=eps, min_samples=SAMPLES)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the limits lie within the range is meant
        cubes = Cover(side, OVERLAP, limits=limits)
        graph = KeplerMapper(verbose=0).map(lens, x.unit, rule, cubes)
    return len(graph["nodes"]), sum(map(len, graph["links"].values()))


def measure(answer: object, run: object, kind: str, n: int, d: int, eps: float, side: int) -> None:
    """Answer with size of the graph, seconds, seconds of all cores and peak memory."""
    small = ft.Dictionary(features("clustered", 300, d))
    run(small, PCA(2).values(small).astype(float), eps, 3)
    x = ft.Dictionary(features(kind, n, d))
    lens = PCA(2).values(x).astype(np.float64)
    start, cpu = perf_counter(), process_time()
    size = run(x, lens, eps, side)
    used = perf_counter() - start, process_time() - cpu
    answer.put((size, *used, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20))


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--n", type=int, default=50_000)
    options.add_argument("--d", type=int, default=256)
    options.add_argument("--side", type=int, default=20)
    given = options.parse_args()
    processes = multiprocessing.get_context("spawn")
    floor = noise_floor(given.n, given.d)
    for kind, eps in product(("clustered", "Gaussian"), (floor, 0.9)):
        found = []
        for run in (ours, theirs):
            answer = processes.Queue()
            arguments = (answer, run, kind, given.n, given.d, eps, given.side)
            process = processes.Process(target=measure, args=arguments)
            process.start()
            found.append(answer.get())
            process.join()
        print(
            f"DBSCAN at {eps:.2f}, {kind} {given.n:,} x {given.d}, "
            f"{given.side} x {given.side} cubes:"
        )
        for name, (size, wall, cpu, memory) in zip(("ours", "kmapper"), found, strict=True):
            print(
                f"  {name:8} {wall:6.2f} s ({cpu:.2f} s of all cores), {memory:.2f} GB; "
                f"{size[0]:,} nodes, {size[1]:,} edges"
            )
        print(f"  {found[1][1] / found[0][1]:.1f} times as fast")


if __name__ == "__main__":
    main()
