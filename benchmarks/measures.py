"""Which measures are high for what is alike and low for what is not, and do their p-values hold?

    python benchmarks/measures.py [--by codes | cosine] [--sets 20] [--strangers 100] [--draws 99]

Pairs of dictionaries of one recipe (blobs, a circle, lone directions; 100 features, d 24) that have
a known share of features in common: each in a frame of its own and paired by codes of shared
samples, or in one frame and paired by cosine; plain, with noise on directions and codes, with a
third of the latents dead, and with features of one shape firing together. Per measure: AUROC of
half or more in common against none, Spearman correlation with the share, how often strangers get
p <= .01, .05 and .1; and the same of strangers that are lone directions and nothing else, for which
the null of H0 distances is true.
"""

from __future__ import annotations

import argparse
import os
from collections import defaultdict
from time import perf_counter

import numpy as np
from joblib import Parallel, delayed
from scipy.sparse import hstack
from scipy.stats import binom, spearmanr
from sklearn.metrics import roc_auc_score

import featuretopo as ft
from featuretopo.llm import ExactlyK, Independent, PerShape, SimulatedLLM
from featuretopo.nulls import random_rotation
from featuretopo.topology import Embedding
from featuretopo.truth import Blobs, Circle, Sphere

D, SAMPLES = 24, 2000
SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
KINDS = {
    "plain": {},
    "noise": {"noise": 0.3},
    "dead": {"dead": 0.33},
    "together": {"rule": ExactlyK(2)},
    "lone": {"lone": True},
}
LEVELS = (0.01, 0.05, 0.1)


def truth(seed: int, lone: bool) -> ft.GroundTruth:
    """One recipe."""
    shapes = [Sphere(100)] if lone else [Blobs(6, 8, spread=0.35), Circle(12), Sphere(40)]
    return ft.GroundTruth(shapes, D, rng=seed)


def pair(
    by: str,
    share: float,
    seed: int,
    noise: float = 0.0,
    dead: float = 0.0,
    rule=None,
    lone: bool = False,
) -> tuple:
    """Two dictionaries with that share of features in common, and their codes."""
    rng = np.random.default_rng([seed, round(100 * share)])
    home, abroad = truth(2 * seed, lone), truth(2 * seed + 1, lone)
    n = len(home.dictionary)
    common = np.isin(np.arange(n), rng.permutation(n)[: round(share * n)])
    frequency = PerShape(joint=0.5, lone=0.05)
    model = SimulatedLLM(home, cooccurrence=rule or Independent(), frequency=frequency, rng=seed)
    mine = model.codes(SAMPLES, rng=rng).sparse().tocsc()
    other = model.codes(SAMPLES, rng=rng).sparse().tocsc()
    theirs = hstack([(mine if shared else other)[:, [i]] for i, shared in enumerate(common)])
    theirs = theirs.tocsc()
    theirs.data *= np.exp(noise * rng.standard_normal(theirs.nnz))
    x = home.dictionary.vectors
    y = np.where(common[:, None], x, abroad.dictionary.vectors)
    y = y + noise * rng.standard_normal(y.shape) / np.sqrt(D)
    alive = rng.permutation(n)[: round((1 - dead) * n)]
    if by == "cosine":
        return ft.Dictionary(x), ft.Dictionary(y[alive]), None
    b = ft.Dictionary((y @ random_rotation(D, rng))[alive])
    return ft.Dictionary(x), b, (mine.tocsr(), theirs[:, alive].tocsr())


def arranged(x: ft.Dictionary, seed: int) -> ft.Arrangement:
    """Everything but a picture, which no measure is taken on."""
    return ft.Arrangement(
        name="x",
        dictionary=x,
        diagram=ft.persistence(x),
        clusters=ft.clusters(x, rng=seed),
        loops=ft.loops(x, rng=seed),
        mapper=ft.mapper(x),
        embedding=Embedding(np.zeros((len(x), 2)), 1.0, 2, 1.0),
    )


