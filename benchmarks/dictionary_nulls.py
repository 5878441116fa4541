"""Does a random dictionary of the same nearest-neighbour scale say more than the nulls in use?

    OMP_NUM_THREADS=1 python benchmarks/dictionary_nulls.py [--pairs 100] [--draws 99]

Two strangers of one recipe (blobs, a circle, lone directions; 100 features, d 24). MMCS in one
frame, and after the rotation that brings partners by codes together, each beside three nulls: the
one that a comparison draws (one side turned; samples shuffled, everything redone), one side
replaced by uniform directions, and by a dictionary whose features have their nearest neighbour
exactly as near. How many of the pairs get p <= .01, .05 and .1?
"""

from __future__ import annotations

import argparse
from collections import defaultdict

import numpy as np

from featuretopo.bench.calibration.families import KINDS, pair
from featuretopo.compare.partners import pair_by_codes
from featuretopo.nulls import p_value, random_directions, random_rotation
from featuretopo.similarity import best_matches, mmcs, procrustes
from featuretopo.similarity.nearest import nearest_others

LEVELS = (0.01, 0.05, 0.1)


def of_the_same_scale(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Lay each feature at its old distance from its nearest one, in a direction drawn anew."""
    n, d = x.shape
    near = nearest_others(x)
    cosine = (x * x[near]).sum(axis=1)
    found, laid = np.zeros_like(x), np.zeros(n, bool)
    for start in range(n):
        chain = [start]
        while not laid[chain[-1]] and near[chain[-1]] not in chain:
            chain.append(near[chain[-1]])
        if not laid[chain[-1]]:  # two that are each other's nearest: one is laid anywhere
            found[chain[-1]], laid[chain[-1]] = random_directions(1, d, rng)[0], True
        for row in reversed([row for row in chain if not laid[row]]):
            base, side = found[near[row]], random_directions(1, d, rng)[0]
            side = side - (side @ base) * base
            away = np.sqrt(max(0.0, 1 - cosine[row] ** 2))
            found[row] = cosine[row] * base + away * side / np.linalg.norm(side)
            laid[row] = True
    return found


def after_procrustes(x: np.ndarray, y: np.ndarray, pairs: np.ndarray) -> float:
    """MMCS of what the rotation was not fitted on, both halves."""
    parts = []
    for half in (pairs[0::2], pairs[1::2]):
        turned = x @ procrustes(x[half[:, 0]], y[half[:, 1]]).rotation.astype(np.float32)
        rest_a, rest_b = (np.setdiff1d(np.arange(len(z)), half[:, i]) for i, z in enumerate((x, y)))
        parts.append(best_matches(turned[rest_a], y).cosine_of_a.mean())
        parts.append(best_matches(y[rest_b], turned).cosine_of_a.mean())
    return float(np.mean(parts))


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--pairs", type=int, default=100)
    options.add_argument("--draws", type=int, default=99)
    given = options.parse_args()
    p: dict[tuple[str, str], list[float]] = defaultdict(list)
    for seed in range(given.pairs):
        rng = np.random.default_rng(seed)
        a, b, codes = pair("codes", KINDS["plain"], 0.0, seed)
        x, y, partners = a.unit, b.unit, pair_by_codes(a, b, codes)
        one_frame, fitted = mmcs(x, y).symmetric, after_procrustes(x, y, partners.match().pairs)
        null = defaultdict(list)
        for _ in range(given.draws):
            likes = {
                "as compared": x,
                "uniform directions": random_directions(len(x), a.d, rng),
                "same nearest-neighbour scale": of_the_same_scale(x, rng),
            }
            pairs = partners.scrambled(rng).pairs
            for name, like in likes.items():
                turn = random_rotation(a.d, rng).astype(np.float32)
                null["MMCS in one frame", name].append(mmcs(like @ turn, y).symmetric)
                null["MMCS after Procrustes", name].append(after_procrustes(like, y, pairs))
        for key, values in null.items():
            value = one_frame if key[0] == "MMCS in one frame" else fitted
            p[key].append(p_value(value, values))
    print(f"{given.pairs} pairs of strangers, {given.draws} draws\n")
    print("| figure | null | p <= .01 | p <= .05 | p <= .1 |\n|---|---|---|---|---|")
    for (figure, name), values in p.items():
        counts = " | ".join(str(sum(each <= level for each in values)) for level in LEVELS)
        print(f"| {figure} | {name} | {counts} |")


if __name__ == "__main__":
    main()
