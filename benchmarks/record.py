"""A change log of speed: ratios of one version, kept as JSON, and what changed between two.

    python benchmarks/record.py run                      # writes benchmarks/results/VERSION.json
    python benchmarks/record.py compare A.json B.json    # code 1 if B is slower by more than 25%

Every figure is how many times as fast as a plain reference (numpy, plain torch, ripser) ours is, by
CPU time, one thread, both by turns in one process; the median of the rounds. Ratios, and not
seconds, so that machines can be held beside each other; the least and the largest round say how
far a ratio is to be trusted.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import torch

import featuretopo as ft
from featuretopo import __version__
from featuretopo.bench.threads import limited
from featuretopo.files import atomic
from featuretopo.llm import SimulatedLLM, UniformFrequency
from featuretopo.truth import GroundTruth, Sphere

HERE = Path(__file__).parent
FORMAT = "speed/1"
MARGIN = 0.25  # chosen, not measured: look at the least and largest round before believing it
ENGINES = ("numpy", "scipy", "numba", "torch", "ripser")
Job = Callable[[], Any]


def generation() -> tuple[Job, Job]:
    """50,000 samples, beside numpy drawing every feature of every sample."""
    n, d, features = 50_000, 128, 512
    model = SimulatedLLM(
        GroundTruth([Sphere(features)], d, rng=0), frequency=UniformFrequency(5), rng=0
    )
    rows, rng = model.dictionary.vectors, np.random.default_rng(0)

    def plainly() -> Any:
        for _ in range(n // 5000):
            fires = rng.random((5000, features), dtype=np.float32) < 5 / features
            strengths = fires * rng.random((5000, features), dtype=np.float32)
            last = strengths.astype(np.float32) @ rows
        return last

    return lambda: model.sample(n, rng=0), plainly


def cosines() -> tuple[Job, Job]:
    """MMCS of 4,096 x 256 both ways, beside the whole matrix of cosines."""
    rng = np.random.default_rng(0)
    a, b = (rng.standard_normal((4096, 256)).astype(np.float32) for _ in range(2))

    def plainly() -> Any:
        x, y = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (a, b))
        both = x @ y.T
        return both.max(axis=1).mean(), both.max(axis=0).mean()

    return lambda: ft.similarity.mmcs(a, b), plainly


def diagrams() -> tuple[Job, Job]:
    """H0 and H1 to the noise floor of 200 x 64, beside ripser on all distances."""
    from ripser import ripser

    x = np.random.default_rng(0).standard_normal((200, 64)).astype(np.float32)
    unit = x / np.linalg.norm(x, axis=1, keepdims=True)
    apart = np.sqrt(np.maximum(0, 2 - 2 * unit @ unit.T))
    # a new dictionary each time: what was found of one is remembered
    return (
        lambda: ft.topology.persistence(ft.Dictionary(x)),
        lambda: ripser(apart, distance_matrix=True),
    )


BENCHMARKS = {"generation": generation, "mmcs": cosines, "persistence": diagrams}


def ratios(make: Callable[[], tuple[Job, Job]], rounds: int) -> dict[str, float]:
    """Run both sides by turns; reference over ours."""
    sides = make()
    for job in sides:
        job()  # what numba compiles, what is imported
    found = []
    for _ in range(rounds):
        ours, theirs = (cpu(job) for job in sides)
        found.append(theirs / ours)
    return {"times": statistics.median(found), "least": min(found), "largest": max(found)}


def cpu(job: Job) -> float:
    """CPU seconds."""
    start = process_time()
    job()
    return process_time() - start


def record(out: Path, rounds: int) -> None:
    """Measure, write and print."""
    with limited(1):
        found = {name: ratios(make, rounds) for name, make in BENCHMARKS.items()}
    content = {
        "format": FORMAT,
        "featuretopo": __version__,
        "date": datetime.now(timezone.utc).date().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}, python {platform.python_version()}",
        "engines": {name: version(name) for name in ENGINES},
        "what": {name: (make.__doc__ or "").strip() for name, make in BENCHMARKS.items()},
        "rounds": rounds,
        "ratios": found,
    }
    with atomic(out) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    for name, each in found.items():
        print(
            f"{name:14s}{each['times']:8.2f} times ({each['least']:.2f} to {each['largest']:.2f})"
        )
    print(out)


def compare(before: dict[str, Any], after: dict[str, Any], margin: float) -> list[str]:
    """Print what changed; return the names of what is slower by more than the margin, or gone."""
    worse = []
    for name, old in before["ratios"].items():
        new = after["ratios"].get(name)
        if new is None or after["what"][name] != before["what"][name]:
            print(f"{name:14s} is no longer measured, or not in this way")
            worse.append(name)
            continue
        change = new["times"] / old["times"]
        bad = change < 1 - margin
        print(f"{name:14s}{old['times']:8.2f} to {new['times']:.2f}: {change:.2f} times as fast"
              f"{', WORSE' if bad else ''}")  # fmt: skip
        worse += [name] * bad
    return worse


def read(path: Path) -> dict[str, Any]:
    """Read a record."""
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if content.get("format") != FORMAT:
        sys.exit(f"{path}: is no record of speed; record.py run writes one")
    return content


def main() -> None:
    """Measure or compare."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = options.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="measure this version")
    run.add_argument("--out", type=Path, default=HERE / "results" / f"{__version__}.json")
    run.add_argument("--rounds", type=int, default=7)
    held = commands.add_parser("compare", help="hold two records beside each other")
    held.add_argument("before", type=Path)
    held.add_argument("after", type=Path)
    held.add_argument("--margin", type=float, default=MARGIN, help="share of speed that may go")
    given = options.parse_args()
    if given.command == "run":
        torch.set_num_threads(1)
        record(given.out, given.rounds)
    elif compare(read(given.before), read(given.after), given.margin):
        sys.exit(1)


if __name__ == "__main__":
    main()
