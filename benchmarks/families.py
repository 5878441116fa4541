"""Pairs of features that fire together: seconds per million, and memory.

    python benchmarks/families.py [--samples 1000000] [--features 24576] [--active 64] [--blocks 0]

Every sample has --active features, from everywhere (the worst case: all pairs of features come to
fire together) or, with --blocks B, from one of B equal blocks. Prints CPU seconds per million pairs
that fire, with the drawing taken off, the pairs kept, and the memory of the whole process; the
seconds that the families take; and of the first samples, how much longer scipy's sparse product is.
"""

from __future__ import annotations

import argparse
import resource
from collections.abc import Iterator
from itertools import islice
from time import process_time
from typing import Any

import numpy as np
from scipy import sparse

import featuretopo as ft

BATCH = 4096


def drawn(samples: int, n: int, active: int, blocks: int) -> Iterator[Any]:
    """Yield batches of (indices, values)."""
    rng = np.random.default_rng(0)
    strengths = np.ones((BATCH, active), np.float32)
    for start in range(0, samples, BATCH):
        b = min(BATCH, samples - start)
        size = n // blocks if blocks else n
        first = rng.integers(0, blocks, (b, 1)) * size if blocks else 0
        # once around the block at most: no feature twice
        steps = rng.integers(1, size // active + 1, (b, active)).cumsum(axis=1)
        yield first + (rng.integers(0, size, (b, 1)) + steps) % size, strengths[:b]


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, value in (("samples", 1_000_000), ("features", 24_576), ("active", 64)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--blocks", type=int, default=0)
    asked = parser.parse_args()
    shape = asked.features, asked.active, asked.blocks
    ft.pair_counts(drawn(100, *shape), n_features=asked.features)  # compiles
    start = process_time()
    for _ in drawn(asked.samples, *shape):
        pass
    drawing, start = process_time() - start, process_time()
    counts = ft.pair_counts(drawn(asked.samples, *shape), n_features=asked.features)
    seconds = process_time() - start - drawing
    firing = asked.samples * asked.active * (asked.active - 1) / 2 / 1e6
    print(counts)
    print(
        f"{seconds:.1f} s of CPU for {firing:,.0f} million pairs that fire: "
        f"{1000 * seconds / firing:.1f} ms a million; peak memory {peak():,.0f} MB"
    )
    start = process_time()
    found = ft.families(counts)
    print(found)
    print(f"families: {process_time() - start:.1f} s of CPU; peak memory {peak():,.0f} MB")
    first = [firings(each, asked.features) for each in islice(drawn(2**15, *shape), 8)]
    start = process_time()
    ft.pair_counts(first)
    ours, start = process_time() - start, process_time()
    whole = sparse.vstack(first)
    together = sparse.triu(whole.T @ whole, 1)
    ratio = (process_time() - start) / ours
    print(f"scipy's product of {whole.shape[0]:,} samples: {ratio:.1f} times the CPU time")
    assert together.nnz == ft.pair_counts(first).n_pairs


def firings(pair: Any, n: int) -> Any:
    """Return (indices, values) as a scipy CSR array."""
    indices, values = pair
    starts = np.arange(0, indices.size + 1, indices.shape[1])
    return sparse.csr_array((values.ravel(), indices.ravel(), starts), (len(indices), n))


def peak() -> float:
    """Return the largest memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
