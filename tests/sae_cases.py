"""SAEs and samples for tests."""

import torch

from featuretopo.sae import SAE


def random_sae(n_latents, d, architecture, seed=0):
    """Make an SAE whose encoder is not its decoder and whose biases are not zero."""
    generator = torch.Generator().manual_seed(seed)
    rows = torch.nn.functional.normalize(torch.randn(n_latents, d, generator=generator))
    sae = SAE(rows, 0.3 * torch.randn(d, generator=generator), architecture)
    with torch.no_grad():
        if not architecture.tied:
            sae.W_enc += 0.3 * torch.randn(n_latents, d, generator=generator)
        sae.b_enc += 0.3 * torch.randn(n_latents, generator=generator)
    return sae


def samples(b, d, seed=0):
    return torch.randn(b, d, generator=torch.Generator().manual_seed(seed + 1))
