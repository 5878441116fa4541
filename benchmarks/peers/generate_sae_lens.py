"""sae-lens's side of benchmarks/generate.py: one row a line on stdin, its rate on stdout."""

from __future__ import annotations

import sys
import warnings
from time import process_time

import torch
from sae_lens.synthetic import (
    ActivationGenerator,
    FeatureDictionary,
    HierarchyConfig,
    LowRankCorrelationConfig,
    SyntheticModel,
    SyntheticModelConfig,
    ZipfianFiringProbabilityConfig,
    generate_random_low_rank_correlation_matrix,
)

ROOTS, CHILDREN = 128, 127
LATENT = 0.458  # correlation of Gaussians that gives firings at 5 / 512 a correlation of .1


def models(name: str, n: int, d: int, l0: float):
    """Yield (generator, dictionary) in dense and in sparse mode."""
    if name.startswith("zipf"):
        config = SyntheticModelConfig(
            n,
            d,
            firing_probability=ZipfianFiringProbabilityConfig(
                exponent=0.5, max_prob=l0 / (2 * n**0.5), min_prob=l0 / (2 * n)
            ),
            hierarchy=HierarchyConfig(
                total_root_nodes=ROOTS,
                branching_factor=CHILDREN,
                max_depth=1,
                compensate_probabilities=True,
            ),
            correlation=LowRankCorrelationConfig(),
            std_firing_magnitudes=0.1,
            bias=False,
        )
        model = SyntheticModel(config)
        for sparse in (False, True):
            model.use_sparse_tensors = sparse
            yield model.activation_generator, model.feature_dict
        return
    correlation = None
    if name == "low rank":
        correlation = generate_random_low_rank_correlation_matrix(n, 32, 0.1, seed=0)
    if name == "full matrix":
        correlation = torch.full((n, n), LATENT).fill_diagonal_(1.0)
    dictionary = FeatureDictionary(n, d, bias=False, initializer=None)
    for sparse in (False, True):
        yield (
            ActivationGenerator(
                n, l0 / n, 0.1, 1.0, correlation_matrix=correlation, use_sparse_tensors=sparse
            ),
            dictionary,
        )


@torch.no_grad()
def rate(generator, dictionary, seconds: float, batch: int) -> float:
    """Samples per CPU-second."""
    dictionary(generator.sample(batch))
    made, start = 0, process_time()
    while process_time() - start < seconds:
        dictionary(generator.sample(batch))
        made += batch
    return made / (process_time() - start)


def main() -> None:
    """Answer until stdin ends."""
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    torch.set_num_threads(1)
    for line in sys.stdin:
        name, n, d, l0, seconds, batch = line.strip().split(";")
        # its dense mode needs batch x n floats several times over
        size = min(int(batch), 2**24 // int(n))
        best = max(
            rate(generator, dictionary, float(seconds), size)
            for generator, dictionary in models(name, int(n), int(d), float(l0))
        )
        print(best, flush=True)


if __name__ == "__main__":
    main()
