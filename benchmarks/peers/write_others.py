"""Write tests/data/sparsify and tests/data/dictionary_learning: tiny SAEs, by those libraries.

    .venv-peers/bin/pip install eai-sparsify==1.3.3
    .venv-peers/bin/pip install --no-deps dictionary-learning==0.1.0
    .venv-peers/bin/python benchmarks/peers/write_others.py

As write_sae_lens.py: beside each SAE, expected.safetensors holds inputs and the library's own codes
and reconstructions. config.json of dictionary_learning is cut to what tells its classes apart.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import torch
from safetensors.torch import save_file
from sparsify import SparseCoder
from sparsify.config import SparseCoderConfig

# the package wants it for collecting activations, its classes of SAEs do not
sys.modules["nnsight"] = SimpleNamespace(LanguageModel=None)

from dictionary_learning import dictionary as classes  # noqa: E402
from dictionary_learning.trainers.batch_top_k import BatchTopKSAE  # noqa: E402
from dictionary_learning.trainers.matryoshka_batch_top_k import MatryoshkaBatchTopKSAE  # noqa: E402
from dictionary_learning.trainers.top_k import AutoEncoderTopK  # noqa: E402

DATA = Path(__file__).parents[2] / "tests" / "data"
B, N, D, K = 20, 10, 6, 3

DICTIONARIES = {
    "relu": lambda: classes.AutoEncoder(D, N),
    "relu_new": lambda: classes.AutoEncoderNew(D, N),
    "gated": lambda: classes.GatedAutoEncoder(D, N),
    "jumprelu": lambda: classes.JumpReluAutoEncoder(D, N),
    "topk": lambda: AutoEncoderTopK(D, N, K),
    "batchtopk": lambda: BatchTopKSAE(D, N, K),
    "matryoshka": lambda: MatryoshkaBatchTopKSAE(D, N, K, [2, 3, 5]),
}


def shake(sae: torch.nn.Module, seed: int) -> torch.Tensor:
    """Draw all weights anew, and return inputs."""
    torch.manual_seed(seed)
    for name, each in sae.named_parameters():
        each.copy_((0.5 if each.ndim == 2 else 0.3) * torch.randn(each.shape))
        if name == "threshold":
            each.abs_()
    if "threshold" in dict(sae.named_buffers()):
        sae.threshold.fill_(0.4)
    return torch.randn(B, D)


def folder_of(library: str, name: str) -> Path:
    """Make the folder of one SAE, empty."""
    folder = DATA / library / name
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


@torch.no_grad()
def main() -> None:
    """Write all of them anew."""
    for seed, (name, make) in enumerate(DICTIONARIES.items()):
        sae, folder = make(), folder_of("dictionary_learning", name)
        x = shake(sae, seed)
        torch.save(sae.state_dict(), folder / "ae.pt")
        trainer = {"dict_class": type(sae).__name__, "activation_dim": D, "dict_size": N, "k": K}
        (folder / "config.json").write_text(json.dumps({"trainer": trainer}) + "\n")
        codes = sae.encode(x)
        expected = {"inputs": x, "codes": codes, "reconstructions": sae.decode(codes)}
        save_file(expected, folder / "expected.safetensors")

    sae = SparseCoder(D, SparseCoderConfig(num_latents=N, k=K))
    folder, x = folder_of("sparsify", "topk"), shake(sae, 0)
    sae.save_to_disk(folder)
    found = SparseCoder.load_from_disk(folder)(x)
    codes = torch.zeros(B, N).scatter(1, found.latent_indices, found.latent_acts)
    expected = {"inputs": x, "codes": codes, "reconstructions": found.sae_out}
    save_file(expected, folder / "expected.safetensors")


if __name__ == "__main__":
    main()
