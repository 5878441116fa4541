"""The demo over several seeds: are its verdicts those of one lucky draw?

    python benchmarks/demo_seeds.py [--seeds 20] [--first 0] [--draws 19] [--steps 4000]

About five minutes a seed on two cores. Prints a line a seed as it comes and the totals at the end.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from pathlib import Path

from featuretopo.demo import run_demo

WORDS = Path(__file__).parent.parent / "data" / "minilm_words.safetensors"
EXPECTED = {("exactly-1", "twin"): "shared", ("exactly-1", "stranger"): "not shared"}


def kept(sae: dict, kind: str) -> int:
    """Number of shapes of a kind that one SAE has kept."""
    return sum(shape["recovered"] for shape in sae["shapes"] if shape["kind"] == kind)


def main() -> None:
    """Run, read results.json, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--draws", type=int, default=19)
    parser.add_argument("--steps", type=int, default=4000)
    given = parser.parse_args()
    totals: Counter[str] = Counter()
    for seed in range(given.first, given.first + given.seeds):
        with tempfile.TemporaryDirectory() as folder:
            run_demo(Path(folder) / "out", WORDS, seed=seed, steps=given.steps, draws=given.draws)
            found = json.loads((Path(folder) / "out" / "results.json").read_text(encoding="utf-8"))
        saes = found["saes"].values()
        verdicts = {(pair["a"], pair["b"]): pair["verdict"] for pair in found["pairs"]}
        mmcs = [sae["mmcs_truth_to_sae"] for sae in saes]
        print(
            f"seed {seed}: blobs {', '.join(str(kept(sae, 'blob')) for sae in saes)}; "
            f"circles {sum(kept(sae, 'circle') for sae in saes)}; "
            f"MMCS {min(mmcs):.2f} to {max(mmcs):.2f}; "
            + "; ".join(f"{a} and {b} {verdicts[a, b]}" for a, b in EXPECTED),
            flush=True,
        )
        for pair, expected in EXPECTED.items():
            totals[" and ".join(pair) + f" {expected}"] += verdicts[pair] == expected
    for words, count in totals.items():
        print(f"{words}: {count} of {given.seeds}")


if __name__ == "__main__":
    main()
