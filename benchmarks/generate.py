"""How fast simulated activations are made, beside sae-lens in one run.

    make bench-peers                                     # an environment with sae-lens, then this
    python benchmarks/generate.py [--peer PYTHON] [--rounds 3]

One thread. A figure is samples per second of CPU time, hidden activations included; ours and theirs
take turns, and the median of the rounds is shown. Without --peer, ours alone. "floor" is the share
of our time that one multiply-add per active feature and dimension and the writing of the result
would take with all of the dictionary in the nearest cache. In the last row sae-lens correlates all
features and gates them by their parents afterwards; ours correlates the roots, and children fire on
their own where their parent does.
"""

from __future__ import annotations

import argparse
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time

import numpy as np
from threadpoolctl import threadpool_limits

from featuretopo.llm import (
    Correlated,
    Given,
    Hierarchical,
    Independent,
    LowRank,
    SimulatedLLM,
    Together,
    UniformFrequency,
    UniformMagnitude,
)
from featuretopo.llm.codes import Codes
from featuretopo.truth import GroundTruth, Sphere

# one thread, whatever the machine has
threadpool_limits(1)

SECONDS = 1.5
BATCH = 4096

#: name, features, dimensions, L0, times sae-lens's rate that are asked for
ROWS = (
    ("independent", 512, 256, 5, 10),
    ("independent", 4096, 512, 10, 25),
    ("independent", 16_384, 768, 30, 20),
    ("low rank", 512, 256, 5, 4),
    ("full matrix", 512, 256, 5, 50),
    ("zipf, low rank, hierarchy", 16_384, 768, 30, 100),
)
ROOTS, CHILDREN = 128, 127  # of the last row: 128 * (1 + 127) = 16,384 features


def ours(name: str, n: int, d: int, l0: float) -> SimulatedLLM:
    """Build our model of one row."""
    rules = {
        "independent": Independent(),
        # the rank and the share of variance of sae-lens's own defaults: 32 loadings of scale .1
        "low rank": LowRank(32, shared=0.32),
        "full matrix": Correlated(0.1),
        "zipf, low rank, hierarchy": Hierarchical(
            parents=tuple([-1] * ROOTS + [r for r in range(ROOTS) for _ in range(CHILDREN)]),
            roots=LowRank(32, shared=0.32),
        ),
    }
    # exponent 1/2: with 1, the first of 16,384 features would fire more than always at an L0 of 30;
    # the most frequent are the roots, so that every child is rarer than its parent
    zipf = np.arange(1, n + 1) ** -0.5
    frequency = Given(zipf * l0 / zipf.sum()) if name.startswith("zipf") else UniformFrequency(l0)
    return SimulatedLLM(
        GroundTruth([Sphere(n)], d, rng=0),
        cooccurrence=Together(rules[name]),
        frequency=frequency,
        magnitude=UniformMagnitude(),
        rng=0,
    )


def rate(make: Callable[[], object]) -> float:
    """Samples per CPU-second."""
    made, start = 0, process_time()
    while process_time() - start < SECONDS:
        make()
        made += BATCH
    return made / (process_time() - start)


def floor_rate(model: SimulatedLLM) -> float:
    """Samples per CPU-second if only adding up and writing were left to do."""
    codes = model.codes(BATCH, rng=0)
    few = np.ascontiguousarray(model.dictionary.vectors[:8])
    near = Codes(codes.starts, codes.features % 8, codes.strengths, 8)
    return rate(lambda: near.decode(few))


class Peer:
    """sae-lens in a process of its own, asked for one figure at a time."""

    def __init__(self, python: str) -> None:
        script = Path(__file__).parent / "peers" / "generate_sae_lens.py"
        self._process = subprocess.Popen(
            [python, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def rate(self, name: str, n: int, d: int, l0: float) -> float:
        """Samples per CPU-second of sae-lens, the faster of its dense and sparse mode."""
        assert self._process.stdin and self._process.stdout
        print(f"{name};{n};{d};{l0};{SECONDS};{BATCH}", file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit("the sae-lens process stopped; its message is above")
        return float(answer)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", help="python of an environment with sae-lens")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    peer = Peer(arguments.peer) if arguments.peer else None
    print(f"{'what':26s}{'n, d, L0':>20s}{'ours/s':>12s}{'sae-lens/s':>12s}"
          f"{'times':>8s}{'asked':>7s}{'floor':>7s}")  # fmt: skip
    for name, n, d, l0, asked in ROWS:
        model = ours(name, n, d, l0)
        model.sample(BATCH, rng=0)
        stream = iter(model.stream(BATCH, rng=0))
        mine, theirs = [], []
        for _ in range(arguments.rounds):
            mine.append(rate(partial(next, stream)))
            theirs.append(peer.rate(name, n, d, l0) if peer else np.nan)
        times = median(a / b for a, b in zip(mine, theirs, strict=True))
        share = median(mine) / floor_rate(model)
        print(
            f"{name:26s}{f'{n:,}, {d}, {model.mean_l0:.3g}':>20s}{median(mine):12,.0f}"
            f"{median(theirs):12,.0f}{times:8.1f}{asked:7d}{share:7.0%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