def measured(by: str, kind: str, share: float, seed: int, draws: int) -> tuple:
    """Every measure of one pair, with its p-value, and the verdict."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    # pairs of each kind are others: those of one seed would not be independent
    a, b, codes = pair(by, share, len(KINDS) * seed + list(KINDS).index(kind), **KINDS[kind])
    start = perf_counter()
    found = ft.compare(arranged(a, seed), arranged(b, seed), codes=codes, draws=draws, rng=seed)
    seconds = perf_counter() - start
    sign = {"higher": 1, "lower": -1}
    return (
        share,
        {m.name: (sign[m.direction] * m.low, m.p_value, m.title) for m in found.measures},
        found.verdict.judgement,
        found.alignment.needed,
        seconds,
    )


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--by", choices=("codes", "cosine"), default="codes")
    options.add_argument("--sets", type=int, default=20)
    options.add_argument("--strangers", type=int, default=100)
    options.add_argument("--draws", type=int, default=99)
    options.add_argument("--jobs", type=int, default=-1)
    given = options.parse_args()
    work = Parallel(n_jobs=given.jobs)
    *kinds, lone = KINDS
    strangers = given.strangers * len(kinds)
    cells = [(lone, 0.0, seed) for seed in range(strangers)]
    cells += [
        (kind, share, seed)
        for kind in kinds
        for share in SHARES
        for seed in range(given.strangers if share == 0 else given.sets)
    ]
    results = work(delayed(measured)(given.by, *cell, given.draws) for cell in cells)
    without, results = results[:strangers], results[strangers:]
    values, titles = defaultdict(list), {}
    for share, measures, *_ in results:
        for name, (value, p, title) in measures.items():
            values[name].append((share, value, p))
            titles[name] = title
    most = [int(binom.ppf(0.975, strangers, level)) for level in LEVELS]
    print(
        f"{strangers} pairs of strangers; in all but 1 of 40 tests that hold their level, at most "
        + ", ".join(f"{m} at {level}" for m, level in zip(most, LEVELS, strict=True))
        + "\n"
    )
    print("| measure | AUROC | Spearman | p <= .01 | p <= .05 | p <= .1 | pairs without |")
    print("|---|---|---|---|---|---|---|")
    for name, rows in values.items():
        share, value = (np.array([row[i] for row in rows]) for i in (0, 1))
        clear = (share == 0) | (share >= 0.5)
        spearman = spearmanr(share, value)[0] if np.ptp(value) else np.nan
        both = len(set(share[clear] > 0)) == 2
        auroc = roc_auc_score(share[clear] > 0, value[clear]) if both else np.nan
        p = [row[2] for row in rows if row[0] == 0 and row[2] is not None]
        false = [str(sum(each <= level for each in p)) for level in LEVELS]
        cells_of_row = [
            titles[name],
            f"{auroc:.3f}",
            f"{spearman:.2f}",
            *false,
            str(len(results) - len(rows)),
        ]
        print("| " + " | ".join(cells_of_row) + " |")
    print("\nof strangers that are lone directions\n")
    print("| measure | p <= .01 | p <= .05 | p <= .1 | pairs with a p |\n|---|---|---|---|---|")
    for name in {name: None for _, measures, *_ in without for name in measures}:
        p = [found[name][1] for _, found, *_ in without if name in found]
        p = [each for each in p if each is not None]
        false = [str(sum(each <= level for each in p)) for level in LEVELS]
        print("| " + " | ".join([name, *false, str(len(p))]) + " |")
    print("\n| share in common | shared | partly shared | not shared | cannot tell |")
    print("|---|---|---|---|---|")
    for share in SHARES:
        verdicts = [verdict for s, _, verdict, *_ in results if s == share]
        counts = [
            str(verdicts.count(each))
            for each in ("shared", "partly shared", "not shared", "cannot tell")
        ]
        print(f"| {share:.0%} | " + " | ".join(counts) + " |")
    needed = [alignment for share, _, _, alignment, _ in results if share >= 0.5]
    right = needed.count("a permutation and a rotation")
    print(f"\nboth a permutation and a rotation needed: found in {right} of {len(needed)} pairs")
    print(f"{np.median([row[-1] for row in results]):.1f} s a pair, median")


if __name__ == "__main__":
    main()
