"""How often does data without clusters show one at level .05? Prints a table.

    python benchmarks/false_clusters.py [data sets per cell]

Twenty-four data sets of 256 features a cell by default, 19 null draws each.
"""

from __future__ import annotations

import sys

import numpy as np

import featuretopo as ft

N, DRAWS = 256, 19


def draw(kind: str, d: int, seed: int) -> np.ndarray:
    """Return features without groups, shape (N, d)."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((N, d))
    if kind == "elliptic i^-1/2":
        return x * np.arange(1, d + 1) ** -0.5
    if kind == "common offset":
        return x + 0.7
    if kind == "heavy tails over Gaussian":
        return x + rng.standard_t(3, (N, d))
    if kind == "heavy-tailed coordinates":
        return rng.standard_t(3, (N, d))
    return x


def main() -> None:
    """Measure every cell."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 24
    kinds = ("isotropic", "elliptic i^-1/2", "common offset")
    for kind in (*kinds, "heavy tails over Gaussian", "heavy-tailed coordinates"):
        for d in (64, 16):
            false = 0
            for seed in range(runs):
                found = ft.clusters(ft.Dictionary(draw(kind, d, seed)), draws=DRAWS, rng=seed)
                false += any(cluster.p_value <= 0.05 for cluster in found)
            print(f"{kind:28s} d {d:3d}: {false} of {runs}", flush=True)


if __name__ == "__main__":
    main()
