"""Two nulls for MMCS after Procrustes, on two SAEs that share nothing.

    python benchmarks/pairing_nulls.py [--steps 4000] [--draws 99]

Trains the demo's `exactly-1` and `stranger` and prints the figure beside the range (5% to 95%)
that each null gives it: the samples of one side shuffled and everything redone, as the comparison
does, or one side replaced by random directions. The null that lies below the figure would call
two strangers alike.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np

from featuretopo.compare import compare
from featuretopo.compare.figures import mmcs_after_procrustes
from featuretopo.demo.experiment import MODELS
from featuretopo.demo.learn import learn
from featuretopo.demo.run import arrangement_of, live_dictionary
from featuretopo.dictionary import Dictionary
from featuretopo.nulls import random_directions

SEED = 0


def main() -> None:
    """Train, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--draws", type=int, default=99)
    given = parser.parse_args()
    chosen = [model for model in MODELS if model.name in ("exactly-1", "stranger")]
    learned = [learn(model, SEED, given.steps) for model in chosen]
    a, b = (
        arrangement_of(each.name, live_dictionary(model, each, SEED), SEED)
        for model, each in zip(chosen, learned, strict=True)
    )
    codes = (learned[0].codes, learned[1].codes)
    comparison = compare(a, b, codes=codes, draws=given.draws, rng=SEED)
    measure = next((m for m in comparison.measures if m.name == "mmcs_after"), None)
    if measure is None:
        raise SystemExit("too few live latents for a rotation: train for more steps")
    rng = np.random.default_rng(SEED)
    size = min(len(a.dictionary), len(b.dictionary))
    random = []
    for _ in range(given.draws):
        directions = Dictionary(random_directions(len(b.dictionary), b.dictionary.d, rng))
        other = replace(b, dictionary=directions)
        pairs = np.column_stack([rng.permutation(len(a.dictionary))[:size], np.arange(size)])
        random.append(mmcs_after_procrustes(a, other, pairs))
    print(f"MMCS after Procrustes, {a.name} and {b.name}: {measure.low:.3f}")
    for name, null in (("samples shuffled", measure.null), ("random dictionary", random)):
        low, high = np.quantile(null, [0.05, 0.95])
        print(f"  {name:18s} {low:.3f} to {high:.3f}")


if __name__ == "__main__":
    main()
