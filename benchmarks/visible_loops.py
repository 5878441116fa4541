"""How often a loop that is said to be visible is one that can be found, and the other way round.

Run: python benchmarks/visible_loops.py [--sets 200] [--seed 1000]
"""

from __future__ import annotations

import argparse

from featuretopo.nulls import LEAST_RATIO, noise_floor
from featuretopo.topology import persistence
from featuretopo.truth import Circle, FigureEight, GroundTruth, Shape, Sphere

D, BACKGROUND = 128, 160
CASES: tuple[tuple[Shape, int], ...] = (
    (Circle(7), 1),
    (Circle(12, noise=0.15), 1),
    (Circle(16, spacing="random"), 1),
    (Circle(24, spacing="random"), 1),
    (Circle(40, spacing="random"), 1),
    (Circle(24, spacing="random", tilt=0.8), 1),
    (Circle(24, spacing="random", noise=0.3), 1),
    (FigureEight(14), 2),
    (FigureEight(14, spacing="random"), 2),
    (FigureEight(24, spacing="random"), 2),
)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sets", type=int, default=200)
    options.add_argument("--seed", type=int, default=1000)
    chosen = options.parse_args()
    print(f"{chosen.sets} placements each in d = {D} with {BACKGROUND} random directions")
    print(f"there: as many bars below the floor with death / birth >= {LEAST_RATIO} as loops\n")
    print(
        "| shape | called visible | of these not there | not called, but there |\n|---|---|---|---|"
    )
    for shape, n_loops in CASES:
        called = false = missed = 0
        for seed in range(chosen.seed, chosen.seed + chosen.sets):
            truth = GroundTruth([shape, Sphere(BACKGROUND)], D, rng=seed)
            floor = noise_floor(len(truth.dictionary), D)
            own = truth.dictionary.vectors[truth.shapes[0].members]
            bars = persistence(own, max_scale=floor).bars[1].clip(max=floor)
            there = int((bars[:, 1] >= LEAST_RATIO * bars[:, 0]).sum()) >= n_loops
            visible = truth.shapes[0].expected == "loop"
            called += visible
            false += visible and not there
            missed += there and not visible
        print(f"| `{shape!r}` | {called} | {false} | {missed} |", flush=True)


if __name__ == "__main__":
    main()
