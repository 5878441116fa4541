"""Sixteen SAEs at once beside sixteen runs of sae-lens: time and memory.

    python benchmarks/ensemble.py --peer PYTHON [--threads 2] [--steps 20]

TopK at four sparsities and four seeds, 512 latents on 256 dimensions, batches of 4,096 that were
made before. Ours: train_ensemble, each member on one thread; sae-lens: one run after the other,
each on as many threads as ours has in all (one run a sparsity is timed, and counts four times).
CPU seconds and seconds are told, since other work on the machine lengthens the second. Memory is
what the ensemble adds to the peak of the process, beside what its data, weights and Adam's two
running means hold.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
from train import BATCH, L0, RATE, D, N, Peer, Stored, asked_of, drawn

from featuretopo.llm import SimulatedLLM, UniformFrequency
from featuretopo.sae import TopK, grid, train_ensemble
from featuretopo.truth import GroundTruth, Sphere

KINDS, SEEDS, WARM = [TopK(k) for k in (2, 4, 6, 8)], range(4), 3


def peak() -> int:
    """Bytes that this process has held at most."""
    return 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Print both sides."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", required=True, help="python of an environment with sae-lens")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--steps", type=int, default=20)
    given = parser.parse_args()
    members = grid(KINDS, [N], seeds=SEEDS)
    size = {"batch_size": BATCH, "learning_rate": RATE, "threads": given.threads, "rng": 0}
    model = SimulatedLLM(GroundTruth([Sphere(N)], D, rng=0), frequency=UniformFrequency(L0), rng=0)
    # what is compiled and loaded on first use is no part of it
    train_ensemble(Stored(drawn(model, 1, 1)), members[:2], steps=1, **size)
    before = peak()
    batches = drawn(model, given.steps, 0)
    start, cpu = perf_counter(), process_time()
    saes = train_ensemble(Stored(batches), members, steps=given.steps, **size)
    ours = process_time() - cpu, perf_counter() - start
    weights = sum(p.numel() * p.element_size() for sae in saes for p in sae.parameters())
    held = batches.nbytes + 3 * weights
    theirs = np.zeros(2)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "batches.npy"
        np.save(path, batches)
        for kind in KINDS:
            asked = asked_of(kind, path, 0, 10**6) | {"threads": given.threads}
            peer = Peer(given.peer, "train_sae_lens.py", asked)
            peer.seconds(WARM)
            start = perf_counter()
            cpu_seconds = peer.seconds(given.steps)
            theirs += len(SEEDS) * np.array([cpu_seconds, perf_counter() - start])
            peer.close()
    print(f"{len(members)} SAEs, {given.steps} steps, {given.threads} threads, no GPU")
    for what, a, b in zip(("CPU seconds", "seconds"), ours, theirs, strict=True):
        print(f"{what:12s} ours {a:8.1f}   sae-lens {b:8.1f}   times {b / a:6.2f}")
    print(f"memory: {(peak() - before) / 2**20:.0f} MB for {held / 2**20:.0f} MB of data, weights "
          f"and running means: times {(peak() - before) / held:.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
