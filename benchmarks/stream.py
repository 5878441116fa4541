"""Ten million samples in bounded memory.

    python benchmarks/stream.py [--samples 10000000]

512 features in 256 dimensions, 16 active; prints samples per second and the peak memory of the
whole process, and checks that the mean of what came by is what the frequencies and strengths give.
"""

from __future__ import annotations

import argparse
import resource
from time import perf_counter

import numpy as np

from featuretopo.llm import SimulatedLLM, UniformFrequency
from featuretopo.truth import GroundTruth, Sphere

BATCH = 4096


def main() -> None:
    """Stream and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=10_000_000)
    samples = parser.parse_args().samples
    model = SimulatedLLM(
        GroundTruth([Sphere(512)], 256, rng=0), frequency=UniformFrequency(l0=16), rng=0
    )
    start, seen = perf_counter(), 0
    total = np.zeros(256)
    for batch in model.stream(BATCH, rng=0):
        total += batch.activations.sum(axis=0, dtype=np.float64)
        seen += BATCH
        if seen >= samples:
            break
    seconds = perf_counter() - start
    # strengths are uniform on (.5, 1.5]: mean 1
    expected = model.frequencies @ model.dictionary.vectors
    off = np.linalg.norm(total / seen - expected) / np.linalg.norm(expected)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{seen:,} samples in {seconds:.1f} s: {seen / seconds:,.0f} a second")
    print(f"peak memory {peak:,.0f} MB; mean activation off by {off:.2%}")


if __name__ == "__main__":
    main()
