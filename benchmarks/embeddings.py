"""UMAP from the shared graph of neighbours beside umap-learn alone; aligned beside apart.

    OMP_NUM_THREADS=2 python benchmarks/embeddings.py [--case speed|aligned] [--n 24576] [--d 768]

speed: clustered features of benchmarks/mapper.py. Ours: the pass over the pairs and the layout;
umap-learn: its own search and the same layout, Euclidean distance of unit vectors. Each side in a
process of its own, compilation included, and how faithful both are, by one function.

aligned: a truth and its rotated, noisy, shuffled copy in other dimensions, all or half of the
features matched. Distance of partners over that of any two, median, in the aligned picture and in
two pictures laid onto each other by Procrustes; and how faithful each is.
"""

from __future__ import annotations

import argparse
import multiprocessing
import warnings
from collections.abc import Callable
from time import perf_counter, process_time
from typing import Any

import numpy as np
from mapper import features, memory

import featuretopo as ft
from featuretopo.topology.embedding import Embedding, embedding_of, layout
from featuretopo.truth import Blobs, Circle, GroundTruth


def ours(x: ft.Dictionary) -> np.ndarray:
    """Places by our neighbours."""
    return layout(x, 2, 15, 0)


def theirs(x: ft.Dictionary) -> np.ndarray:
    """Places by umap-learn's own search."""
    from umap import UMAP

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(UMAP(n_neighbors=15, random_state=0, n_jobs=1).fit_transform(x.unit))


def measure(answer: Any, run: Callable[[ft.Dictionary], np.ndarray], n: int, d: int) -> None:
    """Answer with seconds, seconds of all cores, peak memory and how faithful the picture is."""
    x = ft.Dictionary(features("clustered", n, d))
    assert len(x.unit) == n
    start, cpu = perf_counter(), process_time()
    xy = run(x)
    used = perf_counter() - start, process_time() - cpu, memory()
    found = embedding_of(x, xy.astype(float), 15)
    answer.put((*used, found.trustworthiness, found.neighbour_preservation))


def speed(n: int, d: int) -> None:
    """Measure both sides and print."""
    processes = multiprocessing.get_context("spawn")
    print(f"UMAP of {n:,} x {d} clustered features, compilation included:")
    for run in (ours, theirs):
        answer = processes.Queue()
        process = processes.Process(target=measure, args=(answer, run, n, d))
        process.start()
        wall, cpu, held, trust, kept = answer.get()
        process.join()
        print(
            f"  {run.__name__:7} {wall:.1f} s ({cpu:.1f} s of all cores), {held:.2f} GB; "
            f"trustworthiness {trust:.4f}, neighbours kept {kept:.3f}"
        )


def apart(one: np.ndarray, other: np.ndarray, pairs: np.ndarray) -> float:
    """Median distance of partners over that of any two."""
    gaps = np.linalg.norm(one[:, None] - other[None], axis=2)
    return float(np.median(gaps[pairs[:, 0], pairs[:, 1]]) / np.median(gaps))


def aligned() -> None:
    """Compare the aligned picture with two pictures, and print."""
    truth = GroundTruth([Circle(60), Circle(40), Blobs(6, 30, spread=0.3)], d=64, rng=0)
    x, rng = truth.dictionary, np.random.default_rng(0)
    n, d = len(x), 96
    turn = np.linalg.qr(rng.standard_normal((d, x.d)))[0].T
    order = rng.permutation(n)
    for noise in (0.3, 0.6):
        y = ft.Dictionary((x.unit @ turn + noise * rng.standard_normal((n, d)) / d**0.5)[order])
        every = np.column_stack([order, np.arange(n)])
        alone = [ft.umap(side, rng=0) for side in (x, y)]
        for share in (1.0, 0.5):
            pairs = every[: int(share * n)]
            middles = [a.xy[rows].mean(axis=0) for a, rows in zip(alone, pairs.T, strict=True)]
            one, other = (a.xy - middle for a, middle in zip(alone, middles, strict=True))
            u, _, vt = np.linalg.svd(other[pairs[:, 1]].T @ one[pairs[:, 0]])
            found = ft.aligned_umap([x, y], [pairs], rng=0).parts
            left = every[len(pairs) :]
            print(f"noise {noise}, {share:.0%} of {n} matched:")
            for name, (a, b), who in (
                ("two pictures", (one, other @ (u @ vt)), alone),
                ("aligned", (found[0].xy, found[1].xy), found),
            ):
                unmatched = f", unmatched {apart(a, b, left):.3f}" if len(left) else ""
                print(f"  {name:13} partners {apart(a, b, pairs):.3f}{unmatched}; {faith(who)}")


def faith(parts: Any) -> str:
    """Say how faithful both parts are."""
    found: list[Embedding] = list(parts)
    return (
        f"trustworthiness {found[0].trustworthiness:.4f}, {found[1].trustworthiness:.4f}; kept "
        f"{found[0].neighbour_preservation:.3f}, {found[1].neighbour_preservation:.3f}"
    )


def main() -> None:
    """Measure what was asked for."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--case", choices=("speed", "aligned"))
    options.add_argument("--n", type=int, default=24_576)
    options.add_argument("--d", type=int, default=768)
    given = options.parse_args()
    if given.case in (None, "aligned"):
        aligned()
    if given.case in (None, "speed"):
        speed(given.n, given.d)


if __name__ == "__main__":
    main()
