"""The demo over several seeds: are its verdicts those of one lucky draw?

    OMP_NUM_THREADS=1 python benchmarks/demo_seeds.py [--seeds 20] [--first 0] [--jobs -1]

The three SAEs of the pairs whose verdict is known beforehand, each learned, measured and compared
by the demo's own functions, so that a pair's figures are those that the demo of that seed has.
Prints a line a seed as it comes and the totals at the end; some three minutes a seed on one core.
"""

from __future__ import annotations

import argparse
from collections import Counter

from joblib import Parallel, delayed

from featuretopo.compare import Comparison, Recovery
from featuretopo.demo.experiment import DRAWS, MODELS, STEPS
from featuretopo.demo.learn import learn
from featuretopo.demo.run import arrangement_of, compared, live_dictionary, recovered

EXPECTED = {("exactly-1", "twin"): "shared", ("exactly-1", "stranger"): "not shared"}


def of_seed(seed: int) -> tuple[dict[str, Recovery], dict[tuple[str, str], Comparison]]:
    """Return the recoveries of the SAEs of one seed, and the pairs compared."""
    models = [model for model in MODELS if any(model.name in pair for pair in EXPECTED)]
    codes, portraits, recoveries = {}, {}, {}
    for model in models:
        learned = learn(model, seed, STEPS)
        dictionary = live_dictionary(model, learned, seed)
        codes[model.name] = learned.codes
        portraits[model.name] = arrangement_of(model.name, dictionary, seed)
        recoveries[model.name] = recovered(model, learned, portraits[model.name], seed)
    pairs = {
        (a, b): compared(
            (portraits[a], portraits[b]), (codes[a], codes[b]), (recoveries[a], recoveries[b]),
            seed, DRAWS,
        )
        for a, b in EXPECTED
    }  # fmt: skip
    return recoveries, pairs


def line(
    seed: int, recoveries: dict[str, Recovery], pairs: dict[tuple[str, str], Comparison]
) -> str:
    """Say what was kept and what was called what."""
    kept = {
        kind: ", ".join(
            str(sum(shape.recovered for shape in each.shapes if shape.kind == kind))
            for each in recoveries.values()
        )
        for kind in ("blob", "circle")
    }
    mmcs = ", ".join(f"{each.mmcs_truth_to_sae:.2f}" for each in recoveries.values())
    verdicts = "; ".join(f"{a} and {b} {pair.verdict.judgement}" for (a, b), pair in pairs.items())
    return f"seed {seed}: blobs {kept['blob']}; circles {kept['circle']}; MMCS {mmcs}; {verdicts}"


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=-1)
    given = parser.parse_args()
    seeds = range(given.first, given.first + given.seeds)
    totals: Counter[str] = Counter()
    found = Parallel(n_jobs=given.jobs, return_as="generator")(delayed(of_seed)(s) for s in seeds)
    for seed, (recoveries, pairs) in zip(seeds, found, strict=True):
        print(line(seed, recoveries, pairs), flush=True)
        for pair, expected in EXPECTED.items():
            totals[" and ".join(pair) + f" {expected}"] += pairs[pair].verdict.judgement == expected
    for words, count in totals.items():
        print(f"{words}: {count} of {given.seeds}")


if __name__ == "__main__":
    main()
