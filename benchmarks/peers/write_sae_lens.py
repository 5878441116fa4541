"""Write tests/data/sae_lens: tiny SAEs as sae-lens writes them, with its own codes for some inputs.

    PYTHONHASHSEED=0 .venv-peers/bin/python benchmarks/peers/write_sae_lens.py

One folder an SAE: cfg.json and sae_weights.safetensors by sae-lens, and expected.safetensors with
inputs (b, d), codes (b, n) and reconstructions (b, d). Decoder rows differ in length, and no bias
or threshold is zero. Codes of BatchTopK are those of the JumpReLU as which sae-lens saves it for
use.
"""

from __future__ import annotations

import shutil
import warnings
from pathlib import Path

import torch
from sae_lens import (
    SAE,
    BatchTopKTrainingSAE,
    BatchTopKTrainingSAEConfig,
    GatedSAE,
    GatedSAEConfig,
    JumpReLUSAE,
    JumpReLUSAEConfig,
    MatryoshkaBatchTopKTrainingSAE,
    MatryoshkaBatchTopKTrainingSAEConfig,
    StandardSAE,
    StandardSAEConfig,
    TopKSAE,
    TopKSAEConfig,
)
from safetensors.torch import save_file

TARGET = Path(__file__).parents[2] / "tests" / "data" / "sae_lens"
B, N, D = 20, 10, 6
SIZE = {"d_in": D, "d_sae": N}
LEVELS = {"k": 3, "matryoshka_widths": [2, 5, 10]}

SAES = {
    "standard": lambda: StandardSAE(StandardSAEConfig(**SIZE)),
    "standard_raw_input": lambda: StandardSAE(
        StandardSAEConfig(**SIZE, apply_b_dec_to_input=False)
    ),
    "gated": lambda: GatedSAE(GatedSAEConfig(**SIZE)),
    "gated_raw_input": lambda: GatedSAE(GatedSAEConfig(**SIZE, apply_b_dec_to_input=False)),
    "jumprelu": lambda: JumpReLUSAE(JumpReLUSAEConfig(**SIZE)),
    "jumprelu_raw_input": lambda: JumpReLUSAE(
        JumpReLUSAEConfig(**SIZE, apply_b_dec_to_input=False)
    ),
    "topk": lambda: TopKSAE(TopKSAEConfig(**SIZE, k=3)),
    "topk_by_length": lambda: TopKSAE(
        TopKSAEConfig(**SIZE, k=3, rescale_acts_by_decoder_norm=True)
    ),
    "topk_by_length_raw_input": lambda: TopKSAE(
        TopKSAEConfig(**SIZE, k=3, rescale_acts_by_decoder_norm=True, apply_b_dec_to_input=False)
    ),
    "batchtopk": lambda: BatchTopKTrainingSAE(BatchTopKTrainingSAEConfig(**SIZE, k=3)),
    "matryoshka_batchtopk": lambda: MatryoshkaBatchTopKTrainingSAE(
        MatryoshkaBatchTopKTrainingSAEConfig(**SIZE, **LEVELS)
    ),
}


@torch.no_grad()
def main() -> None:
    """Write all of them anew."""
    warnings.simplefilter("ignore")
    if TARGET.exists():
        shutil.rmtree(TARGET)
    for seed, (name, make) in enumerate(SAES.items()):
        torch.manual_seed(seed)
        sae, inputs = make(), torch.randn(B, D)
        for part, each in sae.named_parameters():
            scale = {"W_enc": 0.5, "W_dec": 0.5}.get(part, 0.3)
            each.copy_(scale * torch.randn(each.shape))
            if part == "threshold":
                each.abs_()
        if "batchtopk" in name:
            sae.topk_threshold.fill_(0.4)
            sae.save_inference_model(TARGET / f"{name}_in_use")
        sae.save_model(TARGET / name)
        used = TARGET / (f"{name}_in_use" if "batchtopk" in name else name)
        expected(used, inputs, {TARGET / name, used})
    print(sorted(folder.name for folder in TARGET.iterdir()))


def expected(used: Path, inputs: torch.Tensor, folders: set[Path]) -> None:
    """Write what sae-lens makes of the inputs when it loads an SAE from its own files."""
    sae = SAE.load_from_disk(used)
    codes = sae.encode(inputs)
    tensors = {"inputs": inputs, "codes": codes, "reconstructions": sae.decode(codes)}
    for folder in folders:
        save_file(tensors, folder / "expected.safetensors")


if __name__ == "__main__":
    main()
