"""What does one value of each measure cost? Its null costs as many times more as it has draws.

    OMP_NUM_THREADS=1 python benchmarks/measure_costs.py [--pairs 256 1024] [--d 64] [--rounds 5]

Paired rows, half of each of which is common to both sides. CPU milliseconds of one call, the median
of the rounds after a first call that loads and compiles; the matching of all rows with all stands
by itself. Distances of diagrams come without the diagrams, overlaps without the groups.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from time import process_time

import numpy as np

import featuretopo as ft
from featuretopo import similarity as s
from featuretopo.bench.calibration.every_measure import OF_ROWS
from featuretopo.topology import bottleneck, rtd, wasserstein

Rows = np.ndarray
PAIRED: dict[str, Callable[[Rows, Rows], object]] = {
    "MMCS": lambda x, y: s.mmcs(ft.Dictionary(x), ft.Dictionary(y)),
    "One-to-one share": lambda x, y: s.one_to_one_share(ft.Dictionary(x), ft.Dictionary(y)),
    "Matching, Hungarian": lambda x, y: s.match(ft.Dictionary(x), ft.Dictionary(y)),
    "Mean CCA": s.cca,
    "SVCCA": s.svcca,
    "CKA": lambda x, y: s.cka(x, y, debiased=True),
    "RSA": s.rsa,
    "kNN-Jaccard": s.knn_jaccard,
    "Distance correlation": lambda x, y: s.distance_correlation(x, y, debiased=True),
    "RTD, of 100 rows": lambda x, y: rtd(x, y, n_rows=100, draws=1, rng=0),
    **{title: figure for title, (_, figure) in OF_ROWS.items()},
    "Gromov-Wasserstein": s.gromov_wasserstein,
}


def cost(call: Callable[[], object], rounds: int) -> float:
    """CPU milliseconds of a call."""
    call()
    taken = []
    for _ in range(rounds):
        start = process_time()
        call()
        taken.append(1000 * (process_time() - start))
    return float(np.median(taken))


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--pairs", type=int, nargs="+", default=[256, 1024])
    options.add_argument("--d", type=int, default=64)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    columns = []
    for n in given.pairs:
        rng = np.random.default_rng(n)
        common, *own = rng.standard_normal((3, n, given.d))
        x, y = (common + each for each in own)
        one, other = (ft.persistence(ft.Dictionary(each)) for each in (x, y))
        calls = {name: lambda f=f, x=x, y=y: f(x, y) for name, f in PAIRED.items()}
        for name, distance in (("Bottleneck", bottleneck), ("Wasserstein", wasserstein)):
            calls[f"{name} distance of H0"] = lambda f=distance, a=one, b=other: f(a, b, 0)
        columns.append({name: cost(call, given.rounds) for name, call in calls.items()})
    print("| measure | " + " | ".join(f"{n} pairs, ms" for n in given.pairs) + " |")
    print("|---" * (1 + len(columns)) + "|")
    for name in columns[0]:
        print(f"| {name} | " + " | ".join(f"{each[name]:.1f}" for each in columns) + " |")


if __name__ == "__main__":
    main()
