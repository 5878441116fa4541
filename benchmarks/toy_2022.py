"""Are the published results of the 2022 toy model reached? Prints a table.

    python benchmarks/toy_2022.py [--steps 6000]

512 random features in 256 dimensions, some 5 of them active, correlated and unequally often; an
SAE with ReLU and L1, of as many latents or twice as many (Sharkey, Braun and Millidge 2022).
"""

from __future__ import annotations

import argparse

import featuretopo as ft
from featuretopo.llm import sharkey_toy
from featuretopo.sae import toy_2022

N, D, FREQUENT = 512, 256, 100


def main() -> None:
    """Train, compare with the truth, print."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--steps", type=int, default=6000)
    options.add_argument("--seed", type=int, default=0)
    given = options.parse_args()
    model = sharkey_toy(rng=given.seed)
    often = (model.sample(20_000, rng=1).dense_codes() > 0).mean(axis=0)
    frequent = often.argsort()[::-1][:FREQUENT]
    print(f"{given.steps:,} steps of 256 samples\n\n| alpha | latents | MMCS | MMCS of the "
          f"{FREQUENT} most frequent features | FVU | L0 |\n|---|---|---|---|---|---|")  # fmt: skip
    for alpha, ratio in ((0.32, 1), (0.32, 2), (1.0, 1)):
        sae = ft.train(
            model,
            toy_2022(alpha, ratio * N, D),
            n_latents=ratio * N,
            steps=given.steps,
            batch_size=256,
            warmup=0,
            decay=0,
            encoder="random",
            rng=given.seed,
        )
        best = ft.similarity.best_matches(model.dictionary, sae.dictionary).cosine_of_a
        history = sae.history
        print(
            f"| {alpha} | {ratio * N:,} | {best.mean():.3f} | {best[frequent].mean():.3f} | "
            f"{history.fvu[-1]:.3f} | {history.l0[-1]:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
