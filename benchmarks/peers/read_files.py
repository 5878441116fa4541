"""sae-lens's and sparsify's side of benchmarks/peer_files.py.

Of each folder named, load the SAE, read inputs.safetensors, write codes and reconstructions to
theirs.safetensors. Which library: the first word of the folder's name.
"""

from __future__ import annotations

import sys
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from sae_lens import SAE
from sae_lens.loading import pretrained_sae_loaders
from safetensors.torch import load_file, save_file
from sparsify import SparseCoder


def sae_lens(folder: Path, x: torch.Tensor, **how) -> tuple[torch.Tensor, torch.Tensor]:
    """Codes and reconstructions of sae-lens."""
    sae = SAE.load_from_disk(folder, **how)
    codes = sae.encode(x)
    return codes, sae.decode(codes)


def gemma_scope(folder: Path, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Those of sae-lens, by its loader of Gemma Scope, which would download the file."""

    def from_disk(path, device, cfg_overrides):
        d, n = np.load(path / "params.npz")["W_enc"].shape  # told by repository and folder there
        with mock.patch.object(
            pretrained_sae_loaders, "hf_hub_download", return_value=path / "params.npz"
        ):
            return pretrained_sae_loaders.gemma_2_sae_huggingface_loader(
                "google/gemma-scope-2b-pt-res",
                "layer_0",
                device,
                cfg_overrides={"d_in": d, "d_sae": n},
            )[:2]

    return sae_lens(folder, x, converter=from_disk)


def sparsify(folder: Path, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Those of sparsify: sae-lens 6.54 reads its decoders transposed."""
    sae = SparseCoder.load_from_disk(folder)
    found = sae(x)
    zeros = torch.zeros(len(x), sae.num_latents)
    return zeros.scatter(1, found.latent_indices, found.latent_acts), found.sae_out


@torch.no_grad()
def main() -> None:
    """Answer for every folder."""
    readers = {"saelens": sae_lens, "gemma_scope": gemma_scope, "sparsify": sparsify}
    for folder in map(Path, sys.argv[1:]):
        x = load_file(folder / "inputs.safetensors")["inputs"]
        codes, reconstructions = readers[folder.name.split("-")[0]](folder, x)
        theirs = {"codes": codes, "reconstructions": reconstructions}
        save_file(theirs, folder / "theirs.safetensors")


if __name__ == "__main__":
    main()
