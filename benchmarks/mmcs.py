"""MMCS without the matrix: its rate as a share of that of the matrix product alone, and its memory.

    python benchmarks/mmcs.py [--n 131072] [--d 768]

Panels of a quarter of one side against the whole other side, product and MMCS by turns.
"""

from __future__ import annotations

import argparse
import resource
from time import perf_counter

import numpy as np

import featuretopo as ft
from featuretopo.nulls import random_directions
from featuretopo.similarity import mmcs

BLOCK = 1024


def multiply(a: np.ndarray, b: np.ndarray) -> None:
    """Every cosine, in the same blocks, and nothing done with it."""
    for i in range(0, len(a), BLOCK):
        for j in range(0, len(b), BLOCK):
            a[i : i + BLOCK] @ b[j : j + BLOCK].T


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--n", type=int, default=131_072)
    options.add_argument("--d", type=int, default=768)
    given = options.parse_args()
    a, b = (random_directions(given.n, given.d, np.random.default_rng(i)) for i in (0, 1))
    whole_b = ft.Dictionary(b)
    seconds = np.zeros((4, 2))
    for panel, rows in enumerate(np.array_split(a, 4)):
        start = perf_counter()
        multiply(rows, b)
        middle = perf_counter()
        mmcs(rows, whole_b)
        seconds[panel] = middle - start, perf_counter() - middle
    product, whole = seconds.sum(axis=0)
    shares = seconds[:, 0] / seconds[:, 1]
    print(
        f"{given.n:,} x {given.n:,}, d {given.d}: product {product:.1f} s, MMCS {whole:.1f} s: "
        f"{product / whole:.0%} of its rate (panels {shares.min():.0%} to {shares.max():.0%}); "
        f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GB"
    )


if __name__ == "__main__":
    main()
