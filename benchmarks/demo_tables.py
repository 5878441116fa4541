"""The tables of docs/demo.md, from a run of the demo.

python benchmarks/demo_tables.py runs/demo/results.json
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def span(values: list[int]) -> str:
    """One number, or the range."""
    low, high = min(values), max(values)
    return str(low) if low == high else f"{low} to {high}"


def sae_row(name: str, sae: dict) -> str:
    """One SAE against its truth."""
    cells = [
        name,
        f"{sae['fvu']:.3f}",
        f"{sae['l0']:.2f} ({sae['true_l0']:.2f})",
        sae["dead_latents"],
        f"{sae['mmcs_truth_to_sae']:.3f}",
        f"{sae['mmcs_sae_to_truth']:.3f}",
        f"{sae['nearest_neighbour_pass_share']:.0%}",
        sae["merged_latents"],
        f"{len(sae['mixed'])}, {len(sae['spurious'])}",
        f"{sae['distinct_share']:.2f}",
        f"{sae['cluster_agreement']:.2f}",
    ]
    of_kind = {k: [s for s in sae["shapes"] if s["kind"] == k] for k in ("blob", "circle")}
    cells += [f"{sum(s['recovered'] for s in of)} of {len(of)}" for of in of_kind.values()]
    cells += [span([s["n_latents"] for s in of]) for of in of_kind.values()]
    return "| " + " | ".join(map(str, cells)) + " |"


def pair_row(pair: dict) -> str:
    """One pair of SAEs."""

    def cell(name: str, digits: int = 2) -> str:
        if name not in pair["measures"]:
            return "-"
        measure = pair["measures"][name]
        low, high = (f"{measure[end]:.{digits}f}" for end in ("low", "high"))
        words = low if low == high else f"{low} to {high}"
        p = measure["p_value"]
        most = "" if measure["low"] == measure["high"] else "≤ "  # of the end that says least
        return words if p is None else f"{words} (p {most}{p:.3f})"

    names = ("cluster_overlap", "mmcs_before", "mmcs_after", "mean_cca", "svcca", "cka", "rsa")
    cells = [f"{pair['a']}, {pair['b']}", f"**{pair['verdict']}**", *map(cell, names)]
    more = (cell(name) for name in ("knn_jaccard", "wasserstein_h0", "bottleneck_h1"))
    return "| " + " | ".join([*cells, *more]) + " |"


def main() -> None:
    """Print both tables' rows."""
    found = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    for name, sae in found["saes"].items():
        print(sae_row(name, sae))
    print(sae_row("*the truth itself*", found["control"]))
    print()
    for pair in found["pairs"]:
        print(pair_row(pair))


if __name__ == "__main__":
    main()
