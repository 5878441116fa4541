"""Mapper beside kmapper: the same lens, cubes and clusterer in one run.

    python benchmarks/mapper.py [--case dbscan|linkage|umap] [--n N] [--d D] [--side 20]

dbscan: 50,000 x 256, PCA-2 lens, cubes with 50% overlap, DBSCAN at the noise floor and at eps .9
(scikit-learn's within kmapper), on clustered and on Gaussian features. linkage: 10,000 x 256,
single linkage (scikit-learn's AgglomerativeClustering within kmapper, which cuts each cell in two,
ours at the largest gap). The whole graph is timed: on the clustered features, kmapper's nerve of
many thousand nodes is part of it. Each side in a process of its own, so that its peak memory is its
own, and once before on little data, so that nothing is compiled in the time measured.

umap: 24,576 x 768 of clustered features, UMAP lens, everything from the pass over the pairs to
loops and branches by name, and compilation. Nothing stands beside it.
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
from featuretopo.topology.mapper import (
    PCA,
    UMAP,
    Coordinates,
    Cubes,
    DensityClusters,
    SingleLinkage,
    mapper_branches,
    mapper_loops,
)

SAMPLES = 3
OVERLAP = 0.5
SIZES = {"linkage": (10_000, 256), "umap": (24_576, 768), "dbscan": (50_000, 256)}
Rule = float | None  # eps of DBSCAN, or None for single linkage


def features(kind: str, n: int, d: int) -> np.ndarray:
    """Gaussian features, or as many clusters of 50 as there is room for."""
    rng = np.random.default_rng(0)
    if kind == "Gaussian":
        return rng.standard_normal((n, d)).astype(np.float32)
    centres = rng.standard_normal((max(1, n // 50), d))
    rows = centres[rng.integers(len(centres), size=n)]
    return (rows + 0.5 * rng.standard_normal((n, d))).astype(np.float32)


def ours(x: ft.Dictionary, lens: np.ndarray, rule: Rule, side: int) -> tuple[int, int]:
    """Count the nodes and edges of our graph."""
    clusterer = DensityClusters(rule, min_samples=SAMPLES) if rule else SingleLinkage()
    given = Coordinates(lens, "PCA")
    graph = ft.mapper(x, lens=given, cover=Cubes(side, overlap=OVERLAP), clusterer=clusterer)
    return graph.n_nodes, len(graph.edges)


def theirs(x: ft.Dictionary, lens: np.ndarray, rule: Rule, side: int) -> tuple[int, int]:
    """Count the nodes and edges of kmapper's graph on cubes that lie where ours do."""
    from kmapper import Cover, KeplerMapper
    from sklearn.cluster import DBSCAN, AgglomerativeClustering

    low, high = lens.min(axis=0), lens.max(axis=0)
    inset = (high - low) / (side - (side - 1) * OVERLAP) * OVERLAP / 2 - 1e-9
    limits = np.column_stack([low + inset, high - inset])
    clusterer = (
        DBSCAN(eps=rule, min_samples=SAMPLES) if rule else AgglomerativeClustering(linkage="single")
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the limits lie within the range is meant
        cubes = Cover(side, OVERLAP, limits=limits)
        graph = KeplerMapper(verbose=0).map(lens, x.unit, clusterer, cubes)
    return len(graph["nodes"]), sum(map(len, graph["links"].values()))


def measure(answer: object, run: object, kind: str, n: int, d: int, rule: Rule, side: int) -> None:
    """Answer with size of the graph, seconds, seconds of all cores and peak memory."""
    small = ft.Dictionary(features("clustered", 300, d))
    run(small, PCA(2).values(small).astype(float), rule, 3)
    x = ft.Dictionary(features(kind, n, d))
    lens = PCA(2).values(x).astype(np.float64)
    start, cpu = perf_counter(), process_time()
    size = run(x, lens, rule, side)
    used = perf_counter() - start, process_time() - cpu
    answer.put((size, *used, memory()))


def memory() -> float:
    """Peak memory of this process, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def beside(kind: str, n: int, d: int, rule: Rule, side: int) -> None:
    """Measure both sides and print."""
    processes = multiprocessing.get_context("spawn")
    found = []
    for run in (ours, theirs):
        answer = processes.Queue()
        process = processes.Process(target=measure, args=(answer, run, kind, n, d, rule, side))
        process.start()
        found.append(answer.get())
        process.join()
    name = f"DBSCAN at {rule:.2f}" if rule else "single linkage"
    print(f"{name}, {kind} {n:,} x {d}, {side} x {side} cubes:")
    for name, (size, wall, cpu, held) in zip(("ours", "kmapper"), found, strict=True):
        print(
            f"  {name:8} {wall:6.2f} s ({cpu:.2f} s of all cores), {held:.2f} GB; "
            f"{size[0]:,} nodes, {size[1]:,} edges"
        )
    wall, cpu = (found[1][i] / found[0][i] for i in (1, 2))
    print(f"  {wall:.1f} times as fast, {cpu:.1f} times by seconds of all cores")


def everything(n: int, d: int, side: int) -> None:
    """Measure a whole graph over a UMAP lens, and print."""
    x = ft.Dictionary(features("clustered", n, d))
    start, cpu = perf_counter(), process_time()
    graph = ft.mapper(x, lens=UMAP(), cover=Cubes(side, overlap=OVERLAP))
    made = perf_counter() - start
    loops, branches = mapper_loops(graph), mapper_branches(graph)
    wall, used = perf_counter() - start, process_time() - cpu
    print(f"UMAP lens, clustered {n:,} x {d}, {side} x {side} cubes, DBSCAN at the noise floor:")
    print(
        f"  {wall:.1f} s ({made:.1f} s the graph; {used:.1f} s of all cores), {memory():.2f} GB\n"
        f"  {graph}\n  {len(loops.loops)} loops, {len(branches)} branches by name"
    )


def main() -> None:
    """Measure what was asked for."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--case", choices=SIZES)
    options.add_argument("--n", type=int)
    options.add_argument("--d", type=int)
    options.add_argument("--side", type=int, default=20)
    given = options.parse_args()
    for case, (n, d) in SIZES.items():
        n, d = given.n or n, given.d or d
        if given.case not in (None, case):
            continue
        if case == "umap":
            everything(n, d, given.side)
        elif case == "linkage":
            beside("Gaussian", n, d, None, given.side)
        else:
            for kind, eps in product(("clustered", "Gaussian"), (noise_floor(n, d), 0.9)):
                beside(kind, n, d, eps, given.side)


if __name__ == "__main__":
    main()
