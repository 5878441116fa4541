"""Do other libraries find our codes in the files that we write?

    make check-peers                           # an environment with both libraries, then this
    python benchmarks/peer_files.py --peer PYTHON

One random SAE an architecture (64 latents, 32 dimensions, nothing zero, nothing tied but where it
says so), written in every layout that holds it, loaded by sae-lens (SAELens, Gemma Scope) or
sparsify in a process of its own, and given 500 samples. Shown is the largest difference of codes
and of reconstructions; above 1e-5 the check fails.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from featuretopo.errors import FeaturetopoError
from featuretopo.sae import (
    SAE,
    Architecture,
    BatchTopK,
    Gated,
    JumpReLU,
    Matryoshka,
    ReLU,
    TopK,
    save_sae,
)

B, N, D = 500, 64, 32
BOUND = 1e-5
LAYOUTS = ("saelens", "sparsify", "gemma_scope")
ARCHITECTURES: tuple[Architecture, ...] = (
    ReLU(0.1),
    ReLU(0.1, tied=True),
    ReLU(0.1, decoder_bias=False),
    Gated(0.1),
    JumpReLU(0.1),
    TopK(8),
    BatchTopK(8),
    Matryoshka(8),
)


@torch.no_grad()
def random_sae(architecture: Architecture, seed: int) -> SAE:
    """Make an SAE with weights and biases of its own."""
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> torch.Tensor:
        return 0.15 * torch.randn(shape, generator=generator)  # rows of length near 1

    sae = SAE(draw(N, D), draw(D), architecture)
    if not architecture.tied:
        sae.W_enc += draw(N, D)
    sae.b_enc += draw(N)
    for name, each in sae.extra.items():
        each += draw(*each.shape).abs() if name == "threshold" else draw(*each.shape)
    return sae


def main() -> None:
    """Write, let them load, compare, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer", required=True, help="python with sae-lens and sparsify")
    peer = parser.parse_args().peer
    inputs = torch.randn(B, D, generator=torch.Generator().manual_seed(0))
    with tempfile.TemporaryDirectory() as place:
        root = Path(place)
        saes = {}
        for seed, architecture in enumerate(ARCHITECTURES):
            sae = random_sae(architecture, seed)
            for layout in LAYOUTS:
                folder = root / f"{layout}-{seed}"
                try:
                    save_sae(sae, folder, layout=layout)
                except FeaturetopoError:  # this layout cannot hold it
                    continue
                save_file({"inputs": inputs}, folder / "inputs.safetensors")
                saes[folder] = sae
        script = Path(__file__).parent / "peers" / "read_files.py"
        subprocess.run([peer, script, *saes], check=True)
        worst = 0.0
        print(f"{'architecture':22s}{'layout':14s}{'codes':>10s}{'reconstructions':>18s}")
        for folder, sae in saes.items():
            theirs = load_file(folder / "theirs.safetensors")
            with torch.no_grad():
                codes = sae.encode(inputs)
                gaps = [
                    float((ours - theirs[name]).abs().max())
                    for name, ours in (("codes", codes), ("reconstructions", sae.decode(codes)))
                ]
            worst = max(worst, *gaps)
            layout, seed = folder.name.split("-")
            name = type(sae.architecture).__name__ + ", tied" * sae.architecture.tied
            name += ", no bias" * (not sae.architecture.decoder_bias)
            print(f"{name:22s}{layout:14s}{gaps[0]:10.1e}{gaps[1]:18.1e}")
    print(f"largest difference {worst:.1e}")
    if not worst <= BOUND:
        raise SystemExit(f"more than {BOUND:.0e}: they do not compute what we do")


if __name__ == "__main__":
    main()
