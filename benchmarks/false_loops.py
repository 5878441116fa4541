"""How often does data without loops show one at level .05? Prints a table.

    python benchmarks/false_loops.py [data sets per cell]

Forty data sets of 120 features a cell by default, 99 null draws each.
"""

from __future__ import annotations

import sys

import numpy as np

import featuretopo as ft

N, DRAWS = 120, 99
KINDS = ("isotropic", "elliptic i^-1/2", "elliptic 1/i", "clusters", "clusters, 4 inner dimensions")


def draw(kind: str, d: int, seed: int) -> np.ndarray:
    """Return features without loops, shape (N, d)."""
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((N, d))
    if kind == "elliptic i^-1/2":
        return x * np.arange(1, d + 1) ** -0.5
    if kind == "elliptic 1/i":
        return x / np.arange(1, d + 1)
    if kind == "clusters":
        return np.repeat(rng.standard_normal((6, d)), N // 6, axis=0) + 0.5 * x
    if kind == "clusters, 4 inner dimensions":
        inner = [rng.standard_normal((N // 6, 4)) @ rng.standard_normal((4, d)) for _ in range(6)]
        return np.repeat(rng.standard_normal((6, d)), N // 6, axis=0) + 0.3 * np.concatenate(inner)
    return x


def main() -> None:
    """Measure every cell."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    for kind in KINDS:
        for d in (16, 64):
            false = 0
            for seed in range(runs):
                found = ft.loops(ft.Dictionary(draw(kind, d, seed)), draws=DRAWS, rng=seed)
                false += any(loop.p_value <= 0.05 for loop in found)
            print(f"{kind:30s} d {d:3d}: {false} of {runs}", flush=True)


if __name__ == "__main__":
    main()
