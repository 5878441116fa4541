"""SAEs of every layout, as tensors and settings, and how to write them to a file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sae_cases import random_sae, samples
from safetensors.torch import save_file

from featuretopo.sae import ReLU

DATA = Path(__file__).parent / "data"
WRITTEN = sorted(path.parent for path in DATA.rglob("expected.safetensors"))
B, N, D = 20, 10, 6
PER_LATENT, X = samples(1, N)[0], samples(B, D)
ENCODER, DECODER = (random_sae(N, D, ReLU(0), seed).W_enc.detach() for seed in range(2))  # (N, D)
B_ENC, B_DEC, THRESHOLD = 0.3 * PER_LATENT, 0.3 * samples(1, D)[0], 0.2 * PER_LATENT.abs()


GEMMA = {"W_enc": ENCODER.T, "W_dec": DECODER, "b_enc": B_ENC, "b_dec": B_DEC}
OPENAI = {
    "encoder.weight": ENCODER, "decoder.weight": DECODER.T, "latent_bias": B_ENC,
    "pre_bias": B_DEC, "stats_last_nonzero": torch.arange(N),
    "latents_activation_frequency": PER_LATENT, "latents_mean_square": PER_LATENT,
}  # fmt: skip


def saelens_settings(**more: object) -> dict[str, object]:
    return {"architecture": "standard", "d_in": D, "d_sae": N, **more}


def write(path: Path, tensors: dict[str, Any], beside: object = None) -> Path:
    """Write tensors as the file's name says, and settings beside them."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".safetensors":
        save_file(
            {
                name: each.clone(memory_format=torch.contiguous_format)
                for name, each in tensors.items()
            },
            path,
        )
    elif path.suffix == ".npz":
        np.savez(path, **{name: each.numpy() for name, each in tensors.items()})
    else:
        torch.save(tensors, path)
    if beside is not None:
        path.with_name("cfg.json").write_text(json.dumps(beside))
    return path
